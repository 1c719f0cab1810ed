//! Logs in Workers Observability: those of accounts whose first gateway was created on or after
//! 2026-09-24 (Cloudflare's page on logging).
//!
//! Requests and responses follow the types of Cloudflare's SDK 7.3.0. UNVERIFIED: which dataset,
//! service and field names AI Gateway's events have. So all datasets are searched for the words
//! `ai-gateway`, and an event counts as a log entry if its fields say so.

use super::{Range, time};
use crate::base::error::Result;
use crate::cloudflare::{Api, Call, LogEntry, Method};
use serde_json::{Map, Value, json};

const PATH: &str = "workers/observability/telemetry/query";
/// The longest retention there (Workers Logs, paid plans), in milliseconds.
const RETENTION: i64 = 7 * 86_400_000;

/// The result of a query.
pub(super) struct Events {
    /// As entries of the Logs API, newest first.
    pub(super) entries: Vec<LogEntry>,
    /// The cursor of the next query; `None` at the end.
    pub(super) next: Option<String>,
}

/// Queries events of the gateway, starting at a cursor.
pub(super) fn ask(
    api: &Api,
    gateway: &str,
    range: &Range,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Events> {
    let to = range.until.unwrap_or_else(|| time::now() + 1);
    let from = range.since.unwrap_or(to - RETENTION).min(to - 1);
    let mut question = json!({
        "queryId": "cf-aig-logs",
        "view": "events",
        "limit": limit,
        "timeframe": {"from": from, "to": to},
        "parameters": {"datasets": [], "filters": [], "needle": {"value": "ai-gateway"}},
    });
    if let Some(cursor) = cursor {
        question["offset"] = json!(cursor);
        question["offsetDirection"] = json!("next");
    }
    found(api, gateway, &question, limit)
}

/// Queries the event with that id.
pub(super) fn one(api: &Api, gateway: &str, id: &str) -> Result<Option<LogEntry>> {
    let to = time::now() + 1;
    let filter = json!({"key": "$metadata.id", "operation": "eq", "type": "string", "value": id});
    let question = json!({
        "queryId": "cf-aig-logs",
        "view": "events",
        "limit": 1,
        "timeframe": {"from": to - RETENTION, "to": to},
        "parameters": {"datasets": [], "filters": [filter]},
    });
    Ok(found(api, gateway, &question, 1)?.entries.into_iter().next())
}

fn found(api: &Api, gateway: &str, question: &Value, limit: usize) -> Result<Events> {
    let answer: Value = api.attempt(&Call::new(Method::Post, PATH).reading().with_body(question)?)?;
    let events = answer["events"]["events"].as_array().cloned().unwrap_or_default();
    let last = events.last().and_then(|event| event["$metadata"]["id"].as_str()).map(str::to_owned);
    let next = last.filter(|_| events.len() >= limit);
    Ok(Events { entries: events.iter().filter_map(|event| entry(event, gateway)).collect(), next })
}

/// The event as an entry of the Logs API, if it is one of this gateway.
fn entry(event: &Value, gateway: &str) -> Option<LogEntry> {
    let mut entry: Map<String, Value> = match &event["source"] {
        Value::Object(source) => source.clone(),
        Value::String(text) => serde_json::from_str(text).ok()?,
        _ => return None,
    };
    let metadata = &event["$metadata"];
    let names = [&event["dataset"], &metadata["cloudService"], &metadata["type"], &metadata["origin"]];
    let says_so = names.into_iter().filter_map(Value::as_str).any(|name| {
        let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        bare.to_ascii_lowercase().contains("aigateway")
    });
    let looks_so = entry.contains_key("provider") && entry.contains_key("model");
    let whose = ["gateway", "gateway_id"].iter().find_map(|key| entry.get(*key)?.as_str());
    if !(says_so || looks_so) || whose.is_some_and(|whose| whose != gateway) {
        return None;
    }
    let mut known = |key: &str, value: &Value| {
        if !value.is_null() && entry.get(key).is_none_or(Value::is_null) {
            entry.insert(key.to_owned(), value.clone());
        }
    };
    known("created_at", &json!(event["timestamp"].as_i64().map(time::written)));
    known("status_code", &metadata["statusCode"]);
    known("duration", &metadata["duration"]);
    // the base of page numbers
    entry.insert("id".to_owned(), metadata["id"].clone());
    Some(LogEntry(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_the_gateway_is_told_from_others() {
        let event = |dataset: &str, source: Value| json!({"dataset": dataset, "timestamp": 0, "source": source, "$metadata": {"id": "e", "statusCode": 200}});
        let of = |dataset, source| entry(&event(dataset, source), "dev");
        assert!(of("cloudflare-workers", json!({"message": "ai-gateway"})).is_none());
        assert!(of("ai-gateway", json!({"gateway": "other"})).is_none());
        let found = of("cf_ai_gateway", json!({"gateway_id": "dev", "model": "m"})).unwrap();
        assert_eq!(found.field("created_at"), "1970-01-01T00:00:00.000Z");
        assert_eq!((found.id(), found.status()), ("e", Some(200)));
        assert!(of("x", json!(r#"{"provider": "anthropic", "model": "m"}"#)).is_some());
        assert!(of("x", json!("a line")).is_none());
    }
}
