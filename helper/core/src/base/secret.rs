//! A value that must not be printed: `Debug` and `Display` never show it.

use crate::base::redact;
use std::fmt;

/// A credential. Only code that writes a header, a file or a child's environment may reveal it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps the value, and registers it to be hidden in all output from now on. Returns `None` for
    /// an empty or blank value.
    pub fn new(value: impl Into<String>) -> Option<Self> {
        let value = value.into();
        let trimmed = value.trim();
        if trimmed.is_empty() {
            return None;
        }
        redact::known::register(trimmed);
        Some(Self(if trimmed.len() == value.len() { value } else { trimmed.to_owned() }))
    }

    /// The value, for the one place that has to write it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// True if the value is valid in an HTTP header: visible ASCII only, no line break.
    pub fn fits_a_header(&self) -> bool {
        self.0.bytes().all(|b| (0x21..=0x7e).contains(&b))
    }
}

/// A `Debug` that shows only the name, for a type that holds the text of a user's file.
#[macro_export]
#[doc(hidden)]
macro_rules! __opaque {
    ($name:ident) => {
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}
pub use crate::__opaque as opaque;

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(redact::REDACTED)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(redact::REDACTED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints_itself() {
        let secret = Secret::new("hunter2").unwrap();
        assert_eq!(format!("{secret} {secret:?}"), "[redacted] [redacted]");
    }

    #[test]
    fn a_blank_value_counts_as_unset_and_values_are_trimmed() {
        assert!(Secret::new(" \n").is_none());
        assert_eq!(Secret::new(" token\n").unwrap().reveal(), "token");
    }

    #[test]
    fn a_line_break_or_a_blank_does_not_fit_a_header() {
        assert!(!Secret::new("a\nb").unwrap().fits_a_header());
        assert!(!Secret::new("a b").unwrap().fits_a_header());
        assert!(Secret::new("cfut_a-b.c").unwrap().fits_a_header());
    }
}
