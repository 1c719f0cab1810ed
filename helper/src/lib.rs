//! The helper of the `cloudflare` plugin for Claude Code.
//!
//! Modules are arranged in floors. A module uses only its own floor and those below it, and the files
//! of a folder do not use each other in a circle; `tests/docs/floors.rs` checks both. From the top:
//! - [`commands`]: one file per subcommand
//! - [`services`]: what commands are built from (session, doctor, setup, costs, …)
//! - [`cloudflare`]: Cloudflare's API; [`http`]: one HTTP exchange
//! - [`ui`]: what a person sees and types
//! - [`system`]: the process's environment, files that others write, the home folder
//! - [`facts`] and [`base`]: the crate `cf_aig_core`, which does no I/O
//!
//! The two lowest floors are a crate, so that the compiler enforces the direction of dependencies at no cost: they are
//! pure, and a rule or a table can be read and tested without the rest. The floors above share one
//! process, its log and its errors, and are built together; a test of their imports is enough.

#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::disallowed_methods)]

pub mod cli;
pub mod cloudflare;
pub mod commands;
pub mod http;
pub mod services;
pub mod system;
pub mod ui;

pub use cf_aig_core::{base, facts};
