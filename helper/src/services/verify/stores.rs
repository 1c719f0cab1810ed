//! The three stores that may contain the request: the gateway's own log, the newer store of
//! accounts whose first gateway was created on or after 2026-09-24, and the analytics.
//!
//! Sources: the logs of the AI Gateway API (Cloudflare's SDK);
//! `workers/observability/telemetry/query` (the same SDK; it is not documented which dataset and
//! fields AI Gateway writes there, so the nonce is searched for as text, and fields are read if
//! they have the names of the older log); `aiGatewayRequestsAdaptiveGroups` (field names from
//! third-party code that works).

use super::entry::{Entry, Store};
use crate::base::error::Result;
use crate::cloudflare::{Api, Failed, GatewayLog};
use crate::facts::gateway::ids::GatewayId;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::result::Result as Answer;

/// How far back the newer store is searched, in milliseconds, because clocks differ.
const LOOK_BACK: i64 = 10 * 60 * 1000;

/// A gateway in Cloudflare's API.
pub(super) struct Stores<'a> {
    pub(super) api: &'a Api,
    pub(super) gateway: &'a GatewayId,
}

impl Stores<'_> {
    /// Whether the gateway logs at all; `None` if the response does not contain it.
    pub(super) fn collects(&self) -> Answer<Option<bool>, Failed> {
        Ok(self.api.gateway(self.gateway)?.collect_logs())
    }

    fn log(&self) -> GatewayLog<'_> {
        GatewayLog::new(self.api, self.gateway)
    }

    /// The entry with this id; `None` if it is not there yet.
    pub(super) fn by_id(&self, id: &str) -> Answer<Option<Entry>, Failed> {
        Ok(self.log().entry(id)?.map(|entry| Entry::of(&entry, Store::Logs, "log id")))
    }

    /// The newest entry whose `key` is the nonce: `event_id`, or `metadata.value`.
    pub(super) fn by_filter(&self, key: &str, nonce: &str) -> Answer<Option<Entry>, Failed> {
        let by = if key == "event_id" { "event id" } else { "metadata" };
        let found = self.log().newest(Some((key, nonce)), 5)?;
        Ok(found.first().map(|entry| Entry::of(entry, Store::Logs, by)))
    }

    /// True if the gateway's own log is empty, as it would be if the account uses the newer store.
    pub(super) fn holds_nothing(&self) -> Answer<bool, Failed> {
        Ok(self.log().newest(None, 1)?.is_empty())
    }

    /// The nonce, anywhere in the events of the last minutes.
    pub(super) fn in_observability(&self, nonce: &str) -> Answer<Option<Entry>, Failed> {
        let now = Timestamp::now().as_millisecond();
        let found = self.log().events(nonce, (now - LOOK_BACK, now + 60_000), None, 5)?;
        Ok(found.events.first().map(Entry::of_event))
    }

    /// How many requests with the nonce the analytics count. They lag by minutes.
    pub(super) fn counted(&self, label: &str, nonce: &str) -> Result<f64> {
        let hour = |shift: i64| {
            let at =
                Timestamp::now().saturating_add(SignedDuration::from_hours(shift)).unwrap_or(Timestamp::MAX);
            format!("{at:.0}")
        };
        let filter = json!({
            "gateway": self.gateway.as_str(),
            "datetimeHour_geq": hour(-2),
            "datetimeHour_leq": hour(1),
            "AND": [{"metadataKeys_has": label}, {"metadataValues_has": nonce}],
        });
        Ok(self.api.analytics("count", &filter, 10, "")?.iter().filter_map(|row| row.count).sum())
    }
}
