//! `cf-aig logs export`: exactly the matching set, however often it is interrupted.

use super::*;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

fn command(rig: &Rig, args: &[&str]) -> (Command, PathBuf) {
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    let file = rig.sandbox.project().join("out");
    command.args(["logs", "export", "--since", "2026-11-01", "--output", "out"]).args(args);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    (command, file)
}

fn export(rig: &Rig, args: &[&str]) -> (cf_aig_harness::Ran, String) {
    let (mut command, file) = command(rig, args);
    let ran = command.output().unwrap().into();
    (ran, std::fs::read_to_string(file).unwrap_or_default())
}

/// An export that the API refuses after so many calls; it can be resumed.
fn stops_after(rig: &Rig, calls: u32) {
    rig.emulator.set_fault_of(Host::Api, Some(Fault::After(calls, Box::new(status(403)))));
    assert_eq!(export(rig, &[]).0.code, 3);
    rig.emulator.set_fault_of(Host::Api, None);
}

/// The numbers in an export, in order.
fn exported(text: &str, csv: bool) -> Vec<u64> {
    if !csv {
        return numbers(&lines(text));
    }
    let event = |line: &str| {
        let at = line.find("event-").unwrap_or_else(|| panic!("a broken row: {line}"));
        let digits: String = line[at + 6..].chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    };
    let mut rows = text.split_terminator("\r\n");
    assert!(rows.next().unwrap().starts_with("id,created_at,provider,"));
    rows.map(event).collect()
}

/// The same sequence of numbers in each run.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

