//! The gateway's log, which the Logs API lists.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::{Map, Value};

/// A logged request, with the fields of the Logs API.
#[derive(Debug, Clone, Serialize)]
pub struct LogEntry {
    /// Lower-case UUIDv7, as since October 2026.
    pub id: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// The provider's slug.
    pub provider: String,
    /// `provider/model`, the form that Cloudflare uses since September 2026; empty if unknown.
    pub model: String,
    /// The path after the provider's slug.
    pub path: String,
    /// Whether the request succeeded.
    pub success: bool,
    /// HTTP status of the response.
    pub status_code: u16,
    /// Input tokens.
    pub tokens_in: Option<u64>,
    /// Output tokens.
    pub tokens_out: Option<u64>,
    /// US dollars, an estimate; missing if the price is unknown, zero for a cache hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<f64>,
    /// Whether the cost is based on `cf-aig-custom-cost`.
    pub custom_cost: bool,
    /// Whether the response came from the gateway's cache.
    pub cached: bool,
    /// Milliseconds.
    pub duration: u64,
    /// The part of `cf-aig-metadata` that was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Map<String, Value>>,
    /// `cf-aig-event-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// The user's rating: -1 or 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub feedback: Option<i64>,
    /// A score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The kind of request. Cloudflare's values are not documented: this is the path's last segment.
    pub request_type: String,
    /// `content-type` of the request.
    pub request_content_type: String,
    /// `content-type` of the response.
    pub response_content_type: String,
    /// Index of the step of a universal request or dynamic route.
    pub step: usize,
    /// A stored key paid.
    pub byok: bool,
    /// Unified Billing paid.
    pub wholesale: bool,
    /// The gateway required a token.
    pub authentication: bool,
    /// The client's `user-agent`.
    pub user_agent: String,
    /// The account whose gateway it was.
    #[serde(skip)]
    pub account_id: String,
    /// The account.
    #[serde(skip)]
    pub gateway_id: String,
    /// The request's body, unless `cf-aig-collect-log-payload: false`.
    #[serde(skip)]
    pub request_body: Option<Vec<u8>>,
    /// The response's body, unless `cf-aig-collect-log-payload: false`.
    #[serde(skip)]
    pub response_body: Option<Vec<u8>>,
}

/// All entries, oldest first.
#[derive(Default)]
pub(crate) struct LogStore {
    entries: Mutex<Vec<LogEntry>>,
    changed: Condvar,
}

impl LogStore {
    pub(crate) fn push(&self, entry: LogEntry) {
        self.lock().push(entry);
        self.changed.notify_all();
    }

    /// Changes the matching entry; returns whether there is one.
    pub(crate) fn edit(
        &self,
        wanted: impl Fn(&LogEntry) -> bool,
        change: impl FnOnce(&mut LogEntry),
    ) -> bool {
        self.lock().iter_mut().find(|entry| wanted(entry)).map(change).is_some()
    }

    /// Deletes at most this many matching entries, newest first.
    pub(crate) fn remove(&self, limit: usize, unwanted: impl Fn(&LogEntry) -> bool) {
        let mut left = limit;
        let mut entries = self.lock();
        for at in (0..entries.len()).rev() {
            if left > 0 && unwanted(&entries[at]) {
                entries.remove(at);
                left -= 1;
            }
        }
    }

    pub(crate) fn all(&self) -> Vec<LogEntry> {
        self.lock().clone()
    }

    pub(crate) fn wait_for(
        &self,
        timeout: Duration,
        mut wanted: impl FnMut(&LogEntry) -> bool,
    ) -> Option<LogEntry> {
        let deadline = Instant::now() + timeout;
        let mut entries = self.lock();
        loop {
            if let Some(found) = entries.iter().find(|entry| wanted(entry)) {
                return Some(found.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            (entries, _) = self.changed.wait_timeout(entries, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<LogEntry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
