//! How the client treats what `cf-aig setup` writes: new sessions, running ones, and undo.

use crate::rig::{LIMIT, Rig};
use crate::session::Session;
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, GATEWAY_TOKEN, Host};
use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{Client, needs};

/// Runs the helper, which must succeed. The mod is not involved: a settings file decides.
fn cf_aig(rig: &mut Rig, line: &str) {
    rig.sandbox.set("CF_AIG_ROUTING", "settings");
    let ran = rig.sandbox.run(line.split(' '));
    assert_eq!(ran.code, 0, "{line}: {ran:?}");
}

/// Where the last model request went.
fn last(rig: &Rig) -> Option<Host> {
    rig.turns().last().map(|turn| turn.host)
}

#[needs(client)]
#[test]
fn the_next_session_is_routed_after_setup_and_is_not_after_off() {
    with_client(|rig| {
        for scope in ["user", "project", "local"] {
            cf_aig(rig, &format!("setup --yes --scope {scope}"));
            rig.ask("hi");
            assert_eq!(last(rig), Some(Host::Gateway), "{scope}");
            let token = format!("Bearer {GATEWAY_TOKEN}");
            assert_eq!(rig.turns().last().and_then(|t| t.header("cf-aig-authorization")), Some(&*token));
            cf_aig(rig, "off --yes");
            rig.ask("hi");
            assert_eq!(last(rig), Some(Host::Provider), "{scope}");
        }
    });
}

