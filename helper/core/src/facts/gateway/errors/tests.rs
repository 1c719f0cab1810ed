//! Tests of the catalogue's consistency, and of its use by the probe.

use std::collections::HashSet;

use super::*;

fn answer(status: u16, body: &str) -> Response {
    Response { status: Some(status), headers: Vec::new(), body: body.to_owned() }
}

fn first(response: &Response) -> &'static str {
    Judgement::of(response).row.cause.id()
}

#[test]
fn every_cause_has_a_kebab_case_id_and_occurs_once() {
    let mut seen = HashSet::new();
    for row in rows() {
        assert!(seen.insert(row.cause), "{} twice", row.cause);
        assert!(
            row.cause.id().chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'),
            "{}",
            row.cause
        );
    }
}

#[test]
fn every_row_has_a_meaning_and_a_fix() {
    for row in rows() {
        assert!(row.meaning.ends_with('.'), "{}: a sentence", row.cause);
        assert!(!row.fix.is_empty() && !row.fix.ends_with('.'), "{}: one step", row.cause);
        assert!(!row.fix.contains('\n') && !row.meaning.contains('\n'), "{}", row.cause);
    }
}

#[test]
fn every_look_alike_is_a_row_and_not_itself() {
    for row in rows() {
        for alike in row.alike {
            assert!(*alike != row.cause, "{}: {alike}", row.cause);
        }
    }
}

#[test]
fn every_consequence_is_another_row() {
    for row in rows() {
        for cause in row.explains {
            let other = cause.row();
            assert!(!other.explains.contains(&row.cause), "{} and {cause} explain each other", row.cause);
        }
    }
}

#[test]
fn every_command_in_a_fix_is_one_of_the_helper() {
    const COMMANDS: &[&str] = &[
        "status",
        "explain",
        "doctor",
        "diagnose",
        "verify",
        "conformance",
        "setup",
        "off",
        "run",
        "url",
        "providers",
        "validate",
        "env",
        "gateway",
        "provider",
        "key",
        "route",
        "logs",
        "costs",
        "send",
    ];
    for row in rows() {
        for (at, _) in row.fix.match_indices("`cf-aig ") {
            let command = row.fix[at + 8..].split(['`', ' ']).next().unwrap_or("");
            assert!(COMMANDS.contains(&command), "{}: {command}", row.cause);
        }
    }
}

#[test]
fn no_sign_is_empty() {
    for row in rows() {
        assert!(row.signs.iter().all(|sign| !sign.all.is_empty()), "{}", row.cause);
    }
}

#[test]
fn every_list_has_distinct_words_that_can_occur() {
    for sign in rows().flat_map(|row| row.signs) {
        for test in sign.all {
            let is_folded = matches!(test, Test::Any(_) | Test::Weak(_) | Test::Near(..));
            for word in test.literals() {
                assert!(!word.trim().is_empty() && !word.starts_with('|'), "{test:?}");
                assert!(!is_folded || word == word.to_lowercase() && !word.contains("  "), "{word:?}");
                // next to another word, the longer one may be closer
                let is_apart = !matches!(test, Test::Near(..));
                let contains = |other: &str| is_folded && is_apart && word != other && word.contains(other);
                assert!(!test.literals().any(contains), "{word:?} contains another word of its list");
            }
        }
    }
}

#[test]
fn every_speaker_has_a_row() {
    for speaker in Speaker::ALL {
        assert!(rows().any(|row| row.speaker == speaker), "{}", speaker.id());
    }
}

#[test]
fn every_cause_has_one_row_and_parses_from_its_id() {
    for cause in Cause::ALL {
        assert_eq!(rows().filter(|row| row.cause == cause).count(), 1, "{cause}");
        assert_eq!(Cause::parse(cause.id()), Some(cause));
    }
}

#[test]
fn the_same_words_mean_different_things_in_different_envelopes() {
    assert_eq!(
        first(&answer(
            401,
            r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}]}"#
        )),
        "api-token-rejected"
    );
    let valid = r#"{"success":true,"errors":[],"messages":[{"code":10000,"message":"This API Token is valid and active"}]}"#;
    assert!(!Judgement::of(&answer(200, valid)).is_explained());
    assert!(FailureEvidence::from(&answer(200, valid)).is_success());
}

#[test]
fn a_refusal_inside_http_200_is_a_refusal() {
    let body =
        r#"{"success":false,"errors":[{"code":9109,"message":"Unauthorized to access requested resource"}]}"#;
    assert_eq!(first(&answer(200, body)), "api-permission-missing");
}

#[test]
fn the_code_counts_more_than_the_status() {
    let body = r#"{"success":false,"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","httpCode":400,"internalCode":2009}"#;
    assert_eq!(first(&answer(400, body)), "gateway-token-rejected");
}

#[test]
fn the_message_distinguishes_the_two_meanings_of_code_2040() {
    let body = |message: &str| {
        format!(
            r#"{{"error":[{{"code":2040,"message":"{message}"}}],"name":"AiGatewayError","internalCode":2040}}"#
        )
    };
    assert_eq!(
        first(&answer(400, &body("Provider 'a' has no BYOK credential named 'b'."))),
        "stored-key-alias-unknown"
    );
    assert_eq!(
        first(&answer(403, &body("Model or provider could not be resolved for spend-limit enforcement"))),
        "spend-limit-unresolved"
    );
}

#[test]
fn an_edge_error_is_the_providers_when_the_zone_is() {
    let problem =
        |zone: &str| format!(r#"{{"status":522,"error_code":522,"cloudflare_error":true,"zone":"{zone}"}}"#);
    assert_eq!(first(&answer(522, &problem("api.anthropic.com"))), "edge-error-at-provider");
    assert_eq!(first(&answer(522, &problem("gateway.ai.cloudflare.com"))), "edge-error-at-gateway");
    assert_eq!(first(&answer(522, &problem("proxy.example"))), "edge-error");
    let page = "<html><head><title>api.anthropic.com | 522: Connection timed out</title></head></html>";
    assert_eq!(first(&answer(522, page)), "edge-error-at-provider");
}

#[test]
fn a_dotted_model_id_is_named_only_when_it_is_dotted() {
    let body = |model: &str| {
        format!(r#"{{"type":"error","error":{{"type":"not_found_error","message":"model: {model}"}}}}"#)
    };
    assert_eq!(first(&answer(404, &body("claude-haiku-4.5"))), "model-id-dotted");
    assert_eq!(first(&answer(404, &body("claude-haiku-4-5"))), "model-not-found");
}

#[test]
fn an_unknown_gateway_code_still_names_the_gateway() {
    let body = r#"{"error":[{"code":2999,"message":"New"}],"name":"AiGatewayError","internalCode":2999}"#;
    let row = Judgement::of(&answer(400, body)).row;
    assert_eq!(row.speaker, Speaker::AiGateway);
    assert_eq!(row.cause, "gateway-code-unknown");
}

#[test]
fn the_header_of_the_sandbox_proxy_needs_no_body() {
    let response = Response {
        status: Some(403),
        headers: vec![("X-Deny-Reason".into(), "host_not_allowed".into())],
        body: String::new(),
    };
    assert_eq!(first(&response), "host-not-allowed");
}
