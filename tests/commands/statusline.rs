//! `cf-aig statusline` and `setup --statusline`: stored figures, shown without requests.

use crate::Rig;
use cf_aig_emulator::{API_TOKEN, Analytics, Config, SyntheticRequests};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// A gateway with requests in the last twenty days.
fn rig() -> Rig {
    let hours = 20 * 24;
    let start_ms = jiff::Timestamp::now().as_millisecond() - 3_600_000 * (hours - 1);
    let start_ms = start_ms - start_ms.rem_euclid(3_600_000);
    let synthetic = SyntheticRequests {
        count: 300_000,
        start_ms,
        hours: hours.unsigned_abs(),
        ..SyntheticRequests::default()
    };
    let analytics = Analytics { synthetic: Some(synthetic), ..Analytics::default() };
    let mut rig = Rig::with(Config { analytics, ..Config::default() });
    rig.sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    rig
}

fn line(rig: &Rig) -> String {
    let input = json!({"session_id": "s", "cost": {"total_cost_usd": 0.1}}).to_string();
    let ran = rig.sandbox.run_with(["statusline"], input.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    ran.stdout
}

fn settings(rig: &Rig) -> PathBuf {
    rig.sandbox.home().join(".claude/settings.json")
}

fn setup(rig: &Rig, more: &[&str]) -> cf_aig_harness::Ran {
    rig.sandbox.run(["setup", "--statusline", "--yes"].iter().chain(more))
}

#[test]
fn the_line_shows_the_last_figures_without_a_request() {
    let mut rig = rig();
    assert_eq!(rig.sandbox.run(["costs"]).code, 0);
    rig.sandbox.unset("CLOUDFLARE_API_TOKEN");
    let asked = rig.emulator.connections();
    let shown = line(&rig);
    assert!(
        shown.starts_with("emulator: not routed, ~$0.10 session, ~$") && shown.ends_with(" this month\n"),
        "{shown}"
    );
    assert_eq!(shown.lines().count(), 1);
    assert_eq!(rig.emulator.connections(), asked);
}

/// The line without figures of the gateway.
const NO_FIGURES: &str = "not routed, ~$0.10 session\n";

#[test]
fn without_figures_the_line_says_where_the_session_goes() {
    let mut rig = rig();
    // with a token, the line would fetch figures
    rig.sandbox.unset("CLOUDFLARE_API_TOKEN");
    assert_eq!(line(&rig), NO_FIGURES);
    let url = rig.sandbox.run(["url", "anthropic"]).stdout;
    rig.sandbox.set("ANTHROPIC_BASE_URL", url.trim());
    assert_eq!(line(&rig), "emulator: routed, ~$0.10 session\n");
    rig.sandbox.set("ANTHROPIC_BASE_URL", "https://api.anthropic.com");
    assert_eq!(line(&rig), NO_FIGURES);
}

#[test]
fn a_damaged_file_of_figures_is_ignored() {
    let rig = rig();
    for text in ["", "{", "{\"at\":\"x\"}"] {
        rig.sandbox.write("data/costs.json", text);
        assert_eq!(line(&rig), NO_FIGURES);
    }
}

#[test]
fn a_report_about_another_time_changes_nothing_in_the_line() {
    let rig = rig();
    assert_eq!(
        rig.sandbox.run(["costs", "--since", "1d", "--until", &jiff::Timestamp::now().to_string()]).code,
        0
    );
    assert_eq!(line(&rig), NO_FIGURES);
}

#[test]
fn the_start_of_a_session_renews_figures_that_someone_looks_at() {
    let rig = rig();
    rig.sandbox.hook("startup");
    assert!(!asked(&rig), "the line was not shown yet");
    line(&rig);
    // what the line itself started does not come from the hook
    let mut sandbox_without = rig;
    assert!(sandbox_without.emulator.wait_for(LIMIT, |r| r.path.contains("graphql")).is_some());
    sandbox_without.sandbox.unset("CLOUDFLARE_API_TOKEN");
    sandbox_without.sandbox.set("CLAUDE_PLUGIN_OPTION_API_TOKEN", API_TOKEN);
    for name in ["costs-asked", "costs.json"] {
        let _ = std::fs::remove_file(sandbox_without.sandbox.data().join(name));
    }
    let before = sandbox_without.emulator.requests().iter().filter(|r| r.path.contains("graphql")).count();
    sandbox_without.sandbox.hook("startup");
    let mut seen = 0;
    let renewed = sandbox_without.emulator.wait_for(LIMIT, |r| {
        seen += usize::from(r.path.contains("graphql"));
        seen > before
    });
    assert!(renewed.is_some());
}

fn asked(rig: &Rig) -> bool {
    rig.emulator.requests().iter().any(|request| request.path.contains("graphql"))
}

#[test]
fn setup_adds_the_line_and_off_gives_the_bytes_back() {
    for before in [None, Some("{\n  // mine\n  \"model\": \"opus\"\n}\n"), Some("{\"model\":\"opus\"}")] {
        let rig = rig();
        if let Some(text) = before {
            rig.sandbox.write("home/.claude/settings.json", text);
        }
        let ran = setup(&rig, &[]);
        let comments = before.is_some_and(|text| text.contains("//"));
        if comments {
            // a file that Claude Code itself rejects is not edited
            assert_eq!(ran.code, 5, "{ran:?}");
        } else {
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
            let file: Value = serde_json::from_slice(&std::fs::read(settings(&rig)).unwrap()).unwrap();
            let command = file["statusLine"]["command"].as_str().unwrap();
            assert!(command.ends_with("cf-aig' statusline"), "{command}");
            assert_eq!(rig.sandbox.run(["off", "--yes"]).code, 0);
        }
        assert_eq!(std::fs::read_to_string(settings(&rig)).ok().as_deref(), before);
    }
}

#[test]
fn a_second_time_changes_nothing() {
    let rig = rig();
    setup(&rig, &[]);
    let first = std::fs::read(settings(&rig)).unwrap();
    assert_eq!(setup(&rig, &[]).code, 0);
    assert_eq!(std::fs::read(settings(&rig)).unwrap(), first);
}

#[test]
fn routing_and_the_line_live_in_one_file_and_go_together() {
    let rig = rig();
    assert_eq!(setup(&rig, &[]).code, 0);
    assert_eq!(rig.sandbox.run(["setup", "--yes"]).code, 0);
    assert_eq!(rig.sandbox.run(["setup", "--yes", "--auth", "stored-key"]).code, 0);
    let file: Value = serde_json::from_slice(&std::fs::read(settings(&rig)).unwrap()).unwrap();
    assert!(file["statusLine"].is_object() && file["env"]["ANTHROPIC_BASE_URL"].is_string(), "{file}");
    assert_eq!(rig.sandbox.run(["off", "--yes"]).code, 0);
    assert!(!settings(&rig).exists());
}

#[test]
fn another_status_line_is_never_displaced() {
    let theirs = "{\"statusLine\":{\"type\":\"command\",\"command\":\"echo mine\"}}";
    for scope in ["user", "project", "local"] {
        let rig = rig();
        rig.sandbox.write("home/.claude/settings.json", theirs);
        let ran = setup(&rig, &["--scope", scope]);
        assert_eq!(ran.code, 5, "{scope}: {ran:?}");
        assert!(ran.stderr.contains("have its command also print the output of:"), "{}", ran.stderr);
        assert_eq!(std::fs::read_to_string(settings(&rig)).unwrap(), theirs);
        assert!(!rig.sandbox.project().join(".claude").exists());
    }
}

#[test]
fn a_dry_run_shows_the_change_and_writes_nothing() {
    let rig = rig();
    let ran = rig.sandbox.run(["setup", "--statusline", "--dry-run"]);
    assert!(ran.code == 0 && ran.stdout.contains("+  \"statusLine\""), "{ran:?}");
    assert!(!settings(&rig).exists());
    let json = rig.sandbox.run(["setup", "--statusline", "--dry-run", "--json"]).json();
    assert_eq!(json["changes"][0]["key"], "statusLine");
    assert_eq!(json["applied"], false);
}
