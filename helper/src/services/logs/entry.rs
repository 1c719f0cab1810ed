//! The fields of a log entry as the API's filters see them.

use crate::cloudflare::LogEntry;
use serde_json::{Value, json};

/// The values of a field.
pub(super) fn values(entry: &LogEntry, field: &str) -> Vec<Value> {
    match field {
        "metadata.key" => entry.metadata().keys().map(|key| json!(key)).collect(),
        "metadata.value" => entry.metadata().values().cloned().collect(),
        "tokens" => vec![json!(entry.tokens_in().unwrap_or(0) + entry.tokens_out().unwrap_or(0))],
        field => vec![entry.field(field).clone()],
    }
}
