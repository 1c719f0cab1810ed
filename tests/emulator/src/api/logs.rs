//! The Logs API: pages of entries, filtered and ordered; single entries; bodies.

use serde_json::{Value, json};

use super::filters::{self, Filter, compare};
use super::query::Query;
use super::{Refusal, gateways, success};
use crate::gateway::logs::LogEntry;
use crate::http::Reply;
use crate::state::State;
use crate::synthetic::SyntheticLogs;

/// The largest page of this list; larger ones are refused, according to the schema.
const PER_PAGE: usize = 50;
/// How many bytes of a body the entry itself contains.
const HEAD: usize = 1024;
/// The fields that a list can be ordered by.
const ORDERS: &[&str] = &["created_at", "provider", "model", "model_type", "success", "cached"];

pub(super) fn list(state: &State, account: &str, gateway: &str, query: &Query) -> Result<Reply, Refusal> {
    let invalid = |why: &str| Refusal::new(400, 7001, why);
    let order = query.get("order_by").unwrap_or("created_at");
    if !ORDERS.contains(&order) {
        let known: Vec<_> = ORDERS.iter().map(|name| format!("'{name}'")).collect();
        return Err(invalid(&format!("Invalid enum value. Expected {}", known.join(" | "))));
    }
    let direction = query.get("order_by_direction").or_else(|| query.get("direction")).unwrap_or("desc");
    if !["asc", "desc"].contains(&direction) {
        return Err(invalid("Invalid enum value. Expected 'asc' | 'desc'"));
    }
    let number = query.number("page").unwrap_or(1).max(1);
    let per_page = query.number("per_page").unwrap_or(20).max(1);
    if per_page > PER_PAGE {
        return Err(invalid("Number must be less than or equal to 50"));
    }
    let wanted = Wanted {
        filters: filters::read(query)?,
        search: query.get("search").unwrap_or_default().to_owned(),
        order: order.to_owned(),
        descending: direction == "desc",
        skip: (number - 1) * per_page,
        take: per_page,
    };
    let stored = entries(state, account, gateway)?;
    let config = state.config();
    let (result, total) = match &config.synthetic_logs {
        _ if config.logs_in_observability => (Vec::new(), 0),
        Some(made_up) if stored.is_empty() && wanted.is_by_time() => wanted.of_synthetic(made_up),
        made_up => wanted.of_all(all(made_up.as_ref(), &stored)),
    };
    drop(config);
    let mut info = json!({
        "page": number, "per_page": per_page, "count": result.len(), "total_count": total,
    });
    if query.get("meta_info") == Some("true") {
        extremes(&result, &mut info);
    }
    if let Some(made_up) = &mut state.config().synthetic_logs {
        made_up.page_was_read();
    }
    Ok(Reply::json(
        200,
        &json!({"success": true, "errors": [], "messages": [], "result": result, "result_info": info}),
    ))
}

/// The parameters of a page request.
struct Wanted {
    filters: Vec<Filter>,
    search: String,
    order: String,
    descending: bool,
    skip: usize,
    take: usize,
}

impl Wanted {
    /// True if only the time filters: then a page needs no scan.
    fn is_by_time(&self) -> bool {
        self.search.is_empty()
            && self.order == "created_at"
            && self.filters.iter().all(|filter| filter.moments().is_some())
    }

    fn of_synthetic(&self, logs: &SyntheticLogs) -> (Vec<Value>, usize) {
        let all = logs.numbers();
        let (from, until) = self
            .filters
            .iter()
            .filter_map(Filter::moments)
            .fold((i64::MIN, i64::MAX), |(a, b), (from, until)| (a.max(from), b.min(until)));
        let from = logs.not_before(from).max(all.start);
        let until = if until == i64::MAX { all.end } else { logs.not_before(until) }.max(from);
        let (skip, take) = (self.skip as u64, self.take as u64);
        let numbers: Vec<u64> = if self.descending {
            let last = until.saturating_sub(skip).max(from);
            (last.saturating_sub(take).max(from)..last).rev().collect()
        } else {
            let first = (from + skip).min(until);
            (first..(first + take).min(until)).collect()
        };
        let total = usize::try_from(until - from).unwrap_or(usize::MAX);
        (numbers.into_iter().map(|number| logs.entry(number)).collect(), total)
    }

