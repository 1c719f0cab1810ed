//! Runs the helper and the real Claude Code client hermetically: cleared environment, own empty HOME,
//! loopback only.

pub mod browser;
pub mod client;
pub mod namespace;
pub mod picture;
mod random;
pub mod sandbox;
pub mod terminal;

pub use cf_aig_needs::{in_each, needs};
pub use client::{Client, Headless};
pub use random::Random;
pub use sandbox::{Ran, Sandbox, pipe_holding};

/// The repository, which is also the plugin's folder.
pub fn plugin_root() -> std::path::PathBuf {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// Prints a line that the test runner shows even if the test passes: what was counted.
pub fn print_uncaptured(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{text}");
}
