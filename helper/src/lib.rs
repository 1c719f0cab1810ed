//! The helper of the `cloudflare` plugin for Claude Code.
//!
//! Floors, from the top down; an arrow only ever points down:
//! - [`commands`]: one file per subcommand
//! - [`services`]: what the commands are made of (session, doctor, setup, costs, …)
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
