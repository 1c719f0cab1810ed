//! A log entry, from either store.

use crate::base::named::named;
use crate::base::text::visible;
use crate::facts::gateway::resources::LogEntry;
use serde::Serialize;
use serde_json::Value;

named! {
    /// Where an entry was found.
    pub enum LogStore {
        /// The gateway's own log.
        Logs = "logs" => "the gateway's log",
        /// For accounts whose first gateway was created on or after 2026-09-24.
        Observability = "observability" => "Workers Observability",
        /// They only have counts.
        Analytics = "analytics" => "the analytics",
    }
}

/// What a log contains about the request; missing values are `None`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LoggedRequest {
    /// Its id.
    pub id: Option<String>,
    /// Where it was found.
    pub store: LogStore,
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

impl LoggedRequest {
    /// Reads an entry of the gateway's log.
    pub(super) fn of(entry: &LogEntry, store: LogStore, by: &'static str) -> Self {
        let shown = |text: &str| (!text.is_empty()).then(|| visible(text));
        Self {
            id: shown(entry.id()),
            store,
            by,
            created_at: shown(entry.created_at()),
            provider: shown(entry.provider()),
            model: shown(entry.model()),
            status_code: entry.status_code(),
            cached: entry.cached(),
            cost: entry.cost(),
            tokens_in: entry.tokens_in(),
            tokens_out: entry.tokens_out(),
            byok: entry.byok(),
            wholesale: entry.wholesale(),
            authentication: entry.authentication(),
        }
    }

    /// Reads an event of Workers Observability, which may be a line of text.
    pub(super) fn of_event(event: &Value) -> Self {
        let entry = LogEntry::of_event(event).unwrap_or_default();
        Self::of(&entry, LogStore::Observability, "text")
    }

    /// Reads a count of the analytics.
    pub(super) fn counted() -> Self {
        Self::of(&LogEntry::default(), LogStore::Analytics, "metadata")
    }
}
