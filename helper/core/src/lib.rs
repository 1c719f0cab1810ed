//! The pure floors of the helper: no files, no network, no environment; `clippy.toml` refuses them.
//! - [`facts`]: what is true of AI Gateway and of Claude Code, as tables
//! - [`base`]: errors, secrets, redaction, quoting, text, time
//!
//! They are a crate of their own so that the compiler keeps the arrow: nothing here can use what does I/O.

#![deny(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::disallowed_methods,
    clippy::disallowed_types
)]

pub mod base;
pub mod facts;
