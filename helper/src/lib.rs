//! `cf-aig`: Claude Code through Cloudflare AI Gateway.

pub mod diagnose;
pub mod gateway;
