//! What is true of Claude Code: hook I/O, the environment file, which client this is and what it allows.

pub mod client;
pub mod effects;
pub mod env_file;
pub mod hook;
pub mod managed;
pub mod precedence;
pub mod settings;
pub mod user_settings;
