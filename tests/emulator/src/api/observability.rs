//! Workers Observability, which contains the logs of newer accounts.
//!
//! Request and response formats follow the official SDK's types. It is not documented which dataset,
//! service and field names AI Gateway's events have: these are a choice, so that only the event's own
//! fields and the words `ai-gateway` identify it.

use serde_json::{Value, json};

use super::{Refusal, success};
use crate::http::Reply;
use crate::state::State;

const MOST: usize = 2000;

pub(super) fn query(state: &State, account: &str, body: &[u8]) -> Result<Reply, Refusal> {
    let invalid = |why: &str| Refusal::new(400, 7001, why);
    let question: Value = serde_json::from_slice(body).map_err(|_| invalid("Invalid JSON"))?;
    question["queryId"].as_str().ok_or_else(|| invalid("queryId: Required"))?;
    let moment =
        |name: &str| question["timeframe"][name].as_i64().ok_or_else(|| invalid("timeframe: Required"));
    let (from, to) = (moment("from")?, moment("to")?);
    if from >= to {
        return Err(invalid("timeframe: 'from' must be earlier than 'to'"));
    }
    let stored = state.logged(true);
    let config = state.config();
    if config.logs.observability_refused {
        return Err(Refusal::new(403, 10000, "Authentication error"));
    }
    let known = config.logs_in_observability;
    let gateway = config.gateways.iter().find(|gateway| gateway.account_id == account);
    let gateway = gateway.map_or("", |gateway| gateway.gateway_id.as_str());
    let made_up = config.synthetic_logs.as_ref().filter(|_| known);
    let stored = if known { stored.as_slice() } else { &[] };
    let noise = (from..to).step_by(3_600_000).take(3).map(|at| worker(account, at));
    let mut events: Vec<Value> = super::logs::all(made_up, stored)
        .map(|entry| event(account, gateway, &entry))
        .chain(noise)
        .filter(|event| event["timestamp"].as_i64().is_some_and(|at| (from..to).contains(&at)))
        .filter(|event| admits(&question["parameters"], event))
        .collect();
    drop(config);
    events.sort_by_key(|event| std::cmp::Reverse(event["timestamp"].as_i64()));
    let count = events.len();
    if let Some(cursor) = question["offset"].as_str() {
        let at = events.iter().position(|event| event["$metadata"]["id"] == cursor);
        events.drain(..at.map_or(0, |at| at + 1));
    }
    let limit = question["limit"].as_u64().and_then(|limit| usize::try_from(limit).ok()).unwrap_or(50);
    events.truncate(limit.min(MOST));
    let run =
        json!({"id": "run", "accountId": account, "status": "COMPLETED", "timeframe": question["timeframe"]});
    Ok(success(json!({
        "run": run,
        "statistics": {"elapsed": 0.01, "rows_read": count, "bytes_read": 0},
        "events": {"count": count, "events": events, "fields": [], "series": []},
    })))
}

/// The needle (ignoring case) and the two kinds of filters used here.
fn admits(parameters: &Value, event: &Value) -> bool {
    let text = event.to_string().to_lowercase();
    let needle = parameters["needle"]["value"].as_str().unwrap_or_default().to_lowercase();
    let filters = parameters["filters"].as_array();
    let holds = |filter: &Value| {
        let found = filter["key"].as_str().unwrap_or_default().split('.').fold(event, |at, name| &at[name]);
        match filter["operation"].as_str() {
            Some("eq" | "=") => *found == filter["value"],
            Some("includes") => {
                let part = filter["value"].as_str().unwrap_or_default();
                found.as_str().is_some_and(|text| text.contains(part))
            }
            _ => false,
        }
    };
    text.contains(&needle) && filters.is_none_or(|filters| filters.iter().all(holds))
}

fn event(account: &str, gateway: &str, entry: &Value) -> Value {
    let created = entry["created_at"].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let mut source = entry.clone();
    source["gateway"] = json!(gateway);
    json!({
        "dataset": "ai-gateway",
        "timestamp": created.map_or(0, jiff::Timestamp::as_millisecond),
        "source": source,
        "$metadata": {
            "id": entry["id"], "account": account, "cloudService": "ai-gateway", "service": gateway,
            "statusCode": entry["status_code"], "duration": entry["duration"], "type": "ai-gateway-request",
        },
    })
}

/// An event of something else in the same account.
fn worker(account: &str, at: i64) -> Value {
    json!({
        "dataset": "cloudflare-workers", "timestamp": at, "source": {"message": "hello"},
        "$metadata": {"id": format!("worker-{at}"), "account": account, "cloudService": "workers", "service": "shop"},
        "$workers": {"eventType": "fetch", "scriptName": "shop"},
    })
}
