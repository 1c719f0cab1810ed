//! Facts about Claude Code: hook input and output, the client, which setting wins.

pub mod client;
pub mod effects;
pub mod headers;
pub mod hook;
pub mod precedence;
pub mod settings_schema;
