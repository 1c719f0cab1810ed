//! The helper of the `cloudflare` plugin for Claude Code.
//!
//! Modules are arranged in floors. A module uses only its own floor and those below it, and siblings
//! do not use each other in a circle; `tests/docs/floors.rs` checks both, so the floors need not be
//! crates. From the top:
//! - [`commands`]: one file per subcommand
//! - [`services`]: what commands are built from (session, doctor, setup, costs, …)
//! - [`cloudflare`]: Cloudflare's API; [`http`]: one HTTP exchange
//! - [`ui`]: what a person sees and types
//! - [`facts`]: what is true of AI Gateway and of Claude Code, as tables
//! - [`base`]: errors, secrets, redaction, quoting, text

#![deny(clippy::print_stdout, clippy::print_stderr, clippy::exit, clippy::disallowed_methods)]

pub mod base;
pub mod cli;
pub mod cloudflare;
pub mod commands;
pub mod facts;
pub mod http;
pub mod services;
pub mod ui;
