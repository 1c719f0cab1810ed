//! GraphQL analytics: counts logged requests, and any number of synthetic ones.
//!
//! A synthetic account is a handful of rows every few hours, each for many requests: ten million are as
//! cheap to count as a thousand.

use std::time::Duration;

use jiff::Timestamp;

use crate::gateway::logs::LogEntry;

/// The account's analytics API.
#[derive(Debug, Clone)]
pub struct Analytics {
    /// Synthetic requests, before the real ones.
    pub synthetic: Option<SyntheticRequests>,
    /// How long after a request it is counted. 139 to 365 seconds were measured by third parties.
    pub lag: Duration,
    /// The longest period of one query. Cloudflare's value is unknown: this is a choice.
    pub max_duration: Duration,
    /// The maximum age of data. Also a choice.
    pub not_older_than: Duration,
    /// The row limit of a response.
    pub max_page_size: usize,
    /// Queries per token in five minutes; `None` for no limit. Cloudflare documents 320.
    pub queries: Option<u32>,
    /// API tokens that lack *Account Analytics Read*.
    pub denied_tokens: Vec<String>,
}

impl Default for Analytics {
    fn default() -> Self {
        let days = |days: u64| Duration::from_secs(days * 86_400);
        Analytics {
            synthetic: None,
            lag: Duration::from_secs(240),
            max_duration: days(31),
            not_older_than: days(92),
            max_page_size: 10_000,
            queries: Some(320),
            denied_tokens: Vec::new(),
        }
    }
}

/// Requests to an account's first gateway and to one named `batch`, evenly spread over a period.
#[derive(Debug, Clone)]
pub struct SyntheticRequests {
    /// The total number.
    pub count: u64,
    /// The first hour, in milliseconds since 1970.
    pub start_ms: i64,
    /// The number of hours.
    pub hours: u64,
    /// Models to use instead of the usual ones, with their provider.
    pub models: Vec<(String, String)>,
}

impl Default for SyntheticRequests {
    fn default() -> Self {
        SyntheticRequests {
            count: 0,
            start_ms: 1_793_491_200_000, // 2026-11-01T00:00:00Z
            hours: 20 * 24,
            models: MODELS.map(|(provider, model)| (provider.to_owned(), model.to_owned())).into(),
        }
    }
}

const MODELS: [(&str, &str); 3] = [
    ("anthropic", "anthropic/claude-opus-5-5"),
    ("anthropic", "anthropic/claude-haiku-4-5"),
    ("openai", "openai/gpt-6-mini"),
];
const HOUR_MS: i64 = 3_600_000;
/// Hours between synthetic requests.
const STEP: u64 = 4;

/// Requests that share all dimensions.
#[derive(Debug, Clone, Default)]
pub(crate) struct Row {
    pub(crate) at_ms: i64,
    pub(crate) gateway: String,
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) metadata: String,
    pub(crate) count: u64,
    pub(crate) cached: u64,
    pub(crate) errored: u64,
    pub(crate) tokens_in: u64,
    pub(crate) tokens_out: u64,
    pub(crate) cached_tokens_in: u64,
    pub(crate) cached_tokens_out: u64,
    pub(crate) cost: f64,
}

impl SyntheticRequests {
    /// The rows of the hours in `from..=to` (milliseconds).
    pub(crate) fn rows(&self, gateway: &str, from: i64, to: i64) -> Vec<Row> {
        let gateways = [gateway, "batch"];
        let cells = self.hours.div_ceil(STEP) * (self.models.len() * gateways.len()) as u64;
        let mut rows = Vec::new();
        let mut number = 0;
        for hour in (0..self.hours).step_by(STEP as usize) {
            let at_ms = self.start_ms + i64::try_from(hour).unwrap_or_default() * HOUR_MS;
            for (provider, model) in &self.models {
                for gateway in gateways {
                    // spread evenly, even if there are fewer requests than rows
                    let up_to = |number: u64| u128::from(number) * u128::from(self.count) / u128::from(cells);
                    let count = u64::try_from(up_to(number + 1) - up_to(number)).unwrap_or(u64::MAX);
                    number += 1;
                    if count > 0 && (from..=to).contains(&at_ms) {
                        rows.push(Row::synthetic(at_ms, (gateway, provider, model), count));
                    }
                }
            }
        }
        rows
    }
}

impl Row {
    /// Every twentieth request failed, every tenth came from the gateway's cache. An unknown price counts
    /// as zero.
    fn synthetic(at_ms: i64, (gateway, provider, model): (&str, &str, &str), count: u64) -> Row {
        let (errored, cached) = (count / 20, count / 10);
        let paid = count - errored - cached;
        let (tokens_in, tokens_out) = (paid * 1000, paid * 200);
        let price = match model.rsplit('/').next() {
            Some("claude-opus-5-5") => 4.0,
            Some("claude-haiku-4-5") => 1.0,
            _ => 0.0,
        };
        Row {
            at_ms,
            gateway: gateway.to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            metadata: String::new(),
            count,
            cached,
            errored,
            tokens_in,
            tokens_out,
            cached_tokens_in: cached * 1000,
            cached_tokens_out: cached * 200,
            cost: (tokens_in as f64 + 5.0 * tokens_out as f64) * price / 1e6,
        }
    }

    /// A logged request; `None` if its time stamp is invalid.
    pub(crate) fn logged(entry: &LogEntry) -> Option<Row> {
        let at: Timestamp = entry.created_at.parse().ok()?;
        let tokens = [entry.tokens_in.unwrap_or_default(), entry.tokens_out.unwrap_or_default()];
        let [paid, cached] = if entry.cached { [[0, 0], tokens] } else { [tokens, [0, 0]] };
        let metadata = entry.metadata.as_ref().and_then(|map| serde_json::to_string(map).ok());
        Some(Row {
            at_ms: at.as_millisecond(),
            gateway: entry.gateway_id.clone(),
            provider: entry.provider.clone(),
            model: entry.model.clone(),
            metadata: metadata.unwrap_or_default(),
            count: 1,
            cached: u64::from(entry.cached),
            errored: u64::from(!entry.success),
            tokens_in: paid[0],
            tokens_out: paid[1],
            cached_tokens_in: cached[0],
            cached_tokens_out: cached[1],
            cost: entry.cost.unwrap_or_default(),
        })
    }
}
