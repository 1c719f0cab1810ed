//! Facts about AI Gateway and Claude Code, as tables and pure functions.

pub mod claude_code;
pub mod gateway;
pub mod metadata;
