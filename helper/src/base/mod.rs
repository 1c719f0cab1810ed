//! The ground floor: errors, secrets, redaction, quoting and text. It depends on nothing above it.

pub mod env;
pub mod error;
pub mod home;
pub mod quote;
pub mod redact;
pub mod secret;
pub mod text;
pub mod time;
