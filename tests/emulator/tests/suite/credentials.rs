//! Who pays: a credential on the request, a stored key, Unified Billing, or no payer.

use std::collections::BTreeMap;

use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Emulator, GATEWAY_TOKEN, Gateway};
use reqwest::blocking::RequestBuilder;

use crate::support::{
    admitted, anthropic_error, assert_greeted, envelope, outcome, post, question, start, start_with,
};

fn keyless(emulator: &Emulator) -> RequestBuilder {
    admitted(post(emulator, "v1/messages", &question()))
}

fn store_key(gateway: &mut Gateway) {
    gateway.stored_keys.insert("anthropic".to_owned(), ANTHROPIC_KEY.to_owned());
}

const INVALID_KEY: (u16, &str, &str) = (401, "authentication_error", "invalid x-api-key");

#[test]
fn a_request_without_any_key_gets_the_providers_own_401() {
    let answer = outcome(keyless(&start()));
    let expected = (401, "authentication_error", "x-api-key header is required");
    assert_eq!(anthropic_error(&answer), expected);
}

#[test]
fn a_wrong_key_gets_the_providers_own_401() {
    let emulator = start();
    let answer = outcome(keyless(&emulator).header("x-api-key", "sk-ant-wrong"));
    assert_eq!(anthropic_error(&answer), INVALID_KEY);
    assert_eq!(emulator.logs()[0].status_code, 401);
}

#[test]
fn a_bearer_key_is_forwarded_when_the_gateway_token_comes_apart() {
    let emulator = start();
    let bearer = |key: &str| keyless(&emulator).header("authorization", format!("Bearer {key}"));
    assert_greeted(&outcome(bearer(ANTHROPIC_KEY)));
    let answer = outcome(bearer("wrong"));
    assert_eq!(anthropic_error(&answer), (401, "authentication_error", "Invalid bearer token"));
}

#[test]
fn a_stored_key_pays_when_the_request_brings_none() {
    let emulator = start_with(store_key);
    assert_greeted(&outcome(keyless(&emulator)));
    let entry = &emulator.logs()[0];
    assert!(entry.byok && !entry.wholesale);
}

#[test]
fn a_key_on_the_request_wins_over_a_stored_one_even_if_it_is_wrong() {
    let emulator = start_with(store_key);
    let answer = outcome(keyless(&emulator).header("x-api-key", "placeholder"));
    assert_eq!(anthropic_error(&answer), INVALID_KEY);
    assert!(!emulator.logs()[0].byok);
}

#[test]
fn the_gateways_own_token_as_placeholder_is_dropped_or_forwarded_as_configured() {
    let emulator = start_with(store_key);
    let documented = || keyless(&emulator).header("x-api-key", GATEWAY_TOKEN);
    assert_greeted(&outcome(documented()));
    emulator.update(|config| config.ignores_own_token_as_key = false);
    assert_eq!(anthropic_error(&outcome(documented())), INVALID_KEY);
}

#[test]
fn a_token_only_in_authorization_is_the_gateways_and_never_the_providers() {
    let emulator = start_with(store_key);
    emulator.update(|config| config.ignores_own_token_as_key = false);
    let request = post(&emulator, "v1/messages", &question())
        .header("authorization", format!("Bearer {GATEWAY_TOKEN}"));
    assert_greeted(&outcome(request));
}

#[test]
fn an_alias_picks_another_stored_key() {
    let emulator = start_with(|gateway| {
        gateway.stored_keys.insert("anthropic".to_owned(), "sk-ant-stale".to_owned());
        let aliases = BTreeMap::from([("team".to_owned(), ANTHROPIC_KEY.to_owned())]);
        gateway.stored_key_aliases.insert("anthropic".to_owned(), aliases);
    });
    assert_eq!(anthropic_error(&outcome(keyless(&emulator))), INVALID_KEY);
    assert_greeted(&outcome(keyless(&emulator).header("cf-aig-byok-alias", "team")));
    let answer = outcome(keyless(&emulator).header("cf-aig-byok-alias", "nobody"));
    let text = "Provider 'anthropic' has no BYOK credential named 'nobody'. \
                Configured aliases: default, team";
    assert_eq!(answer, envelope(400, 2040, text));
}

#[test]
fn unified_billing_pays_until_the_credit_is_gone() {
    let emulator = start_with(|gateway| gateway.unified_billing = Some(0.001));
    assert_greeted(&outcome(keyless(&emulator)));
    assert!(emulator.logs()[0].wholesale);
    assert_eq!(emulator.config().gateways[0].unified_billing, Some(0.0));
    let text = "Insufficient wholesale credits. Please add additional credits on the AI Gateway \
                Cloudflare dashboard to continue using provider models.";
    assert_eq!(outcome(keyless(&emulator)), envelope(402, 2021, text));
    assert_eq!(emulator.logs()[1].status_code, 402);
}

#[test]
fn unified_billing_can_be_forbidden_by_header_and_by_setting() {
    let emulator = start_with(|gateway| gateway.unified_billing = Some(100.0));
    let refused = |request| anthropic_error(&outcome(request)).2 == "x-api-key header is required";
    assert!(refused(keyless(&emulator).header("cf-aig-no-wholesale", "true")));
    emulator.update(|config| config.gateways[0].byok_only = true);
    assert!(refused(keyless(&emulator)));
}

#[test]
fn a_claude_login_passes_only_with_its_beta() {
    let emulator = start();
    let login = || keyless(&emulator).header("authorization", format!("Bearer {ANTHROPIC_LOGIN}"));
    let beta = "claude-code-20250219,oauth-2025-04-20";
    assert_greeted(&outcome(login().header("anthropic-beta", beta)));
    let answer = outcome(login());
    assert_eq!(answer.0, 401);
}
