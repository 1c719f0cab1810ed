//! Workers Observability, where younger accounts log: a search for a text in the events of a time.
//!
//! The request's shape and the answer's are those of Cloudflare's SDK. Which dataset and fields AI
//! Gateway writes is not documented; here an event's source is the entry of the Logs API.

use serde_json::{Value, json};

use super::{Refusal, success};
use crate::gateway::logs::LogEntry;
use crate::http::{Inbound, Reply};
use crate::state::State;

/// The entries that one store shows now. Each question about logs counts as one towards
/// [`crate::LogQuirks::lag`].
pub(super) fn visible(state: &State, newer: bool) -> Vec<LogEntry> {
    let mut config = state.config();
    let has_entries = config.logs.newer_store == newer;
    if has_entries && config.logs.lag > 0 {
        config.logs.lag -= 1;
        return Vec::new();
    }
    if has_entries { state.logs.all() } else { Vec::new() }
}

pub(super) fn query(state: &State, account: &str, request: &Inbound) -> Result<Reply, Refusal> {
    if state.config().logs.newer_store_refused {
        return Err(Refusal::new(403, 10000, "Authentication error"));
    }
    let invalid = |what: &str| Refusal::new(400, 7001, format!("{what}: Required"));
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| invalid("body"))?;
    let has_id = body["queryId"].is_string();
    let has_time = body["timeframe"]["from"].as_i64().zip(body["timeframe"]["to"].as_i64());
    if !has_id || has_time.is_none_or(|(from, to)| from >= to) {
        return Err(invalid(if has_id { "timeframe" } else { "queryId" }));
    }
    let needle = body["parameters"]["needle"]["value"].as_str().unwrap_or_default().to_owned();
    let limit = body["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50);
    let mut entries = visible(state, true);
    entries.retain(|entry| entry.account_id == account && json!(entry).to_string().contains(&needle));
    let events: Vec<Value> = entries.iter().rev().take(limit).map(event).collect();
    Ok(success(json!({
        "run": {"id": body["queryId"], "status": "COMPLETED"},
        "statistics": {"elapsed": 0.01, "rows_read": entries.len(), "bytes_read": 0},
        "events": {"count": entries.len(), "events": events, "fields": [], "series": []},
    })))
}

fn event(entry: &LogEntry) -> Value {
    json!({
        "$metadata": {"id": format!("event-{}", entry.id), "type": "ai-gateway"},
        "dataset": "ai-gateway",
        "source": entry,
    })
}
