//! Errors, secrets, redaction, quoting, text and the parts of URLs. The lowest floor: it depends on no other module.

pub mod error;
pub mod named;
pub mod quote;
pub mod redact;
pub mod secret;
pub mod text;
pub mod time;
pub mod url_parts;
