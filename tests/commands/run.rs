//! `cf-aig run`: routes one process, and touches nothing else.

use crate::plugin::{HOSTILE, script};
use crate::{Rig, sandbox};
use cf_aig_emulator::GATEWAY_TOKEN;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.sandbox.unset("CLAUDE_ENV_FILE").set("CF_AIG_PROVIDERS", "openai").set("MINE", "kept");
    rig
}

#[test]
fn the_child_has_the_variables_and_nothing_is_written_or_sent() {
    let rig = rig();
    let ran = rig.sandbox.run(["run", "--", "env", "-0"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let mut seen: Vec<_> = ran.stdout.split_terminator('\0').collect();
    seen.retain(|pair| !rig.sandbox.vars().iter().any(|(n, v)| format!("{n}={v}") == *pair));
    let url = rig.emulator.base_url("");
    let headers = format!(
        "ANTHROPIC_CUSTOM_HEADERS=cf-aig-authorization: Bearer {GATEWAY_TOKEN}\ncf-aig-metadata: {{\"project\":\"project\"}}"
    );
    let mut expected = [
        format!("ANTHROPIC_BASE_URL={url}anthropic"),
        headers,
        format!("OPENAI_BASE_URL={url}openai"),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1".to_owned(),
    ];
    expected.sort();
    seen.sort_unstable();
    assert_eq!(seen, expected);
    assert_eq!(rig.emulator.connections(), 0);
    for folder in [rig.sandbox.home(), rig.sandbox.project(), rig.sandbox.data()] {
        assert_eq!(fs::read_dir(folder).unwrap().count(), 0);
    }
}

#[test]
fn a_variable_that_would_change_the_payer_is_removed_from_the_child() {
    let mut rig = rig();
    rig.sandbox.set("ANTHROPIC_AUTH_TOKEN", "mine");
    let read = "printf '%s %s' \"$ANTHROPIC_API_KEY\" \"${ANTHROPIC_AUTH_TOKEN-none}\"";
    let pays = |mode: &str| rig.sandbox.run(["run", "--auth", mode, "--", "sh", "-c", read]).stdout;
    assert_eq!(pays("own-key"), "sk-ant-emulator mine");
    assert_eq!(pays("stored-key"), format!(" {GATEWAY_TOKEN}"));
    assert_eq!(pays("unified-billing"), format!(" {GATEWAY_TOKEN}"));
    assert_eq!(pays("subscription"), " none");
}

#[test]
fn arguments_pass_through_untouched() {
    let rig = rig();
    script(&rig.sandbox.home().join("show"), "for a; do printf '<%s>' \"$a\"; done");
    let show = rig.sandbox.home().join("show").to_string_lossy().into_owned();
    let args =
        ["-p", "--auth", "stored-key", "--json", "--help", "-V", "", "--", "--", "a b", HOSTILE, "x\ny"];
    let expected = args.map(|arg| format!("<{arg}>")).concat();
    let call = |front: &[&str]| {
        let all: Vec<_> = ["run"].iter().chain(front).copied().chain([show.as_str()]).chain(args).collect();
        let ran = rig.sandbox.run(&all);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{all:?}");
        ran.stdout
    };
    assert_eq!(call(&[]), expected, "what follows the command is the command's");
    assert_eq!(call(&["--"]), expected);
    assert_eq!(call(&["--auth", "own-key"]), expected);
    assert_eq!(call(&["--auth", "own-key", "--"]), expected);
}

#[test]
fn input_output_and_exit_code_are_the_childs_own() {
    let rig = rig();
    let ran = rig.sandbox.run_with(["run", "sh", "-c", "cat; echo no >&2; exit 42"], b"in\xff");
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (42, "in\u{fffd}", "no\n"));
}

#[test]
fn signals_reach_the_child_and_its_end_by_one_is_seen() {
    let rig = rig();
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    // prints who it is, then waits for input
    command.args(["run", "--", "sh", "-c", "echo $$; exec cat"]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.as_mut().unwrap()), &mut line)
        .unwrap();
    assert_eq!(line.trim(), child.id().to_string(), "the command takes the place of cf-aig");
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().signal(), Some(15));
}

#[cfg(target_os = "linux")] // it reads /proc
#[test]
fn no_secret_stands_in_any_command_line() {
    let mut rig = rig();
    // unique on this machine
    let token = format!("token-{}-{:?}", std::process::id(), std::time::Instant::now()).replace(' ', "");
    rig.sandbox.set("CF_AIG_TOKEN", &token);
    let look = "printf %s \"$ANTHROPIC_AUTH_TOKEN\"; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '";
    let ran = rig.sandbox.run(["run", "--auth", "stored-key", "--", "sh", "-c", look]);
    assert!(ran.stdout.starts_with(&token), "its environment has it: {ran:?}");
    assert!(ran.stdout.contains("tr '") && ran.stdout.matches(&token).count() == 1, "{ran:?}");
}

#[test]
fn a_command_that_cannot_start_is_reported() {
    let rig = rig();
    let missing = rig.sandbox.run(["run", "--", "no-such-command\u{1b}[1m"]);
    assert_eq!((missing.code, missing.stdout.as_str()), (4, ""));
    assert!(
        missing.stderr.starts_with("cf-aig: could not start `no-such-command\\u{1b}[1m`: "),
        "{}",
        missing.stderr
    );
    fs::write(rig.sandbox.project().join("text"), "").unwrap();
    assert_eq!(rig.sandbox.run(["run", "--", "./text"]).code, 7);
    assert_eq!(rig.sandbox.run(["run"]).code, 2);
    assert_eq!(rig.sandbox.run(["run", "--"]).code, 2);
}

#[test]
fn a_command_that_cannot_be_routed_is_not_run() {
    let nowhere = sandbox();
    let ran = nowhere.run(["run", "--", "touch", "canary"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, ""));
    assert!(!nowhere.project().join("canary").exists());
    let mut rig = rig();
    rig.sandbox.unset("ANTHROPIC_API_KEY");
    assert_eq!(rig.sandbox.run(["run", "--", "touch", "canary"]).code, 3);
    assert!(!rig.sandbox.project().join("canary").exists());
}
