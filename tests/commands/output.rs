//! Output and input of every command: a full disk, a closed pipe, files that cannot be read or written, and
//! flags that do not apply.

use crate::{Rig, sandbox};
use std::fs::{self, File};
use std::process::{Command, Stdio};

/// Calls that print something, whatever is configured; `{id}` is replaced by a log entry.
const CALLS: &[&str] = &[
    "--help",
    "--version",
    "help status",
    "status",
    "status --json",
    "explain",
    "explain --json",
    "env",
    "env --format json",
    "url openai",
    "providers",
    "providers --json",
    "validate https://example.com/",
    "validate --json https://example.com/",
    "doctor --list",
    "doctor --list --json",
    "doctor --offline",
    "doctor --offline --json",
    "diagnose --list",
    "diagnose --list --json",
    "verify --no-log",
    "verify --no-log --json",
    "conformance --list",
    "conformance --list --json",
    "logs list",
    "logs list --json",
    "logs export",
    "logs tail --since 1h --for 1s --json",
    "setup --dry-run",
    "setup --dry-run --json",
    "setup --managed --without-token",
    "setup --web --dry-run",
    "setup --statusline --dry-run",
    "off --dry-run --json",
    "gateway list",
    "gateway list --json",
    "gateway show",
    "gateway create new-one --dry-run",
    "gateway update --cache 60 --dry-run",
    "provider list",
    "provider add zai --dry-run",
    "key list",
    "key list --json",
    "route list",
    "route list --json",
    "iac terraform",
    "iac terraform new-one --defaults",
    "iac pulumi --json",
    "send --curl hi",
    "send --wait 0 hi",
    "costs --offline",
    "costs --offline --json",
    "costs --offline --csv",
    "session-env",
    "session-env --json",
    "completions bash",
    "man",
];

/// A gateway with one entry in its log.
fn rig() -> Rig {
    let rig = Rig::managed();
    assert_eq!(rig.sandbox.run(["send", "--wait", "0", "hi"]).code, 0);
    rig
}

