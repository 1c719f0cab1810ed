//! `costs` for accounts of very different sizes, aggregated by the emulator as Cloudflare does it; and the
//! status line, which makes no requests.

use super::measure::{Job, Times, interleaved};
use super::{configured, row};
use cf_aig_emulator::{API_TOKEN, Analytics, Config, Emulator, SyntheticRequests};
use cf_aig_harness::Sandbox;
use std::path::Path;
use std::time::Duration;

const SIZES: [(&str, u64); 3] = [("10^3", 1_000), ("10^5", 100_000), ("10^7", 10_000_000)];

pub(crate) fn costs(helper: &Path) {
    let accounts: Vec<_> = SIZES.iter().map(|(_, count)| account(helper, *count)).collect();
    let mut jobs: Vec<Job> = accounts
        .iter()
        .zip(SIZES)
        .map(|((_, sandbox), (name, _))| {
            let mut command = sandbox.command(helper);
            command.args([
                "costs",
                "--since",
                "2026-11-01",
                "--until",
                "2026-11-20",
                "--all-gateways",
                "--json",
            ]);
            Job::new(name, command, b"")
        })
        .collect();
    let times = interleaved(&mut jobs, 30);
    let smallest = times[0];
    for (number, (name, _)) in SIZES.iter().enumerate() {
        let Times { peak_mb, .. } = times[number];
        let ratio = times[number].ms() / smallest.ms();
        row(
            &format!("costs of {name} requests"),
            &format!("{:.1} ms, {peak_mb:.1} MB", times[number].ms()),
            "10^3 requests",
            &format!("{ratio:.2} times its time, {:.2} its memory", peak_mb / smallest.peak_mb),
            "the same",
        );
    }
    statusline(helper);
}

/// An account with this many requests in twenty days.
fn account(helper: &Path, count: u64) -> (Emulator, Sandbox) {
    let synthetic = SyntheticRequests { count, ..SyntheticRequests::default() };
    let ever = Duration::from_secs(36_500 * 86_400);
    let analytics = Analytics { synthetic: Some(synthetic), not_older_than: ever, ..Analytics::default() };
    let emulator = Emulator::start(Config { analytics, ..Config::default() }).expect("the emulator starts");
    // more queries than five minutes allow: another test covers the limit
    emulator.update(|config| config.analytics.queries = None);
    let mut sandbox = configured(helper);
    sandbox.with_gateway(&emulator).set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    (emulator, sandbox)
}

fn statusline(helper: &Path) {
    let sandbox = configured(helper);
    sandbox.write(
        "data/costs.json",
        r#"{"at":1793491200,"gateway":"shop","day":"2026-11-22","today":1.5,"month":45.25,"limit":0.42}"#,
    );
    let on = |name| {
        let mut command = sandbox.command(helper);
        command.arg(name);
        command
    };
    let mut jobs = vec![
        Job::new("statusline", on("statusline"), br#"{"session_id":"bench"}"#),
        Job::new(
            "session-end",
            on("session-end"),
            br#"{"session_id":"bench","hook_event_name":"SessionEnd"}"#,
        ),
        Job::new("session-env", on("session-env"), br#"{"session_id":"bench"}"#),
        Job::new("/bin/true", sandbox.command("/bin/true"), b""),
    ];
    let times = interleaved(&mut jobs, 300);
    for at in 0..3 {
        row(
            jobs[at].name,
            &format!("{:.2} ms", times[at].ms()),
            &format!("{:.2} ms, /bin/true", times[3].ms()),
            &format!("{:.1} times its time", times[at].ms() / times[3].ms()),
            "at most 1.5",
        );
    }
}
