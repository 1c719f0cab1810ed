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
fn what_is_piped_is_stored_unchanged_or_refused() {
    let rig = Rig::managed();
    let piped = |provider: &str, bytes: &[u8]| rig.sandbox.run_with(["key", "add", provider], bytes);
    for (what, bytes) in [
        ("UTF-16", &b"\xff\xfes\0k\0-\0a\0"[..]),
        ("UTF-16 without a mark", b"s\0k\0-\0a\0"),
        ("not UTF-8", b"sk-\xff\xfe"),
        ("two lines", b"sk-ant-1\nsk-2\n"),
        ("a control character", b"sk-\x1b[A"),
        ("a space", b"sk ant"),
        ("another script", "sk-\u{e9}".as_bytes()),
    ] {
        let ran = piped("mistral", bytes);
        assert!(ran.code == 2 && ran.stdout.is_empty(), "{what}: {ran:?}");
    }
    assert!(rig.writes().is_empty());
    assert_eq!(piped("mistral", b"\xef\xbb\xbfsk-with-a-mark\r\n").code, 0);
    assert_eq!(stored(&rig, "mistral").as_deref(), Some("sk-with-a-mark"));
    // what is refused does not replace what is stored
    assert_eq!(rig.sandbox.run_with(["key", "rotate", "mistral"], b"sk-1\nsk-2").code, 2);
    assert_eq!(stored(&rig, "mistral").as_deref(), Some("sk-with-a-mark"));
    let pretty = b"{\n  \"type\": \"service_account\",\n  \"region\": \"us-east5\"\n}\n";
    assert_eq!(piped("google-vertex-ai", pretty).code, 0);
    assert_eq!(piped("aws-bedrock", b"notjson").code, 2);
    for alias in ["", "a b", "new\nline", "\u{e9}"] {
        let ran = rig.sandbox.run_with(["key", "add", "openai", "--alias", alias], b"sk-some-key");
        assert_eq!(ran.code, 2, "{alias:?}: {ran:?}");
    }
    assert_eq!(rig.writes().len(), 2);
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
    terminal.answer_unseen(ASKED, "sk-ant-typed-key\r", LIMIT);
    let screen = terminal.wait_for("stored     anthropic, alias default", LIMIT);
    assert!(!screen.contains("sk-ant-typed-key"), "{screen}");
    assert_eq!(stored(&rig, "anthropic").as_deref(), Some("sk-ant-typed-key"));
}

/// A shell script on a terminal. `cf-aig` is on its path.
#[cfg(unix)]
fn script(rig: &Rig, text: &str) -> Terminal {
    let mut command = rig.sandbox.command(std::path::Path::new("/bin/sh"));
    let folder = rig.sandbox.cf_aig().parent().expect("a folder").display().to_string();
    command.args(["-c", text]).env("TERM", "xterm").env("PATH", format!("{folder}:/usr/bin:/bin"));
    Terminal::start(&command)
}

const ASKED: &str = "anthropic key (not shown):";
const LIMIT: Duration = Duration::from_secs(60);

/// What `stty -a` prints while keys are shown, edited and make signals.
#[cfg(unix)]
fn is_restored(screen: &str) -> bool {
    ["isig", "icanon", "echo"].iter().all(|word| screen.split_whitespace().any(|shown| shown == *word))
}

#[cfg(unix)]
#[test]
fn ctrl_c_at_the_hidden_prompt_restores_the_terminal_and_reaches_the_calling_script() {
    let rig = Rig::managed();
    let mut terminal =
        script(&rig, "trap 'echo caught' INT; cf-aig key add anthropic; echo code $?; stty -a; echo end");
    terminal.answer_unseen(ASKED, "sk-ant\u{3}", LIMIT);
    terminal.wait_for_end(LIMIT);
    let screen = terminal.screen();
    assert!(screen.contains("caught") && screen.contains("code 130"), "{screen}");
    assert!(is_restored(&screen), "{screen}");
    assert!(!screen.contains("sk-ant") && rig.writes().is_empty(), "{screen}");
}

#[cfg(unix)]
#[test]
fn ctrl_z_at_the_hidden_prompt_suspends_and_the_prompt_comes_back() {
    let rig = Rig::managed();
    let mut terminal =
        script(&rig, "set -m; cf-aig key add anthropic; stty -a; echo suspended; fg; stty -a; echo end");
    terminal.answer_unseen(ASKED, "sk-dropped\u{1a}", LIMIT);
    assert!(is_restored(&terminal.wait_for("suspended", LIMIT)), "{}", terminal.screen());
    terminal.wait_until("the second prompt", LIMIT, |shown| shown.matches(ASKED).count() == 2);
    terminal.answer_unseen(ASKED, "sk-ant-typed-key\r", LIMIT);
    terminal.wait_for_end(LIMIT);
    assert_eq!(stored(&rig, "anthropic").as_deref(), Some("sk-ant-typed-key"), "{}", terminal.screen());
}

#[cfg(unix)]
#[test]
fn keys_that_edit_the_line_work_and_other_control_characters_are_refused() {
    for (typed, key) in [
        ("wrong\u{15}sk-ant-typexé\u{7f}\u{8}d\r", Some("sk-ant-typed")),
        ("sk-ant\u{1b}[Ayes\r", None),
        ("sk-\tant\r", None),
        ("sk-ant-\u{1}key\r", None),
    ] {
        let rig = Rig::managed();
        let mut terminal = script(&rig, "cf-aig key add anthropic; echo code $?");
        terminal.answer_unseen(ASKED, typed, LIMIT);
        terminal.wait_for_end(LIMIT);
        let screen = terminal.screen();
        assert_eq!(stored(&rig, "anthropic").as_deref(), key, "{typed:?}: {screen}");
        let (code, message) = if key.is_some() { (0, "stored") } else { (2, "control character") };
        assert!(screen.contains(&format!("code {code}")) && screen.contains(message), "{typed:?}: {screen}");
    }
}
