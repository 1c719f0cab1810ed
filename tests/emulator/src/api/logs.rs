//! The Logs API: pages of entries, filtered and ordered; one entry; its bodies.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::query::Query;
use super::{Refusal, gateways, page, success};
use crate::gateway::logs::LogEntry;
use crate::http::Reply;
use crate::state::State;

/// The largest page of this list.
const PER_PAGE: usize = 50;
/// How many bytes of a body the entry itself shows.
const HEAD: usize = 1024;

pub(super) fn list(state: &State, account: &str, gateway: &str, query: &Query) -> Result<Reply, Refusal> {
    let filters = filters(query)?;
    let search = query.get("search").unwrap_or_default();
    let mut items: Vec<Value> = entries(state, account, gateway)?
        .iter()
        .map(|entry| json!(entry))
        .filter(|item| filters.iter().all(|filter| filter.admits(item)))
        .filter(|item| search.is_empty() || item.to_string().contains(search))
        .collect();
    let key = query.get("order_by").unwrap_or("created_at");
    items.sort_by(|a, b| compare(&a[key], &b[key]));
    if query.get("order_by_direction") != Some("asc") {
        items.reverse();
    }
    Ok(page(&items, query, PER_PAGE))
}

pub(super) fn show(state: &State, account: &str, gateway: &str, id: &str) -> Result<Reply, Refusal> {
    let entry = entry(state, account, gateway, id)?;
    let mut item = json!(entry);
    for (part, body) in [("request", &entry.request_body), ("response", &entry.response_body)] {
        let body = body.as_deref().unwrap_or_default();
        let head = &body[..body.len().min(HEAD)];
        item[format!("{part}_head")] = json!(String::from_utf8_lossy(head));
        item[format!("{part}_head_complete")] = json!(head.len() == body.len());
        item[format!("{part}_size")] = json!(body.len());
    }
    Ok(success(item))
}

/// The body as it was, without an envelope.
pub(super) fn body(
    state: &State,
    account: &str,
    gateway: &str,
    id: &str,
    part: &str,
) -> Result<Reply, Refusal> {
    let entry = entry(state, account, gateway, id)?;
    let body = if part == "request" { entry.request_body } else { entry.response_body };
    body.map(|body| Reply::new(200, "application/json", body)).ok_or_else(gateways::missing)
}

fn entries(state: &State, account: &str, gateway: &str) -> Result<Vec<LogEntry>, Refusal> {
    state.config().gateway(account, gateway).ok_or_else(gateways::missing)?;
    let mut entries = super::observability::visible(state, false);
    entries.retain(|entry| entry.account_id == account && entry.gateway_id == gateway);
    Ok(entries)
}

fn entry(state: &State, account: &str, gateway: &str, id: &str) -> Result<LogEntry, Refusal> {
    entries(state, account, gateway)?.into_iter().find(|entry| entry.id == id).ok_or_else(gateways::missing)
}

/// One of `filters`: `{"key", "operator", "value": […]}`.
struct Filter {
    key: String,
    operator: Operator,
    values: Vec<Value>,
}

#[derive(Clone, Copy)]
enum Operator {
    Equal,
    Unequal,
    Contains,
    Less,
    Greater,
}

fn filters(query: &Query) -> Result<Vec<Filter>, Refusal> {
    let Some(text) = query.get("filters") else {
        return Ok(Vec::new());
    };
    let invalid = || Refusal::new(400, 7001, "Invalid filters");
    let list: Vec<Value> = serde_json::from_str(text).map_err(|_| invalid())?;
    list.iter().map(|filter| Filter::read(filter).ok_or_else(invalid)).collect()
}

impl Filter {
    fn read(filter: &Value) -> Option<Filter> {
        let operator = match filter["operator"].as_str()? {
            "eq" => Operator::Equal,
            "neq" => Operator::Unequal,
            "contains" => Operator::Contains,
            "lt" => Operator::Less,
            "gt" => Operator::Greater,
            _ => return None,
        };
        let key = filter["key"].as_str()?.to_owned();
        Some(Filter { key, operator, values: filter["value"].as_array()?.clone() })
    }

    fn admits(&self, item: &Value) -> bool {
        let found = self.found(item);
        let any = |test: &dyn Fn(&Value, &Value) -> bool| {
            found.iter().any(|have| self.values.iter().any(|want| test(have, want)))
        };
        match self.operator {
            Operator::Equal => any(&|have, want| text(have) == text(want)),
            Operator::Unequal => !any(&|have, want| text(have) == text(want)),
            Operator::Contains => any(&|have, want| text(have).contains(&text(want))),
            Operator::Less => any(&|have, want| compare(have, want) == Ordering::Less),
            Operator::Greater => any(&|have, want| compare(have, want) == Ordering::Greater),
        }
    }

    /// The values under the key. Those of metadata are not paired: a key of one entry and a value
    /// of another match together.
    fn found(&self, item: &Value) -> Vec<Value> {
        let metadata = item["metadata"].as_object().into_iter().flatten();
        match self.key.as_str() {
            "metadata.key" => metadata.map(|(key, _)| json!(key)).collect(),
            "metadata.value" => metadata.map(|(_, value)| value.clone()).collect(),
            "tokens" => {
                let sum =
                    ["tokens_in", "tokens_out"].iter().filter_map(|key| item[key].as_u64()).sum::<u64>();
                vec![json!(sum)]
            }
            key => vec![item[key].clone()],
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn compare(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    match (number(a), number(b)) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        _ => text(a).cmp(&text(b)),
    }
}
