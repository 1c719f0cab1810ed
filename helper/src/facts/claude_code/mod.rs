//! What is true of Claude Code: hook input and output, which client this is, which setting wins.

pub mod client;
pub mod effects;
pub mod headers;
pub mod hook;
pub mod precedence;
pub mod settings_schema;
