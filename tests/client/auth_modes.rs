//! Each auth mode: the exact credentials at the gateway, and who is billed.

use crate::rig::{Rig, is_turn};
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Host, Recorded};
use cf_aig_harness::needs;
use serde_json::json;

/// What a request shows about who pays.
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

#[needs(client)]
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

#[needs(client)]
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

#[needs(client)]
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

/// Cloudflare's pages disagree on whether the gateway's own token is forwarded as a provider key; this must
/// work either way.
#[needs(client)]
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

#[needs(client)]
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

/// The client uses an `ANTHROPIC_API_KEY` only if the user approved it, and asks only at startup: one set
/// by a mod is silently ignored. So the gateway token is set in another variable.
#[needs(client)]
#[test]
fn the_client_does_not_ask_to_approve_the_gateway_token() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.sandbox.set("CF_AIG_AUTH", "unified-billing").unset("ANTHROPIC_API_KEY");
        let mut session = rig.session();
        let turn = session.say("good morning");
        assert_eq!(credentials(&turn), [None, Some(GATEWAY), None, None]);
    });
}

#[needs(client)]
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

/// A base URL by itself would send the login to the gateway, where it is of no use.
#[needs(client)]
#[test]
fn a_login_goes_to_the_gateway_only_where_it_was_chosen() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.emulator.update(|config| {
            config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
        });
        rig.sandbox.unset("ANTHROPIC_API_KEY").onboard();
        signed_in(rig);
        for mode in ["", "own-key", "stored-key", "unified-billing", "subscription"] {
            rig.sandbox.set("CF_AIG_AUTH", mode);
            let before = rig.emulator.requests().len();
            rig.ask("hi");
            let new = rig.emulator.requests().split_off(before);
            let turns: Vec<&Recorded> = new.iter().filter(|request| is_turn(request)).collect();
            assert!(!turns.is_empty(), "{mode}: no turn of the model");
            let carried = new
                .iter()
                .filter(|request| request.host == Host::Gateway)
                .any(|request| request.headers.iter().any(|(_, value)| value.contains(ANTHROPIC_LOGIN)));
            assert_eq!(carried, mode == "subscription", "{mode}: {turns:?}");
            let routed = turns.iter().all(|turn| turn.host == Host::Gateway);
            assert_eq!(routed, !["", "own-key"].contains(&mode), "{mode}: {turns:?}");
        }
        // the same with what setup writes
        rig.sandbox.set("CF_AIG_AUTH", "").set("CF_AIG_ROUTING", "settings");
        let refused = rig.sandbox.run(["setup", "--yes", "--auth", "own-key"]);
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.stderr.contains("would send its login to the gateway"), "{refused:?}");
        assert!(!rig.sandbox.home().join(".claude/settings.json").exists());
    });
}

/// As after `/login`: the client's state contains the account, and its credentials are in a file.
fn signed_in(rig: &Rig) {
    let file = rig.sandbox.home().join(".claude.json");
    let known = std::fs::read(&file).expect("the client's state");
    let mut state: serde_json::Value = serde_json::from_slice(&known).expect("JSON");
    state["oauthAccount"] =
        json!({ "accountUuid": "a", "organizationUuid": "o", "emailAddress": "me@example.com" });
    std::fs::write(file, state.to_string()).expect("written");
    let login = json!({
        "accessToken": ANTHROPIC_LOGIN, "refreshToken": "none", "expiresAt": 4_102_444_800_000_u64,
        "scopes": ["user:inference", "user:profile"], "subscriptionType": "max",
    });
    rig.sandbox.write("home/.claude/.credentials.json", &json!({ "claudeAiOauth": login }).to_string());
}

/// The client sends the helper's output, whatever a mod sets, and at Cloudflare the key on the request
/// pays. So the session is not routed.
#[needs(client)]
#[test]
fn the_output_of_a_key_helper_never_replaces_the_gateway_token() {
    with_client(|rig| {
        with_credit(rig, 500.0);
        rig.sandbox.set("CF_AIG_AUTH", "unified-billing").unset("ANTHROPIC_API_KEY");
        let helper = json!({ "apiKeyHelper": format!("echo {ANTHROPIC_KEY}") }).to_string();
        for file in ["home/.claude/settings.json", "project/flag.json"] {
            let path = rig.sandbox.write(file, &helper).to_string_lossy().into_owned();
            let flag = ["--settings", path.as_str()];
            rig.ask_with("hi", if file.ends_with("flag.json") { &flag } else { &[] });
            rig.assert_direct();
            std::fs::remove_file(path).expect("removed");
        }
        rig.sandbox.write("home/.claude/settings.json", &helper);
        let hook = rig.sandbox.hook("startup").json();
        let told = hook["systemMessage"].as_str().unwrap_or_default();
        let why = "auth is unified-billing, but the key from apiKeyHelper would pay instead";
        assert!(told.contains(why), "{told}");
        for args in [&["setup", "--yes"][..], &["setup", "--yes", "--scope", "project"]] {
            let refused = rig.sandbox.run(args);
            assert_eq!(refused.code, 5, "{refused:?}");
            assert!(
                refused.stderr.contains("apiKeyHelper in ~/.claude/settings.json would pay"),
                "{refused:?}"
            );
        }
    });
}
