//! Text output: on a wide or narrow terminal, and in a pipe.

use super::{answer, costs, requests, rig, transcript};
use crate::Rig;
use cf_aig_harness::terminal::Terminal;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn a_pipe_gets_every_column_and_no_picture() {
    let rig = rig(requests(30_000));
    let text = costs(&rig, &["--no-transcripts"]).stdout;
    let heading = text.lines().nth(2).unwrap();
    for column in
        ["model", "requests", "errors", "cached", "tokens in", "tokens out", "gateway", "list price"]
    {
        assert!(heading.contains(column), "{column}:\n{text}");
    }
    assert!(!text.contains('\u{2588}') && !text.contains('\u{1b}') && !text.contains("per day"), "{text}");
}

#[test]
fn a_terminal_gets_bars_and_a_sparkline() {
    let text = on_terminal(&rig(requests(30_000)), &[("LANG", "C.UTF-8")]);
    assert!(text.contains('\u{2588}') && text.contains("per day"), "{text}");
}

#[test]
fn a_terminal_without_unicode_gets_them_in_ascii() {
    let text = on_terminal(&rig(requests(30_000)), &[("LANG", "C")]);
    assert!(text.contains("####") && text.contains("per day"), "{text}");
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn a_narrow_terminal_loses_columns_and_no_line_is_too_long() {
    let rig = rig(requests(30_000));
    transcript(&rig, "a", &[answer("1", "claude-opus-5-5", [10, 10])]);
    for columns in [60, 90, 120] {
        let text = on_terminal(&rig, &[("LANG", "C.UTF-8"), ("COLUMNS", &columns.to_string())]);
        for line in text.lines() {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        assert!(text.contains("$"), "{text}");
    }
}

#[test]
fn only_drift_is_coloured_and_only_where_colour_is_wanted() {
    let rig = rig(requests(30_000));
    transcript(&rig, "a", &[answer("1", "claude-opus-5-5", [10, 10])]);
    let vars = [("LANG", "C.UTF-8"), ("TERM", "xterm-256color")];
    let coloured = raw(&rig, &vars);
    assert!(coloured.contains("\u{1b}[33mdrift"), "{coloured:?}");
    let plain = raw(&rig, &[vars[0], vars[1], ("NO_COLOR", "1")]);
    assert!(plain.contains("drift") && !plain.contains("\u{1b}[33m"), "{plain:?}");
}

#[test]
fn control_characters_in_names_do_not_reach_the_terminal() {
    let mut synthetic = cf_aig_emulator::SyntheticRequests { count: 3000, ..Default::default() };
    synthetic.models.push(("openai".to_owned(), "evil\u{1b}]0;x\u{7}\u{202e}\n-model".to_owned()));
    let text = costs(&rig(super::account(synthetic)), &[]).stdout;
    assert!(text.contains("evil-model"), "{text}");
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
}

/// The same twenty days on a terminal, as text.
fn on_terminal(rig: &Rig, vars: &[(&str, &str)]) -> String {
    let terminal = Terminal::start(&command(rig, vars));
    terminal.wait_for("sources end", LIMIT)
}

fn command(rig: &Rig, vars: &[(&str, &str)]) -> std::process::Command {
    let mut command = rig.sandbox.command("sh");
    command.args(["-c", "\"$0\" costs --since 2026-11-01 --until 2026-11-20; echo sources end"]);
    command.arg(rig.sandbox.cf_aig()).env("TERM", "xterm").envs(vars.iter().copied());
    command
}

/// The same with its colours.
fn raw(rig: &Rig, vars: &[(&str, &str)]) -> String {
    let terminal = Terminal::start(&command(rig, vars));
    terminal.wait_for("sources end", LIMIT);
    terminal.coloured()
}
