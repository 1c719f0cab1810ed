//! What routing changes in Claude Code, and what cannot be routed.
//!
//! Sources: runs of 2.1.330 and 2.1.332, and Anthropic's "LLM gateway" pages. The real Desktop app was not
//! tested.

/// Requests that never go through the gateway.
pub const NOT_ROUTED: &[&str] = &[
    "organisation settings that a client with its own key fetches from api.anthropic.com before any mod runs (not after `cf-aig setup`)",
    "WebFetch's domain check, the fast mode check and first-run onboarding (they contact api.anthropic.com)",
    "chats on claude.ai and in the Desktop app (its Code tab was not tested)",
    "cloud sessions (the host decides), except Bash programs",
];

/// What the client disables if the base URL is not Anthropic's.
pub const SWITCHED_OFF: &[&str] = &[
    "Remote Control",
    "settings and policy that an organisation's server manages",
    "the server-side classifier of auto mode",
];
