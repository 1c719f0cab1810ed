//! A log entry as the API gives it, and how its fields are read.
//!
//! Entries stay JSON: what Cloudflare adds is kept and passed on. The schema (SDK 7.3.0) has
//! `metadata` as a string; it was seen as an object. Both are read.

use super::time;
use serde_json::{Map, Value, json};

/// The entry's id; empty when it has none.
pub fn id(entry: &Value) -> &str {
    entry["id"].as_str().unwrap_or_default()
}

/// When it was made, in milliseconds since 1970.
pub fn created(entry: &Value) -> Option<i64> {
    time::read(entry["created_at"].as_str()?)
}

/// What the client sent as `cf-aig-metadata`.
pub fn metadata(entry: &Value) -> Map<String, Value> {
    let found = match &entry["metadata"] {
        Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
        other => other.clone(),
    };
    match found {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The values of a field as the API's filters see it.
pub(super) fn values(entry: &Value, field: &str) -> Vec<Value> {
    match field {
        "metadata.key" => metadata(entry).keys().map(|key| json!(key)).collect(),
        "metadata.value" => metadata(entry).values().cloned().collect(),
        "tokens" => {
            let known = |key: &str| entry[key].as_u64();
            vec![json!(known("tokens_in").unwrap_or(0) + known("tokens_out").unwrap_or(0))]
        }
        field => vec![entry[field].clone()],
    }
}
