//! The API's host: reading.

use cf_aig_emulator::{ACCOUNT_ID, API_TOKEN, Emulator};
use serde_json::{Value, json};

use crate::support::{ask, client, message, outcome, question, start};

fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    let url = format!("{}/client/v4/{path}", emulator.api_origin());
    outcome(client().get(url).header("authorization", format!("Bearer {API_TOKEN}")))
}

fn gateways(emulator: &Emulator, path: &str) -> (u16, Value) {
    get(emulator, &format!("accounts/{ACCOUNT_ID}/ai-gateway/gateways{path}"))
}

/// The statuses of the entries that a query lists.
fn listed(emulator: &Emulator, query: &str) -> Vec<u64> {
    let (status, body) = gateways(emulator, &format!("/emulator/logs{query}"));
    assert_eq!(status, 200, "{body}");
    let result = body["result"].as_array().expect("a list");
    result.iter().filter_map(|entry| entry["status_code"].as_u64()).collect()
}

#[test]
fn a_request_without_credentials_gets_10000() {
    let emulator = start();
    let url = format!("{}/client/v4/user/tokens/verify", emulator.api_origin());
    let (status, body) = outcome(client().get(url));
    assert_eq!((status, &body["errors"][0]["code"]), (401, &json!(10000)));
    assert_eq!(body["success"], false);
}

#[test]
fn a_token_verifies_with_a_10000_that_means_success() {
    let emulator = start();
    for path in ["user/tokens/verify".to_owned(), format!("accounts/{ACCOUNT_ID}/tokens/verify")] {
        let (status, body) = get(&emulator, &path);
        assert_eq!((status, &body["success"]), (200, &json!(true)));
        assert_eq!(body["messages"][0]["code"], 10000);
        assert_eq!(body["result"]["status"], "active");
    }
}

#[test]
fn an_accounts_token_does_not_verify_as_a_users() {
    let emulator = start();
    emulator.update(|config| config.api_tokens.push("cfat_account".to_owned()));
    let verify = |path: &str| {
        let url = format!("{}/client/v4/{path}", emulator.api_origin());
        outcome(client().get(url).header("authorization", "Bearer cfat_account")).0
    };
    assert_eq!(verify("user/tokens/verify"), 401);
    assert_eq!(verify(&format!("accounts/{ACCOUNT_ID}/tokens/verify")), 200);
}

#[test]
fn an_unknown_path_gets_7003() {
    let emulator = start();
    for path in ["accounts/unknown/ai-gateway/gateways", "zones"] {
        let (status, body) = get(&emulator, path);
        assert_eq!((status, &body["errors"][0]["code"]), (404, &json!(7003)));
    }
}

#[test]
fn gateways_are_listed_and_shown() {
    let emulator = start();
    let (_, list) = gateways(&emulator, "?search=emu");
    assert_eq!(list["result_info"]["total_count"], 1);
    assert_eq!(list["result"][0]["id"], "emulator");
    assert_eq!(gateways(&emulator, "?search=other").1["result"], json!([]));
    assert_eq!(gateways(&emulator, "/emulator").1["result"]["authentication"], true);
    assert_eq!(gateways(&emulator, "/elsewhere").0, 404);
    let url = format!("https://gateway.ai.cloudflare.com/v1/{ACCOUNT_ID}/emulator/anthropic");
    assert_eq!(gateways(&emulator, "/emulator/url/anthropic").1["result"], url);
}

#[test]
fn log_entries_are_filtered_ordered_and_paged() {
    let emulator = start();
    outcome(message(&emulator, &question()).header("cf-aig-metadata", r#"{"session":"a"}"#));
    outcome(message(&emulator, &json!({"model": "nonesuch"})).header("cf-aig-event-id", "e1"));
    outcome(message(&emulator, &json!({"model": "nonesuch", "messages": [], "max_tokens": 1})));
    assert_eq!(listed(&emulator, ""), [404, 400, 200]);
    assert_eq!(listed(&emulator, "?order_by_direction=asc"), [200, 400, 404]);
    assert_eq!(listed(&emulator, "?per_page=2&page=2"), [200]);
    for (filter, expected) in [
        (json!({"key": "metadata.value", "operator": "eq", "value": ["a"]}), vec![200]),
        (json!({"key": "event_id", "operator": "eq", "value": ["e1"]}), vec![400]),
        (json!({"key": "success", "operator": "neq", "value": [true]}), vec![404, 400]),
        (json!({"key": "model", "operator": "contains", "value": ["claude"]}), vec![200]),
        (json!({"key": "tokens", "operator": "gt", "value": [1]}), vec![200]),
        (json!({"key": "event_id", "operator": "neq", "value": ["e1"]}), vec![404, 200]),
        // the failed ones have no tokens and no cost
        (json!({"key": "tokens_in", "operator": "gt", "value": [0]}), vec![200]),
        (json!({"key": "tokens_in", "operator": "gt", "value": [5000]}), vec![]),
        (json!({"key": "cost", "operator": "lt", "value": [1]}), vec![200]),
        (json!({"key": "cost", "operator": "gt", "value": [0]}), vec![200]),
    ] {
        let encoded: String =
            json!([filter]).to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(listed(&emulator, &format!("?filters={encoded}")), expected, "{filter}");
    }
    assert_eq!(gateways(&emulator, "/emulator/logs?filters=nonsense").0, 400);
}

#[test]
fn an_entry_shows_its_bodies() {
    let emulator = start();
    let long = ask(&"x".repeat(2000));
    outcome(message(&emulator, &long));
    let path = format!("/emulator/logs/{}", emulator.logs()[0].id);
    let entry = gateways(&emulator, &path).1["result"].clone();
    assert_eq!(entry["provider"], "anthropic");
    assert_eq!(
        (&entry["request_head_complete"], &entry["response_head_complete"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(gateways(&emulator, &format!("{path}/request")), (200, long));
    assert_eq!(gateways(&emulator, &format!("{path}/response")).1["type"], "message");
    assert_eq!(gateways(&emulator, "/emulator/logs/unknown").0, 404);
}
