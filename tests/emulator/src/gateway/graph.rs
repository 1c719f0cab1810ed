//! Executes a deployed dynamic route, element by element from its start.
//!
//! Elements, outputs and properties are those of Cloudflare's page
//! "features/dynamic-routing/json-configuration". A request without the metadata in a limit counts as a
//! separate value, which is a choice.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value, json};

use super::call::{Call, metadata};
use super::error::Refusal;
use super::exchange::{self, Site};
use crate::http::{Inbound, Reply};
use crate::upstream::providers;

/// Ends a graph with a cycle.
const MOST_STEPS: usize = 50;

/// Splits alternate, so that tests are predictable.
#[derive(Default)]
pub(crate) struct Turns(AtomicU64);

impl Turns {
    fn next(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) % 100
    }
}

/// Executes the elements; the last model's response is the route's.
pub(super) async fn walk(
    site: &Site,
    request: &Inbound,
    body: &Value,
    elements: &[Value],
) -> Result<Reply, Refusal> {
    let find = |id: &str| elements.iter().find(|element| element["id"] == id);
    let metadata = request.headers.get("cf-aig-metadata").and_then(metadata).unwrap_or_default();
    let mut last = Err(Refusal::invalid_provider());
    let mut models = 0;
    let mut at = elements.iter().find(|element| element["type"] == "start");
    for _ in 0..MOST_STEPS {
        let Some(element) = at else { break };
        let output = match element["type"].as_str().unwrap_or_default() {
            "start" => "next".to_owned(),
            "conditional" => holds(&element["properties"]["conditions"], body, &metadata).to_string(),
            "percentage" => share(element, site.state.turns.next()),
            "rate" => rate(site, element, body, &metadata).to_owned(),
            "model" => {
                let outcome = exchange::run(site, call(request, body, element, models)).await;
                models += 1;
                let failed = outcome.failed();
                let property =
                    |name: &str| element["properties"][name].as_str().unwrap_or_default().to_owned();
                let reply = outcome.reply(site);
                last = Ok(reply
                    .with("cf-aig-provider", property("provider"))
                    .with("cf-aig-model", property("model")));
                if failed { "fallback" } else { "success" }.to_owned()
            }
            _ => break,
        };
        at = element["outputs"][output.as_str()]["elementId"].as_str().and_then(find);
    }
    last
}

fn call(request: &Inbound, body: &Value, element: &Value, step: usize) -> Call {
    let properties = &element["properties"];
    let mut body = body.clone();
    body["model"] = properties["model"].clone();
    let mut headers = request.headers.clone();
    let asked = [
        ("cf-aig-max-attempts", properties["retries"].as_u64().map(|retries| retries + 1)),
        ("cf-aig-request-timeout", properties["timeout"].as_u64()),
    ];
    for (name, value) in asked {
        if let Some(value) = value.filter(|_| headers.get(name).is_none()) {
            headers.0.push((name.to_owned(), value.to_string()));
        }
    }
    Call {
        provider: properties["provider"].as_str().unwrap_or_default().to_owned(),
        method: request.method.clone(),
        path: providers::COMPAT.to_owned(),
        query: request.query().to_owned(),
        headers,
        body: body.to_string().into(),
        step,
    }
}

/// The output whose percentage range contains the turn.
fn share(element: &Value, turn: u64) -> String {
    let mut sum = 0;
    for name in element["outputs"].as_object().into_iter().flat_map(Map::keys) {
        sum += name.trim_end_matches('%').parse::<u64>().unwrap_or_default();
        if turn < sum {
            return name.clone();
        }
    }
    String::new()
}

/// Whether the limit for this value of the key is not used up.
fn rate(site: &Site, element: &Value, body: &Value, metadata: &Map<String, Value>) -> &'static str {
    let properties = &element["properties"];
    let key = properties["key"].as_str().unwrap_or_default();
    let value = field(key, body, metadata);
    let window = std::time::Duration::from_secs(properties["window"].as_u64().unwrap_or_default());
    let limit = properties["limit"].as_f64().unwrap_or_default();
    let name = key.trim_start_matches("metadata.");
    let spent = if properties["limitType"] == "cost" {
        let logs = site.state.logs.all();
        let same = |have: Option<&Value>| have.unwrap_or(&Value::Null) == &value;
        let own = logs.iter().filter(|entry| {
            entry.gateway_id == site.gateway.gateway_id
                && same(entry.metadata.as_ref().and_then(|metadata| metadata.get(name)))
        });
        own.filter_map(|entry| entry.cost).sum()
    } else {
        let counter = format!("{} {} {value}", site.gateway.gateway_id, element["id"]);
        f64::from(site.state.rate_limits().count(&counter, window, site.state.clock.now()))
    };
    if spent < limit { "success" } else { "fallback" }
}

/// `metadata.plan`, or a field of the body.
fn field(name: &str, body: &Value, metadata: &Map<String, Value>) -> Value {
    match name.strip_prefix("metadata.") {
        Some(name) => metadata.get(name).cloned().unwrap_or_default(),
        None => {
            name.trim_start_matches("body.").split('.').fold(body.clone(), |value, part| value[part].clone())
        }
    }
}

/// `{"metadata.plan": {"$eq": "free"}}`, with `$and` and `$or` around it.
fn holds(conditions: &Value, body: &Value, metadata: &Map<String, Value>) -> bool {
    let all = |list: &Value| list.as_array().map(Vec::as_slice).unwrap_or_default().to_vec();
    conditions.as_object().is_some_and(|map| {
        map.iter().all(|(name, wanted)| match name.as_str() {
            "$and" => all(wanted).iter().all(|inner| holds(inner, body, metadata)),
            "$or" => all(wanted).iter().any(|inner| holds(inner, body, metadata)),
            name => compares(&field(name, body, metadata), wanted),
        })
    })
}

fn compares(have: &Value, wanted: &Value) -> bool {
    let Some(operators) = wanted.as_object() else { return have == wanted };
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    operators.iter().all(|(operator, value)| match operator.as_str() {
        "$eq" => have == value,
        "$ne" => have != value,
        "$in" => value.as_array().is_some_and(|list| list.contains(have)),
        "$nin" => value.as_array().is_some_and(|list| !list.contains(have)),
        "$gt" => number(have) > number(value),
        "$gte" => number(have) >= number(value),
        "$lt" => number(have) < number(value),
        "$lte" => number(have) <= number(value),
        "$exists" => &json!(!have.is_null()) == value,
        _ => false,
    })
}
