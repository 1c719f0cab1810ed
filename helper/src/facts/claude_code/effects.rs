//! What routing changes in Claude Code, and what it cannot route.
//!
//! Observed on 2.1.330 and in Anthropic's "LLM gateway" pages.

/// Requests that stay outside the gateway whatever is set.
pub const NOT_ROUTED: &[&str] = &[
    "organisation settings that a client with its own key asks of api.anthropic.com before any mod runs (not after `cf-aig setup`)",
    "WebFetch's domain check, the fast mode check and first-run onboarding (they ask api.anthropic.com)",
    "the Desktop app and claude.ai on the web (they ignore ANTHROPIC_BASE_URL)",
    "cloud sessions (the host decides), except programs that Bash commands start",
];

/// What the client switches off behind a base URL that is not Anthropic's.
pub const SWITCHED_OFF: &[&str] = &[
    "Remote Control",
    "settings and policy that an organisation's server manages",
    "the server-side classifier of auto mode",
];
