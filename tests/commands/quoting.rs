//! Hostile values through every shell: the environment has exactly the original values, and nothing else
//! runs.

use crate::shells::{Cage, Shell as Program, named, shellcheck};
use crate::{Answer, Rig};
use cf_aig::facts::gateway::auth::{Environment, Value};
use cf_aig::services::env_file;
use cf_aig_harness::{in_each, needs};
use proptest::prelude::*;
use std::sync::LazyLock;

/// How many values are in one script: starting a shell is expensive, lines are not.
const BATCH: usize = 48;

static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| (0..BATCH).map(|n| &*format!("HOSTILE_{n}").leak()).collect());

// one value per line would hide leftovers
#[rustfmt::skip]
const PIECES: &[&str] = &[
    "'", "\"", "`", "\\", "\\\\", "$", "!", "!!", "!$", "\n", "\r", "\r\n", "\t", " ", "  ", "'\\''",
    "'\"'\"'", "''", "$(touch canary)", "`touch canary`", "${X:-$(touch canary)}", "$((1+1))", "$'\\n'",
    ";touch canary;", "';touch canary;'", "\";touch canary;\"", "\ntouch canary\n", "'\ntouch canary\n'",
    "&& touch canary", "| touch canary", "> canary", ">> canary", "<(touch canary)", "=(touch canary)",
    "(touch canary)", "*", "?", "[a-z]", "**/*", "{a,b}", "~", "~root", "#", " # x", "-n", "--", "-", "=",
    "==", "export A=1", "unset PATH", "exit 1", "%s%n", "%", "^", "@", ":", ",", "() { :; }", "\\c", "\\n",
    "\\x41", "\\u0041", "<<EOF", "EOF", "# <<< cf-aig", "\u{1}", "\u{2}", "\u{7}", "\u{8}", "\u{b}", "\u{c}",
    "\u{1b}[31m", "\u{7f}", "\u{80}", "\u{81}", "\u{82}", "\u{83}", "\u{84}", "\u{88}", "\u{9b}", "\u{9d}",
    "\u{a0}", "\u{ad}", "é", "ß", "日本", "🚀", "\u{202e}", "\u{2028}", "\u{2018}", "\u{2019}", "\u{201b}",
    "\u{201c}", "\u{fffd}", "\u{feff}", "\u{e000}", "\u{f600}", "\u{f6ff}", "\u{10ffff}",
];

fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        8 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_filter("no process has NUL in a value", |c| *c != '\0').prop_map(String::from),
        1 => "[ -~]{0,6}",
    ];
    proptest::collection::vec(piece, 0..7).prop_map(|pieces| pieces.concat())
}

fn batch() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(hostile(), BATCH)
}

