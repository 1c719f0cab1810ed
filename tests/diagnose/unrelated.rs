//! Text that is not about the session's requests: other records of the client's log, and a model's words.

use cf_aig::facts::gateway::errors::{Speaker, Test, rows};
use serde_json::json;

use super::{diagnose, fixture};

fn log(name: &str) -> String {
    std::fs::read_to_string(fixture("log").join(name)).expect("the fixture")
}

/// The words of every cause but those of the client and its sandbox, and what the client says of a request.
fn words() -> Vec<&'static str> {
    let others = rows().filter(|row| !matches!(row.speaker, Speaker::ClaudeCode | Speaker::SandboxProxy));
    let words = others.flat_map(|row| row.signs).flat_map(|sign| sign.all).flat_map(Test::literals);
    let said =
        ["API", "There's an issue", "Credit balance is too low", "Request t", "Not logged in", "Invalid a"];
    words.filter(|words| !said.iter().any(|said| words.contains(said))).collect()
}

/// A record of the log for each of these words.
fn records(words: &[&str]) -> String {
    let record = |words: &&str| format!("2026-11-22T17:25:08.014Z [ERROR] AutoUpdater: it failed: {words}\n");
    words.iter().map(record).collect()
}

#[test]
fn a_record_about_something_else_does_not_outrank_what_the_client_says_of_its_requests() {
    for name in ["gateway-2009.log", "provider-529.log", "gateway-2041.log", "proxy-connect-407.log"] {
        let (log, cause) = (log(name), diagnose(log(name).as_bytes()).first().cause);
        for words in words().chunks(40) {
            let text = format!("{log}{}", records(words));
            assert_eq!(diagnose(text.as_bytes()).first().cause, cause, "{name} with {words:?}");
        }
    }
}

#[test]
fn a_record_about_something_else_does_not_make_a_good_session_a_failure() {
    for words in words().chunks(40) {
        for text in [log("ok.log") + &records(words), records(words) + &log("ok.log")] {
            assert_eq!(diagnose(text.as_bytes()).first().cause, "no-failure", "{words:?}");
        }
    }
}

#[test]
fn a_record_that_explains_what_the_client_says_comes_first() {
    let log = "2026-11-22T17:25:06.014Z [ERROR] tls: unable to get local issuer certificate\n\
               2026-11-22T17:25:07.014Z [ERROR] API error (attempt 1/11): undefined Connection error.\n";
    assert_eq!(diagnose(log.as_bytes()).first().cause, "tls-untrusted-issuer");
}

/// Records, each with a time.
fn timed(records: &[&str]) -> String {
    (10..).zip(records).map(|(s, record)| format!("2026-11-22T17:25:{s}.014Z {record}\n")).collect()
}

#[test]
fn a_failure_of_the_client_stays_one_next_to_a_record_about_something_else() {
    let good = "[DEBUG] [engine] turn 1 stop=end_turn tools=0";
    let mcp = "[ERROR] MCP server \"x\": getaddrinfo ENOTFOUND foo failed";
    let failed = "[ERROR] API error (attempt 1/11): undefined Connection error.";
    let refused = "[ERROR] Failed to connect to gateway.ai.cloudflare.com: ECONNREFUSED";
    let hook = "[ERROR] Hook SessionStart:startup (SessionStart) error: Failed with non-blocking status code 127: sh: 1: cf-aig: not found";
    let sandbox = "[ERROR] sandbox: blocked-by-allowlist gateway.ai.cloudflare.com";
    let cases: &[(&[&str], &str)] = &[
        (&[failed, good], "connection-failed"),
        (&[mcp, failed, good], "name-not-resolved"),
        (&[mcp, good], "no-failure"),
        (&[refused, "API Error: Connection error."], "connection-refused"),
        (&[hook, good], "hook-command-missing"),
        (&[good, hook], "hook-command-missing"),
        (&[sandbox, good], "bash-sandbox-blocked"),
    ];
    for (records, cause) in cases {
        let report = diagnose(timed(records).as_bytes());
        let first = report.first();
        assert_eq!((first.cause.id(), first.confidence.id()), (*cause, "likely"), "{records:?}");
    }
}

#[test]
fn a_record_does_not_replace_an_explanation_of_the_client() {
    let text = timed(&[
        "[ERROR] MCP server \"x\": getaddrinfo ENOTFOUND foo failed",
        "[ERROR] API error (attempt 1/11): undefined Connection error.",
        "[ERROR] Connection error details: code=ECONNREFUSED, connect ECONNREFUSED 127.0.0.1:1",
    ]);
    assert_eq!(diagnose(text.as_bytes()).first().cause, "connection-refused");
}

#[test]
fn what_a_model_says_is_no_failure() {
    let sayings = [
        "HTTP 401 Unauthorized means that authentication failed: invalid x-api-key.",
        "API Error: 402 {\"error\":[{\"code\":2021,\"message\":\"Insufficient wholesale credits.\"}]}",
        "Connection refused means that nothing listens: connect ECONNREFUSED 127.0.0.1:8080",
        "error: rate_limit_error, overloaded_error, credit balance is too low",
    ];
    for words in sayings {
        let content = json!([{"type": "text", "text": words}]);
        let long = json!([{"type": "text", "text": words.repeat(500)}]);
        let delta = json!({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": words}});
        let chunk = json!({"object": "chat.completion.chunk", "choices": [{"delta": {"content": words}}]});
        let begin =
            json!({"type": "message_start", "message": {"id": "m", "type": "message", "content": []}});
        let bodies = [
            json!({"id": "msg_1", "type": "message", "role": "assistant", "content": content}).to_string(),
            json!({"id": "msg_1", "type": "message", "role": "assistant", "content": long}).to_string(),
            json!({"id": "c", "choices": [{"message": {"role": "assistant", "content": words}}]}).to_string(),
            format!("event: message_start\ndata: {begin}\n\nevent: content_block_delta\ndata: {delta}\n"),
            format!("data: {chunk}\n\ndata: [DONE]\n"),
        ];
        for body in bodies {
            for head in ["", "HTTP/2 200 \r\ncontent-type: application/json\r\n\r\n"] {
                let report = diagnose(format!("{head}{body}").as_bytes());
                assert_eq!(report.first().cause, "no-failure", "{head}{}", &body[..120]);
            }
            let refused = format!("HTTP/2 401 \r\n\r\n{body}");
            assert_ne!(diagnose(refused.as_bytes()).first().cause, "no-failure", "{}", &body[..120]);
        }
    }
}

#[test]
fn an_error_after_a_models_words_is_found() {
    let text = "data: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"HTTP 401\"}}\n\n\
                event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n";
    for head in ["", "HTTP/2 200 \r\n\r\n"] {
        assert_eq!(diagnose(format!("{head}{text}").as_bytes()).first().cause, "provider-overloaded");
    }
}
