//! Every system call of a setup and of an off fails once, or the process is killed there.
//!
//! Whatever happens, the settings file holds the old bytes or the new ones, the message does not claim that
//! nothing was written if something was, and the next off restores every byte and leaves no token.

use crate::shim;
use cf_aig_harness::{Ran, Sandbox, needs, print_uncaptured};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

const TOKEN: &str = "cfut_fault0fault0fault0fault0";
const BEFORE: &str = "{\n  \"model\": \"opus\",\n  \"env\": { \"ANTHROPIC_AUTH_TOKEN\": \"sk-0ld\" }\n}\n";
/// Time limit for each of the sweeps; a longer sweep skips calls evenly.
const LIMIT: Duration = Duration::from_secs(6);
/// The minimum number of failing calls in each sweep, however slow the machine is.
const LEAST: usize = 24;

const SETUP: &[&str] = &["setup", "--yes", "--auth", "stored-key"];
const OFF: &[&str] = &["off", "--yes"];

fn sandbox(before: Option<&str>) -> Sandbox {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox
        .set("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
        .set("CF_AIG_GATEWAY_ID", "dev")
        .set("CF_AIG_TOKEN", TOKEN)
        .set("CF_AIG_PROBE", "off");
    if let Some(text) = before {
        sandbox.write("home/.claude/settings.json", text);
    }
    sandbox
}

fn now(sandbox: &Sandbox) -> Option<String> {
    std::fs::read_to_string(sandbox.home().join(".claude/settings.json")).ok()
}

fn ok(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let ran = sandbox.run(args);
    assert_eq!(ran.code, 0, "{args:?}: {ran:?}");
    ran
}

/// After a fault in a run that changes the file from `from` to `to`.
fn check(sandbox: &Sandbox, from: Option<&str>, to: Option<&str>, ran: &Ran, what: &str) {
    let found = now(sandbox);
    let found = found.as_deref();
    assert!(found == from || found == to, "{what}: {found:?}: {ran:?}");
    assert!(!ran.stderr.contains("panicked"), "{what}: {ran:?}");
    assert!(!format!("{}{}", ran.stdout, ran.stderr).contains(TOKEN), "{what}: {ran:?}");
    if ran.stderr.contains("nothing was written") {
        assert_eq!(found, from, "{what}: it says that nothing was written: {ran:?}");
    }
    if ran.code == 0 {
        assert_eq!(found, to, "{what}: {ran:?}");
    }
}

/// Off restores everything, and no token and no temporary file remains anywhere.
fn check_undo(sandbox: &Sandbox, before: Option<&str>, what: &str) {
    let ran = ok(sandbox, OFF);
    assert_eq!(now(sandbox).as_deref(), before, "{what}: {ran:?}");
    let left = files(&sandbox.home());
    for file in &left {
        let bytes = std::fs::read(file).expect("a file");
        assert!(
            !bytes.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes()),
            "{what}: {}",
            file.display()
        );
        assert!(!file.to_string_lossy().ends_with(".tmp"), "{what}: {} stays", file.display());
        assert!(!file.ends_with("ledger.json"), "{what}: the ledger still holds something");
    }
}

fn files(dir: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.flat_map(|e| if e.path().is_dir() { files(&e.path()) } else { vec![e.path()] }).collect()
}

fn sweep(title: &str, faults: &[&str], before: Option<&str>, is_off: bool) {
    let shim = shim::path();
    let start = |sandbox: &Sandbox| {
        if is_off {
            ok(sandbox, SETUP);
        }
    };
    let args = if is_off { OFF } else { SETUP };
    let sample = sandbox(before);
    start(&sample);
    let from = now(&sample);
    let calls = shim::count(shim, &sample, args);
    let to = now(&sample);
    let begin = Instant::now();
    let (mut runs, mut failed, mut at) = (0_u32, 0, 1);
    while at <= calls {
        for fault in faults {
            let what = format!("{title}, call {at} of {calls}, {fault}");
            let sandbox = sandbox(before);
            start(&sandbox);
            let ran = shim::run(shim, &sandbox, &format!("{at} {fault}"), None, args);
            check(&sandbox, from.as_deref(), to.as_deref(), &ran, &what);
            check_undo(&sandbox, before, &what);
            runs += 1;
            failed += u32::from(ran.code != 0);
        }
        // the remaining time decides how many calls are skipped
        let per_call = begin.elapsed() / runs * u32::try_from(faults.len()).expect("few");
        let left = u32::try_from(calls - at).expect("few");
        let room = LIMIT.saturating_sub(begin.elapsed());
        let step = (per_call * left).as_secs_f64() / room.as_secs_f64().max(0.1);
        at += (step.ceil() as usize).clamp(1, calls.div_ceil(LEAST));
    }
    assert!(failed > 0, "{title}: no fault had an effect");
    print_uncaptured(&format!(
        "{title}: {runs} runs with a fault over {calls} system calls, {failed} failed"
    ));
}

