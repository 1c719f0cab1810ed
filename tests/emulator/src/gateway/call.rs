//! One call to one provider, and the `cf-aig-*` headers that control it.

use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Map, Value};

use crate::config::Gateway;
use crate::http::Headers;

/// The maximum number of `cf-aig-metadata` entries.
const METADATA_ENTRIES: usize = 5;
/// How long a response is cached under a `cf-aig-cache-key` without a time to live.
const CUSTOM_KEY_TTL: Duration = Duration::from_secs(300);
/// Cloudflare's bounds of a time to live: one minute, one month.
const TTL_BOUNDS: (u64, u64) = (60, 30 * 24 * 3600);

/// A request to a provider, through any surface of the gateway.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) provider: String,
    pub(crate) method: String,
    /// After the provider's slug, without a leading slash or a query.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
    /// The index among the steps of a universal request or a dynamic route.
    pub(crate) step: usize,
}

impl Call {
    /// The model in the body.
    pub(crate) fn model(&self) -> Option<String> {
        let body: Value = serde_json::from_slice(&self.body).ok()?;
        body["model"].as_str().map(str::to_owned)
    }
}

/// Options of a call besides forwarding; headers override the gateway's settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Options {
    pub(crate) collect_log: bool,
    pub(crate) collect_payload: bool,
    pub(crate) cache_ttl: Option<Duration>,
    pub(crate) cache_key: Option<String>,
    pub(crate) metadata: Option<Map<String, Value>>,
    pub(crate) event_id: Option<String>,
    pub(crate) custom_cost: Option<CustomCost>,
    pub(crate) attempts: u32,
    pub(crate) retry_delay: Duration,
    pub(crate) backoff: Backoff,
    pub(crate) timeout: Option<Duration>,
}

/// How the pause between attempts grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backoff {
    Constant,
    Linear,
    Exponential,
}

/// `cf-aig-custom-cost`: dollars.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct CustomCost {
    pub(crate) per_token_in: f64,
    pub(crate) per_token_out: f64,
    pub(crate) total: Option<f64>,
}

impl Options {
    pub(crate) fn read(gateway: &Gateway, headers: &Headers) -> Options {
        let number = |name| headers.get(name).and_then(|value| value.trim().parse::<u64>().ok());
        let setting = |name: &str| gateway.settings.get(name).and_then(Value::as_u64);
        let cache_key = headers.get("cf-aig-cache-key").map(str::to_owned);
        let ttl = number("cf-aig-cache-ttl")
            .or_else(|| number("cf-cache-ttl"))
            .map(|seconds| Duration::from_secs(seconds.clamp(TTL_BOUNDS.0, TTL_BOUNDS.1)))
            .or(cache_key.is_some().then_some(CUSTOM_KEY_TTL))
            .or(gateway.cache_ttl);
        let skip = headers.flag("cf-aig-skip-cache").or_else(|| headers.flag("cf-skip-cache"));
        Options {
            collect_log: headers.flag("cf-aig-collect-log").unwrap_or(gateway.collect_logs),
            collect_payload: headers.flag("cf-aig-collect-log-payload").unwrap_or(true),
            cache_ttl: if skip == Some(true) { None } else { ttl },
            cache_key,
            metadata: headers.get("cf-aig-metadata").and_then(metadata),
            event_id: headers.get("cf-aig-event-id").map(str::to_owned),
            custom_cost: headers.get("cf-aig-custom-cost").and_then(custom_cost),
            attempts: number("cf-aig-max-attempts")
                .or_else(|| setting("retry_max_attempts"))
                .map_or(1, |n| n.clamp(1, 5) as u32),
            retry_delay: Duration::from_millis(
                number("cf-aig-retry-delay")
                    .or_else(|| setting("retry_delay"))
                    .unwrap_or_default()
                    .min(60_000),
            ),
            backoff: match headers
                .get("cf-aig-backoff")
                .or_else(|| gateway.settings.get("retry_backoff")?.as_str())
            {
                Some("linear") => Backoff::Linear,
                Some("exponential") => Backoff::Exponential,
                _ => Backoff::Constant,
            },
            timeout: number("cf-aig-request-timeout").map(Duration::from_millis),
        }
    }

    /// The pause after attempt `attempt`, counted from 1.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        self.retry_delay
            * match self.backoff {
                Backoff::Constant => 1,
                Backoff::Linear => attempt,
                Backoff::Exponential => 1 << (attempt - 1),
            }
    }
}

/// One value that is not a string, number or boolean discards all of it, without an error. Keys that start
/// with `cf.` are Cloudflare's own. Only the first five entries are kept.
pub(crate) fn metadata(header: &str) -> Option<Map<String, Value>> {
    let Ok(Value::Object(entries)) = serde_json::from_str(header) else {
        return None;
    };
    if entries.values().any(|value| value.is_null() || value.is_object() || value.is_array()) {
        return None;
    }
    let kept = entries.into_iter().filter(|(key, _)| !key.starts_with("cf."));
    Some(kept.take(METADATA_ENTRIES).collect())
}

fn custom_cost(header: &str) -> Option<CustomCost> {
    let cost: Value = serde_json::from_str(header).ok()?;
    let dollars = |name: &str| cost[name].as_f64();
    Some(CustomCost {
        per_token_in: dollars("per_token_in").unwrap_or_default(),
        per_token_out: dollars("per_token_out").unwrap_or_default(),
        total: dollars("total_cost"),
    })
}
