//! `cf-aig key`: stored keys; their values come from stdin or a hidden prompt, and go nowhere else.

use crate::Rig;
use cf_aig_emulator::ANTHROPIC_KEY;
use cf_aig_harness::Ran;
use cf_aig_harness::terminal::Terminal;
use insta::assert_snapshot;
use std::time::Duration;

fn with(rig: &Rig, args: &[&str], secret: &str) -> Ran {
    let ran = rig.sandbox.run_with(args, secret.as_bytes());
    assert!(secret.len() < 4 || !format!("{ran:?}").contains(secret), "{ran:?}");
    ran
}

fn stored(rig: &Rig, provider: &str) -> Option<String> {
    rig.emulator.config().gateways[0].stored_keys.get(provider).cloned()
}

#[test]
fn a_key_is_stored_rotated_and_removed() {
    let rig = Rig::managed();
    let ran = with(&rig, &["key", "add", "anthropic"], "sk-ant-old-key\n");
    assert_snapshot!(ran.stdout, @"stored     anthropic, alias default, gateway emulator");
    assert_eq!((ran.code, stored(&rig, "anthropic").as_deref()), (0, Some("sk-ant-old-key")));
    let body = rig.writes()[0].json();
    assert_eq!((&body["default_config"], &body["alias"]), (&true.into(), &"default".into()));
    assert_eq!(with(&rig, &["key", "rotate", "anthropic"], ANTHROPIC_KEY).code, 0);
    assert_eq!(stored(&rig, "anthropic").as_deref(), Some(ANTHROPIC_KEY));
    let list = rig.json(&["key", "list"]);
    assert_eq!(list["keys"][0]["provider_slug"], "anthropic");
    assert!(!list.to_string().contains(ANTHROPIC_KEY));
    rig.fails(1, &["key", "remove", "anthropic"]);
    rig.ok(&["key", "remove", "anthropic", "--yes"]);
    assert_eq!(stored(&rig, "anthropic"), None);
}

#[test]
fn another_alias_is_another_key() {
    let rig = Rig::managed();
    assert_eq!(with(&rig, &["key", "add", "openai"], "sk-first-key").code, 0);
    assert_eq!(
        with(&rig, &["key", "add", "openai", "--alias", "team", "--rate-limit", "100/1m"], "sk-second-key")
            .code,
        0
    );
    let body = rig.writes()[1].json();
    assert_eq!((&body["rate_limit"], &body["rate_limit_period"]), (&100.into(), &60.into()));
    assert_eq!(stored(&rig, "openai").as_deref(), Some("sk-first-key"), "the default stays");
    let shown = rig.ok(&["key", "list"]);
    assert!(shown.contains("openai    team     no") && shown.contains("openai    default  yes"), "{shown}");
    let taken = with(&rig, &["key", "add", "openai"], "sk-third-key");
    assert!(taken.code == 5 && taken.stderr.contains("cf-aig key rotate openai"), "{taken:?}");
    assert_eq!(rig.writes().len(), 2);
}

#[test]
fn a_secret_that_already_exists_is_named_by_its_id() {
    let rig = Rig::managed();
    rig.ok(&["key", "add", "anthropic", "--secret-id", "abc"]);
    let body = rig.writes()[0].json();
    assert_eq!((body.get("secret"), &body["secret_id"]), (None, &"abc".into()));
}

#[test]
fn a_credential_of_several_parts_is_checked_for_them() {
    let rig = Rig::managed();
    let aws = |text: &str| with(&rig, &["key", "add", "aws-bedrock"], text);
    let lacking = aws(r#"{"accessKeyId":"AKIA","secretAccessKey":"abcd"}"#);
    assert!(lacking.code == 2 && lacking.stderr.contains("with the field region"), "{lacking:?}");
    assert_eq!(aws(r#"{"accessKeyId":"AKIA","secretAccessKey":"abcd","region":"us-east-1"}"#).code, 0);
    let vertex = with(&rig, &["key", "add", "google-vertex-ai"], "not-json");
    assert!(vertex.code == 2 && vertex.stderr.contains("with the field region"), "{vertex:?}");
}

#[test]
fn nothing_is_stored_without_a_value_or_a_provider() {
    let rig = Rig::managed();
    let empty = with(&rig, &["key", "add", "anthropic"], " \n");
    assert!(empty.code == 2 && empty.stderr.contains("pipe it to stdin"), "{empty:?}");
    let nobody = with(&rig, &["key", "add", "zhipu"], "sk-some-key");
    assert!(nobody.code == 2 && nobody.stderr.contains("custom-zai"), "{nobody:?}");
    assert!(rig.writes().is_empty());
    assert_eq!(with(&rig, &["key", "rotate", "anthropic"], "sk-some-key").code, 4);
}

#[test]
fn on_a_terminal_the_key_is_prompted_for_and_not_echoed() {
    let rig = Rig::managed();
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(["key", "add", "anthropic"]).env("TERM", "xterm");
    let mut terminal = Terminal::start(&command);
    terminal.answer_unseen("anthropic key (not shown):", "sk-ant-typed-key\r", Duration::from_secs(60));
    let screen = terminal.wait_for("stored     anthropic, alias default", Duration::from_secs(60));
    assert!(!screen.contains("sk-ant-typed-key"), "{screen}");
    assert_eq!(stored(&rig, "anthropic").as_deref(), Some("sk-ant-typed-key"));
}
