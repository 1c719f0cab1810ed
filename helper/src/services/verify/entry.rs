//! One entry of a log, whichever store it came from.

use crate::services::probe::visible;
use serde::Serialize;
use serde_json::Value;

/// Where an entry was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// The gateway's own log.
    Logs,
    /// Workers Observability, for accounts whose first gateway is younger than 2026-09-24.
    Observability,
    /// The analytics, which only count.
    Analytics,
}

impl Store {
    /// As a person calls it.
    pub fn label(self) -> &'static str {
        match self {
            Store::Logs => "the gateway's log",
            Store::Observability => "Workers Observability",
            Store::Analytics => "the analytics",
        }
    }
}

/// What a log says of the request. What it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: Option<String>,
    /// Where it was found.
    pub store: Store,
    /// By what it was found.
    pub by: &'static str,
    /// When the request arrived, RFC 3339.
    pub created_at: Option<String>,
    /// The provider's slug.
    pub provider: Option<String>,
    /// The model, mostly as `provider/model`.
    pub model: Option<String>,
    /// HTTP status.
    pub status_code: Option<u64>,
    /// Whether the answer came from the gateway's cache.
    pub cached: Option<bool>,
    /// US dollars, an estimate.
    pub cost: Option<f64>,
    /// Tokens read.
    pub tokens_in: Option<u64>,
    /// Tokens written.
    pub tokens_out: Option<u64>,
    /// A stored key paid.
    pub byok: Option<bool>,
    /// Cloudflare's credits paid.
    pub wholesale: Option<bool>,
    /// The gateway asked for a token.
    pub authentication: Option<bool>,
}

impl Entry {
    /// Reads an item of the logs API; `None` when it is not an object.
    pub(super) fn read(item: &Value, store: Store, by: &'static str) -> Option<Self> {
        let item = item.as_object()?;
        let text = |key: &str| item.get(key).and_then(Value::as_str).filter(|t| !t.is_empty()).map(visible);
        let number = |key: &str| item.get(key).and_then(Value::as_u64);
        let flag = |key: &str| match item.get(key) {
            Some(Value::Bool(flag)) => Some(*flag),
            Some(Value::Number(number)) => number.as_u64().map(|number| number != 0),
            _ => None,
        };
        Some(Self {
            id: text("id"),
            store,
            by,
            created_at: text("created_at"),
            provider: text("provider"),
            model: text("model"),
            status_code: number("status_code"),
            cached: flag("cached"),
            cost: item.get("cost").and_then(Value::as_f64),
            tokens_in: number("tokens_in"),
            tokens_out: number("tokens_out"),
            byok: flag("byok"),
            wholesale: flag("wholesale"),
            authentication: flag("authentication"),
        })
    }

    /// Reads an event of Workers Observability: its `source` is whatever the writer wrote.
    pub(super) fn of_event(event: &Value) -> Option<Self> {
        let by = "text";
        let mut entry = Self::read(&event["source"], Store::Observability, by)
            .or_else(|| Self::read(event, Store::Observability, by))?;
        let id = event["$metadata"]["id"].as_str().map(visible);
        entry.id = entry.id.or(id);
        Some(entry)
    }

    /// What a count of the analytics shows.
    pub(super) fn counted() -> Self {
        Self {
            id: None,
            store: Store::Analytics,
            by: "metadata",
            created_at: None,
            provider: None,
            model: None,
            status_code: None,
            cached: None,
            cost: None,
            tokens_in: None,
            tokens_out: None,
            byok: None,
            wholesale: None,
            authentication: None,
        }
    }
}
