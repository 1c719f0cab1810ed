//! Formats entries as lines of a file: JSON objects or comma-separated values.

use crate::base::named::named;
use crate::facts::gateway::resources::LogEntry;
use serde_json::{Value, json};

named! {
    /// The export format.
    #[derive(clap::ValueEnum)]
    pub enum ExportFormat {
        /// Each entry as the API returns it, one JSON object per line
        Ndjson = "ndjson",
        /// RFC 4180, with a header line
        Csv = "csv",
    }
}

/// The columns; missing values are empty. `metadata` is JSON.
const COLUMNS: [&str; 23] = [
    "id",
    "created_at",
    "provider",
    "model",
    "path",
    "success",
    "status_code",
    "tokens_in",
    "tokens_out",
    "cost",
    "cached",
    "duration",
    "step",
    "event_id",
    "metadata",
    "model_type",
    "request_type",
    "request_content_type",
    "response_content_type",
    "custom_cost",
    "wholesale",
    "byok",
    "user_agent",
];

impl ExportFormat {
    /// What precedes the entries.
    pub fn head(self) -> String {
        match self {
            ExportFormat::Ndjson => String::new(),
            ExportFormat::Csv => COLUMNS.join(",") + "\r\n",
        }
    }

    /// One entry.
    pub fn line(self, item: &LogEntry) -> String {
        match self {
            ExportFormat::Ndjson => json!(item).to_string() + "\n",
            ExportFormat::Csv => COLUMNS.map(|column| cell(value(item, column))).join(",") + "\r\n",
        }
    }
}

fn value(item: &LogEntry, column: &str) -> String {
    match item.field(column) {
        Value::Null => String::new(),
        _ if column == "metadata" => {
            let metadata = item.metadata();
            if metadata.is_empty() { String::new() } else { Value::Object(metadata).to_string() }
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Values stay unchanged. One that a spreadsheet could interpret as a formula is at least quoted,
/// so that an import as text preserves it.
fn cell(text: String) -> String {
    let special = |c: char| matches!(c, ',' | '"' | '\r' | '\n');
    if text.contains(special) || text.starts_with(['=', '+', '-', '@', '\t', ' ']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_fields_are_quoted_where_needed() {
        for (text, expected) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\r\nb", "\"a\r\nb\""),
            ("=1+1", "\"=1+1\""),
            ("@x", "\"@x\""),
            ("-1", "\"-1\""),
        ] {
            assert_eq!(cell(text.to_owned()), expected);
        }
    }

    #[test]
    fn metadata_is_json_whichever_way_it_came() {
        let of = |entry: Value| value(&serde_json::from_value(entry).unwrap(), "metadata");
        for metadata in [json!({"a": 1}), json!("{\"a\":1}")] {
            assert_eq!(of(json!({"metadata": metadata})), r#"{"a":1}"#);
        }
        assert_eq!(of(json!({"metadata": "not json"})), "");
    }
}
