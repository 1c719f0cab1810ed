//! The helper of the `cloudflare` plugin for Claude Code.
//!
//! Four floors; an arrow only ever points down:
//! `commands` (one file per subcommand) → services (`probe`, …) → `gateway` and `claude_code`,
//! which hold what is true of the two worlds.

pub mod error;
pub mod gateway;
pub mod secret;
