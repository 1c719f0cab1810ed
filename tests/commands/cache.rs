//! How often the gateway is probed: a success is cached for five minutes, a failure not at all.

use crate::{Answer, Rig};
use cf_aig_emulator::{ACCOUNT_ID, Fault, Gateway};
use std::fs::File;
use std::time::{Duration, SystemTime};

fn asked(rig: &Rig) -> usize {
    rig.emulator.requests().len()
}

/// Makes the cached success expire.
fn age(rig: &Rig, by: Duration) {
    let folder = rig.sandbox.data().join("probe");
    for entry in std::fs::read_dir(folder).expect("something is remembered") {
        let file = File::options().write(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(SystemTime::now() - by).unwrap();
    }
}

#[test]
fn a_success_counts_for_five_minutes() {
    let rig = Rig::new();
    for source in ["startup", "resume", "clear"] {
        Answer::of(rig.sandbox.hook(source));
        assert_eq!(asked(&rig), 1);
    }
    age(&rig, Duration::from_secs(4 * 60));
    rig.hook();
    assert_eq!(asked(&rig), 1);
    age(&rig, Duration::from_secs(6 * 60));
    rig.hook();
    assert_eq!(asked(&rig), 2);
}

#[test]
fn another_token_or_url_is_probed_separately() {
    let mut rig = Rig::new();
    let other = Gateway {
        gateway_id: "other".to_owned(),
        tokens: vec!["second".to_owned(), cf_aig_emulator::GATEWAY_TOKEN.to_owned()],
        ..Gateway::default()
    };
    assert_eq!(other.account_id, ACCOUNT_ID);
    rig.emulator.update(|config| config.gateways.push(other));
    rig.hook();
    rig.sandbox.set("CF_AIG_GATEWAY_ID", "other");
    rig.hook();
    assert_eq!(asked(&rig), 2);
    rig.sandbox.set("CF_AIG_TOKEN", "second");
    rig.hook();
    assert_eq!(asked(&rig), 3);
    rig.sandbox.set("CF_AIG_TOKEN", "wrong");
    assert!(rig.hook().line().contains("401/2009"));
    assert_eq!(asked(&rig), 4);
    rig.sandbox.set("CF_AIG_TOKEN", "second");
    assert_eq!((rig.hook().message, asked(&rig)), (None, 4));
}

#[test]
fn a_failure_is_not_remembered() {
    let rig = Rig::new();
    rig.emulator.set_fault(Some(Fault::ErrorCode1010));
    for count in 1..=2 {
        assert!(rig.hook().line().contains("1010"));
        assert_eq!(asked(&rig), count);
    }
    rig.emulator.set_fault(None);
    assert_eq!((rig.hook().message, asked(&rig)), (None, 3));
    assert_eq!((rig.hook().message, asked(&rig)), (None, 3));
}

/// A clock that was set back leaves a success in the future, which must not count once the clock gets there.
#[test]
fn a_failure_ends_a_success_that_is_dated_in_the_future() {
    let rig = Rig::new();
    rig.hook();
    let folder = rig.sandbox.data().join("probe");
    let kept = || {
        let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
        entries.filter(|path| path.extension().is_none()).collect::<Vec<_>>()
    };
    let [success] = &kept()[..] else { panic!("{:?}", kept()) };
    let later = SystemTime::now() + Duration::from_secs(3600);
    File::options().write(true).open(success).unwrap().set_modified(later).unwrap();
    rig.emulator.set_fault(Some(Fault::ErrorCode1010));
    assert!(rig.hook().line().contains("1010"));
    assert_eq!(kept(), [""; 0].map(std::path::PathBuf::from));
}

#[test]
fn the_cache_reveals_neither_url_nor_token() {
    let rig = Rig::new();
    rig.hook();
    for entry in std::fs::read_dir(rig.sandbox.data().join("probe")).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().len(), 0);
        let name = entry.file_name().to_string_lossy().into_owned();
        assert!(name.trim_end_matches(".lock").bytes().all(|b| b.is_ascii_hexdigit()), "{name}");
    }
}

/// The results of this many sessions that start at once.
fn at_once(rig: &Rig, count: usize) -> Vec<Answer> {
    let hook = |at: usize| {
        let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
        let file = rig.sandbox.home().join(format!("hook-{at}.sh"));
        command.arg("session-start").env("CLAUDE_ENV_FILE", &file);
        let answer = Answer::of(cf_aig_harness::sandbox::feed(command, b"{}"));
        let text = std::fs::read_to_string(file).unwrap_or_default();
        assert!(text.contains("ANTHROPIC_BASE_URL"), "not routed: {answer:?}");
        answer
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..count).map(|at| scope.spawn(move || hook(at))).collect();
        running.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    })
}

#[test]
fn twenty_sessions_at_once_probe_once() {
    let rig = Rig::new();
    assert!(at_once(&rig, 20).iter().all(|answer| answer.message.is_none()));
    assert_eq!(asked(&rig), 1);
}

#[test]
fn all_sessions_that_start_at_once_report_a_gateway_that_hangs() {
    let rig = Rig::new();
    rig.emulator.set_fault(Some(Fault::AcceptAndHang));
    for answer in at_once(&rig, 8) {
        assert!(answer.line().contains("did not respond in time"), "{answer:?}");
    }
}

#[test]
fn all_sessions_that_start_at_once_report_a_gateway_that_fails() {
    let rig = Rig::new();
    rig.emulator.set_fault(Some(Fault::Status { status: 502, headers: vec![], body: String::new() }));
    for answer in at_once(&rig, 8) {
        assert!(answer.line().contains("responded with 502"), "{answer:?}");
    }
}

#[test]
fn a_probe_that_is_switched_off_opens_no_connection() {
    for word in ["off", "0", "false", "no"] {
        let mut rig = Rig::new();
        rig.sandbox.set("CF_AIG_PROBE", word);
        let answer = rig.hook();
        assert_eq!((answer.message, rig.emulator.connections()), (None, 0), "{word}");
        assert!(answer.context.is_some());
    }
}
