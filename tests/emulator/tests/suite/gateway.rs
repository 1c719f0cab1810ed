//! The gateway's own answers, and who pays for a request.

use crate::support::{envelope, message, outcome, post, question, start};
use cf_aig_emulator::{ANTHROPIC_KEY, Host};

#[test]
fn a_message_is_answered_logged_and_recorded() {
    let emulator = start();
    let (status, body) = outcome(message(&emulator, &question()));
    assert_eq!(status, 200);
    assert_eq!(body["content"][0]["text"], "Hello from the emulator.");
    let logs = emulator.logs();
    assert_eq!(logs.len(), 1);
    assert_eq!(
        (logs[0].provider.as_str(), logs[0].status_code),
        ("anthropic", 200)
    );
    assert_eq!(logs[0].model, "anthropic/claude-opus-5-5");
    assert_eq!(logs[0].tokens_out, body["usage"]["output_tokens"].as_u64());
    assert!(logs[0].cost.is_some_and(|cost| cost > 0.0));
    let requests = emulator.requests();
    assert_eq!(
        (requests.len(), requests[0].host, requests[0].status),
        (1, Host::Gateway, Some(200))
    );
    assert_eq!(requests[0].json(), question());
    assert_eq!(requests[0].header("x-api-key"), Some(ANTHROPIC_KEY));
}

#[test]
fn a_missing_a_wrong_and_a_foreign_token_are_answered_alike() {
    let emulator = start();
    let unauthorized = envelope(401, 2009, "Unauthorized");
    let without = post(&emulator, "v1/messages", &question()).header("x-api-key", ANTHROPIC_KEY);
    assert_eq!(outcome(without), unauthorized);
    let wrong = post(&emulator, "v1/messages", &question())
        .header("cf-aig-authorization", "Bearer someone-elses");
    assert_eq!(outcome(wrong), unauthorized);
    assert!(emulator.logs().is_empty());
}
