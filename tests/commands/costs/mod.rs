//! `cf-aig costs`, against emulated analytics, logs, spend limits and transcripts.

mod figures;
mod limits;
mod page;
mod sources;
mod terminal;

use crate::Rig;
use cf_aig_emulator::{API_TOKEN, Analytics, Config, SyntheticRequests};
use cf_aig_harness::Ran;
use serde_json::{Value, json};
use std::time::Duration;

const DAY: Duration = Duration::from_secs(86_400);

/// An account with this many requests from 1 to 20 November 2026, for three models on two gateways.
fn requests(count: u64) -> Config {
    account(SyntheticRequests { count, ..SyntheticRequests::default() })
}

fn account(synthetic: SyntheticRequests) -> Config {
    // so that November 2026 is never too long ago
    let analytics =
        Analytics { synthetic: Some(synthetic), not_older_than: DAY * 36_500, ..Analytics::default() };
    Config { analytics, ..Config::default() }
}

fn rig(config: Config) -> Rig {
    let mut rig = Rig::with(config);
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    rig
}

/// Those twenty days, as JSON.
fn costs(rig: &Rig, more: &[&str]) -> Ran {
    let args = ["costs", "--since", "2026-11-01", "--until", "2026-11-20"];
    rig.sandbox.run(args.iter().chain(more))
}

fn json_of(rig: &Rig, more: &[&str]) -> Value {
    let ran = costs(rig, &[more, &["--json"]].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let report = ran.json();
    assert_eq!((&report["schema"], &report["estimate"]), (&json!(1), &json!(true)));
    report
}

/// The rows' names.
fn keys(rows: &Value) -> Vec<&str> {
    rows.as_array().expect("rows").iter().map(|row| row["key"].as_str().expect("a key")).collect()
}

/// One row.
fn row<'a>(rows: &'a Value, key: &str) -> &'a Value {
    rows.as_array()
        .expect("rows")
        .iter()
        .find(|row| row["key"] == key)
        .unwrap_or_else(|| panic!("{key}: {rows}"))
}

/// A line of a transcript: a response with 1000 tokens read from the cache, 200 written to it, and this
/// many input and output tokens.
fn answer(id: &str, model: &str, [input, output]: [u64; 2]) -> Value {
    json!({
        "type": "assistant", "timestamp": "2026-11-05T10:00:00.000Z", "cwd": "/home/dev/shop", "sessionId": "s-1",
        "requestRef": id, "message": {"id": id, "role": "assistant", "model": model, "usage": {
            "input_tokens": input, "output_tokens": output, "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 200,
            "cache_creation": {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50},
        }},
    })
}

/// Claude Code's estimate for the session so far.
fn cost_state(model: &str, usd: f64) -> Value {
    json!({"type": "cost-state", "sessionId": "s-1", "totalCostUSD": usd, "modelUsage": {model: {"costUSD": usd}}})
}

fn transcript(rig: &Rig, name: &str, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    rig.sandbox.write(&format!("home/.claude/projects/-home-dev-shop/{name}.jsonl"), &text);
}
