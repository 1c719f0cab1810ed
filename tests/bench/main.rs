//! `cargo bench`: the hook compared with what a user would do otherwise, on one machine, in one run.
//!
//! Prints the table in docs/numbers.md, for the binary that a release ships; `CF_AIG_BENCH_BINARY` sets another one.
//! Ratios are medians of interleaved runs; nothing is asserted. Every request stays on this machine: on loopback,
//! or on a link in its own namespace.

mod costs;
mod diagnose;
mod first;
mod link;
mod logs;
mod measure;
mod transcripts;

use cf_aig_emulator::{Config, Emulator, GATEWAY_TOKEN, Tls};
use cf_aig_harness::{Sandbox, plugin_root};
use measure::{Job, interleaved};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

const INPUT: &[u8] =
    br#"{"session_id":"bench","cwd":"/tmp/project","hook_event_name":"SessionStart","source":"startup"}"#;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    match args.first().map(String::as_str) {
        Some(link::INSIDE) => return link::inside(Path::new(&args[1])),
        Some(first::INSIDE) => return first::inside(Path::new(&args[1])),
        Some(measure::APART) => return measure::apart(&args[1], &args[2..]),
        Some("--build") => return clean_build(),
        Some("--costs") => return costs::costs(&args.get(1).map_or_else(build, PathBuf::from)),
        _ => {}
    }
    let helper = std::env::var_os("CF_AIG_BENCH_BINARY").map_or_else(build, PathBuf::from);
    println!("| what | measured | against | ratio | target |\n| --- | --- | --- | --- | --- |");
    if args.first().is_some_and(|arg| arg == "--logs") {
        return logs::export(&helper);
    }
    if args.first().is_some_and(|arg| arg == "--first") {
        return first::outside(&helper);
    }
    if args.first().is_some_and(|arg| arg == "--transcripts") {
        return transcripts::transcripts(&helper);
    }
    if args.first().is_some_and(|arg| arg == "--doctor") {
        diagnose::long_log(&helper);
        return link::outside(&helper);
    }
    without_probe(&helper);
    with_probe(&helper);
    settings(&helper);
    diagnose::long_log(&helper);
    costs::costs(&helper);
    transcripts::transcripts(&helper);
    first::outside(&helper);
    link::outside(&helper);
    logs::export(&helper);
    let size = std::fs::metadata(&helper).map(|m| m.len()).unwrap_or_default();
    row("binary", &format!("{:.2} MB", size as f64 / 1e6), "", "", "under 4 MB");
    eprintln!("the export alone: cargo bench -p cf-aig-harness --bench hook -- --logs");
    eprintln!(
        "the clean release build is measured by: cargo bench -p cf-aig-harness --bench hook -- --build"
    );
}

pub(crate) fn row(what: &str, measured: &str, against: &str, ratio: &str, target: &str) {
    println!("| {what} | {measured} | {against} | {ratio} | {target} |");
}

/// The binary that a release ships, where release/build can make it here; otherwise cargo's, and says so.
fn build() -> PathBuf {
    let root = plugin_root();
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let shipped = Command::new(root.join("release/build")).arg(target).stderr(Stdio::null()).output();
    if let Some(shipped) = shipped.ok().filter(|output| output.status.success()) {
        return PathBuf::from(String::from_utf8_lossy(&shipped.stdout).trim());
    }
    eprintln!(
        "release/build cannot make the static binary here: these are the numbers of `cargo build --release`"
    );
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built =
        Command::new(cargo).args(["build", "-q", "--release", "-p", "cf-aig"]).current_dir(&root).status();
    assert!(built.is_ok_and(|s| s.success()), "the helper is built");
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    target.join("release/cf-aig")
}

/// How long a user's first session waits: a clean build in a separate folder.
fn clean_build() {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let dir = tempfile::tempdir().expect("a folder");
    let start = Instant::now();
    let built = Command::new(cargo)
        .args(["build", "-q", "--release", "--locked", "-p", "cf-aig", "--target-dir"])
        .arg(dir.path())
        .current_dir(plugin_root())
        .status();
    assert!(built.is_ok_and(|s| s.success()), "the helper is built");
    row(
        "clean release build",
        &format!("{:.0} s", start.elapsed().as_secs_f64()),
        "",
        "",
        "under 150 s on 2 cores",
    );
}

/// A sandbox with a gateway configured on Cloudflare's own host.
pub(crate) fn configured(helper: &Path) -> Sandbox {
    let mut sandbox = Sandbox::new(helper);
    sandbox
        .with_env_file()
        .set("CLOUDFLARE_ACCOUNT_ID", cf_aig_emulator::ACCOUNT_ID)
        .set("CF_AIG_GATEWAY_ID", cf_aig_emulator::GATEWAY_ID)
        .set("CF_AIG_TOKEN", GATEWAY_TOKEN)
        .set("ANTHROPIC_API_KEY", "sk-ant-bench");
    sandbox
}

pub(crate) fn hook(sandbox: &Sandbox, helper: &Path) -> Command {
    let mut command = sandbox.command(helper);
    command.arg("session-start");
    command
}

