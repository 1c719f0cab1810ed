//! A log entry, from either store.

use crate::cloudflare::LogEntry;
use crate::services::probe::visible;
use serde::Serialize;
use serde_json::Value;

/// Where an entry was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Store {
    /// The gateway's own log.
    Logs,
    /// Workers Observability, for accounts whose first gateway was created on or after 2026-09-24.
    Observability,
    /// The analytics, which only have counts.
    Analytics,
}

impl Store {
    /// The name in text.
    pub fn label(self) -> &'static str {
        match self {
            Store::Logs => "the gateway's log",
            Store::Observability => "Workers Observability",
            Store::Analytics => "the analytics",
        }
    }
}

/// What a log contains about the request; missing values are `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: Option<String>,
    /// Where it was found.
    pub store: Store,
    /// What it was found by.
    pub by: &'static str,
    /// When the request arrived, RFC 3339.
    pub created_at: Option<String>,
    /// The provider's slug.
    pub provider: Option<String>,
    /// The model, usually as `provider/model`.
    pub model: Option<String>,
    /// HTTP status.
    pub status_code: Option<u64>,
    /// Whether the response came from the gateway's cache.
    pub cached: Option<bool>,
    /// US dollars, an estimate.
    pub cost: Option<f64>,
    /// Input tokens.
    pub tokens_in: Option<u64>,
    /// Output tokens.
    pub tokens_out: Option<u64>,
    /// A stored key paid.
    pub byok: Option<bool>,
    /// Cloudflare's credits paid.
    pub wholesale: Option<bool>,
    /// The gateway required a token.
    pub authentication: Option<bool>,
}

impl Entry {
    /// Reads an entry of the gateway's log.
    pub(super) fn of(entry: &LogEntry, store: Store, by: &'static str) -> Self {
        Self {
            id: entry.shown("id"),
            store,
            by,
            created_at: entry.shown("created_at"),
            provider: entry.shown("provider"),
            model: entry.shown("model"),
            status_code: entry.status(),
            cached: entry.cached(),
            cost: entry.cost(),
            tokens_in: entry.tokens_in(),
            tokens_out: entry.tokens_out(),
            byok: entry.flag("byok"),
            wholesale: entry.flag("wholesale"),
            authentication: entry.flag("authentication"),
        }
    }

    /// Reads an event of Workers Observability, whose `source` is whatever was written.
    pub(super) fn of_event(event: &Value) -> Option<Self> {
        let entry: Option<LogEntry> = [&event["source"], event]
            .into_iter()
            .find_map(|fields| serde_json::from_value(fields.clone()).ok());
        let mut entry = Self::of(&entry?, Store::Observability, "text");
        let id = event["$metadata"]["id"].as_str().map(visible);
        entry.id = entry.id.or(id);
        Some(entry)
    }

    /// Reads a count of the analytics.
    pub(super) fn counted() -> Self {
        Self::of(&LogEntry::default(), Store::Analytics, "metadata")
    }
}
