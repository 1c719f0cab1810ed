//! `cf-aig logs`, against a synthetic log in the emulator.

mod elsewhere;
mod export;
mod list;
mod tail;

use crate::Rig;
use cf_aig_emulator::{API_TOKEN, Config, Fault, Host, Recorded, SyntheticLogs};
use serde_json::Value;

/// 2026-11-01T00:00:00Z, the time of entry 0; one entry per second.
fn made_up(count: u64) -> SyntheticLogs {
    SyntheticLogs { count, ..SyntheticLogs::default() }
}

/// A gateway with that log, and an API token.
fn rig(logs: SyntheticLogs) -> Rig {
    rig_with(Config { synthetic_logs: Some(logs), ..Config::default() })
}

fn rig_with(config: Config) -> Rig {
    let mut rig = Rig::with(config);
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    rig
}

/// The API requests, in order.
fn asked(rig: &Rig) -> Vec<Recorded> {
    rig.emulator.requests().into_iter().filter(|request| request.host == Host::Api).collect()
}

/// A parameter of a request, decoded.
fn parameter(request: &Recorded, name: &str) -> Option<String> {
    let url = url::Url::parse(&format!("http://host{}", request.path)).unwrap();
    url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// The filters of a request, except those on the time.
fn filters(request: &Recorded) -> String {
    let text = parameter(request, "filters").unwrap_or_else(|| "[]".to_owned());
    let list: Vec<Value> = serde_json::from_str(&text).unwrap();
    let own: Vec<_> = list.into_iter().filter(|filter| filter["key"] != "created_at").collect();
    Value::Array(own).to_string()
}

/// An entry's number in the synthetic log.
fn number(entry: &Value) -> u64 {
    entry["event_id"].as_str().and_then(|id| id.strip_prefix("event-")?.parse().ok()).unwrap()
}

fn numbers(entries: &[Value]) -> Vec<u64> {
    entries.iter().map(number).collect()
}

/// One JSON object a line.
fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

fn status(status: u16) -> Fault {
    Fault::Status { status, headers: Vec::new(), body: String::new() }
}
