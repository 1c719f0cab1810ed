//! Gateways in the REST API.

use serde_json::{Value, json};

use super::query::Query;
use super::{Refusal, page, success};
use crate::config::Gateway;
use crate::http::Reply;
use crate::state::State;

/// The largest page of this list.
const PER_PAGE: usize = 100;

pub(super) fn list(state: &State, account: &str, query: &Query) -> Reply {
    let search = query.get("search").unwrap_or_default();
    let items: Vec<Value> = state
        .config()
        .gateways
        .iter()
        .filter(|gateway| gateway.account_id == account && gateway.gateway_id.contains(search))
        .map(shown)
        .collect();
    page(&items, query, PER_PAGE)
}

pub(super) fn show(state: &State, account: &str, gateway: &str) -> Result<Reply, Refusal> {
    state.config().gateway(account, gateway).map(|gateway| success(shown(gateway))).ok_or_else(missing)
}

/// The answer's result is a string.
pub(super) fn url(state: &State, account: &str, gateway: &str, provider: &str) -> Result<Reply, Refusal> {
    state.config().gateway(account, gateway).ok_or_else(missing)?;
    let url = format!("https://gateway.ai.cloudflare.com/v1/{account}/{gateway}/{provider}");
    Ok(success(json!(url)))
}

/// No gateway with that id. The code is the one for custom providers; none is known for gateways.
pub(super) fn missing() -> Refusal {
    Refusal::new(404, 1004, "Not Found")
}

pub(super) fn shown(gateway: &Gateway) -> Value {
    let (limit, interval) = gateway.rate_limit.map_or((0, 0), |(limit, window)| (limit, window.as_secs()));
    let mut shown = json!({
        "id": gateway.gateway_id,
        "account_id": gateway.account_id,
        "account_tag": gateway.account_id,
        "internal_id": gateway.gateway_id,
        "is_default": gateway.gateway_id == "default",
        "created_at": "2026-01-01T00:00:00Z",
        "modified_at": "2026-01-01T00:00:00Z",
        "cache_invalidate_on_update": false,
    });
    for (field, value) in &gateway.settings {
        shown[field] = value.clone();
    }
    shown["authentication"] = gateway.authentication.into();
    shown["byok_only"] = gateway.byok_only.into();
    shown["cache_ttl"] = gateway.cache_ttl.map_or(0, |ttl| ttl.as_secs()).into();
    shown["collect_logs"] = gateway.collect_logs.into();
    shown["rate_limiting_interval"] = interval.into();
    shown["rate_limiting_limit"] = limit.into();
    shown["rate_limiting_technique"] = if gateway.rate_limit_sliding { "sliding" } else { "fixed" }.into();
    shown
}
