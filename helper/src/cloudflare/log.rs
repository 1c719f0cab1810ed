//! The log of a gateway, wherever the account has it: the requests that read it.
//!
//! Accounts whose first gateway was created on or after 2026-09-24 have their logs in Workers
//! Observability (Cloudflare's page on logging). Requests and responses follow the types of Cloudflare's
//! SDK 7.3.0. UNVERIFIED: which dataset and fields AI Gateway's events have, so all datasets are searched
//! for words.

use super::api::Api;
use super::failed::Failed;
use super::pages::Pages;
use super::request::{ApiCall, segment};
use crate::base::error::Result;
use crate::base::time;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::LogEntry;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::Read;
use std::time::{Duration, Instant};

/// The longest retention of Workers Observability (Workers Logs, paid plans), in milliseconds.
pub const RETENTION: i64 = 7 * 86_400_000;

/// The log of one gateway.
#[derive(Debug, Clone, Copy)]
pub struct GatewayLog<'a> {
    api: &'a Api,
    gateway: &'a GatewayId,
}

/// Events of Workers Observability.
#[derive(Debug, Default)]
pub struct Events {
    /// As the API returns them, newest first.
    pub events: Vec<Value>,
    /// The cursor of the next query; `None` at the end.
    pub next: Option<String>,
}

/// The wait for an entry, which appears shortly after the response: the pauses between two looks at a log grow.
#[derive(Debug)]
pub struct LogWait {
    started: Instant,
    limit: Duration,
    pause: Duration,
}

impl LogWait {
    /// The first pause; each one is twice the one before.
    const FIRST: Duration = Duration::from_millis(250);
    /// The longest pause.
    const LONGEST: Duration = Duration::from_secs(5);

    /// Begins a wait of at most `limit`.
    pub fn begin(limit: Duration) -> Self {
        Self { started: Instant::now(), limit, pause: Self::FIRST }
    }

    /// How long it has lasted.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// True if there is no time for another pause.
    pub fn is_over(&self) -> bool {
        self.elapsed() >= self.limit
    }

    /// How long to wait before the next look; `None` if the time is over.
    pub fn next_pause(&mut self) -> Option<Duration> {
        let left = self.limit.saturating_sub(self.elapsed());
        let pause = self.pause.min(left);
        self.pause = (self.pause * 2).min(Self::LONGEST);
        (!left.is_zero()).then_some(pause)
    }
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
        match self.entry_path(id) {
            Some(path) => Failed::or_absent(self.api.attempt(&ApiCall::new(Method::GET, &path))),
            None => Ok(None),
        }
    }

    /// The same, waiting at most `limit` for it.
    pub fn awaited(&self, id: &str, limit: Duration) -> Result<Option<LogEntry>, Failed> {
        let mut wait = LogWait::begin(limit);
        loop {
            match (self.entry(id)?, wait.next_pause()) {
                (None, Some(pause)) => std::thread::sleep(pause),
                (found, _) => return Ok(found),
            }
        }
    }

    /// The body of an entry's `request` or `response`, as a stream.
    pub fn body(&self, entry_path: &str, part: &str) -> Result<impl Read + use<>> {
        self.api.raw(&format!("{entry_path}/{part}"))
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
        self.api.attempt(&ApiCall::new(Method::GET, &self.path()).with_query(&query))
    }

    /// The entries that match an API query, page by page, with what `T` needs of them.
    pub fn pages<T: DeserializeOwned>(&self, query: &[(&str, String)]) -> Pages<'a, T> {
        self.api.pages(&self.path(), query)
    }

    /// Events of Workers Observability between two moments (milliseconds since 1970) that contain these
    /// words, after a cursor. They are of the whole account.
    pub fn events(
        &self,
        words: &str,
        (from, to): (i64, i64),
        cursor: Option<&str>,
        limit: usize,
    ) -> Result<Events, Failed> {
        let mut question = json!({
            "timeframe": {"from": from, "to": to},
            "parameters": {"datasets": [], "filters": [], "needle": {"value": words, "matchCase": false}},
        });
        if let Some(cursor) = cursor {
            question["offset"] = json!(cursor);
            question["offsetDirection"] = json!("next");
        }
        self.observe(question, limit)
    }

    /// The entry of the event with that id.
    pub fn event(&self, id: &str) -> Result<Option<LogEntry>, Failed> {
        let to = time::now() + 1;
        let filter = json!({"key": "$metadata.id", "operation": "eq", "type": "string", "value": id});
        let question = json!({
            "timeframe": {"from": to - RETENTION, "to": to},
            "parameters": {"datasets": [], "filters": [filter]},
        });
        Ok(self.entries(&self.observe(question, 1)?).pop())
    }

    /// The entries of this gateway among events.
    pub fn entries(&self, found: &Events) -> Vec<LogEntry> {
        let entry = |event: &Value| {
            LogEntry::of_event(event).filter(|entry| entry.is_of(event, self.gateway.as_str()))
        };
        found.events.iter().filter_map(entry).collect()
    }

    fn observe(&self, mut question: Value, limit: usize) -> Result<Events, Failed> {
        question["queryId"] = json!("cf-aig");
        question["view"] = json!("events");
        question["limit"] = json!(limit);
        // Cloudflare keeps no copy of the results
        question["dry"] = json!(true);
        let call = ApiCall::new(Method::POST, "workers/observability/telemetry/query").reading();
        let mut answer: Value = self.api.attempt(&call.with_body(&question))?;
        let Some(Value::Array(events)) = answer.pointer_mut("/events/events").map(Value::take) else {
            return Ok(Events::default());
        };
        let last = events.last().and_then(|event| event["$metadata"]["id"].as_str()).map(str::to_owned);
        Ok(Events { next: last.filter(|_| events.len() >= limit), events })
    }
}
