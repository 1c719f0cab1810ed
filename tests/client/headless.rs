//! `claude -p` with the plugin loaded.

use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, Host};
use cf_aig_harness::needs;

#[needs(client)]
#[test]
fn the_first_request_goes_to_the_gateway_with_the_right_headers() {
    with_client(|rig| {
        let answer = rig.ask("hi");
        assert_eq!(answer.text(), "Hello from the emulator.", "{:?}", answer.ran);
        rig.assert_routed();
        let first = &rig.turns()[0];
        assert_eq!(first.header("x-api-key"), Some(ANTHROPIC_KEY));
        assert!(first.header("cf-aig-metadata").is_some_and(|m| m.contains("\"session\"")));
        assert!(
            rig.emulator.requests().iter().all(|r| r.host == Host::Gateway),
            "nothing goes past the gateway"
        );
        assert_eq!(rig.emulator.logs().len(), 1);
    });
}

/// A URL in a settings file is applied again whenever the client reads its settings. Without a gateway
/// token this is harmless, and each request is corrected.
#[needs(client)]
#[test]
fn the_shell_and_the_settings_files_are_overridden_and_the_users_own_headers_survive() {
    with_client(|rig| {
        rig.emulator.update(|config| config.gateways[0].authentication = false);
        settings_name_another_url(rig);
        rig.sandbox.unset("CF_AIG_TOKEN");
        rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "X-Shell: lost behind the settings");
        rig.ask("hi");
        let turns = rig.turns();
        assert!(!turns.is_empty() && turns.iter().all(|turn| turn.host == Host::Gateway), "{turns:?}");
        assert_eq!(turns[0].header("x-team"), Some("shop"));
        assert_eq!(turns[0].header("x-shell"), None, "as without the plugin");
    });
}

#[needs(client)]
#[test]
fn no_token_is_set_beside_a_url_of_a_settings_file() {
    with_client(|rig| {
        settings_name_another_url(rig);
        rig.ask("hi");
        rig.assert_direct();
        let hook = rig.sandbox.hook("startup").json();
        let told = hook["systemMessage"].as_str().unwrap_or_default();
        assert!(told.contains("a settings file sets ANTHROPIC_BASE_URL to 127.0.0.1"), "{told}");
    });
}

fn settings_name_another_url(rig: &mut crate::rig::Rig) {
    let direct = rig.emulator.provider_origin();
    let env = serde_json::json!({ "ANTHROPIC_BASE_URL": direct, "ANTHROPIC_CUSTOM_HEADERS": "X-Team: shop" });
    for file in ["home/.claude/settings.json", "project/.claude/settings.json"] {
        rig.sandbox.write(file, &serde_json::json!({ "env": env }).to_string());
    }
}

#[needs(client)]
#[test]
fn headers_from_the_shell_survive() {
    with_client(|rig| {
        rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "X-Team: shop\nX-More: a: b");
        rig.ask("hi");
        rig.assert_routed();
        let turn = &rig.turns()[0];
        assert_eq!((turn.header("x-team"), turn.header("x-more")), (Some("shop"), Some("a: b")));
    });
}

#[needs(client)]
#[test]
fn bash_programs_get_the_variables_of_the_route() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_PROVIDERS", "openai");
        let show =
            "[[bash: echo url=$ANTHROPIC_BASE_URL openai=$OPENAI_BASE_URL token=${CF_AIG_TOKEN:+set}]]";
        let answer = rig.ask_with(show, &["--allowedTools", "Bash"]);
        let (anthropic, openai) = (rig.emulator.base_url("anthropic"), rig.emulator.base_url("openai"));
        assert_eq!(answer.text(), format!("Tool result: url={anthropic} openai={openai} token=set"));
        rig.assert_routed();
    });
}

#[needs(client)]
#[test]
fn subagents_are_routed_and_counted_with_their_session() {
    with_client(|rig| {
        rig.ask("[[agent: [[say: the agent was here]] ]]");
        rig.assert_routed();
        let turns = rig.turns();
        let agents = turns.iter().filter(|turn| turn.header("x-claude-code-agent-id").is_some());
        assert_eq!(agents.count(), 1);
        let labels: std::collections::BTreeSet<_> =
            turns.iter().map(|turn| turn.header("cf-aig-metadata")).collect();
        assert_eq!(labels.len(), 1, "{labels:?}");
    });
}

#[needs(client)]
#[test]
fn a_nested_client_is_routed_too() {
    with_client(|rig| {
        let nested = format!("[[bash: {} -p nested --output-format json]]", rig.client.path().display());
        let answer = rig.ask_with(&nested, &["--allowedTools", "Bash"]);
        assert!(answer.text().contains("Hello from the emulator."), "{answer:?}");
        rig.assert_routed();
    });
}

#[needs(client)]
#[test]
fn a_session_that_is_continued_is_routed_again() {
    with_client(|rig| {
        rig.ask("hi");
        rig.ask_with("and now?", &["--continue"]);
        rig.assert_routed();
        assert_eq!(rig.turns().len(), 2);
    });
}

/// The gateway's response decides nothing here, so the session does not wait for it: if the mod routes, the
/// gateway is not probed at all; otherwise the hook releases the session first.
#[needs(client)]
#[test]
fn the_first_request_does_not_wait_for_a_probe_that_cannot_change_it() {
    with_client(|rig| {
        rig.ask("hi");
        let by_us = |request: &cf_aig_emulator::Recorded| {
            !request.header("user-agent").unwrap_or_default().starts_with("claude-cli/")
        };
        let asked: Vec<_> = rig.emulator.requests().into_iter().filter(by_us).collect();
        assert!(asked.is_empty(), "{asked:?}");
        rig.sandbox.set("CF_AIG_ROUTING", "tools");
        let show = "[[bash: echo url=$ANTHROPIC_BASE_URL]]";
        let answer = rig.ask_with(show, &["--allowedTools", "Bash"]);
        assert_eq!(answer.text(), format!("Tool result: url={}", rig.emulator.base_url("anthropic")));
        let log = std::fs::read_to_string(rig.debug_log()).expect("the debug log");
        assert!(log.contains("Detected async hook"), "the session waited for the hook");
    });
}

#[needs(client)]
#[test]
fn without_a_gateway_nothing_is_touched_and_nothing_is_said() {
    with_client(|rig| {
        for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_TOKEN"] {
            rig.sandbox.unset(name);
        }
        let answer = rig.ask_with("[[bash: env]]", &["--allowedTools", "Bash"]);
        assert!(!answer.text().contains("emulator-gateway-token"));
        assert_eq!(answer.ran.stderr, "");
        rig.assert_direct();
    });
}
