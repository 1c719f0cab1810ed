//! The `cf-aig-*` headers, in both directions, and their effect on the log.

use std::time::Duration;

use cf_aig_emulator::{Emulator, LogEntry, ProviderFault};
use serde_json::{Value, json};

use crate::support::{break_provider, envelope, header, message, outcome, overloaded, question, read, start};

/// The log entry of a message with these headers.
fn logged(headers: &[(&str, &str)]) -> LogEntry {
    let emulator = start();
    send(&emulator, headers);
    emulator.logs().remove(0)
}

fn send(emulator: &Emulator, headers: &[(&str, &str)]) -> (u16, Value) {
    let request = headers
        .iter()
        .fold(message(emulator, &question()), |request, (name, value)| request.header(*name, *value));
    outcome(request)
}

fn metadata(header: &str) -> Value {
    logged(&[("cf-aig-metadata", header)]).metadata.map_or(Value::Null, Value::Object)
}

#[test]
fn metadata_of_flat_values_is_kept() {
    let given = json!({"session": "abc", "turn": 3, "ci": false});
    assert_eq!(metadata(&given.to_string()), given);
}

#[test]
fn one_bad_value_loses_all_metadata() {
    for bad in ["null", "{}", "[1]"] {
        assert_eq!(metadata(&format!(r#"{{"session":"abc","bad":{bad}}}"#)), Value::Null, "{bad}");
    }
    assert_eq!(metadata("not json"), Value::Null);
    assert_eq!(metadata(r#"["list"]"#), Value::Null);
}

#[test]
fn of_more_than_five_entries_the_first_five_are_kept() {
    let kept = metadata(r#"{"z":1,"y":2,"x":3,"w":4,"v":5,"u":6}"#);
    assert_eq!(kept, json!({"z":1,"y":2,"x":3,"w":4,"v":5}));
}

#[test]
fn keys_of_cloudflares_own_are_stripped_and_long_values_are_not() {
    let long = "x".repeat(600);
    let kept = metadata(&json!({"cf.user_id": "forged", "note": long}).to_string());
    assert_eq!(kept, json!({"note": long}));
}

#[test]
fn an_entry_can_be_suppressed() {
    let emulator = start();
    send(&emulator, &[("cf-aig-collect-log", "false")]);
    assert!(emulator.logs().is_empty());
    emulator.update(|config| config.gateways[0].collect_logs = false);
    send(&emulator, &[]);
    assert!(emulator.logs().is_empty());
    send(&emulator, &[("cf-aig-collect-log", "true")]);
    assert_eq!(emulator.logs().len(), 1);
}

#[test]
fn bodies_can_be_kept_out_of_the_log() {
    assert_eq!(logged(&[]).request_body, Some(question().to_string().into_bytes()));
    let entry = logged(&[("cf-aig-collect-log-payload", "false")]);
    assert_eq!((entry.request_body, entry.response_body), (None, None));
}

#[test]
fn an_answer_names_its_log_entry_and_echoes_the_event() {
    let emulator = start();
    let request = message(&emulator, &question()).header("cf-aig-event-id", "event-1");
    let response = request.send().expect("an answer");
    let log_id = header(&response, "cf-aig-log-id").to_owned();
    assert_eq!(header(&response, "cf-aig-event-id"), "event-1");
    assert_eq!(header(&response, "cf-aig-step"), "0");
    assert!(header(&response, "request-id").starts_with("req_"));
    read(response);
    let entry = &emulator.logs()[0];
    assert_eq!((entry.id.as_str(), entry.event_id.as_deref()), (log_id.as_str(), Some("event-1")));
    assert_eq!((log_id.len(), &log_id[14..15]), (36, "7"), "a UUIDv7");
}

#[test]
fn a_custom_cost_replaces_the_price_table() {
    let entry = logged(&[("cf-aig-custom-cost", r#"{"per_token_in":1,"per_token_out":2}"#)]);
    let tokens = |count: Option<u64>| count.expect("a count") as f64;
    assert_eq!(entry.cost, Some(tokens(entry.tokens_in) + 2.0 * tokens(entry.tokens_out)));
    assert!(entry.custom_cost);
}

#[test]
fn a_failing_provider_is_retried_as_often_as_the_header_says() {
    let emulator = start();
    let times = |count| ProviderFault::Times(count, Box::new(overloaded()));
    break_provider(&emulator, "anthropic", times(2));
    assert_eq!(send(&emulator, &[]).0, 529);
    break_provider(&emulator, "anthropic", times(2));
    let retry = [("cf-aig-max-attempts", "3"), ("cf-aig-retry-delay", "1"), ("cf-aig-backoff", "linear")];
    assert_eq!(send(&emulator, &retry).0, 200);
}

#[test]
fn a_provider_that_is_slower_than_the_timeout_is_given_up() {
    let emulator = start();
    break_provider(&emulator, "anthropic", ProviderFault::Slow(Duration::from_secs(3600)));
    let answer = send(&emulator, &[("cf-aig-request-timeout", "5")]);
    assert_eq!(answer, envelope(400, 2005, "Failed to get response from provider"));
}

#[test]
fn a_providers_error_and_its_retry_after_pass_through() {
    let emulator = start();
    let fault = ProviderFault::Error {
        status: 429,
        kind: "rate_limit_error".to_owned(),
        message: "Slow down".to_owned(),
        retry_after: Some(7),
    };
    break_provider(&emulator, "anthropic", fault);
    let response = message(&emulator, &question()).send().expect("an answer");
    assert_eq!(header(&response, "retry-after"), "7");
    assert_eq!(read(response).1["error"]["type"], "rate_limit_error");
}
