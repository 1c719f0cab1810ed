//! Hostile values through every shell: the environment has exactly the original values, and nothing else
//! runs.

use crate::shells::{Cage, SHELLS, Shell as Program, shellcheck};
use crate::{Answer, Rig};
use cf_aig::base::quote::Shell;
use cf_aig::facts::gateway::auth::{Environment, Value};
use cf_aig::services::env_file;
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
    let Some(seen) = program.environment(&cage, script) else { return Ok(()) };
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

proptest! {
    #![proptest_config(few())]

    #[test]
    fn a_block_gives_every_posix_shell_what_went_in(values in batch()) {
        let block = env_file::block(&set(&values)).expect("nothing here ends a block");
        let file = String::from_utf8(env_file::with_block(b"export BEFORE=1", Some(&block))).unwrap();
        for program in SHELLS.iter().filter(|s| s.reads == Shell::Bash || s.reads == Shell::Zsh) {
            comes_out(program, &file, &values)?;
        }
    }

    #[test]
    fn shellcheck_sees_nothing_that_could_run(values in batch()) {
        let block = env_file::block(&set(&values)).expect("nothing here ends a block");
        if let Some(findings) = shellcheck(&block, "warning") {
            prop_assert_eq!(findings, "");
        }
    }

    #[test]
    fn each_shell_reads_its_own_lines_as_they_were_meant(values in batch()) {
        for program in SHELLS {
            let lines = NAMES.iter().zip(&values).map(|(name, value)| program.reads.export(name, value) + "\n");
            let script: String = lines.chain([program.reads.unset("NOT_WANTED") + "\n"]).collect();
            comes_out(program, &script, &values)?;
        }
    }
}

#[test]
fn a_value_that_no_line_could_carry_is_refused() {
    for value in ["a\0b", "\n# <<< cf-aig <<<\n", "x\r\n# <<< cf-aig <<<\r\n"] {
        let env = Environment { set: vec![("A", Value::Plain(value.to_owned()))], ..Environment::default() };
        assert!(env_file::block(&env).is_err(), "{value:?}");
    }
}

#[test]
fn a_header_that_would_end_the_block_is_refused_aloud() {
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

#[test]
fn what_the_hook_writes_is_what_the_mod_is_told() {
    let rig = hostile_rig();
    assert_eq!(rig.hook().message, None);
    let session = ["session-env", "--json", "--session", "11111111-2222-3333-4444-555555555555"];
    let told = rig.sandbox.run(session).json();
    let told = told["env"].as_object().unwrap();
    assert_eq!(told.len(), 2);
    for program in SHELLS.iter().filter(|s| s.reads == Shell::Bash || s.reads == Shell::Zsh) {
        let cage = Cage::new();
        let Some(seen) = program.environment(&cage, &rig.env_file()) else { continue };
        for (name, value) in told {
            assert_eq!(seen.get(name).map(String::as_str), value.as_str(), "{}", program.name);
        }
        assert_eq!(cage.strangers(), [""; 0], "{}", program.name);
    }
}

#[test]
fn what_env_prints_for_a_shell_is_what_the_mod_is_told() {
    let rig = hostile_rig();
    let told = rig.sandbox.run(["session-env", "--json"]).json();
    for program in SHELLS {
        let option = clap::ValueEnum::to_possible_value(&program.reads).unwrap();
        let ran = rig.sandbox.run(["env", "--shell", option.get_name()]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        let cage = Cage::new();
        let Some(seen) = program.environment(&cage, &ran.stdout) else { continue };
        for (name, value) in told["env"].as_object().unwrap() {
            assert_eq!(seen.get(name).map(String::as_str), value.as_str(), "{}", program.name);
        }
        assert!(seen["OPENAI_BASE_URL"].ends_with("/emulator/openai"));
        assert_eq!(cage.strangers(), [""; 0], "{}", program.name);
    }
}

#[test]
fn shellcheck_has_nothing_to_say_of_a_block() {
    let mut rig = Rig::new();
    for mode in ["own-key", "stored-key", "unified-billing", "subscription"] {
        rig.sandbox.set("CF_AIG_AUTH", mode).set("CF_AIG_PROVIDERS", "openai,openrouter,cohere");
        Answer::of(rig.sandbox.hook("startup"));
        let Some(findings) = shellcheck(&rig.env_file(), "style") else { return };
        assert_eq!(findings, "", "{mode}");
    }
}
