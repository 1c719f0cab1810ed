//! `diagnose` on a long debug log: speed and memory.

use super::measure::{self, Job, interleaved};
use super::row;
use cf_aig_harness::{Sandbox, plugin_root};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

const LONG: usize = 100_000_000;
/// A hundredth of it: if both use the same memory, the length does not matter.
const SHORT: usize = LONG / 100;

pub(crate) fn long_log(helper: &Path) {
    let sandbox = Sandbox::new(helper);
    let (long, short) = (sandbox.home().join("long.log"), sandbox.home().join("short.log"));
    write(&long, LONG).and_then(|()| write(&short, SHORT)).expect("the logs are written");
    let on = |program: &Path, args: &[&str], file: &Path| {
        let mut command: Command = sandbox.command(program);
        command.args(args).arg(file);
        command
    };
    let mut jobs = vec![
        Job::new("diagnose", on(helper, &["diagnose", "--json"], &long), b""),
        Job::new("diagnose, short", on(helper, &["diagnose", "--json"], &short), b""),
    ];
    let has_grep = measure::is_there("grep");
    if has_grep {
        jobs.push(Job::new(
            "grep -cF",
            on(Path::new("grep"), &["-cF", "words that stand nowhere in it"], &long),
            b"",
        ));
    }
    let times = interleaved(&mut jobs, 10);
    let speed = |ms: f64| LONG as f64 / 1e3 / ms;
    let against = if has_grep {
        format!("{:.0} MB/s, grep -cF for words that are not there", speed(times[2].ms()))
    } else {
        String::new()
    };
    row(
        "diagnose, 100 MB debug log",
        &format!("{:.0} ms, {:.0} MB/s", times[0].ms(), speed(times[0].ms())),
        &against,
        "",
        "at least 1000 MB/s",
    );
    let small = sandbox.home().join("small.log");
    std::fs::write(&small, "2026-11-28T10:00:35.000Z [ERROR] API error (attempt 1/11): 401 401 {\"type\":\"error\",\"error\":{\"type\":\"authentication_error\",\"message\":\"invalid x-api-key\"}}\n").expect("it is written");
    let mut few = vec![Job::new("diagnose, one line", on(helper, &["diagnose", "--json"], &small), b"")];
    let one = interleaved(&mut few, 100)[0];
    row("diagnose, one line of a log", &format!("{:.1} ms", one.ms()), "", "", "under 2.5 ms");
    row(
        "peak memory, diagnose, 100 MB debug log",
        &format!("{:.1} MB", times[0].peak_mb),
        &format!("{:.1} MB, for 1 MB of it", times[1].peak_mb),
        &format!("{:.2} times", times[0].peak_mb / times[1].peak_mb),
        "constant",
    );
}

/// Debug logs of the real client, repeated: a session that mostly works, with an occasional failure.
fn write(path: &Path, length: usize) -> std::io::Result<()> {
    let logs = plugin_root().join("tests/diagnose/fixtures/log");
    let read = |name: &str| std::fs::read(logs.join(name));
    let (works, fails) = (read("ok.log")?, read("gateway-2041.log")?);
    let mut out = BufWriter::new(File::create(path)?);
    let (mut written, mut round) = (0, 0);
    while written < length {
        let part = if round % 20 == 19 { &fails } else { &works };
        let part = &part[..part.len().min(length - written)];
        out.write_all(part)?;
        written += part.len();
        round += 1;
    }
    out.flush()
}
