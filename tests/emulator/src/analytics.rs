//! What GraphQL analytics count: the requests that were logged, and any number that are only made up.
//!
//! A made-up account is a handful of rows every few hours, each of them standing for so many requests:
//! ten million cost as little to count as a thousand.

use std::time::Duration;

use jiff::Timestamp;

use crate::gateway::logs::LogEntry;

/// The analytics API of the account.
#[derive(Debug, Clone)]
pub struct Analytics {
    /// Requests that never happened, in front of those that did.
    pub synthetic: Option<SyntheticRequests>,
    /// A request is counted so long after it. 139 to 365 seconds were measured by third parties.
    pub lag: Duration,
    /// The longest period of one query. Cloudflare's value is not known: this is a choice.
    pub max_duration: Duration,
    /// Nothing older can be asked for. A choice, too.
    pub not_older_than: Duration,
    /// The most rows of one answer.
    pub max_page_size: usize,
    /// Each token may ask so often in five minutes; `None` for no limit. Cloudflare documents 320.
    pub queries: Option<u32>,
    /// Tokens of the API that lack *Account Analytics Read*.
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
    /// How many in all.
    pub count: u64,
    /// The first hour, in milliseconds since 1970.
    pub start_ms: i64,
    /// How many hours.
    pub hours: u64,
    /// Models in place of the usual ones, with their provider.
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
/// Made-up requests come every so many hours.
const STEP: u64 = 4;

/// Requests that have all dimensions in common.
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
                    // spread evenly, also where there are fewer requests than rows
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
    /// Every twentieth request failed, every tenth came from the gateway's cache. An unknown price
    /// counts nothing.
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

    /// A request that was logged; `None` while its time stamp is none.
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
