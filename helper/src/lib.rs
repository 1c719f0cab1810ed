//! The helper of the `cloudflare` plugin for Claude Code.
//!
//! Four floors; an arrow only ever points down:
//! `commands` (one file per subcommand) → services (`config`, `probe`, `session`, …) → `gateway`
//! and `claude_code`, which hold what is true of the two worlds.

pub mod claude_code;
pub mod cli;
pub mod cloudflare;
pub mod commands;
pub mod config;
pub mod conformance;
pub mod context;
pub mod costs;
pub mod diagnose;
pub mod docs;
pub mod doctor;

pub mod error;
pub mod explain;
pub mod gateway;
pub mod http;
pub mod iac;
pub mod ledger;
pub mod logs;
pub mod probe;
pub mod progress;
pub mod quote;
pub mod secret;
pub mod send;
pub mod session;
pub mod setup;
pub mod state;
pub mod stdin;
pub mod text;
pub mod verify;
