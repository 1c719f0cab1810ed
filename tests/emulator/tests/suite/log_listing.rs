//! Long logs: synthetic, growing and shrinking while they are read, rate-limited, or elsewhere.

use std::time::Duration;

use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Config, Emulator, Fault, Host, SyntheticLogs};
use serde_json::{Value, json};

use crate::support::{client, header, outcome, read};

fn with(change: impl FnOnce(&mut Config)) -> Emulator {
    let mut config = Config::default();
    change(&mut config);
    Emulator::start(config).expect("loopback")
}

fn made_up(count: u64) -> SyntheticLogs {
    SyntheticLogs { count, ..SyntheticLogs::default() }
}

fn request(emulator: &Emulator, query: &str) -> reqwest::blocking::RequestBuilder {
    let url = format!(
        "{}/client/v4/accounts/{ACCOUNT_ID}/ai-gateway/gateways/emulator/logs{query}",
        emulator.api_origin()
    );
    client().get(url).header("authorization", format!("Bearer {API_TOKEN}"))
}

fn page(emulator: &Emulator, query: &str) -> Value {
    let (status, body) = outcome(request(emulator, query));
    assert_eq!(status, 200, "{body}");
    body
}

/// Entries in listed order, by number.
fn numbers(emulator: &Emulator, query: &str) -> Vec<u64> {
    let body = page(emulator, query);
    let number = |entry: &Value| entry["event_id"].as_str()?.strip_prefix("event-")?.parse().ok();
    body["result"].as_array().expect("a list").iter().filter_map(number).collect()
}