#[needs(client)]
#[test]
fn a_running_session_switches_by_itself() {
    with_client(|rig| {
        cf_aig(rig, "off --yes");
        let mut session = rig.session();
        assert_eq!(session.say("before").host, Host::Provider);
        let ran = rig.sandbox.run(["setup", "--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        session.say_until(Host::Gateway);
    });
}

/// The credential switches together with the URL: neither is ever sent to the wrong place.
#[needs(client)]
#[test]
fn a_running_session_switches_to_another_payer() {
    with_client(|rig| {
        rig.emulator.update(|config| config.gateways[0].unified_billing = Some(500.0));
        cf_aig(rig, "off --yes");
        let mut session = rig.session();
        assert_eq!(session.say("before").host, Host::Provider);
        let ran = rig.sandbox.run(["setup", "--yes", "--scope", "local", "--auth", "unified-billing"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let routed = session.say_until(Host::Gateway);
        let token = format!("Bearer {GATEWAY_TOKEN}");
        assert_eq!((routed.header("x-api-key"), routed.header("authorization")), (None, Some(&*token)));
    });
}

#[needs(client)]
#[test]
fn other_settings_in_the_file_still_work() {
    with_client(|rig| {
        rig.sandbox.onboard();
        let hook = rig.sandbox.home().join("hook-ran");
        let settings = serde_json::json!({
            "permissions": { "allow": ["Bash(mkdir:*)"] },
            "hooks": { "UserPromptSubmit": [{ "hooks": [{ "type": "command", "command": format!("touch '{}'", hook.display()) }] }] },
            "statusLine": { "type": "command", "command": "echo status-of-mine" },
            "env": { "ANTHROPIC_CUSTOM_HEADERS": "X-Team: shop" },
        });
        rig.sandbox.write("home/.claude/settings.json", &settings.to_string());
        cf_aig(rig, "setup --yes");
        let answer = rig.ask("[[bash: mkdir made]]");
        assert!(rig.sandbox.project().join("made").is_dir(), "{answer:?}");
        assert_eq!(last(rig), Some(Host::Gateway));
        assert_eq!(rig.turns().last().and_then(|turn| turn.header("x-team")), Some("shop"));
        assert!(hook.exists());
        let mut session = rig.session();
        assert_eq!(session.say("good morning").host, Host::Gateway);
        session.terminal.wait_for("status-of-mine", LIMIT);
    });
}

#[needs(client)]
#[test]
fn a_key_of_the_shell_does_not_pay_where_the_gateway_token_does() {
    with_client(|rig| {
        rig.emulator.update(|config| config.gateways[0].unified_billing = Some(500.0));
        cf_aig(rig, "setup --yes --auth unified-billing");
        rig.ask("hi");
        let turn = rig.turns().pop().expect("a turn of the model");
        let token = format!("Bearer {GATEWAY_TOKEN}");
        assert_eq!(
            (turn.host, turn.header("x-api-key"), turn.header("authorization")),
            (Host::Gateway, None, Some(&*token))
        );
    });
}

#[needs(client)]
#[test]
fn a_team_file_and_a_personal_token_make_one_route() {
    with_client(|rig| {
        cf_aig(rig, "setup --yes");
        cf_aig(rig, "setup --yes --scope project --without-token");
        rig.ask("hi");
        rig.assert_routed();
    });
}

#[needs(client)]
#[test]
fn a_stronger_scope_wins_over_a_weaker_one() {
    with_client(|rig| {
        rig.emulator.update(|config| {
            let mut twin = config.gateways[0].clone();
            for id in ["second", "third"] {
                twin.gateway_id = id.into();
                config.gateways.push(twin.clone());
            }
        });
        cf_aig(rig, "setup --yes");
        for (scope, gateway) in [("project", "second"), ("local", "third")] {
            cf_aig(rig, &format!("setup --yes --scope {scope} --gateway-id {gateway}"));
            rig.ask("hi");
            let turn = rig.turns().pop().expect("a turn of the model");
            assert!(turn.path.contains(&format!("/{gateway}/anthropic/")), "{scope}: {}", turn.path);
        }
    });
}

#[needs(client)]
#[test]
fn an_untrusted_folder_changes_nothing_until_it_is_trusted() {
    with_client(|rig| {
        cf_aig(rig, "setup --yes --scope project");
        let key = &ANTHROPIC_KEY[ANTHROPIC_KEY.len().saturating_sub(20)..];
        let state = serde_json::json!({
            "hasCompletedOnboarding": true,
            "hasSeenAutoDefaultNotice": true,
            "customApiKeyResponses": { "approved": [key], "rejected": [] },
        });
        rig.sandbox.write("home/.claude.json", &state.to_string());
        let mut terminal = Terminal::start(&rig.client.command(&rig.sandbox));
        terminal.wait_for("❯ No, exit", LIMIT);
        assert!(rig.turns().is_empty());
        // the dialog ignores input at first, and returns to "No"
        while terminal.screen().contains("Yes, I trust") {
            terminal.type_keys("\u{1b}[B");
            terminal.wait_for("❯ Yes", LIMIT);
            terminal.type_keys("\r");
            terminal.wait_until("an answer to Enter", LIMIT, |screen| !screen.contains("❯ Yes"));
        }
        let mut session = Session::at_prompt(rig, terminal);
        session.say("hi");
        rig.assert_routed();
    });
}

#[needs(client, CF_AIG_CLIENT_OLD)]
#[test]
fn a_client_from_before_mods_is_routed_too() {
    with_client(|rig| {
        rig.client = Client::needed_as("CF_AIG_CLIENT_OLD");
        cf_aig(rig, "setup --yes");
        rig.ask("hi");
        rig.assert_routed();
    });
}

/// Another provider behind the same gateway: the client sends it only that provider's key, and never
/// Anthropic's.
#[needs(client)]
#[test]
fn another_provider_serves_the_client() {
    with_client(|rig| {
        rig.emulator.update(|config| {
            config.gateways[0].custom_providers.insert("zai".to_owned(), "https://api.z.ai".to_owned());
        });
        rig.sandbox.set("ZAI_API_KEY", "sk-custom-zai-emulator");
        rig.sandbox.set("OPENROUTER_API_KEY", "sk-openrouter-emulator");
        for (line, path, key) in [
            (
                "setup --yes --provider custom-zai",
                "/custom-zai/api/anthropic/v1/messages",
                "sk-custom-zai-emulator",
            ),
            (
                "setup --yes --provider openrouter --model anthropic/claude-opus-5",
                "/openrouter/v1/messages",
                "sk-openrouter-emulator",
            ),
        ] {
            cf_aig(rig, line);
            let answer = rig.ask("hi");
            let turn = rig.turns().pop().unwrap_or_else(|| panic!("{line}: no turn: {answer:?}"));
            assert!(turn.path.contains(path), "{line}: {}", turn.path);
            let bearer = format!("Bearer {key}");
            assert_eq!(
                (turn.header("authorization"), turn.header("x-api-key")),
                (Some(&*bearer), None),
                "{line}"
            );
            assert_eq!(turn.status, Some(200), "{line}");
        }
        let anthropics = rig.emulator.requests().iter().any(|r| r.header("x-api-key") == Some(ANTHROPIC_KEY));
        assert!(!anthropics, "Anthropic's key went out");
        cf_aig(rig, "off --yes");
    });
}

/// Bedrock and Vertex are client modes with their own URLs; the emulator has no model behind them, so only
/// the request's destination and content matter.
#[needs(client)]
#[test]
fn the_clients_own_modes_go_through_the_gateway_too() {
    with_client(|rig| {
        for (line, path) in [
            (
                "setup --yes --provider bedrock --region us-east-1",
                "/emulator/aws-bedrock/bedrock-runtime/us-east-1/model/",
            ),
            (
                "setup --yes --provider vertex --region us-east5 --project my-project",
                "/emulator/google-vertex-ai/v1/projects/my-project/locations/us-east5/publishers/anthropic/models/",
            ),
        ] {
            cf_aig(rig, line);
            let before = rig.emulator.requests().len();
            let answer = rig.ask("hi");
            let requests = rig.emulator.requests().split_off(before);
            let found = requests.iter().find(|r| r.host == Host::Gateway && r.path.contains(path));
            let found = found.unwrap_or_else(|| panic!("{line}: {requests:?} {answer:?}"));
            let token = format!("Bearer {GATEWAY_TOKEN}");
            assert_eq!(found.header("cf-aig-authorization"), Some(&*token), "{line}");
            assert_eq!((found.header("x-api-key"), found.header("authorization")), (None, None), "{line}");
            cf_aig(rig, "off --yes");
        }
    });
}
