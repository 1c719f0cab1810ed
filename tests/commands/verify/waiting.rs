//! Logs that are late, that know the request by another mark, or that are elsewhere; and a person who
//! does not want to wait.

use super::{json, rig};
use cf_aig_emulator::LogQuirks;
use cf_aig_harness::terminal::Terminal;
use std::time::Duration;

/// The store in which it was found, and by what.
fn found(logs: LogQuirks) -> String {
    found_in(logs, false)
}

fn found_in(logs: LogQuirks, observability: bool) -> String {
    let rig = rig();
    rig.emulator.update(|config| {
        config.logs = logs;
        config.logs_in_observability = observability;
    });
    let proof = json(&rig, &[]);
    let entry = &proof["log"]["entry"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or("?").to_owned();
    format!("{} {} by {}", text(&proof["verdict"]), text(&entry["store"]), text(&entry["by"]))
}

#[test]
fn a_late_log_is_waited_for() {
    assert_eq!(found(LogQuirks { lag: 5, ..LogQuirks::default() }), "proved logs by log id");
}

#[test]
fn the_request_is_known_by_three_marks() {
    let no_ids = LogQuirks { no_ids: true, ..LogQuirks::default() };
    assert_eq!(found(LogQuirks::default()), "proved logs by log id");
    assert_eq!(found(no_ids.clone()), "proved logs by event id");
    assert_eq!(found(LogQuirks { no_event_ids: true, ..no_ids }), "proved logs by metadata");
}

#[test]
fn a_younger_accounts_store_is_asked_when_the_log_has_nothing() {
    assert_eq!(found_in(LogQuirks::default(), true), "proved observability by text");
    let late = LogQuirks { lag: 1, ..LogQuirks::default() };
    assert_eq!(found_in(late, true), "proved observability by text");
}

#[test]
fn waiting_is_shown_and_ctrl_c_ends_it_with_what_is_known() {
    let rig = rig();
    rig.emulator.update(|config| config.logs.lag = u32::MAX);
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(["verify", "--wait", "600"]).env("TERM", "xterm");
    let mut terminal = Terminal::start(&command);
    let limit = Duration::from_secs(60);
    terminal.wait_for("Ctrl-C stops waiting", limit);
    terminal.type_keys("\u{3}");
    let screen = terminal.wait_for("half proved", limit);
    assert!(screen.contains("not seen (interrupted)"), "{screen}");
    assert!(!screen.contains("Ctrl-C stops waiting"), "the line is taken back:\n{screen}");
}
