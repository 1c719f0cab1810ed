//! `costs --offline` over a year of Claude Code's transcripts, beside ccusage if `CF_AIG_CCUSAGE` has its path.

use super::measure::{Job, interleaved};
use super::row;
use cf_aig_harness::Sandbox;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

const FILES: u64 = 200;
/// About a megabyte a file.
const TURNS: u64 = 140;

pub(crate) fn transcripts(helper: &Path) {
    let sandbox = Sandbox::new(helper);
    let projects = sandbox.home().join(".claude/projects");
    let bytes = (0..FILES).map(|file| write(&projects, file).expect("a transcript is written")).sum::<u64>();
    let arguments = ["costs", "--offline", "--json", "--since", "2026-11-01", "--until", "2026-11-20"];
    let mut ours = sandbox.command(helper);
    ours.args(arguments);
    let mut jobs = vec![Job::new("costs --offline", ours, b"")];
    let ccusage = std::env::var_os("CF_AIG_CCUSAGE");
    if let Some(program) = &ccusage {
        let mut theirs = sandbox.command(program);
        theirs.args(["claude", "daily", "--offline", "--json"]);
        jobs.push(Job::new("ccusage claude daily --offline", theirs, b""));
    }
    let expected = FILES * TURNS * 100;
    for (job, total) in jobs.iter().zip([ours_total as fn(&Value) -> u64, ccusage_total]) {
        let report = serde_json::from_slice(&job.output()).expect("a report in JSON");
        assert_eq!(total(&report), expected, "output tokens by {}", job.name);
    }
    let times = interleaved(&mut jobs, 10);
    let name = format!("costs of {} MB of transcripts", bytes / 1_000_000);
    let measured = format!("{:.0} ms, {:.1} MB", times[0].ms(), times[0].peak_mb);
    match times.get(1) {
        None => row(&name, &measured, "", "", ""),
        Some(theirs) => row(
            &name,
            &measured,
            &format!("{:.0} ms, {:.1} MB, ccusage, same totals", theirs.ms(), theirs.peak_mb),
            &format!("{:.2} times its time", times[0].ms() / theirs.ms()),
            "half of the CPU time of the first release: 185 ms for 205 MB",
        ),
    }
}

fn ours_total(report: &Value) -> u64 {
    report["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|row| row["claude_code"]["tokens"]["output"].as_u64())
        .sum()
}

fn ccusage_total(report: &Value) -> u64 {
    report["totals"]["outputTokens"].as_u64().unwrap_or_default()
}

/// One session: prompts, answers of two blocks each, and what tools returned. Returns its length in bytes.
fn write(projects: &Path, file: u64) -> std::io::Result<u64> {
    let project = format!("project-{}", file % 20);
    let dir = projects.join(format!("-home-dev-{project}"));
    std::fs::create_dir_all(&dir)?;
    let path = dir.join(format!("00000000-0000-4000-8000-{file:012}.jsonl"));
    let mut out = BufWriter::new(File::create(&path)?);
    let text = "fn main() { let answer = ask(\"what \\\"usage\\\" says\"); }\n".repeat(18);
    for turn in 0..TURNS {
        let line = |kind: &str, message: Value| {
            json!({"type": kind, "sessionId": format!("{file:08}"), "cwd": format!("/home/dev/{project}"), "version": "2.1.332",
                "timestamp": format!("2026-11-{:02}T{:02}:{:02}:00.000Z", 1 + file % 19, turn / 60, turn % 60),
                "uuid": format!("{file}-{turn}"), "requestId": format!("req_{file}_{turn}"), "message": message})
        };
        writeln!(
            out,
            "{}",
            line(
                "user",
                json!({"role": "user", "content": [{"type": "tool_result", "content": text.repeat(3)}]})
            )
        )?;
        for output in [1, 100] {
            let message = json!({"id": format!("msg_{file}_{turn}"), "role": "assistant", "type": "message",
                "model": "claude-sonnet-4-5-20250929", "content": [{"type": "text", "text": text}],
                "stop_reason": "end_turn", "stop_sequence": null,
                "usage": {"input_tokens": 7, "output_tokens": output, "cache_read_input_tokens": 30_000,
                    "cache_creation_input_tokens": 900,
                    "cache_creation": {"ephemeral_5m_input_tokens": 900, "ephemeral_1h_input_tokens": 0}}});
            writeln!(out, "{}", line("assistant", message))?;
        }
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}
