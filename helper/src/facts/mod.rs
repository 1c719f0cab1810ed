//! What is true of the two worlds, as tables and pure functions: AI Gateway and Claude Code.

pub mod claude_code;
pub mod gateway;
