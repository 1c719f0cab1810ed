//! `cf-aig session-env`: what the mod should set, and `/cloudflare off` and `on` in mid-session.

use crate::{Answer, Rig};
use cf_aig_emulator::Fault;
use insta::assert_snapshot;
use serde_json::Value;

fn ask(rig: &Rig, flags: &[&str]) -> Value {
    let ran = rig.sandbox.run(["session-env", "--json"].iter().chain(flags));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let answer = ran.json();
    let known = ["schema", "routing", "env", "unset", "silent", "message", "reason"];
    assert!(answer.as_object().unwrap().keys().all(|key| known.contains(&key.as_str())), "{answer}");
    assert_eq!(answer["schema"], 1);
    answer
}

fn says_nothing_to_set(answer: &Value) -> &str {
    assert!(answer["env"].as_object().unwrap().is_empty() && answer["unset"].as_array().unwrap().is_empty());
    assert!(answer.get("message").is_none(), "{answer}");
    answer["reason"].as_str().unwrap_or_else(|| panic!("no reason: {answer}"))
}

/// A rig whose processes all belong to one client.
fn in_a_client() -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.set("CLAUDE_PID", "4242");
    rig
}

fn hook(rig: &Rig, source: &str) -> Answer {
    Answer::of(rig.sandbox.hook(source))
}

