//! Broken environments: no home, full disks, closed streams, odd clocks.

use crate::shim;
use cf_aig_harness::sandbox::feed;
use cf_aig_harness::{Ran, Sandbox, needs, print_uncaptured};
use std::os::unix::ffi::OsStringExt;

const TOKEN: &str = "cfut_surround0surround0surround0";
const BEFORE: &str = "{\n  \"model\": \"opus\"\n}\n";

/// None of these makes a network request.
const COMMANDS: &[&[&str]] = &[
    &["session-start"],
    &["session-end"],
    &["session-env"],
    &["statusline"],
    &["status"],
    &["explain"],
    &["doctor", "--offline"],
    &["env"],
    &["url"],
    &["setup", "--yes"],
    &["off", "--yes"],
    &["costs", "--offline"],
    &["providers"],
    &["validate", "https://gateway.ai.cloudflare.com/v1/a/b/anthropic"],
    &["diagnose"],
    &["--help"],
    &["--version"],
];

fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox
        .with_env_file()
        .set("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
        .set("CF_AIG_GATEWAY_ID", "dev")
        .set("CF_AIG_TOKEN", TOKEN)
        .set("CF_AIG_PROBE", "off");
    sandbox
}

/// Runs every command in this environment; each ends with a documented exit code and no panic.
fn every_command(title: &str, sandbox: &Sandbox, run: impl Fn(&Sandbox, &[&str]) -> Ran) {
    for args in COMMANDS {
        let ran = run(sandbox, args);
        let shown = format!("{}{}", ran.stdout, ran.stderr);
        assert!((0..=7).contains(&ran.code), "{title}, {args:?}: {ran:?}");
        assert!(!shown.contains("panicked") && !shown.contains(TOKEN), "{title}, {args:?}: {ran:?}");
    }
    print_uncaptured(&format!("{title}: {} commands", COMMANDS.len()));
}

/// Through a shell script that ends by running the helper.
fn in_shell(script: &'static str) -> impl Fn(&Sandbox, &[&str]) -> Ran {
    move |sandbox, args| {
        let mut command = sandbox.command("sh");
        command.args(["-c", script, "sh"]).arg(sandbox.cf_aig()).args(args);
        feed(command, b"")
    }
}

fn plainly(sandbox: &Sandbox, args: &[&str]) -> Ran {
    sandbox.run(args)
}

#[test]
fn without_a_home_or_with_one_that_cannot_be_written() {
    let mut sandbox = sandbox();
    for (title, home) in
        [("HOME is empty", ""), ("HOME is a device", "/dev/null"), ("HOME is missing", "/no/such")]
    {
        every_command(title, sandbox.set("HOME", home), plainly);
    }
    every_command("HOME is not set", sandbox.unset("HOME"), plainly);
}

#[test]
fn with_streams_that_are_closed() {
    let sandbox = sandbox();
    every_command("stdin is closed", &sandbox, in_shell("exec \"$@\" <&-"));
    every_command("stdout is closed", &sandbox, in_shell("exec \"$@\" >&-"));
    every_command("stderr is closed", &sandbox, in_shell("exec \"$@\" 2>&-"));
    every_command("all streams are closed", &sandbox, in_shell("exec \"$@\" <&- >&- 2>&-"));
}

#[test]
fn with_little_memory_and_few_descriptors() {
    let sandbox = sandbox();
    every_command("300 MB of address space", &sandbox, in_shell("ulimit -v 300000 && exec \"$@\""));
    every_command("16 descriptors", &sandbox, in_shell("ulimit -n 16 && exec \"$@\""));
}

#[test]
fn with_variables_that_are_not_text() {
    let sandbox = sandbox();
    for name in [
        "HOME",
        "CF_AIG_TOKEN",
        "CLAUDE_ENV_FILE",
        "ANTHROPIC_BASE_URL",
        "CLAUDE_PROJECT_DIR",
        "PATH",
        "LANG",
    ] {
        every_command(&format!("{name} is not UTF-8"), &sandbox, |sandbox, args| {
            let mut command = sandbox.command(sandbox.cf_aig());
            command.env(name, std::ffi::OsString::from_vec(b"/tmp/\xff\xfe\x80".to_vec())).args(args);
            feed(command, b"")
        });
    }
    every_command("an argument that is not UTF-8", &sandbox, |sandbox, args| {
        let mut command = sandbox.command(sandbox.cf_aig());
        command.args(args).arg(std::ffi::OsString::from_vec(b"\xff\xfe".to_vec()));
        feed(command, b"")
    });
}

#[needs(shim)]
#[test]
fn with_a_clock_of_1970_and_of_2100() {
    for (title, seconds) in [("a clock of 1970", "0"), ("a clock of 2100", "4102444800")] {
        let shim = shim::path();
        every_command(title, &sandbox(), |sandbox, args| {
            let mut command = sandbox.command(sandbox.cf_aig());
            command.env("LD_PRELOAD", shim).env("CF_AIG_CLOCK", seconds).args(args);
            feed(command, b"")
        });
    }
}

/// In a private namespace, with a small or read-only file system over the home folder.
fn on_a_disk(title: &str, prepare: &str) {
    let sandbox = sandbox();
    sandbox.write("home/.claude/settings.json", BEFORE);
    let home = sandbox.home();
    let script = format!(
        "set -e; mount -t tmpfs -o size=64k tmpfs \"$HOME\"; mkdir -p \"$HOME/.claude\"; \
         printf '%s' \"$BEFORE\" > \"$HOME/.claude/settings.json\"; {prepare}; set +e; \"$@\"; code=$?; \
         cmp -s \"$HOME/.claude/settings.json\" \"$EXPECTED\" || grep -q ANTHROPIC_BASE_URL \"$HOME/.claude/settings.json\" || {{ echo HALF; }}; \
         ls -a \"$HOME/.claude\" | grep cf-aig && echo LEFT; exit $code"
    );
    let expected = home.with_file_name("expected.json");
    std::fs::write(&expected, BEFORE).expect("a file");
    every_command(title, &sandbox, |sandbox, args| {
        let mut command = sandbox.command("unshare");
        command.env("BEFORE", BEFORE).env("EXPECTED", &expected);
        command.args(["-rm", "sh", "-c", &script, "sh"]).arg(sandbox.cf_aig()).args(args);
        let ran = feed(command, b"");
        assert!(!ran.stdout.contains("HALF") && !ran.stdout.contains("LEFT"), "{title}, {args:?}: {ran:?}");
        if args[0] == "setup" {
            assert_ne!(ran.code, 0, "{title}: nothing could be written: {ran:?}");
        }
        ran
    });
}

#[needs(mounts)]
#[test]
fn on_a_disk_that_is_full() {
    on_a_disk("a full disk", "dd if=/dev/zero of=\"$HOME/filler\" bs=1k count=128 2>/dev/null || true");
}

#[needs(mounts)]
#[test]
fn on_a_disk_that_is_read_only() {
    on_a_disk("a read-only disk", "mount -o remount,bind,ro \"$HOME\"");
}
