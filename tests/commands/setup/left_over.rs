//! A token in a key that changed since setup: reported, offered for removal, and removed without the user's
//! lines.

use super::{bytes, ok, run, settings, variable};
use crate::Rig;
use cf_aig_emulator::GATEWAY_TOKEN;

const HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";
const TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";

/// Edits the user's settings.
fn edit(rig: &Rig, from: &str, to: &str) {
    let file = settings(rig, "user");
    let text = std::fs::read_to_string(&file).expect("a file");
    assert!(text.contains(from), "{text}");
    std::fs::write(&file, text.replace(from, to)).expect("a file");
}

#[test]
fn a_token_in_an_edited_header_is_named_and_removed_on_request() {
    for all in ["--tokens", "--all"] {
        let rig = Rig::new();
        ok(&rig, "setup --yes");
        edit(&rig, &format!("Bearer {GATEWAY_TOKEN}"), &format!("Bearer {GATEWAY_TOKEN}\\nx-team: blue"));
        let ran = run(&rig, "off --yes");
        assert_eq!(ran.code, 5, "{ran:?}");
        let named = "secret stays: env.ANTHROPIC_CUSTOM_HEADERS in ~/.claude/settings.json";
        assert!(ran.stdout.contains(named) && ran.stdout.contains("--tokens"), "{ran:?}");
        assert!(variable(&rig, "user", HEADERS).is_some_and(|text| text.contains(GATEWAY_TOKEN)));
        let again = run(&rig, "off --yes");
        assert!(again.code == 5 && again.stdout.contains(named), "it is not forgotten: {again:?}");
        ok(&rig, &format!("off {all} --yes"));
        assert_eq!(variable(&rig, "user", HEADERS).as_deref(), Some("x-team: blue"));
        assert_eq!(ok(&rig, "off"), "setup has written nothing here\n");
    }
}

#[test]
fn a_renewed_token_is_removed_on_request_and_the_file_is_as_before() {
    let original = "{\n  \"env\": { \"ANTHROPIC_AUTH_TOKEN\": \"my-own\" }\n}\n";
    for (mode, before) in [("own-key", "{}\n"), ("stored-key", "{}\n"), ("stored-key", original)] {
        let rig = Rig::new();
        rig.sandbox.write("home/.claude/settings.json", before);
        ok(&rig, &format!("setup --yes --auth {mode}"));
        edit(&rig, GATEWAY_TOKEN, "cfut_renewed0renewed0renewed0");
        let ran = run(&rig, "off --yes --json");
        assert_eq!(ran.code, 5, "{ran:?}");
        assert!(ran.stdout.contains("a secret stays"), "{ran:?}");
        let shown = ok(&rig, "off --tokens --dry-run");
        assert!(!shown.contains("renewed0"), "{shown}");
        ok(&rig, "off --tokens --yes");
        assert_eq!(bytes(settings(&rig, "user")).as_deref(), Some(before.as_bytes()), "{mode}");
    }
}

#[test]
fn a_second_setup_owns_the_renewed_token_and_keeps_the_users_lines() {
    for mode in ["own-key", "stored-key"] {
        for renewed_in_shell in [true, false] {
            let mut rig = Rig::new();
            let before = r#"{"env":{"ANTHROPIC_CUSTOM_HEADERS":"x-team: blue"}}"#;
            rig.sandbox.write("home/.claude/settings.json", before);
            ok(&rig, &format!("setup --yes --auth {mode}"));
            edit(&rig, GATEWAY_TOKEN, "cfut_renewed0renewed0renewed0");
            if mode == "own-key" {
                edit(&rig, "x-team: blue", "x-team: red");
            }
            if renewed_in_shell {
                rig.sandbox.set("CF_AIG_TOKEN", "cfut_renewed0renewed0renewed0");
            } else if mode == "stored-key" {
                continue; // what stands there may be a key of the user's own, which off restores
            }
            ok(&rig, &format!("setup --yes --auth {mode}"));
            ok(&rig, "off --yes");
            let left = variable(&rig, "user", HEADERS);
            let team = if mode == "own-key" { "x-team: red" } else { "x-team: blue" };
            assert_eq!(left.as_deref(), Some(team), "{mode} {renewed_in_shell}");
            assert_eq!(variable(&rig, "user", TOKEN), None, "{mode} {renewed_in_shell}");
        }
    }
}

#[test]
fn a_token_that_setup_did_not_record_is_named() {
    let rig = Rig::new();
    ok(&rig, "setup --yes");
    std::fs::remove_dir_all(rig.sandbox.home().join(".local/state/cf-aig")).expect("the ledger");
    for off in ["off --yes", "off --tokens --yes", "off --all --yes"] {
        let ran = run(&rig, off);
        let named = "secret stays: env.ANTHROPIC_CUSTOM_HEADERS in ~/.claude/settings.json";
        assert!(ran.code == 5 && ran.stdout.contains(named), "the token stays: {ran:?}");
        assert!(!ran.stdout.contains("setup has written nothing here"), "{ran:?}");
    }
}
