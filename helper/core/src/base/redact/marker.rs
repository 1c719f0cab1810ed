//! The marker that replaces a secret.

/// Replaces every secret.
pub const REDACTED: &str = "[redacted]";
