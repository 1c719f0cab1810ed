//! Log entries of a gateway, and the requests that read them.
//!
//! An entry stays the JSON object that the API returned, so fields that Cloudflare adds are kept.
//! In the schema (SDK 7.3.0) `metadata` is a string; it was observed as an object. Both are read.

use super::{Api, Call, Failed, Method, Pages, segment};
use crate::base::text::visible;
use crate::base::time;
use crate::facts::gateway::GatewayId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A log entry.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LogEntry(pub Map<String, Value>);

impl LogEntry {
    /// Any field, by the API's name; `null` if it is absent.
    pub fn field(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.field(name).as_str().filter(|text| !text.is_empty())
    }

    /// The same field as text that is safe for a terminal.
    pub fn shown(&self, name: &str) -> Option<String> {
        self.text(name).map(visible)
    }

    /// Its id, or an empty text.
    pub fn id(&self) -> &str {
        self.text("id").unwrap_or_default()
    }

    /// When the request arrived, in milliseconds since 1970.
    pub fn created(&self) -> Option<i64> {
        time::read(self.text("created_at")?)
    }

    /// The provider's slug.
    pub fn provider(&self) -> &str {
        self.text("provider").unwrap_or_default()
    }

    /// The model, mostly as `provider/model`.
    pub fn model(&self) -> &str {
        self.text("model").unwrap_or_default()
    }

    /// HTTP status.
    pub fn status(&self) -> Option<u64> {
        self.field("status_code").as_u64()
    }

    /// Whether the request succeeded.
    pub fn success(&self) -> Option<bool> {
        self.flag("success")
    }

    /// Whether the response came from the gateway's cache.
    pub fn cached(&self) -> Option<bool> {
        self.flag("cached")
    }

    /// A field that is true or false, or 1 or 0.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.field(name) {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => number.as_u64().map(|number| number != 0),
            _ => None,
        }
    }

    /// Cost in US dollars, the gateway's estimate.
    pub fn cost(&self) -> Option<f64> {
        self.field("cost").as_f64().filter(|cost| cost.is_finite())
    }

    /// Duration in milliseconds.
    pub fn duration(&self) -> Option<f64> {
        self.field("duration").as_f64()
    }

    /// Input tokens.
    pub fn tokens_in(&self) -> Option<u64> {
        self.field("tokens_in").as_u64()
    }

    /// Output tokens.
    pub fn tokens_out(&self) -> Option<u64> {
        self.field("tokens_out").as_u64()
    }

    /// The client's `cf-aig-metadata`.
    pub fn metadata(&self) -> Map<String, Value> {
        let found = match self.field("metadata") {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        match found {
            Value::Object(map) => map,
            _ => Map::new(),
        }
    }
}

/// The log of one gateway in the Logs API.
#[derive(Debug, Clone, Copy)]
pub struct GatewayLog<'a> {
    api: &'a Api,
    gateway: &'a GatewayId,
}

impl<'a> GatewayLog<'a> {
    /// Creates the reader; sends nothing.
    pub fn new(api: &'a Api, gateway: &'a GatewayId) -> Self {
        Self { api, gateway }
    }

    fn path(&self) -> String {
        format!("ai-gateway/gateways/{}/logs", self.gateway)
    }

    /// The path of an entry; `None` if the id is not valid in a path.
    pub fn entry_path(&self, id: &str) -> Option<String> {
        Some(format!("{}/{}", self.path(), segment(id)?))
    }

    /// The entry with that id; `None` if it does not exist, or not yet.
    pub fn entry(&self, id: &str) -> Result<Option<LogEntry>, Failed> {
        let Some(path) = self.entry_path(id) else { return Ok(None) };
        match self.api.attempt(&Call::new(Method::Get, &path)) {
            Err(failed) if failed.status() == Some(404) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// The newest `count` entries at most, or only those whose field `filter.0` has the value
    /// `filter.1`.
    pub fn newest(&self, filter: Option<(&str, &str)>, count: usize) -> Result<Vec<LogEntry>, Failed> {
        let mut query = vec![
            ("order_by", "created_at".to_owned()),
            ("order_by_direction", "desc".to_owned()),
            ("per_page", count.to_string()),
        ];
        if let Some((key, value)) = filter {
            query.push(("filters", json!([{"key": key, "operator": "eq", "value": [value]}]).to_string()));
        }
        self.api.attempt(&Call::new(Method::Get, &self.path()).with_query(&query))
    }

    /// The entries that match an API query, page by page.
    pub fn pages(&self, query: &[(&str, String)]) -> Pages<'a, LogEntry> {
        self.pages_of(query)
    }

    /// The same, deserializing only what `T` needs.
    pub fn pages_of<T: DeserializeOwned>(&self, query: &[(&str, String)]) -> Pages<'a, T> {
        self.api.pages(&self.path(), query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_another_type_is_not_there() {
        let entry: LogEntry = serde_json::from_value(json!({
            "id": 7, "created_at": "yesterday", "cost": "1", "cached": 1, "success": "yes", "metadata": "[1]", "later": {}
        }))
        .unwrap();
        assert_eq!((entry.id(), entry.created(), entry.cost()), ("", None, None));
        assert_eq!((entry.cached(), entry.success(), entry.metadata().len()), (Some(true), None, 0));
        assert_eq!(serde_json::to_value(&entry).unwrap()["later"], json!({}), "unknown fields are kept");
    }

    #[test]
    fn metadata_is_read_as_text_and_as_an_object() {
        for metadata in [json!({"a": 1}), json!("{\"a\":1}")] {
            let entry: LogEntry = serde_json::from_value(json!({"metadata": metadata})).unwrap();
            assert_eq!(entry.metadata()["a"], 1);
        }
    }
}