fn filters(value: &Value) -> String {
    value.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[test]
fn a_made_up_log_is_paged_without_being_stored() {
    let emulator = with(|config| config.synthetic_logs = Some(made_up(10_000_000)));
    assert_eq!(numbers(&emulator, "?per_page=2"), [9_999_999, 9_999_998]);
    assert_eq!(numbers(&emulator, "?per_page=2&page=2&order_by_direction=asc"), [2, 3]);
    let window = json!([
        {"key": "created_at", "operator": "gt", "value": ["2026-11-01T00:00:10Z"]},
        {"key": "created_at", "operator": "lt", "value": ["2026-11-01T00:00:14Z"]},
    ]);
    let query = format!("?filters={}", filters(&window));
    assert_eq!(numbers(&emulator, &query), [13, 12, 11]);
    assert_eq!(page(&emulator, &query)["result_info"]["total_count"], 3);
    let old = "?start_date=2026-11-01T00:00:10Z&end_date=2026-11-01T00:00:11Z";
    assert_eq!(numbers(&emulator, old), [11, 10]);
}

#[test]
fn a_scan_and_the_short_way_list_the_same() {
    let logs = SyntheticLogs { ties: 3, ..made_up(100) };
    let emulator = with(|config| config.synthetic_logs = Some(logs));
    let window = |more: Value| {
        let mut list =
            vec![json!({"key": "created_at", "operator": "gt", "value": ["2026-11-01T00:00:09.999Z"]})];
        list.extend(more.as_array().cloned().unwrap_or_default());
        format!("?order_by_direction=asc&per_page=50&filters={}", filters(&json!(list)))
    };
    let always = json!([{"key": "cost", "operator": "gt", "value": [-1]}]);
    let short = numbers(&emulator, &window(json!([])));
    assert_eq!(short, numbers(&emulator, &window(always)));
    assert_eq!(short.first(), Some(&30));
}

#[test]
fn every_filter_of_the_schema_is_known_and_no_other() {
    let emulator = with(|config| config.synthetic_logs = Some(made_up(100)));
    let count = |query: String| page(&emulator, &query)["result_info"]["total_count"].as_u64().unwrap_or(0);
    for (key, operator, value, expected) in [
        ("success", "eq", json!(false), 14),
        ("cached", "eq", json!(true), 10),
        ("provider", "eq", json!("openai"), 33),
        ("model", "contains", json!("claude"), 67),
        ("tokens_in", "lt", json!(110), 9),
        ("duration", "gt", json!(289), 10),
        ("metadata.value", "eq", json!("s-4"), 20),
        ("metadata.key", "eq", json!("session"), 100),
        ("user_agent", "contains", json!("claude-cli"), 100),
        ("event_id", "eq", json!("event-7"), 1),
    ] {
        let filter = json!([{"key": key, "operator": operator, "value": [value]}]);
        assert_eq!(count(format!("?filters={}", filters(&filter))), expected, "{filter}");
    }
    assert_eq!(count("?success=false&provider=openai".to_owned()), 4);
    for refused in [
        format!("?filters={}", filters(&json!([{"key": "status_code", "operator": "eq", "value": [200]}]))),
        "?order_by=cost".to_owned(),
        "?per_page=51".to_owned(),
    ] {
        let (status, body) = outcome(request(&emulator, &refused));
        assert_eq!((status, &body["errors"][0]["code"]), (400, &json!(7001)), "{refused}");
    }
    assert_eq!(page(&emulator, "?meta_info=true&per_page=50")["result_info"]["max_tokens_in"], 199);
}

#[test]
fn pages_shift_when_entries_come_and_go_meanwhile() {
    let logs = SyntheticLogs { arriving: 2, expiring: 1, ..made_up(10) };
    let emulator = with(|config| config.synthetic_logs = Some(logs));
    assert_eq!(numbers(&emulator, "?per_page=3"), [9, 8, 7]);
    assert_eq!(numbers(&emulator, "?per_page=3&page=2"), [8, 7, 6]);
    assert_eq!(numbers(&emulator, "?per_page=3&order_by_direction=asc"), [2, 3, 4]);
}

#[test]
fn the_apis_limit_is_sent_in_headers_and_enforced() {
    let emulator = with(|config| {
        config.synthetic_logs = Some(made_up(1));
        config.api_rate_limit = Some((2, Duration::from_secs(300)));
    });
    let answers: Vec<_> = (0..3).map(|_| request(&emulator, "").send().expect("an answer")).collect();
    let left: Vec<_> = answers.iter().map(|answer| header(answer, "ratelimit").to_owned()).collect();
    assert!(left[0].starts_with("\"default\";r=1;t="), "{left:?}");
    assert!(left[1].starts_with("\"default\";r=0;t="), "{left:?}");
    assert_eq!(header(&answers[0], "ratelimit-policy"), "\"default\";q=2;w=300");
    assert!(!header(&answers[2], "retry-after").is_empty());
    let statuses: Vec<u16> = answers.into_iter().map(|answer| read(answer).0).collect();
    assert_eq!(statuses, [200, 200, 429]);
    emulator.advance(Duration::from_secs(300));
    assert_eq!(outcome(request(&emulator, "")).0, 200);
}

#[test]
fn a_fault_can_begin_in_the_middle_of_a_listing() {
    let emulator = with(|config| config.synthetic_logs = Some(made_up(10)));
    let broken = Fault::Status { status: 500, headers: Vec::new(), body: String::new() };
    let fault = Fault::After(1, Box::new(Fault::Times(1, Box::new(broken))));
    emulator.set_fault_of(Host::Api, Some(fault));
    let statuses: Vec<u16> = (0..3).map(|_| outcome(request(&emulator, "")).0).collect();
    assert_eq!(statuses, [200, 500, 200]);
}

#[test]
fn a_newer_account_s_logs_live_in_workers_observability() {
    let emulator = with(|config| {
        config.synthetic_logs = Some(made_up(30));
        config.logs_in_observability = true;
    });
    assert_eq!(page(&emulator, "")["result"], json!([]));
    let url = format!(
        "{}/client/v4/accounts/{ACCOUNT_ID}/workers/observability/telemetry/query",
        emulator.api_origin()
    );
    let ask = |question: Value| {
        let body = client()
            .post(&url)
            .header("authorization", format!("Bearer {API_TOKEN}"))
            .body(question.to_string());
        outcome(body)
    };
    let mut question = json!({
        "queryId": "q", "timeframe": {"from": 1_793_491_200_000_u64, "to": 1_793_491_300_000_u64},
        "view": "events", "limit": 2, "parameters": {"needle": {"value": "AI-Gateway"}},
    });
    let (status, body) = ask(question.clone());
    assert_eq!((status, &body["result"]["events"]["count"]), (200, &json!(30)), "{body}");
    let last = body["result"]["events"]["events"][1].clone();
    assert_eq!(last["source"]["event_id"], "event-28");
    question["offset"] = last["$metadata"]["id"].clone();
    assert_eq!(ask(question).1["result"]["events"]["events"][0]["source"]["event_id"], "event-27");
    assert_eq!(ask(json!({"queryId": "q"})).0, 400);
}