    fn of_all(&self, items: impl Iterator<Item = Value>) -> (Vec<Value>, usize) {
        let mut items: Vec<Value> = items
            .filter(|item| self.filters.iter().all(|filter| filter.admits(item)))
            .filter(|item| self.search.is_empty() || item.to_string().contains(&self.search))
            .collect();
        items.sort_by(|a, b| compare(&a[&self.order], &b[&self.order]));
        if self.descending {
            items.reverse();
        }
        let total = items.len();
        (items.into_iter().skip(self.skip).take(self.take).collect(), total)
    }
}

/// Cloudflare does not document the names of what `meta_info` adds; these are a choice.
fn extremes(items: &[Value], info: &mut Value) {
    for key in ["cost", "duration", "tokens_in", "tokens_out"] {
        let values = || items.iter().filter(|item| !item[key].is_null()).map(|item| &item[key]);
        info[format!("min_{key}")] = json!(values().min_by(|a, b| compare(a, b)));
        info[format!("max_{key}")] = json!(values().max_by(|a, b| compare(a, b)));
    }
}

pub(super) fn show(state: &State, account: &str, gateway: &str, id: &str) -> Result<Reply, Refusal> {
    let (mut item, bodies) = entry(state, account, gateway, id)?;
    for (part, body) in ["request", "response"].into_iter().zip(bodies) {
        let body = body.unwrap_or_default();
        let head = &body[..body.len().min(HEAD)];
        item[format!("{part}_head")] = json!(String::from_utf8_lossy(head));
        item[format!("{part}_head_complete")] = json!(head.len() == body.len());
        item[format!("{part}_size")] = json!(body.len());
    }
    Ok(success(item))
}

/// The original body, without an envelope.
pub(super) fn body(
    state: &State,
    account: &str,
    gateway: &str,
    id: &str,
    part: &str,
) -> Result<Reply, Refusal> {
    let (_, [request, response]) = entry(state, account, gateway, id)?;
    let body = if part == "request" { request } else { response };
    body.map(|body| Reply::new(200, "application/json", body)).ok_or_else(gateways::missing)
}

fn entries(state: &State, account: &str, gateway: &str) -> Result<Vec<LogEntry>, Refusal> {
    state.config().gateway(account, gateway).ok_or_else(gateways::missing)?;
    let mut entries = state.logged(false);
    entries.retain(|entry| entry.account_id == account && entry.gateway_id == gateway);
    Ok(entries)
}

/// Synthetic entries, followed by real ones.
pub(super) fn all<'a>(
    made_up: Option<&'a SyntheticLogs>,
    stored: &'a [LogEntry],
) -> impl Iterator<Item = Value> + 'a {
    let made_up = made_up.into_iter().flat_map(|logs| logs.numbers().map(|number| logs.entry(number)));
    made_up.chain(stored.iter().map(|entry| json!(entry)))
}

/// An entry and the bodies of its request and response.
type Whole = (Value, [Option<Vec<u8>>; 2]);

fn entry(state: &State, account: &str, gateway: &str, id: &str) -> Result<Whole, Refusal> {
    let stored = entries(state, account, gateway)?;
    let config = state.config();
    if config.logs_in_observability {
        return Err(gateways::missing());
    }
    let made_up = config.synthetic_logs.as_ref().and_then(|logs| Some(logs.entry(logs.number(id)?)));
    if let Some(item) = made_up {
        let body = |part: &str| Some(json!({"part": part, "of": id}).to_string().into_bytes());
        return Ok((item, [body("request"), body("response")]));
    }
    let entry = stored.into_iter().find(|entry| entry.id == id).ok_or_else(gateways::missing)?;
    Ok((json!(entry), [entry.request_body, entry.response_body]))
}