fn without_probe(helper: &Path) {
    let mut sandbox = configured(helper);
    let bin = helper.to_string_lossy().into_owned();
    sandbox.set("CF_AIG_PROBE", "off").set("CF_AIG_BIN", bin);
    let mut launched = sandbox.command("sh");
    launched.arg(plugin_root().join("helper/cf-aig")).arg("session-start");
    let mut script = sandbox.command("sh");
    script.arg(plugin_root().join("tests/bench/baseline.sh"));
    let hook = || Job::new("hook", hook(&sandbox, helper), INPUT);
    let launched = Job::new("hook through its launcher", launched, INPUT);
    // the script is not in the same round: what runs after its hundred milliseconds finds cold caches
    let mut jobs = [hook(), launched, Job::new("/bin/true", sandbox.command("/bin/true"), b"")];
    let times = interleaved(&mut jobs, 300);
    for at in [0, 1] {
        row(
            &format!("{}, no probe", jobs[at].name),
            &format!("{:.2} ms", times[at].ms()),
            &format!("{:.2} ms, /bin/true", times[2].ms()),
            &format!("{:.1} times its time", times[at].ms() / times[2].ms()),
            "at most 1.5",
        );
    }
    if measure::is_there("jq") {
        let both = interleaved(&mut [hook(), Job::new("script", script, INPUT)], 100);
        row(
            "hook, no probe",
            &format!("{:.2} ms", both[0].ms()),
            &format!("{:.2} ms, a shell script with jq", both[1].ms()),
            &format!("{:.1} times faster", both[1].ms() / both[0].ms()),
            "at least 5",
        );
    } else {
        eprintln!("SKIPPED, no jq here: the hook beside a shell script");
    }
    row("peak memory, no probe", &format!("{:.1} MB", times[0].peak_mb), "", "", "under 12 MB");
}

fn with_probe(helper: &Path) {
    let emulator =
        Emulator::start(Config { tls: Some(Tls::Good), ..Config::default() }).expect("the emulator starts");
    let mut sandbox = configured(helper);
    let ca = sandbox.home().join("ca.pem");
    std::fs::write(&ca, emulator.ca_pem().unwrap_or_default()).expect("the CA is written");
    // without a state folder no success is cached: every run probes
    sandbox
        .with_gateway(&emulator)
        .set("SSL_CERT_FILE", ca.to_string_lossy())
        .set("CLAUDE_PLUGIN_DATA", "/dev/null/none");
    if !measure::is_there("curl") {
        eprintln!("SKIPPED, no curl here: the hook with its probe");
        return;
    }
    let curl = curl(&sandbox, &format!("{}/v1/messages", emulator.base_url("anthropic")), &ca);
    let mut jobs = vec![
        Job::new("hook with its probe", hook(&sandbox, helper), INPUT),
        Job::new("curl, the same request", curl, b""),
    ];
    let times = interleaved(&mut jobs, 100);
    row(
        "hook with its probe, TLS on loopback",
        &format!("{:.2} ms", times[0].ms()),
        &format!("{:.2} ms, curl for the same request", times[1].ms()),
        &format!("{:.2} times its time", times[0].ms() / times[1].ms()),
        "not slower",
    );
    row("peak memory, with the probe", &format!("{:.1} MB", times[0].peak_mb), "", "", "under 12 MB");
}

/// A settings file near the client's limit of 2 MiB, edited, restored, and read by explain.
fn settings(helper: &Path) {
    let mut sandbox = configured(helper);
    sandbox.set("CF_AIG_PROBE", "off").unset("CLAUDE_PLUGIN_DATA");
    let folder = sandbox.home().join(".claude");
    std::fs::create_dir(&folder).expect("a folder");
    let rule = |n| format!("      \"Bash(command-{n}:*)\"");
    let rules: Vec<_> = (0..64_000).map(rule).collect();
    let text =
        format!("{{\n  \"permissions\": {{\n    \"allow\": [\n{}\n    ]\n  }}\n}}\n", rules.join(",\n"));
    std::fs::write(folder.join("settings.json"), &text).expect("a settings file");
    let with = |args: &[&str]| {
        let mut command = sandbox.command(helper);
        command.args(args);
        command
    };
    let mut jobs = vec![
        Job::new("setup", with(&["setup", "--auth", "own-key", "--yes", "--json"]), b""),
        Job::new("off", with(&["off", "--yes", "--json"]), b""),
        Job::new("explain", with(&["explain", "--offline"]), b""),
        Job::new("status", with(&["status", "--offline"]), b""),
    ];
    let times = interleaved(&mut jobs, 20);
    let after = std::fs::read_to_string(folder.join("settings.json")).expect("a settings file");
    assert!(after == text, "off gives back the bytes");
    let size = format!("{:.1} MB settings file", text.len() as f64 / 1e6);
    for (at, target) in ["under 50 ms", "", "under 30 ms", "under 10 ms"].into_iter().enumerate() {
        row(&format!("{}, {size}", jobs[at].name), &format!("{:.1} ms", times[at].ms()), "", "", target);
    }
}

/// The probe's request, as curl sends it.
pub(crate) fn curl(sandbox: &Sandbox, url: &str, ca: &Path) -> Command {
    let mut command = sandbox.command("curl");
    command.args(["-sS", "-o", "/dev/null", "--http1.1", "-X", "POST", "-d", "{}", "--cacert"]).arg(ca);
    command.args(["-H", "content-type: application/json", "-H", "anthropic-version: 2023-06-01"]);
    command.args([
        "-H",
        "cf-aig-collect-log: false",
        "-H",
        &format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}"),
        url,
    ]);
    command
}
