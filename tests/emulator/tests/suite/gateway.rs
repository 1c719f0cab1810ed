//! The gateway's own responses: its envelope for every refusal.

use cf_aig_emulator::{ACCOUNT_ID, ANTHROPIC_KEY, GATEWAY_TOKEN, Policy, ProviderFault};

use crate::support::{
    admitted, ask, assert_greeted, break_provider, envelope, message, outcome, post, post_to, question,
    start, start_with,
};

const NO_GATEWAY: &str = "Please configure AI Gateway in the Cloudflare dashboard";

#[test]
fn a_missing_a_wrong_and_a_malformed_token_are_answered_alike_and_not_logged() {
    let emulator = start();
    let unauthorized = envelope(401, 2009, "Unauthorized");
    let without = post(&emulator, "v1/messages", &question()).header("x-api-key", ANTHROPIC_KEY);
    assert_eq!(outcome(without), unauthorized);
    for token in ["Bearer someone-elses", "Bearer ", GATEWAY_TOKEN] {
        let request = post(&emulator, "v1/messages", &question()).header("cf-aig-authorization", token);
        assert_eq!(outcome(request), unauthorized, "{token}");
    }
    assert!(emulator.logs().is_empty());
}

#[test]
fn the_token_is_also_taken_from_authorization() {
    let emulator = start();
    let request = post(&emulator, "v1/messages", &question())
        .header("authorization", format!("Bearer {GATEWAY_TOKEN}"))
        .header("x-api-key", ANTHROPIC_KEY);
    assert_greeted(&outcome(request));
}

#[test]
fn a_gateway_without_authentication_takes_anyone() {
    let emulator = start_with(|gateway| gateway.authentication = false);
    let request = post(&emulator, "v1/messages", &question()).header("x-api-key", ANTHROPIC_KEY);
    assert_greeted(&outcome(request));
}

#[test]
fn an_unknown_gateway_and_a_malformed_path_are_2001() {
    let emulator = start();
    let origin = emulator.gateway_origin();
    for path in [
        format!("/v1/{ACCOUNT_ID}/elsewhere/anthropic/v1/messages"),
        format!("/v1/{ACCOUNT_ID}"),
        format!("/v1/{ACCOUNT_ID}//anthropic/v1/messages"),
        "/v2/x/y/z".to_owned(),
        "/".to_owned(),
    ] {
        let answer = outcome(admitted(post_to(format!("{origin}{path}"), &question())));
        assert_eq!(answer, envelope(400, 2001, NO_GATEWAY), "{path}");
    }
}

#[test]
fn an_unknown_account_looks_like_a_missing_token() {
    let emulator = start();
    let account = "f".repeat(32);
    let url = format!("{}/v1/{account}/emulator/anthropic/v1/messages", emulator.gateway_origin());
    assert_eq!(outcome(admitted(post_to(url, &question()))), envelope(401, 2009, "Unauthorized"));
}

#[test]
fn the_default_gateway_comes_into_being_with_the_first_authenticated_request() {
    let emulator = start();
    let url = format!("{}/v1/{ACCOUNT_ID}/default/anthropic/v1/messages", emulator.gateway_origin());
    let stranger = outcome(post_to(url.clone(), &question()));
    assert_eq!(stranger, envelope(401, 2009, "Unauthorized"));
    assert_eq!(emulator.config().gateways.len(), 1);
    let first = admitted(post_to(url, &question())).header("x-api-key", ANTHROPIC_KEY);
    assert_greeted(&outcome(first));
    assert_eq!(emulator.config().gateways[1].gateway_id, "default");
}

#[test]
fn an_unknown_provider_is_2008() {
    let emulator = start();
    for slug in ["xai", "zhipu", "perplexity", "custom-zai"] {
        let url = format!("{}/v1/messages", emulator.base_url(slug));
        let answer = outcome(admitted(post_to(url, &question())));
        assert_eq!(answer, envelope(400, 2008, "Invalid provider"), "{slug}");
    }
}

#[test]
fn an_exhausted_spend_limit_is_2041_and_logged() {
    let emulator = start_with(|gateway| gateway.spend_limit_exceeded = true);
    let expected = "Spend limit exceeded: rule '5e7f1b6b' (cost limit 100 per 604800s, sliding) \
                    for anthropic anthropic/claude-opus-5-5";
    assert_eq!(outcome(message(&emulator, &question())), envelope(429, 2041, expected));
    let logs = emulator.logs();
    assert_eq!((logs.len(), logs[0].status_code, logs[0].success), (1, 429, false));
}

#[test]
fn an_unreachable_provider_is_a_400_with_2005() {
    let emulator = start();
    break_provider(&emulator, "anthropic", ProviderFault::Unreachable);
    let answer = outcome(message(&emulator, &question()));
    assert_eq!(answer, envelope(400, 2005, "Failed to get response from provider"));
}

#[test]
fn guardrails_and_dlp_stop_requests_and_answers() {
    let word = || vec!["forbidden".to_owned()];
    let greeting = || vec!["Hello".to_owned()];
    let cases = [
        (
            Policy { blocked_prompts: word(), ..Policy::default() },
            (2016, "Prompt blocked due to security configurations"),
        ),
        (
            Policy { blocked_responses: greeting(), ..Policy::default() },
            (2017, "Response blocked due to security configurations"),
        ),
        (
            Policy { dlp_requests: word(), ..Policy::default() },
            (2029, "Request content blocked due to DLP policy violations"),
        ),
        (
            Policy { dlp_responses: greeting(), ..Policy::default() },
            (2030, "Response content blocked due to DLP policy violations"),
        ),
    ];
    for (policy, (code, text)) in cases {
        let emulator = start_with(|gateway| gateway.policy = policy);
        let answer = outcome(message(&emulator, &ask("a forbidden word")));
        assert_eq!(answer, envelope(424, code, text));
        assert_eq!(emulator.logs()[0].status_code, 424);
    }
}
