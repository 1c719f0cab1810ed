//! One line of the client, several possible speakers: the surrounding evidence distinguishes them.

use serde_json::{Value, json};

use super::diagnose;

const LOGIN: &str = "Not logged in · Please run /login";
const LIMITED: &str = "API Error: Request rejected (429) · Rate limited";
const MODEL: &str = "There's an issue with the selected model (claude-opus-5). It may not exist or you may not have access to it. Run /model to pick a different model.";

/// The first finding, as cause and confidence.
fn first(evidence: &str) -> (String, &'static str) {
    let report = diagnose(evidence.as_bytes());
    let first = report.first();
    (first.cause.id().to_owned(), first.confidence.id())
}

/// A headless result with this message.
fn result(sentence: &str, more: Value) -> String {
    let mut event = json!({"type": "result", "subtype": "success", "is_error": true, "result": sentence,
        "duration_api_ms": 0, "num_turns": 1, "session_id": "s"});
    let fields = more.as_object().expect("an object").clone();
    event.as_object_mut().expect("an object").extend(fields);
    event.to_string()
}

/// A debug log in which each of `attempts` requests got this response, and the client then printed this.
fn log(path: &str, attempts: usize, answer: &str, sentence: &str) -> String {
    let mut log = String::new();
    for attempt in 1..=attempts {
        log.push_str(&format!(
            "2026-11-28T09:00:{attempt:02}.000Z [DEBUG] [API REQUEST] {path} source=sdk\n"
        ));
        log.push_str(&format!(
            "2026-11-28T09:00:{attempt:02}.400Z [ERROR] API error (attempt {attempt}/11): {answer}\n"
        ));
    }
    format!("{log}2026-11-28T09:03:00.000Z [ERROR] [engine] turn ended in error: {sentence}\n")
}

fn anthropic(status: u16, kind: &str, message: &str) -> String {
    format!("{status} {status} {}", json!({"type": "error", "error": {"type": kind, "message": message}}))
}

#[test]
fn a_missing_login_and_an_answered_401_print_the_same_line() {
    let at_once = result(LOGIN, json!({"api_error_status": null, "duration_ms": 90}));
    assert_eq!(first(&at_once), ("not-logged-in".to_owned(), "certain"));

    let by_status = result(LOGIN, json!({"api_error_status": 401, "duration_ms": 900}));
    let by_time = result(LOGIN, json!({"duration_ms": 179_000}));
    let retry = json!({"type": "system", "subtype": "api_retry", "error_status": 401, "error": "authentication_failed", "session_id": "s"});
    let by_requests = format!("{retry}\n{retry}\n{}", result(LOGIN, json!({})));
    let missing = anthropic(401, "authentication_error", "x-api-key header is required");
    let by_body = log("/v1/0123456789abcdef0123456789abcdef/gw/anthropic/v1/messages", 11, &missing, LOGIN);
    for evidence in [&by_status, &by_time, &by_body] {
        assert_eq!(first(evidence).0, "provider-credential-missing", "{evidence}");
    }
    assert_ne!(first(&by_requests).0, "not-logged-in", "requests were sent and answered");
    for evidence in [by_status, by_time, by_requests, by_body] {
        let report = diagnose(evidence.as_bytes());
        assert!(report.findings.iter().all(|f| f.cause.id() != "not-logged-in"), "{evidence}");
        assert!(report.findings.iter().all(|f| f.confidence.id() != "certain"), "{evidence}");
    }

    // the line by itself leaves both open
    let report = diagnose(LOGIN.as_bytes());
    let causes: Vec<&str> = report.findings.iter().map(|f| f.cause.id()).collect();
    assert!(
        causes.contains(&"not-logged-in") && causes.contains(&"provider-credential-missing"),
        "{causes:?}"
    );
    assert_ne!(report.first().confidence.id(), "certain");
}

#[test]
fn the_gateways_limit_and_the_providers_print_the_same_line() {
    let path = "/v1/0123456789abcdef0123456789abcdef/gw/anthropic/v1/messages";
    let gateway = json!({"success": false, "result": [], "messages": [], "error": [{"code": 2003, "message": "Rate limited"}],
        "name": "AiGatewayError", "httpCode": 429, "internalCode": 2003, "message": "Rate limited"});
    let of_gateway = log(path, 11, &format!("429 429 {gateway}"), LIMITED);
    assert_eq!(first(&of_gateway), ("gateway-rate-limit".to_owned(), "certain"));
    let of_provider = log(path, 11, &anthropic(429, "rate_limit_error", "Rate limited"), LIMITED);
    assert_eq!(first(&of_provider).0, "provider-rate-limit");
    let report = diagnose(of_provider.as_bytes());
    assert!(report.findings.iter().all(|f| f.cause.id() != "gateway-rate-limit"));

    let report = diagnose(LIMITED.as_bytes());
    let causes: Vec<&str> = report.findings.iter().map(|f| f.cause.id()).collect();
    assert!(causes.contains(&"gateway-rate-limit") && causes.contains(&"provider-rate-limit"), "{causes:?}");
    assert_ne!(report.first().confidence.id(), "certain");
    assert!(causes.len() > 1 && !report.first().fix.is_empty());
}

#[test]
fn every_404_prints_the_sentence_about_the_model() {
    let path = "/v1/0123456789abcdef0123456789abcdef/gw/anthropic/v1";
    let nothing = anthropic(404, "not_found_error", "Not Found");
    let cases = [
        (log(&format!("{path}/v1/messages"), 1, &nothing, MODEL), "base-url-ends-in-v1"),
        (
            log(
                &format!("{path}/messages"),
                1,
                &anthropic(404, "not_found_error", "model: claude-opus-5"),
                MODEL,
            ),
            "model-not-found",
        ),
        (
            log(
                "/client/v4/accounts/x/ai/v1/messages",
                1,
                &format!(
                    "404 404 {}",
                    json!({"success": false, "errors": [{"code": 7003, "message": "Could not route to /client/v4/accounts/x"}]})
                ),
                MODEL,
            ),
            "api-route-unknown",
        ),
    ];
    for (evidence, cause) in cases {
        assert_eq!(first(&evidence).0, cause, "{evidence}");
    }
    let report = diagnose(MODEL.as_bytes());
    let causes: Vec<&str> = report.findings.iter().map(|f| f.cause.id()).collect();
    assert_eq!(causes, ["model-not-found", "api-route-unknown", "base-url-ends-in-v1"]);
    assert_ne!(report.first().confidence.id(), "certain");
}
