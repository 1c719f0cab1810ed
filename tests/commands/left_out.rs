//! Where something keeps the plugin from routing: hook, `status`, `explain`, `doctor` and `setup` give
//! the same reason in the same words, and say what to do.

use crate::{Answer, Rig};
use cf_aig_emulator::ACCOUNT_ID;

const TWIN_FIRST: &str =
    r#"{"enabledPlugins": {"cloudflare@cloudflare": true, "cloudflare@cloudflare-gateway": true}}"#;
const OURS_FIRST: &str =
    r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true, "cloudflare@cloudflare": true}}"#;

/// What the user's settings say, which variables are set, and the reason that is to be given.
type Case = (&'static str, &'static [(&'static str, &'static str)], &'static str);

/// A rig whose user has these settings, and where the session itself goes to Anthropic.
fn rig(settings: &str) -> Rig {
    let rig = Rig::new();
    rig.sandbox.write("home/.claude/settings.json", settings);
    rig
}

/// What each of them says, and the exit code.
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
            "disableAllHooks in HOME/.claude/settings.json keeps the plugin from loading",
        ),
        (
            r#"{"enabledPlugins": {"cloudflare@cloudflare-gateway": true}}"#,
            &[("CLAUDE_CODE_SAFE_MODE", "1")],
            "Claude Code was started with --safe-mode, which loads no plugin",
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
            if name != "setup" {
                assert!(text.contains("cf-aig setup"), "{name} says what to do: {text}");
            }
            let expected = i32::from(["status", "explain", "doctor"].contains(&name));
            assert_eq!(code, expected, "{name}: {text}");
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

#[test]
fn a_settings_file_that_routes_all_the_same_makes_it_a_note() {
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
