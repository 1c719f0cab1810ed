//! If something prevents the plugin from routing, the hook, `status`, `explain`, `doctor` and `setup` give
//! the same reason in the same words, with a fix.

use crate::{Answer, Rig, sandbox};
use cf_aig_emulator::{ACCOUNT_ID, ANTHROPIC_KEY, Config, Emulator, Fault};
use cf_aig_harness::{Sandbox, needs};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

const TWIN_FIRST: &str =
    r#"{"enabledPlugins": {"cloudflare@cloudflare": true, "cloudflare@cloudflare-gateway": true}}"#;
const OURS_FIRST: &str =
    r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true, "cloudflare@cloudflare": true}}"#;

/// The user's settings, the variables, and the expected reason.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// A rig whose user has these settings, and whose session itself goes to Anthropic.
fn rig(settings: &str) -> Rig {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude/settings.json", settings);
    rig
}

/// The output of each of them, and the exit code.
fn said(rig: &Rig) -> Vec<(&'static str, i32, String)> {
    let run = |args: &[&str]| {
        let ran = rig.sandbox.run(args);
        (ran.code, format!("{}{}", ran.stdout, ran.stderr))
    };
    let commands: [(&str, &[&str]); 4] = [
        ("status", &["status"]),
        ("explain", &["explain"]),
        ("doctor", &["doctor"]),
        ("setup", &["setup", "--dry-run", "--account-id", ACCOUNT_ID]),
    ];
    let mut said: Vec<_> = commands.into_iter().map(|(name, args)| (name, run(args))).collect();
    said.push(("hook", (0, Answer::of(rig.sandbox.hook("startup")).message.unwrap_or_default())));
    said.into_iter().map(|(name, (code, text))| (name, code, text)).collect()
}

#[test]
fn every_report_gives_the_same_reason() {
    let cases: &[Case] = &[
        (
            TWIN_FIRST,
            &[],
            "another plugin named `cloudflare` (cloudflare@cloudflare) is enabled first, and Claude Code loads only that one",
        ),
        (
            r#"{"disableAllHooks": true, "enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
            &[],
            "disableAllHooks in HOME/.claude/settings.json prevents the plugin from loading",
        ),
        (
            r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
            &[("CLAUDE_CODE_SAFE_MODE", "1")],
            "Claude Code was started with --safe-mode, which loads no plugin",
        ),
        (
            r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
            &[("CLAUDE_CODE_SIMPLE", "1")],
            "Claude Code was started with --bare, which loads no plugin",
        ),
        (
            r#"{"apiKeyHelper": "echo k", "enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
            &[("CF_AIG_AUTH", "unified-billing")],
            "apiKeyHelper",
        ),
        (
            r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
            &[("AI_AGENT", "claude-code_2-1-240_agent")],
            "Claude Code 2.1.240 is older than 2.1.287, the first version that lets a plugin route it",
        ),
    ];
    for (settings, vars, reason) in cases {
        let mut rig = rig(settings);
        vars.iter().for_each(|(name, value)| {
            rig.sandbox.set(name, *value);
        });
        let reason = reason.replace("HOME", &rig.sandbox.home().to_string_lossy());
        for (name, code, text) in said(&rig) {
            assert!(text.contains(&reason), "{name}: {text}");
            let by_setup = reason != "apiKeyHelper";
            if name != "setup" && by_setup {
                assert!(text.contains("cf-aig setup"), "{name} says what to do: {text}");
            }
            let setup = if by_setup { 0 } else { 5 };
            let expected = if name == "setup" { setup } else { i32::from(name != "hook") };
            assert_eq!(code, expected, "{name}: {text}");
        }
    }
}

