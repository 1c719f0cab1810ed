//! An entry of a gateway's log: the one place that reads it.
//!
//! The Logs API returns it as such. Accounts whose first gateway was created on or after 2026-09-24 have
//! it as an event of Workers Observability (Cloudflare's page on logging).

use super::{Object, resource};
use crate::base::time;
use serde_json::{Value, json};

resource! {
    /// A log entry.
    LogEntry {
        /// Its id.
        id: &str,
        /// When the request arrived, RFC 3339.
        created_at: &str,
        /// The provider's slug.
        provider: &str,
        /// The model, mostly as `provider/model`.
        model: &str,
        /// HTTP status.
        status_code: Option<u64>,
        /// Whether the request succeeded.
        success: Option<bool>,
        /// Whether the response came from the gateway's cache.
        cached: Option<bool>,
        /// Cost in US dollars, the gateway's estimate.
        cost: Option<f64>,
        /// Milliseconds.
        duration: Option<f64>,
        /// Input tokens.
        tokens_in: Option<u64>,
        /// Output tokens.
        tokens_out: Option<u64>,
        /// Whether a stored key paid. In live responses, not in the SDK's types.
        byok: Option<bool>,
        /// Whether Cloudflare's credits paid. In live responses, not in the SDK's types.
        wholesale: Option<bool>,
        /// Whether the gateway required a token. In live responses, not in the SDK's types.
        authentication: Option<bool>,
    }
}

impl LogEntry {
    /// When the request arrived, in milliseconds since 1970.
    pub fn created(&self) -> Option<i64> {
        time::read(self.created_at())
    }

    /// The client's `cf-aig-metadata`: an object, or the same object as text. The SDK's types say text,
    /// live responses have an object.
    pub fn metadata(&self) -> Object {
        let found = match self.field("metadata") {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        match found {
            Value::Object(map) => map,
            _ => Object::new(),
        }
    }

    /// The values that the API's filters compare under this name.
    pub fn values(&self, name: &str) -> Vec<Value> {
        match name {
            "metadata.key" => self.metadata().keys().map(|key| json!(key)).collect(),
            "metadata.value" => self.metadata().values().cloned().collect(),
            "tokens" => {
                let (input, output) = (self.tokens_in().unwrap_or(0), self.tokens_out().unwrap_or(0));
                vec![json!(input.saturating_add(output))]
            }
            name => vec![self.field(name).clone()],
        }
    }

    /// An event of Workers Observability as an entry; `None` if its `source` is not an object. UNVERIFIED:
    /// which names AI Gateway's fields have there, so those of the Logs API are read.
    pub fn of_event(event: &Value) -> Option<Self> {
        let mut entry: Object = match &event["source"] {
            Value::Object(source) => source.clone(),
            Value::String(text) => serde_json::from_str(text).ok()?,
            _ => return None,
        };
        let metadata = &event["$metadata"];
        let mut known = |key: &str, value: &Value| {
            if !value.is_null() && entry.get(key).is_none_or(Value::is_null) {
                entry.insert(key.to_owned(), value.clone());
            }
        };
        known("created_at", &json!(event["timestamp"].as_i64().map(time::written)));
        known("status_code", &metadata["statusCode"]);
        known("duration", &metadata["duration"]);
        // later pages begin after this id
        entry.insert("id".to_owned(), metadata["id"].clone());
        Some(Self(entry))
    }

    /// Whether an event, and the entry made of it, is of this gateway. UNVERIFIED: which dataset and
    /// service AI Gateway's events name.
    pub fn is_of(&self, event: &Value, gateway: &str) -> bool {
        let metadata = &event["$metadata"];
        let names = [&event["dataset"], &metadata["cloudService"], &metadata["type"], &metadata["origin"]];
        let says_so = names.into_iter().filter_map(Value::as_str).any(|name| {
            let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
            bare.to_ascii_lowercase().contains("aigateway")
        });
        let looks_so = self.0.contains_key("provider") && self.0.contains_key("model");
        let whose = ["gateway", "gateway_id"].iter().find_map(|key| self.field(key).as_str());
        (says_so || looks_so) && whose.is_none_or(|whose| whose == gateway)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{any_json, any_object};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn entries_and_events_of_any_shape_are_read_without_a_panic(
            mut object in any_object(&["created_at", "metadata", "tokens_in", "tokens_out"]),
            event in any_object(&["source", "$metadata", "timestamp", "dataset"]),
            source in any_json(),
        ) {
            let entry = LogEntry(object.clone());
            let names = ["metadata.key", "metadata.value", "tokens", "created_at", "none"];
            let read: Vec<_> = names.iter().map(|name| entry.values(name)).collect();
            prop_assert_eq!(&read[3], &vec![entry.field("created_at").clone()]);
            if let Some(at) = entry.created() {
                prop_assert_eq!(time::read(&time::written(at)), Some(at));
            }
            object.insert("source".to_owned(), source);
            for event in [Value::Object(event), Value::Object(object), Value::Null] {
                let Some(entry) = LogEntry::of_event(&event) else { continue };
                prop_assert!(event["source"].is_object() || event["source"].is_string());
                prop_assert_eq!(entry.field("id"), &event["$metadata"]["id"]);
                entry.is_of(&event, "dev");
            }
        }
    }

    #[test]
    fn metadata_is_read_as_text_and_as_an_object() {
        for metadata in [json!({"a": 1}), json!("{\"a\":1}")] {
            let entry: LogEntry = serde_json::from_value(json!({"metadata": metadata})).unwrap();
            assert_eq!(entry.metadata()["a"], 1);
        }
    }

    #[test]
    fn gateway_events_are_distinguished_from_other_log_entries() {
        let event = |dataset: &str, source: Value| json!({"dataset": dataset, "timestamp": 0, "source": source, "$metadata": {"id": "e", "statusCode": 200}});
        let of = |dataset, source| {
            let event = event(dataset, source);
            LogEntry::of_event(&event).filter(|entry| entry.is_of(&event, "dev"))
        };
        assert!(of("cloudflare-workers", json!({"message": "ai-gateway"})).is_none());
        assert!(of("ai-gateway", json!({"gateway": "other"})).is_none());
        let found = of("cf_ai_gateway", json!({"gateway_id": "dev", "model": "m"})).unwrap();
        assert_eq!(found.created_at(), "1970-01-01T00:00:00.000Z");
        assert_eq!((found.id(), found.status_code()), ("e", Some(200)));
        assert!(of("x", json!(r#"{"provider": "anthropic", "model": "m"}"#)).is_some());
        assert!(of("x", json!("a line")).is_none());
    }
}