fn command(rig: &Rig, call: &str) -> Command {
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(call.split(' ')).stdin(Stdio::null());
    command
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_for_every_command_that_prints() {
    let rig = rig();
    for call in CALLS {
        let full = File::create("/dev/full").expect("/dev/full");
        let out = command(&rig, call).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(7), "{call}: {said}");
        assert!(said.contains("could not write"), "{call}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let rig = rig();
    for call in CALLS {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let out = command(&rig, call).stdout(writer).output().expect("it runs");
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(!said.contains("could not write"), "{call}: {said}");
        assert_ne!(out.status.code(), Some(7), "{call}: {said}");
    }
}

#[test]
fn a_file_that_cannot_be_read_has_one_exit_code() {
    let rig = Rig::managed();
    for call in [
        "diagnose missing",
        "explain --settings missing",
        "route create missing",
        "route deploy missing",
        "gateway update --file missing --dry-run",
        "gateway create new-one --file missing --dry-run",
        "iac terraform --check missing",
        "iac pulumi --check missing",
    ] {
        let ran = rig.sandbox.run(call.split(' '));
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{call}: {}", ran.stderr);
        assert!(ran.stderr.contains("could not read missing"), "{call}: {}", ran.stderr);
    }
}

#[test]
fn a_file_that_cannot_be_written_has_one_exit_code() {
    let rig = Rig::managed();
    fs::write(rig.sandbox.project().join("file"), "mine").unwrap();
    for call in [
        "iac terraform --output file/new",
        "man --out-dir file/new",
        "costs --offline --html file/new",
        "doctor --offline --bundle file/new",
        "logs export --output file/new",
        "conformance --only headers --junit file/new",
    ] {
        let ran = rig.sandbox.run(call.split(' '));
        assert_eq!(ran.code, 7, "{call}: {}", ran.stderr);
        assert!(ran.stderr.contains("could not write file/new"), "{call}: {}", ran.stderr);
        assert!(!ran.stderr.contains("already exists"), "{call}: {}", ran.stderr);
    }
    for call in [
        "iac terraform --output file",
        "doctor --offline --bundle file",
        "costs --offline --html file",
        "conformance --only headers --junit file",
    ] {
        let ran = rig.sandbox.run(call.split(' '));
        assert_eq!(ran.code, 5, "{call}: {}", ran.stderr);
        assert!(ran.stderr.contains("file already exists"), "{call}: {}", ran.stderr);
    }
    // before the work, not after it
    let sent = rig.emulator.requests().len();
    for call in ["doctor --bundle file", "costs --html file", "conformance --junit missing/file"] {
        let ran = rig.sandbox.run(call.split(' '));
        assert!(
            ran.code != 0 && ran.stdout.is_empty() && rig.emulator.requests().len() == sent,
            "{call}: {ran:?}"
        );
        assert!(!ran.stderr.contains(".tmp"), "{call}: {}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(rig.sandbox.project().join("file")).unwrap(), "mine");
}

#[test]
fn a_flag_that_would_do_nothing_is_a_usage_error() {
    let sandbox = sandbox();
    for call in [
        "off --auth nonsense --dry-run",
        "off --gateway-id other --dry-run",
        "validate --gateway-id !! https://example.com",
        "providers --account-id x",
        "provider list --gateway-id x",
        "gateway list --auth own-key",
        "costs --auth own-key",
        "statusline --auth own-key",
        "completions bash --auth own-key",
        "diagnose --list --auth own-key",
        "session-end --auth own-key",
        "key rotate anthropic --yes",
        "--auth own-key status",
        "setup --statusline --auth own-key --dry-run",
        "setup --statusline --gateway-id x --dry-run",
        "setup --statusline --provider custom-zai --dry-run",
        "setup --web --repair --dry-run",
        "setup --web --metadata none --dry-run",
        "setup --devcontainer --json",
        "setup --managed --require-reachable",
        "setup --managed=macos --scope project",
        "setup --vscode --carry x",
        "setup --github-actions --token-stdin",
        "doctor --list --verbose",
        "doctor --list --timeout 3",
        "doctor --list --auth own-key",
        "doctor --list --yes",
        "gateway list --gateway-id x",
        "gateway create x --gateway-id y",
        "gateway show x --gateway-id y",
        "gateway update x --gateway-id y --logs on",
        "gateway delete x --gateway-id y",
        "iac terraform x --gateway-id y --defaults",
        "costs --offline --gateway-id !!",
        "costs --offline --account-id x",
        "costs --all-gateways --gateway-id x",
        "costs --by gateway --gateway-id x",
        "conformance --list --auth own-key",
        "conformance http://127.0.0.1:1 --gateway-id x",
        "conformance http://127.0.0.1:1 --auth stored-key",
    ] {
        let ran = sandbox.run(call.split(' '));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{call}");
        let wordings = ["unexpected argument", "cannot be used with", "has no effect", "required arguments"];
        assert!(wordings.iter().any(|words| ran.stderr.contains(words)), "{call}: {}", ran.stderr);
    }
}

#[test]
fn a_value_that_cannot_be_used_is_a_usage_error_even_where_no_gateway_is_needed() {
    let rig = Rig::managed();
    for call in [
        "explain --auth nonsense",
        "explain --gateway-id !! --json",
        "explain ANTHROPIC_BASE_URL --account-id x",
        "setup --web --auth nonsense --dry-run",
        "setup --web --gateway-id !! --yes",
        "conformance --auth nonsense",
        "conformance http://127.0.0.1:1 --auth nonsense",
    ] {
        let ran = rig.sandbox.run(call.split(' '));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{call}: {}", ran.stderr);
        let flags = ["--auth: ", "--gateway-id: ", "--account-id: "];
        assert!(flags.iter().any(|flag| ran.stderr.contains(flag)), "{call}: {}", ran.stderr);
    }
    assert!(!rig.sandbox.project().join(".claude").exists());
}

#[test]
fn a_missing_gateway_has_one_exit_code_and_one_text() {
    let mut sandbox = crate::sandbox();
    sandbox.set("CLOUDFLARE_API_TOKEN", cf_aig_emulator::API_TOKEN);
    for call in [
        "key list",
        "route list",
        "gateway show",
        "gateway update --cache 5",
        "gateway policies",
        "iac terraform --import",
        "logs list",
        "send hi",
        "url anthropic",
        "env",
        "verify",
        "conformance",
    ] {
        let ran = sandbox.run(call.split(' '));
        let said =
            "cf-aig: no gateway is configured: /plugin configure cloudflare, account_id and gateway_id\n";
        assert!(ran.code == 4 && ran.stderr.starts_with(said), "{call}: {ran:?}");
    }
}

#[test]
fn flags_of_a_group_stand_before_or_after_its_command() {
    let rig = Rig::managed();
    for call in ["gateway --gateway-id other show", "gateway show --gateway-id other"] {
        let ran = rig.sandbox.run(call.split(' '));
        assert_eq!(ran.code, 4, "{call}: {}", ran.stderr);
        assert!(ran.stderr.contains("other"), "{call}: {}", ran.stderr);
    }
}

#[test]
fn an_empty_input_is_not_an_unrecognized_error() {
    let sandbox = crate::sandbox();
    for input in [&b""[..], b"\n", b" \t\r\n"] {
        for args in [&["diagnose"][..], &["diagnose", "--json"], &["diagnose", "-"]] {
            let ran = sandbox.run_with(args, input);
            assert!(ran.code == 2 && ran.stdout.is_empty(), "{ran:?}");
            assert!(ran.stderr.contains("no input: stdin is empty"), "{ran:?}");
        }
    }
    let ran = sandbox.run_with(["diagnose"], &[&[b' '; 5000][..], b"API Error: 529 Overloaded"].concat());
    assert!(ran.stdout.contains("overloaded"), "{ran:?}");
}

#[test]
fn an_input_of_many_blocks_is_searched_even_if_no_thread_can_be_started() {
    let mut sandbox = crate::sandbox();
    let line = b"2026-11-29 12:00:00 INFO nothing of interest\n".as_slice();
    let log = [&line.repeat(60_000)[..], b"API Error: 529 Overloaded\n"].concat();
    let with_threads = sandbox.run_with(["diagnose"], &log);
    assert!(with_threads.stdout.contains("overloaded"), "{with_threads:?}");
    // more than the address space
    sandbox.set("RUST_MIN_STACK", (1_u64 << 50).to_string());
    let without = sandbox.run_with(["diagnose"], &log);
    assert_eq!(
        (without.code, without.stdout),
        (with_threads.code, with_threads.stdout),
        "{}",
        without.stderr
    );
}

#[test]
fn a_time_limit_has_a_unit_or_is_in_seconds() {
    let rig = Rig::managed();
    for call in ["send hi --wait 500ms --timeout 30s", "send hi --wait 0 --timeout 30000"] {
        rig.ok(&call.split(' ').collect::<Vec<_>>());
    }
    let timeouts: Vec<_> = rig
        .emulator
        .requests()
        .iter()
        .filter_map(|sent| sent.header("cf-aig-request-timeout").map(str::to_owned))
        .collect();
    assert_eq!(timeouts, ["30000", "30000"]);
    for call in
        ["conformance --list --timeout 1m", "conformance --list --timeout 60", "verify --no-log --json"]
    {
        rig.ok(&call.split(' ').collect::<Vec<_>>());
    }
    for (call, why) in [
        ("doctor --timeout 3m", "from 1 to 120 seconds"),
        ("doctor --timeout 0", "from 1 to 120 seconds"),
        ("verify --wait 2h", "from 0 to 3600 seconds"),
        ("verify --wait soon", "use a number and a unit"),
        ("logs tail --for 1y", "use a number and a unit"),
    ] {
        let said = rig.fails(2, &call.split(' ').collect::<Vec<_>>());
        assert!(said.contains(why), "{call}: {said}");
    }
}

#[test]
fn a_negative_value_is_invalid_and_not_an_unknown_flag() {
    let rig = Rig::managed();
    for (call, flag) in [
        ("costs --offline --since -1d", "--since"),
        ("logs list --limit -1", "--limit"),
        ("logs tail --count -1", "--count"),
        ("logs tail --count 0", "--count"),
        ("logs tail --interval 1ms", "--interval must be at least 250ms"),
        ("doctor --timeout -1", "--timeout"),
        ("logs list --since 1h --until 2h", "--until is before --since"),
        ("logs list --since 2999-01-01", "--since is in the future"),
        ("logs list success:maybe", "`maybe` is neither true nor false"),
    ] {
        let said = rig.fails(2, &call.split(' ').collect::<Vec<_>>());
        assert!(said.contains(flag) && !said.contains("unexpected argument"), "{call}: {said}");
    }
    // an unknown flag stays one
    let said = rig.fails(2, &["logs", "list", "-1"]);
    assert!(said.contains("unexpected argument"), "{said}");
}

#[test]
fn a_list_without_entries_says_so() {
    let rig = Rig::managed();
    let ran = rig.sandbox.run(["logs", "list", "model:nonesuch"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""), "{ran:?}");
    assert!(ran.stderr.contains("no matching entries"), "{ran:?}");
    assert_eq!(rig.json(&["logs", "list", "model:nonesuch"])["logs"], serde_json::json!([]));
}
