//! How raw JSON values are compared: in one form, and as a hash if they are secret.

use ring::digest::{SHA256, digest};
use serde_json::Value;

/// A raw value in its canonical form for comparison: compact, with plain escapes. Values that
/// cannot be parsed stay raw.
pub(super) fn canonical(raw: &str) -> String {
    serde_json::from_str::<Value>(raw).map_or_else(|_| raw.to_owned(), |value| value.to_string())
}

/// SHA-256 of a value and its place in hex, so that the same secret in two places has two hashes. No place
/// contains a NUL.
pub(super) fn hash(place: &str, value: &str) -> String {
    sha256(format!("{place}\0{value}").as_bytes())
}

/// SHA-256 in hex.
pub(super) fn sha256(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
