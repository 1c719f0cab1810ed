//! The form in which two raw JSON values are compared.

use serde_json::Value;

/// A raw value in its canonical form for comparison: compact, with plain escapes. Values that
/// cannot be parsed stay raw.
pub(super) fn canonical(raw: &str) -> String {
    serde_json::from_str::<Value>(raw).map_or_else(|_| raw.to_owned(), |value| value.to_string())
}
