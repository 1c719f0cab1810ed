//! `logs export` of a long log against the API's rate limit.
//!
//! Cloudflare allows 1200 calls in five minutes, so 100 000 entries (2000 pages of 50) take eight. Here
//! both the limit and the API's responses are 25 times as fast: 500 calls in five seconds, each taking 10
//! ms, which corresponds to 250 ms. The emulator enforces the limit: further calls get 429 until the window
//! ends.

use crate::measure::Job;
use crate::row;
use cf_aig_emulator::{API_TOKEN, Config, Emulator, Fault, Host, SyntheticLogs};
use std::path::Path;
use std::time::Duration;

const LIMIT: (u32, Duration) = (500, Duration::from_secs(5));
const ANSWER: Duration = Duration::from_millis(10);

struct Measured {
    seconds: f64,
    peak_mb: f64,
    /// Calls accepted and refused in each window.
    windows: Vec<(u32, u32)>,
}

pub(crate) fn export(helper: &Path) {
    let (short, long) = (run(helper, 5_000), run(helper, 100_000));
    let refused: u32 = long.windows.iter().map(|(_, refused)| refused).sum();
    let calls: u32 = long.windows.iter().map(|(used, _)| used).sum();
    // the export did not cover the whole first and last window
    let full = long.windows.get(1..long.windows.len().saturating_sub(1)).unwrap_or_default();
    let used: u32 = full.iter().map(|(used, _)| used).sum();
    let allowed = LIMIT.0 * u32::try_from(full.len()).unwrap_or(u32::MAX);
    let limit = format!("{} calls in {} s", LIMIT.0, LIMIT.1.as_secs());
    row(
        &format!("logs export, 100 000 entries in {:.1} s, API limit {limit}", long.seconds),
        &format!("{used} calls in {} whole windows, {calls} in all", full.len()),
        &format!("{allowed} allowed"),
        &format!("{:.1} % of what is allowed", 100.0 * f64::from(used) / f64::from(allowed)),
        "at least 95 %",
    );
    row("calls answered with 429", &refused.to_string(), "", "", "0");
    row(
        "peak memory, logs export of 100 000 entries",
        &format!("{:.1} MB", long.peak_mb),
        &format!("{:.1} MB for 5 000", short.peak_mb),
        &format!("{:.2} times", long.peak_mb / short.peak_mb),
        "flat",
    );
}

fn run(helper: &Path, count: u64) -> Measured {
    let logs = SyntheticLogs { count, ..SyntheticLogs::default() };
    let config = Config { synthetic_logs: Some(logs), api_rate_limit: Some(LIMIT), ..Config::default() };
    let emulator = Emulator::start(config).expect("the emulator starts");
    emulator.set_fault_of(Host::Api, Some(Fault::Delay(ANSWER)));
    let mut sandbox = crate::configured(helper);
    sandbox.with_gateway(&emulator).set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    let mut command = sandbox.command(helper);
    command.args(["logs", "export", "--since", "2026-11-01", "--until", "2026-12-01", "--output", "out"]);
    let (time, peak_mb) = Job::new("export", command, b"").run_apart();
    let text = std::fs::read(sandbox.project().join("out")).expect("the export");
    let lines = text.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert!(lines == count, "{lines} of {count} entries were exported");
    Measured { seconds: time.as_secs_f64(), peak_mb, windows: emulator.api_windows() }
}