#[test]
fn an_export_is_the_whole_log_oldest_first() {
    let rig = rig(made_up(1234));
    let (ran, text) = export(&rig, &["--json"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let json = ran.json();
    assert_eq!((&json["entries"], &json["resumed"]), (&1234.into(), &false.into()));
    assert_eq!(exported(&text, false), (0..1234).collect::<Vec<_>>());
    assert!(!rig.sandbox.project().join("out.progress").exists());
}

#[test]
fn a_line_is_the_entry_as_the_api_gives_it() {
    let rig = rig(made_up(3));
    let listed = rig.sandbox.run(["logs", "list", "--json", "--ascending"]).json();
    assert_eq!(lines(&export(&rig, &[]).1), *listed["logs"].as_array().unwrap());
}

#[test]
fn csv_has_a_header_and_a_row_each() {
    let rig = rig(made_up(120));
    let (ran, text) = export(&rig, &["--format", "csv"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(exported(&text, true), (0..120).collect::<Vec<_>>());
    let columns = |row: &str| row.split(',').count();
    let (head, first) = (text.lines().next().unwrap(), text.lines().nth(1).unwrap());
    // the metadata's own comma, and the one in the user agent
    assert_eq!(columns(head) + 2, columns(first), "{first}");
    assert!(first.contains(r#""{""session"":""s-0"",""project"":""p-0""}""#), "{first}");
}

#[test]
fn a_log_that_grows_and_is_pruned_is_exported_without_loss_or_repetition() {
    let logs = SyntheticLogs { arriving: 5, expiring: 2, ties: 3, ..made_up(2000) };
    let rig = rig(logs);
    let (ran, text) = export(&rig, &["--until", "2026-11-01T00:10:00Z"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let found = exported(&text, false);
    let first = found[0];
    // the oldest may disappear before they are read, but then there is no gap
    assert!(first < 10);
    assert_eq!(found, (first..1800).collect::<Vec<_>>());
}

#[test]
fn a_moment_with_more_entries_than_a_page_is_exported_whole() {
    let rig = rig(SyntheticLogs { ties: 170, ..made_up(1000) });
    let (ran, text) = export(&rig, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(exported(&text, false), (0..1000).collect::<Vec<_>>());
}

#[test]
fn an_export_killed_at_any_point_completes_exactly_when_resumed() {
    let mut seed = 20_261_122;
    for csv in [false, true] {
        let rig = rig(SyntheticLogs { ties: 4, arriving: 1, ..made_up(6000) });
        let format = if csv { "csv" } else { "ndjson" };
        let args = ["--until", "2026-11-01T00:25:00Z", "--format", format];
        let mut kills = 0;
        loop {
            // so that it takes a while
            let slow = Fault::Delay(Duration::from_millis(4));
            rig.emulator.set_fault_of(Host::Api, Some(slow));
            let (mut command, _) = command(&rig, &args);
            let before = rig.emulator.requests().len();
            let mut child = command.spawn().unwrap();
            // killed after this many requests of this run, wherever it is then
            let count = before + 12 + usize::try_from(random(&mut seed) % 30).unwrap();
            let ended = loop {
                if rig.emulator.wait_for_count(Duration::from_millis(20), count) {
                    break false;
                }
                if child.try_wait().unwrap().is_some() {
                    break true;
                }
            };
            if ended {
                let ran: cf_aig_harness::Ran = child.wait_with_output().unwrap().into();
                assert_eq!(ran.code, 0, "{ran:?}");
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
        let text = std::fs::read_to_string(rig.sandbox.project().join("out")).unwrap();
        assert!(kills > 4, "only {kills} kills");
        assert_eq!(exported(&text, csv), (0..6000).collect::<Vec<_>>(), "{format}, {kills} kills");
        assert!(!rig.sandbox.project().join("out.progress").exists());
    }
}

#[test]
fn an_error_in_the_middle_is_survived() {
    for fault in [status(500), Fault::ResetMidStream, Fault::InvalidJson] {
        let rig = rig(made_up(900));
        let fault = Fault::After(5, Box::new(Fault::Times(2, Box::new(fault))));
        rig.emulator.set_fault_of(Host::Api, Some(fault.clone()));
        let (mut ran, mut text) = export(&rig, &[]);
        if ran.code != 0 {
            // unreadable data is not a network failure; the next run resumes
            assert!(ran.stderr.contains("run the same command to resume"), "{fault:?}: {ran:?}");
            (ran, text) = export(&rig, &[]);
        }
        assert_eq!(ran.code, 0, "{fault:?}: {ran:?}");
        assert_eq!(exported(&text, false), (0..900).collect::<Vec<_>>(), "{fault:?}");
    }
}

#[test]
fn the_range_of_the_first_run_holds_for_those_that_go_on() {
    let rig = rig(SyntheticLogs { arriving: 10, ..made_up(1000) });
    rig.emulator.set_fault_of(Host::Api, Some(Fault::After(9, Box::new(status(403)))));
    let (ran, _) = export(&rig, &["--until", "2026-11-01T00:16:40Z", "--json"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    rig.emulator.set_fault_of(Host::Api, None);
    let (ran, text) = export(&rig, &["--until", "2026-11-01T00:16:40Z", "--json"]);
    assert_eq!((ran.code, &ran.json()["resumed"]), (0, &true.into()), "{ran:?}");
    assert_eq!(exported(&text, false), (0..1000).collect::<Vec<_>>());
}

#[test]
fn another_export_or_another_file_is_not_touched() {
    let rig = rig(made_up(10));
    let out = rig.sandbox.write("project/out", "mine\n");
    let (ran, text) = export(&rig, &[]);
    assert_eq!((ran.code, text.as_str()), (5, "mine\n"), "{ran:?}");
    std::fs::remove_file(&out).unwrap();
    stops_after(&rig, 1);
    let (ran, _) = export(&rig, &["--format", "csv"]);
    assert_eq!(ran.code, 5, "{ran:?}");
    assert!(ran.stderr.contains("out.progress is of another export"), "{ran:?}");
    assert_eq!(export(&rig, &[]).0.code, 0);
}

#[test]
fn what_is_no_file_is_written_to() {
    let rig = rig(made_up(10));
    let lines = rig.ok(&["logs", "export", "--since", "2026-11-01"]);
    for output in ["-", "/dev/stdout"] {
        let ran = rig.sandbox.run(["logs", "export", "--since", "2026-11-01", "--output", output]);
        assert_eq!((ran.code, &ran.stdout), (0, &lines), "{output}: {ran:?}");
    }
    assert_eq!(
        rig.json(&["logs", "export", "--since", "2026-11-01", "--output", "/dev/null"])["entries"],
        10
    );
    assert!(rig.fails(2, &["logs", "export", "--output", "-", "--json"]).contains("--json"));
    assert!(!rig.sandbox.project().join("-").exists());
}

#[test]
fn a_file_that_cannot_be_made_is_named_and_not_advised_to_be_deleted() {
    let rig = rig(made_up(10));
    std::fs::create_dir(rig.sandbox.project().join("folder")).unwrap();
    for (output, code) in [("missing/out", 7), ("folder", 5)] {
        let said = rig.fails(code, &["logs", "export", "--output", output]);
        assert!(said.contains(output) && !said.contains(".tmp") && !said.contains("delete"), "{said}");
    }
}

#[test]
fn an_export_never_runs_into_the_rate_limit() {
    let rig = rig(made_up(6000));
    rig.emulator.update(|config| config.api_rate_limit = Some((50, Duration::from_secs(1))));
    let (ran, text) = export(&rig, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(exported(&text, false), (0..6000).collect::<Vec<_>>());
    let statuses: BTreeSet<_> = asked(&rig).into_iter().map(|request| request.status).collect();
    assert_eq!(statuses, BTreeSet::from([Some(200)]));
}

#[test]
fn an_export_waits_for_a_limit_used_up_by_others() {
    let rig = rig(made_up(300));
    // another program has used up the window
    let spent = Fault::Status {
        status: 429,
        headers: vec![("retry-after".to_owned(), "1".to_owned())],
        body: String::new(),
    };
    rig.emulator.set_fault_of(Host::Api, Some(Fault::After(3, Box::new(Fault::Times(1, Box::new(spent))))));
    let (ran, text) = export(&rig, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(exported(&text, false), (0..300).collect::<Vec<_>>());
}

#[test]
fn conditions_choose_what_is_exported() {
    let rig = rig(made_up(400));
    let (ran, text) = export(&rig, &["meta.session:s-3", "status:529"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let expected: Vec<u64> = (0..400).filter(|n| n % 5 == 3 && n % 7 == 6).collect();
    assert_eq!(exported(&text, false), expected);
}

#[test]
fn without_a_file_it_goes_to_stdout() {
    let rig = rig(made_up(130));
    let ran = rig.sandbox.run(["logs", "export", "--since", "2026-11-01"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(exported(&ran.stdout, false), (0..130).collect::<Vec<_>>());
}

#[test]
fn an_export_that_hangs_can_be_killed_and_keeps_others_out_while_it_lives() {
    let rig = rig(made_up(2000));
    rig.emulator.set_fault_of(Host::Api, Some(Fault::After(20, Box::new(Fault::AcceptAndHang))));
    let (mut first, file) = command(&rig, &[]);
    let mut child = first.spawn().unwrap();
    assert!(rig.emulator.wait_for_count(Duration::from_secs(20), 21));
    rig.emulator.set_fault_of(Host::Api, None);
    let (second, _) = export(&rig, &[]);
    assert_eq!(second.code, 5, "{second:?}");
    assert!(second.stderr.contains("another process is writing"), "{second:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let kept = std::fs::metadata(&file).unwrap().len();
    let before = asked(&rig).len();
    let (ran, text) = export(&rig, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(kept > 0 && asked(&rig).len() - before < 40, "the export started over");
    assert_eq!(exported(&text, false), (0..2000).collect::<Vec<_>>());
}

#[test]
fn a_file_that_lost_its_end_is_not_believed() {
    let rig = rig(made_up(2000));
    stops_after(&rig, 20);
    let file = rig.sandbox.project().join("out");
    std::fs::write(&file, "").unwrap();
    let (ran, text) = export(&rig, &[]);
    assert_eq!((ran.code, text.as_str()), (5, ""), "{ran:?}");
    assert!(ran.stderr.contains("delete both"), "{ran:?}");
}

#[test]
fn what_was_written_after_the_last_mark_is_cut_off() {
    let rig = rig(made_up(2000));
    stops_after(&rig, 20);
    let file = rig.sandbox.project().join("out");
    let mut torn = std::fs::read_to_string(&file).unwrap();
    // longer than the remaining time, so that nothing hides it
    torn.push_str(&"{\"id\":\"torn\"}\n{\"id".repeat(200_000));
    std::fs::write(&file, torn).unwrap();
    let (ran, text) = export(&rig, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!text.contains("torn"));
    assert_eq!(exported(&text, false), (0..2000).collect::<Vec<_>>());
}

#[test]
fn a_secret_in_an_entry_is_in_no_file() {
    let rig = crate::Rig::managed();
    // a token in place of the model's name: the log keeps what was sent
    rig.sandbox.run(["send", "hi", "--wait", "0", "--model", API_TOKEN]);
    rig.sandbox.run(["send", "hi", "--wait", "0", "--model", "sk-ant-0123456789abcdef"]);
    for format in ["ndjson", "csv"] {
        let output = format!("out.{format}");
        let ran = rig.sandbox.run(["logs", "export", "--format", format, "--output", &output]);
        assert_eq!(ran.code, 0, "{ran:?}");
        let text = std::fs::read_to_string(rig.sandbox.project().join(output)).expect("the export");
        assert!(!text.contains(API_TOKEN) && !text.contains("sk-ant-0123456789abcdef"), "{text}");
        assert_eq!(text.matches("[redacted]").count(), 2, "{text}");
    }
}

/// The fields of `FILE.progress` in schema 1. A new one needs a new schema number, because a version that
/// does not know it would resume at the wrong entry.
const PROGRESS: [&str; 9] = ["schema", "job", "since", "until", "bytes", "entries", "at", "seen", "cursor"];

#[test]
fn the_progress_of_another_version_is_refused_and_left_as_it_is() {
    let rig = rig(made_up(1000));
    stops_after(&rig, 9);
    let path = rig.sandbox.project().join("out.progress");
    let good: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let fields: Vec<_> = good.as_object().unwrap().keys().cloned().collect();
    assert_eq!((fields, &good["schema"]), (PROGRESS.map(str::to_owned).to_vec(), &1.into()));
    for (field, value) in [("schema", 2.into()), ("schema", 0.into()), ("from_a_later_version", true.into())]
    {
        let mut other = good.clone();
        other[field] = value;
        let (text, exported) = (other.to_string(), std::fs::read(path.with_extension("")).unwrap());
        std::fs::write(&path, &text).unwrap();
        let (ran, _) = export(&rig, &[]);
        assert_eq!(ran.code, 5, "{text}: {ran:?}");
        assert!(ran.stderr.contains("out.progress"), "{ran:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(std::fs::read(path.with_extension("")).unwrap(), exported);
    }
    std::fs::write(&path, good.to_string()).unwrap();
    let (ran, text) = export(&rig, &[]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(exported(&text, false), (0..1000).collect::<Vec<_>>());
}
