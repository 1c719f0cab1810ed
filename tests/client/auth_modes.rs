//! Who pays: each mode, its exact credentials at the gateway, and the bill.

use crate::rig::Rig;
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Recorded};

/// What a request says of who pays.
fn credentials(turn: &Recorded) -> [Option<&str>; 4] {
    ["x-api-key", "authorization", "cf-aig-authorization", "cf-aig-no-wholesale"]
        .map(|name| turn.header(name))
}

fn with_credit(rig: &Rig, cents: f64) {
    rig.emulator.update(|config| config.gateways[0].unified_billing = Some(cents));
}

fn credit(rig: &Rig) -> f64 {
    rig.emulator.config().gateways[0].unified_billing.expect("unified billing is on")
}

const GATEWAY: &str = "Bearer emulator-gateway-token";

#[test]
fn an_own_key_passes_through_and_costs_no_credit() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        assert_eq!(credentials(&rig.turns()[0]), [Some(ANTHROPIC_KEY), None, Some(GATEWAY), None]);
        assert!(credit(rig) == 500.0, "{}", credit(rig));
    });
}

#[test]
fn a_stored_key_pays_in_place_of_the_users_own() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.emulator.update(|config| {
            config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
        });
        rig.sandbox.set("CF_AIG_AUTH", "stored-key").set("ANTHROPIC_API_KEY", "sk-ant-not-to-be-used");
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        assert_eq!(credentials(&rig.turns()[0]), [None, Some(GATEWAY), None, Some("true")]);
        assert!(credit(rig) == 500.0, "{}", credit(rig));
    });
}

#[test]
fn unified_billing_takes_credit_and_needs_no_key_of_the_user() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.sandbox.set("CF_AIG_AUTH", "unified-billing").unset("ANTHROPIC_API_KEY");
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        assert_eq!(credentials(&rig.turns()[0]), [None, Some(GATEWAY), None, None]);
        assert!(credit(rig) < 500.0, "{}", credit(rig));
    });
}

/// Cloudflare's pages disagree on whether the gateway's own token is forwarded as a provider key;
/// this must work either way.
#[test]
fn the_gateway_token_is_never_taken_for_a_provider_key() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.emulator.update(|config| config.ignores_own_token_as_key = false);
        rig.sandbox.set("CF_AIG_AUTH", "unified-billing").unset("ANTHROPIC_API_KEY");
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        assert!(credit(rig) < 500.0, "{}", credit(rig));
    });
}

#[test]
fn a_subscription_keeps_paying_and_a_key_in_the_shell_does_not() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_AUTH", "subscription").set("CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN);
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        let login = format!("Bearer {ANTHROPIC_LOGIN}");
        assert_eq!(credentials(&rig.turns()[0]), [None, Some(login.as_str()), Some(GATEWAY), None]);
    });
}

/// The client uses an `ANTHROPIC_API_KEY` only when a person approved it, and asks only at the
/// start: one that a mod sets is silently ignored. The gateway token is therefore set as another.
#[test]
fn nobody_is_asked_to_approve_the_gateway_token() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.sandbox.set("CF_AIG_AUTH", "unified-billing").unset("ANTHROPIC_API_KEY");
        let mut session = rig.session();
        let turn = session.say("good morning");
        assert_eq!(credentials(&turn), [None, Some(GATEWAY), None, None]);
    });
}

#[test]
fn off_gives_the_session_its_own_key_back() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.sandbox.set("CF_AIG_AUTH", "unified-billing");
        let mut session = rig.session();
        assert_eq!(credentials(&session.say("good morning")), [None, Some(GATEWAY), None, None]);
        session.command("/cloudflare off", &rig.said_off());
        assert_eq!(credentials(&session.say("good night")), [Some(ANTHROPIC_KEY), None, None, None]);
    });
}
