//! `cf-aig logs tail`: prints each new entry once, whatever happens.

use super::*;
use cf_aig_harness::Ran;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

/// A running tail, and its output line by line.
struct Running {
    child: Child,
    out: BufReader<ChildStdout>,
}

fn tail(rig: &Rig, args: &[&str]) -> Running {
    let mut command: Command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(["logs", "tail", "--json", "--interval", "250ms", "--since", "2026-11-01"]).args(args);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    Running { child, out }
}

impl Running {
    /// Waits for this many lines.
    fn next(&mut self, count: usize) -> Vec<Value> {
        let mut text = String::new();
        for _ in 0..count {
            assert!(self.out.read_line(&mut text).unwrap() > 0, "it ended early: {text}");
        }
        lines(&text)
    }

    fn end(mut self) -> Ran {
        let mut stdout = String::new();
        self.out.read_to_string(&mut stdout).unwrap();
        let mut ran = Ran::from(self.child.wait_with_output().unwrap());
        ran.stdout = stdout;
        ran
    }
}

fn arrive(rig: &Rig, count: u64) {
    rig.emulator.update(|config| config.synthetic_logs.as_mut().unwrap().count += count);
}

#[test]
fn entries_come_once_each_and_in_order_while_pages_shift() {
    let rig = rig(SyntheticLogs { arriving: 3, ..made_up(180) });
    let mut running = tail(&rig, &["--count", "400"]);
    let found = numbers(&running.next(400));
    assert_eq!(found, (0..400).collect::<Vec<_>>());
    let ran = running.end();
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
}

#[test]
fn each_line_names_its_schema_and_is_the_entry() {
    let rig = rig(made_up(1));
    let line = tail(&rig, &["--count", "1"]).next(1).remove(0);
    assert_eq!((&line["schema"], &line["provider"]), (&1.into(), &"anthropic".into()));
}

#[test]
fn a_tail_survives_what_breaks_and_says_so() {
    for fault in [status(500), Fault::ResetMidStream, Fault::EdgeHtml { status: 502 }] {
        let rig = rig(made_up(60));
        let mut running = tail(&rig, &["--count", "70"]);
        assert_eq!(numbers(&running.next(60)), (0..60).collect::<Vec<_>>());
        // more often than a single call is retried
        rig.emulator.set_fault_of(Host::Api, Some(Fault::Times(5, Box::new(fault.clone()))));
        arrive(&rig, 10);
        assert_eq!(numbers(&running.next(10)), (60..70).collect::<Vec<_>>(), "{fault:?}");
        let ran = running.end();
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stderr.contains("retrying in 1 s"), "{fault:?}: {ran:?}");
    }
}

#[test]
fn a_permanent_failure_ends_a_tail() {
    let rig = rig(made_up(1));
    let mut running = tail(&rig, &[]);
    running.next(1);
    rig.emulator.update(|config| config.api_tokens.clear());
    let ran = running.end();
    assert_eq!(ran.code, 3, "{ran:?}");
}

#[test]
fn it_ends_when_its_time_is_over() {
    let rig = rig(made_up(2));
    let ran = tail(&rig, &["--for", "300ms"]).end();
    assert_eq!((ran.code, lines(&ran.stdout).len()), (0, 2), "{ran:?}");
}

#[test]
fn a_tail_ends_when_its_reader_goes_away() {
    let rig = rig(made_up(2));
    let mut running = tail(&rig, &[]);
    running.next(2);
    // nothing new arrives, and it still notices
    drop(running.out);
    let ran = Ran::from(running.child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
}

#[test]
fn only_what_is_new_is_shown_without_a_since() {
    let rig = rig(made_up(5));
    let ran = rig.sandbox.run(["logs", "tail", "--json", "--for", "0s"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
}

#[test]
fn conditions_hold_for_a_tail_too() {
    let rig = rig(made_up(30));
    let mut running = tail(&rig, &["failed", "--count", "3"]);
    assert_eq!(numbers(&running.next(3)), [6, 13, 20]);
}