/// EIO, ENOSPC, EACCES.
const ERRORS: &[&str] = &["5", "28", "13"];
const KILLS: &[&str] = &["before", "after"];

#[needs(shim)]
#[test]
fn a_failing_system_call_in_setup_damages_nothing() {
    sweep("faults in setup", ERRORS, Some(BEFORE), false);
}

#[needs(shim)]
#[test]
fn a_failing_system_call_in_a_first_setup_damages_nothing() {
    sweep("faults in a first setup", ERRORS, None, false);
}

#[needs(shim)]
#[test]
fn a_failing_system_call_in_off_damages_nothing() {
    sweep("faults in off", ERRORS, Some(BEFORE), true);
}

#[needs(shim)]
#[test]
fn setup_killed_at_any_system_call_leaves_nothing_behind() {
    sweep("kills in setup", KILLS, Some(BEFORE), false);
    sweep("kills in a first setup", KILLS, None, false);
}

#[needs(shim)]
#[test]
fn off_killed_at_any_system_call_leaves_nothing_behind() {
    sweep("kills in off", KILLS, Some(BEFORE), true);
}

/// The same without the shim, so on every machine: killed after a while, from at once to after its end.
#[test]
fn a_setup_or_off_killed_at_any_moment_leaves_nothing_behind() {
    let (mut killed, mut ended, mut longest) = (0, 0, Duration::ZERO);
    for args in [SETUP, OFF] {
        let sample = sandbox(Some(BEFORE));
        if args == OFF {
            ok(&sample, SETUP);
        }
        let (from, begin) = (now(&sample), Instant::now());
        ok(&sample, args);
        let (to, whole) = (now(&sample), begin.elapsed());
        longest = longest.max(whole);
        for step in 0..40 {
            let sandbox = sandbox(Some(BEFORE));
            if args == OFF {
                ok(&sandbox, SETUP);
            }
            let what = format!("{args:?} killed after {step} of 30 parts of {whole:?}");
            let mut command = sandbox.command(sandbox.cf_aig());
            command.args(args).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut child = command.spawn().expect("it starts");
            // the moment is the experiment; this does not wait for anything
            std::thread::sleep(whole * step / 30);
            child.kill().expect("it is killed, or has ended");
            let status = child.wait().expect("its end");
            if status.success() {
                ended += 1
            } else {
                killed += 1
            }
            let found = now(&sandbox);
            assert!(found == from || found == to, "{what}: {found:?}");
            check_undo(&sandbox, Some(BEFORE), &what);
        }
    }
    print_uncaptured(&format!(
        "kills by delay: {killed} killed, {ended} had ended; a run takes {} ms",
        longest.as_millis()
    ));
}

#[needs(shim)]
#[test]
fn without_random_numbers_the_error_says_so() {
    // the nonce of the paid request
    let mut sandbox = sandbox(None);
    sandbox.set("CF_AIG_GATEWAY_ORIGIN", "http://127.0.0.1:1").set("CF_AIG_AUTH", "stored-key");
    let mut command = sandbox.command(sandbox.cf_aig());
    command.env("LD_PRELOAD", shim::path()).env("CF_AIG_NO_RANDOM", "12 2");
    command.args(["doctor", "--spend", "--verbose"]);
    let ran = cf_aig_harness::sandbox::feed(command, b"");
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("the system returned no random numbers"), "{ran:?}");
}