/// A rig whose helper finds these managed settings, through a private mount.
fn managed(settings: &str) -> (Rig, Sandbox) {
    let outside = sandbox();
    let file = outside.write("etc/claude-code/managed-settings.json", settings);
    let etc = file.ancestors().nth(2).expect("a folder").display().to_string();
    let script = format!(
        r#"#!/bin/sh
[ "$(id -u)" = 0 ] || root=--map-root-user
exec unshare $root --mount sh -c 'mount -t overlay overlay -o lowerdir={etc}:/etc /etc && exec "$@"' sh "${{CF_AIG_TEST_PROGRAM:-{}}}" "$@"
"#,
        outside.cf_aig().display()
    );
    let path = outside.write("managed-helper", &script);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("executable");
    let works = Command::new(&path).env("CF_AIG_TEST_PROGRAM", "true").status();
    assert!(works.is_ok_and(|status| status.success()), "a private mount");
    let emulator = Emulator::start(Config::default()).expect("the emulator starts");
    let mut sandbox = Sandbox::running(path);
    sandbox.with_gateway(&emulator).with_env_file().set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
    sandbox.write(
        "home/.claude/settings.json",
        r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
    );
    (Rig { emulator, sandbox }, outside)
}

#[needs(mounts)]
#[test]
fn every_report_gives_the_same_reason_on_a_managed_machine() {
    let cases = [
        (
            r#"{"allowManagedHooksOnly": true}"#,
            "allowManagedHooksOnly in /etc/claude-code/managed-settings.json prevents the plugin from loading",
        ),
        (
            r#"{"disableAllHooks": true}"#,
            "disableAllHooks in /etc/claude-code/managed-settings.json prevents the plugin from loading",
        ),
        (
            r#"{"cleanupPeriodDays": 30}"#,
            "managed settings (/etc/claude-code/managed-settings.json) prevent plugins from routing the client",
        ),
    ];
    for (settings, reason) in cases {
        let (rig, _outside) = managed(settings);
        for (name, code, text) in said(&rig) {
            assert!(text.contains(reason), "{name} with {settings}: {text}");
            let expected = i32::from(!["setup", "hook"].contains(&name));
            assert_eq!(code, expected, "{name} with {settings}: {text}");
        }
    }
}

#[test]
fn first_of_two_plugins_of_one_name_nothing_is_reported() {
    for settings in [OURS_FIRST, r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#] {
        for (name, code, text) in said(&rig(settings)) {
            assert!(!text.contains("is enabled first") && !text.contains("does not route"), "{name}: {text}");
            assert_eq!(code, 0, "{name}: {text}");
        }
    }
}

/// The mod checks the gateway and reports where it routes; elsewhere only the hook can.
#[test]
fn the_hook_reports_a_gateway_that_is_down_where_the_mod_does_not_route() {
    for (settings, reported) in [(TWIN_FIRST, true), (OURS_FIRST, false)] {
        let mut rig = rig(settings);
        rig.sandbox.set("AI_AGENT", "claude-code_2-1-330_harness").set("CF_AIG_ROUTING", "session");
        rig.emulator.set_fault(Some(Fault::RefuseConnections));
        let said = Answer::of(rig.sandbox.hook("startup")).message.unwrap_or_default();
        assert_eq!(said.contains("refused the connection"), reported, "{settings}: {said}");
    }
}

#[test]
fn a_settings_file_that_routes_anyway_makes_it_a_note() {
    let mut settings: serde_json::Value = serde_json::from_str(TWIN_FIRST).unwrap();
    let rig = rig(TWIN_FIRST);
    settings["env"] = serde_json::json!({ "ANTHROPIC_BASE_URL": rig.emulator.base_url("anthropic") });
    rig.sandbox.write("home/.claude/settings.json", &settings.to_string());
    let ran = rig.sandbox.run(["doctor", "--offline", "--json"]);
    let checks = ran.json()["checks"].as_array().unwrap().clone();
    let check = checks.iter().find(|check| check["id"] == "effective.mod").unwrap();
    assert_eq!(check["state"], "ok", "{check}");
    assert!(check["evidence"].as_str().unwrap().contains("is enabled first"), "{check}");
}