#[test]
fn the_mod_gets_the_url_first_and_the_user_one_message() {
    let rig = Rig::new();
    let first = ask(&rig, &["--session", "s-1"]);
    let names: Vec<_> = first["env"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["ANTHROPIC_BASE_URL", "ANTHROPIC_CUSTOM_HEADERS"]);
    assert!(first["env"]["ANTHROPIC_CUSTOM_HEADERS"].as_str().unwrap().contains(r#""session":"s-1""#));
    assert_snapshot!(rig.steady(first["message"].as_str().unwrap()), @"Claude's requests go through AI Gateway `emulator` of account 01234567… at GATEWAY; your own provider key pays");
    assert_eq!(ask(&rig, &[]).get("message"), None);
    let stored = ask(&rig, &["--auth", "stored-key"]);
    let names: Vec<_> = stored["env"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS"]);
    assert_eq!(stored["unset"], serde_json::json!(["ANTHROPIC_API_KEY"]));
    assert!(stored["message"].as_str().is_some(), "who pays is news");
}

/// Nothing reads from the pipe, so opening it for writing would wait for ever.
#[test]
fn a_pipe_in_place_of_what_was_announced_does_not_block_the_mod() {
    let rig = Rig::new();
    std::fs::create_dir_all(rig.sandbox.data()).expect("a folder");
    let pipe = rig.sandbox.data().join("announced-mod");
    assert!(std::process::Command::new("mkfifo").arg(pipe).status().expect("mkfifo").success());
    for _ in 0..2 {
        let ran = rig.sandbox.run_within(["session-env", "--json"], std::time::Duration::from_secs(60));
        assert!(ran.expect("it ends").json()["message"].is_string(), "repeated rather than lost");
    }
}

#[test]
fn nothing_is_set_for_a_session_that_is_not_routed() {
    let cases: &[&[(&str, &str)]] = &[
        &[("CLOUDFLARE_ACCOUNT_ID", ""), ("CF_AIG_GATEWAY_ID", ""), ("CF_AIG_GATEWAY_ORIGIN", "")],
        &[("CF_AIG_ROUTING", "off")],
        &[("CF_AIG_ROUTING", "tools")],
        &[("CF_AIG_ROUTING", "settings")],
        &[("CLAUDE_CODE_REMOTE", "true")],
        &[("CF_AIG_AUTH", "byok")],
        &[("ANTHROPIC_API_KEY", "")],
        &[("CF_AIG_TOKEN", ""), ("CF_AIG_AUTH", "unified-billing")],
        &[("CLAUDE_CODE_USE_FOUNDRY", "1")],
    ];
    let mut said = String::new();
    for vars in cases {
        let mut rig = Rig::new();
        for (name, value) in *vars {
            rig.sandbox.set(name, *value);
        }
        said.push_str(&format!("{}\n", says_nothing_to_set(&ask(&rig, &[]))));
        assert_eq!(rig.emulator.connections(), 0, "{vars:?}");
    }
    assert_snapshot!(said, @"
    no gateway is configured: /plugin configure cloudflare, account_id and gateway_id
    routing is off
    routing is tools: only Bash programs are routed
    routing is settings: a settings file decides
    in a cloud session, the host decides where Claude's own requests go
    auth must be one of own-key, stored-key, unified-billing, subscription ($CF_AIG_AUTH)
    no provider key is set, so choose who pays: /plugin configure cloudflare, auth = stored-key, unified-billing or subscription
    auth unified-billing needs a gateway token: /plugin configure cloudflare, gateway_token
    CLAUDE_CODE_USE_FOUNDRY is set, so the client ignores ANTHROPIC_BASE_URL
    ");
}

#[test]
fn a_dead_gateway_is_bypassed_only_where_the_policy_allows_it() {
    for (policy, routed) in [("warn", true), ("block", true), ("direct", false)] {
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_ON_UNREACHABLE", policy);
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        let answer = ask(&rig, &[]);
        assert_eq!(!answer["env"].as_object().unwrap().is_empty(), routed, "{policy}");
        if !routed {
            assert_eq!(
                rig.steady(says_nothing_to_set(&answer)),
                "GATEWAY refused the connection; until it responds, requests go to Anthropic and your API key pays"
            );
            assert_eq!(answer["silent"], true);
        }
        assert_eq!(rig.emulator.connections(), 0);
    }
}

/// A success is cached for minutes, and a gateway can fail within that time.
#[test]
fn after_a_failed_request_a_remembered_success_does_not_count() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_ON_UNREACHABLE", "direct");
    assert!(!ask(&rig, &[])["env"].as_object().unwrap().is_empty());
    rig.emulator.set_fault(Some(Fault::RefuseConnections));
    assert!(!ask(&rig, &[])["env"].as_object().unwrap().is_empty(), "there was no newer probe");
    assert_eq!(ask(&rig, &["--failed"])["silent"], true);
    assert_eq!(ask(&rig, &[])["silent"], true, "it is forgotten");
    rig.emulator.set_fault(None);
    // the emulator listens again shortly
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while ask(&rig, &[])["env"].as_object().unwrap().is_empty() {
        assert!(std::time::Instant::now() < end, "a gateway that answers again is taken again");
    }
}

/// The report says who pays in the meantime, and shows no more than the host of a URL.
#[test]
fn the_payer_without_the_gateway_is_named() {
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[("ANTHROPIC_API_KEY", "sk-1")], "Anthropic and your API key pays"),
        (
            &[("ANTHROPIC_API_KEY", ""), ("ANTHROPIC_AUTH_TOKEN", "t-1"), ("CF_AIG_AUTH", "stored-key")],
            "Anthropic and your ANTHROPIC_AUTH_TOKEN pays",
        ),
        (
            &[("ANTHROPIC_API_KEY", ""), ("CF_AIG_AUTH", "unified-billing")],
            "Anthropic and your Claude login pays, if you have one",
        ),
        (
            &[("ANTHROPIC_BASE_URL", "https://me:secret@proxy.example/v1")],
            "proxy.example and your API key pays",
        ),
    ];
    for (variables, told) in cases {
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_ON_UNREACHABLE", "direct");
        for (name, value) in *variables {
            rig.sandbox.set(name, *value);
        }
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        let answer = ask(&rig, &[]);
        let reason = answer["reason"].as_str().unwrap_or_else(|| panic!("{answer}"));
        assert!(reason.ends_with(told) && !reason.contains("secret"), "{reason}");
    }
}

#[test]
fn a_session_that_was_switched_off_stays_off_until_it_is_asked_on() {
    let mut rig = in_a_client();
    hook(&rig, "startup");
    let routed = rig.env_file();
    rig.sandbox.set("CF_AIG_OFF", "1");
    let off = ask(&rig, &[]);
    assert_eq!(off["routing"], "off");
    assert!(says_nothing_to_set(&off).contains("/cloudflare on"));
    for source in ["clear", "compact", "resume", "fork"] {
        assert!(hook(&rig, source).is_silent(), "{source}");
    }
    assert_eq!(rig.env_file(), routed, "the block is there for `on`");
    let on = ask(&rig, &["--on"]);
    assert!(on["env"].as_object().unwrap().contains_key("ANTHROPIC_BASE_URL"));
    assert!(on["message"].as_str().is_some(), "who asks is told, each time");
}

#[test]
fn the_block_routes_nothing_while_the_session_is_off() {
    let mut rig = in_a_client();
    hook(&rig, "startup");
    let read = "unset CF_AIG_TOKEN; . \"$CLAUDE_ENV_FILE\"; echo \"${ANTHROPIC_BASE_URL-direct} ${CF_AIG_TOKEN-none}\"";
    let seen = |rig: &Rig| {
        let mut command = rig.sandbox.command("sh");
        command.args(["-c", read]);
        cf_aig_harness::sandbox::feed(command, b"").stdout
    };
    assert!(seen(&rig).contains("/anthropic emulator-gateway-token"));
    rig.sandbox.set("CF_AIG_OFF", "1");
    assert_eq!(seen(&rig), "direct none\n");
}

#[test]
fn without_json_names_are_shown_and_no_values() {
    let rig = Rig::new();
    let ran = rig.sandbox.run(["session-env", "--auth", "stored-key"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(rig.steady(&ran.stdout), @"
    routing session
    set     ANTHROPIC_BASE_URL
    set     ANTHROPIC_AUTH_TOKEN
    set     ANTHROPIC_CUSTOM_HEADERS
    unset   ANTHROPIC_API_KEY
    Claude's requests go through AI Gateway `emulator` of account 01234567… at GATEWAY; the provider key stored at Cloudflare pays
    ");
}

#[test]
fn a_project_names_no_gateway() {
    let mut rig = Rig::new();
    for name in ["CLOUDFLARE_ACCOUNT_ID", "CF_AIG_GATEWAY_ID", "CF_AIG_GATEWAY_ORIGIN"] {
        rig.sandbox.unset(name);
    }
    let folder = rig.sandbox.project().join(".claude");
    std::fs::create_dir(&folder).unwrap();
    let text = r#"{"pluginConfigs": {"cloudflare@any": {"options": {"account_id": "ffffffffffffffffffffffffffff0000"}}}}"#;
    for name in ["settings.json", "settings.local.json"] {
        std::fs::write(folder.join(name), text).unwrap();
        assert!(says_nothing_to_set(&ask(&rig, &[])).starts_with("no gateway is configured"), "{name}");
        assert!(hook(&rig, "startup").is_silent());
    }
}