fn few() -> ProptestConfig {
    ProptestConfig {
        cases: 12,
        max_shrink_iters: 200,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The script sets exactly these values, and does nothing else.
fn comes_out(program: &Program, script: &str, values: &[String]) -> Result<(), TestCaseError> {
    let cage = Cage::new();
    let seen = program.environment(&cage, script);
    for (name, value) in NAMES.iter().zip(values) {
        prop_assert_eq!(seen.get(*name), Some(value), "{}: {}", program.name, script);
    }
    prop_assert_eq!(cage.strangers(), [""; 0], "{} ran something of {}", program.name, script);
    Ok(())
}

fn set(values: &[String]) -> Environment {
    let set = NAMES.iter().zip(values).map(|(name, value)| (*name, Value::Plain(value.clone()))).collect();
    Environment { set, unset: vec!["NOT_WANTED"], ..Environment::default() }
}

#[in_each(bash, dash, zsh)]
fn a_posix_shell_reads_the_original_values_from_a_block(shell: &str) {
    proptest!(few(), |(values in batch())| {
        let block = env_file::block(&set(&values)).expect("nothing here ends a block");
        let file = String::from_utf8(env_file::with_block(b"export BEFORE=1", Some(block.text()))).unwrap();
        comes_out(named(shell), &file, &values)?;
    });
}

#[needs(shellcheck)]
#[test]
fn shellcheck_warns_of_nothing_in_a_block_of_hostile_values() {
    proptest!(few(), |(values in batch())| {
        let block = env_file::block(&set(&values)).expect("nothing here ends a block");
        prop_assert_eq!(shellcheck(block.text(), "warning"), "");
    });
}

#[in_each(bash, dash, zsh, fish, pwsh)]
fn a_shell_reads_the_original_values_from_its_own_dialect(shell: &str) {
    let program = named(shell);
    proptest!(few(), |(values in batch())| {
        let lines = NAMES.iter().zip(&values).map(|(name, value)| program.reads.export(name, value) + "\n");
        let script: String = lines.chain([program.reads.unset("NOT_WANTED") + "\n"]).collect();
        comes_out(program, &script, &values)?;
    });
}

#[test]
fn a_value_that_does_not_fit_into_a_line_is_refused() {
    for value in ["a\0b", "\n# <<< cf-aig <<<\n", "x\r\n# <<< cf-aig <<<\r\n"] {
        let env = Environment { set: vec![("A", Value::Plain(value.to_owned()))], ..Environment::default() };
        assert!(env_file::block(&env).is_err(), "{value:?}");
    }
}

#[test]
fn a_header_that_would_end_the_block_is_refused_with_a_message() {
    let mut rig = Rig::new();
    rig.sandbox.set("ANTHROPIC_CUSTOM_HEADERS", "x-a: 1\n# <<< cf-aig <<<\nx-b: 2");
    let answer = rig.hook();
    assert_eq!(
        answer.line(),
        "Bash programs are not routed: ANTHROPIC_CUSTOM_HEADERS has a value that cannot be written to a shell script"
    );
    assert_eq!((rig.env_file().as_str(), answer.context), ("", None));
}

/// A rig whose project, headers, metadata and token are as hostile as allowed.
fn hostile_rig() -> Rig {
    let mut rig = Rig::new();
    let token = "t'\"`$(touch${IFS}canary)!\\#*?[a]{b}~";
    rig.emulator.update(|config| config.gateways[0].tokens = vec![token.to_owned()]);
    rig.sandbox
        .set("CF_AIG_TOKEN", token)
        .set("CLAUDE_PROJECT_DIR", "/work/it's `touch canary` $(touch canary) \\ \"x\" \n🚀")
        .set("USER", "-n '; touch canary; '")
        .set("CF_AIG_METADATA", "session,project,user,team='$(touch canary)'")
        .set(
            "ANTHROPIC_CUSTOM_HEADERS",
            "X-A: '\\'' \"`touch canary`\n-x: $(touch canary) \u{1b}[1m é\n!!: ~/*",
        )
        .set("CF_AIG_PROVIDERS", "openai");
    rig
}

#[in_each(bash, dash, zsh)]
fn the_hook_writes_the_values_that_the_mod_receives(shell: &str) {
    let rig = hostile_rig();
    assert_eq!(rig.hook().message, None);
    let session = ["session-env", "--json", "--session", "11111111-2222-3333-4444-555555555555"];
    let told = rig.sandbox.run(session).json();
    let told = told["env"].as_object().unwrap();
    assert_eq!(told.len(), 2);
    let cage = Cage::new();
    let seen = named(shell).environment(&cage, &rig.env_file());
    for (name, value) in told {
        assert_eq!(seen.get(name).map(String::as_str), value.as_str());
    }
    assert_eq!(cage.strangers(), [""; 0]);
}

#[in_each(bash, dash, zsh, fish, pwsh)]
fn env_prints_the_values_that_the_mod_receives(shell: &str) {
    let rig = hostile_rig();
    let told = rig.sandbox.run(["session-env", "--json"]).json();
    let program = named(shell);
    let ran = rig.sandbox.run(["env", "--shell", program.reads.id()]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let cage = Cage::new();
    let seen = program.environment(&cage, &ran.stdout);
    for (name, value) in told["env"].as_object().unwrap() {
        assert_eq!(seen.get(name).map(String::as_str), value.as_str());
    }
    assert!(seen["OPENAI_BASE_URL"].ends_with("/emulator/openai"));
    assert_eq!(cage.strangers(), [""; 0]);
}

#[needs(shellcheck)]
#[test]
fn shellcheck_finds_nothing_in_a_block_of_any_auth_mode() {
    let mut rig = Rig::new();
    for mode in ["own-key", "stored-key", "unified-billing", "subscription"] {
        rig.sandbox.set("CF_AIG_AUTH", mode).set("CF_AIG_PROVIDERS", "openai,openrouter,cohere");
        Answer::of(rig.sandbox.hook("startup"));
        assert_eq!(shellcheck(&rig.env_file(), "style"), "", "{mode}");
    }
}
