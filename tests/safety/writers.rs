//! Concurrent setups, offs and other writers of the same file.

use cf_aig_harness::{Sandbox, print_uncaptured};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

const BEFORE: &str = "{\n  \"model\": \"opus\"\n}\n";
const LIMIT: Duration = Duration::from_secs(10);

fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox
        .set("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
        .set("CF_AIG_GATEWAY_ID", "dev")
        .set("CF_AIG_TOKEN", "cfut_writers0writers0writers0")
        .set("CF_AIG_PROBE", "off");
    sandbox.write("home/.claude/settings.json", BEFORE);
    sandbox
}

fn file(sandbox: &Sandbox) -> PathBuf {
    sandbox.home().join(".claude/settings.json")
}

#[test]
fn setups_and_offs_at_the_same_time_lose_nothing() {
    let sandbox = sandbox();
    let calls: [&[&str]; 4] = [
        &["setup", "--yes", "--auth", "own-key"],
        &["setup", "--yes", "--auth", "own-key", "--providers", "openai"],
        &["setup", "--statusline", "--yes"],
        &["off", "--yes"],
    ];
    let begin = Instant::now();
    let (mut rounds, runs, refused) = (0, AtomicU32::new(0), AtomicU32::new(0));
    while begin.elapsed() < LIMIT && rounds < 150 {
        std::thread::scope(|scope| {
            for at in 0..3 {
                let args = calls[(rounds + at) % calls.len()];
                let (sandbox, runs, refused) = (&sandbox, &runs, &refused);
                scope.spawn(move || {
                    let ran = sandbox.run(args);
                    // an off refuses if the plan has changed since it was shown, which is allowed
                    assert!(matches!(ran.code, 0 | 5), "{args:?}: {ran:?}");
                    runs.fetch_add(1, Ordering::Relaxed);
                    refused.fetch_add(u32::from(ran.code != 0), Ordering::Relaxed);
                });
            }
        });
        let ran = sandbox.run(["off", "--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(
            std::fs::read_to_string(file(&sandbox)).expect("a file"),
            BEFORE,
            "round {rounds}: {ran:?}"
        );
        assert!(!sandbox.home().join(".local/state/cf-aig/ledger.json").exists(), "round {rounds}");
        rounds += 1;
    }
    let (runs, refused) = (runs.into_inner(), refused.into_inner());
    assert!(refused < runs / 2, "{refused} of {runs} refused");
    print_uncaptured(&format!(
        "setups and offs at the same time: {rounds} rounds, {runs} runs, {refused} refused"
    ));
}

#[test]
fn another_writers_change_is_never_lost() {
    let sandbox = sandbox();
    let begin = Instant::now();
    let (mut rounds, mut both) = (0_u64, 0);
    while begin.elapsed() < LIMIT && rounds < 200 {
        std::fs::write(file(&sandbox), BEFORE).expect("a file");
        let theirs = format!("{{\n  \"model\": \"opus\",\n  \"theirs\": {rounds}\n}}\n");
        let started = AtomicBool::new(false);
        let ran = std::thread::scope(|scope| {
            let run = scope.spawn(|| {
                started.store(true, Ordering::Release);
                sandbox.run(["setup", "--yes", "--auth", "own-key"])
            });
            while !started.load(Ordering::Acquire) {
                std::hint::spin_loop();
            }
            // the moment is the experiment; this does not wait for anything
            std::thread::sleep(Duration::from_micros(rounds * 997 % 40_000));
            let temp = sandbox.home().join("theirs.tmp");
            std::fs::write(&temp, &theirs).expect("a file");
            std::fs::rename(temp, file(&sandbox)).expect("renamed");
            run.join().expect("it ends")
        });
        assert!(matches!(ran.code, 0 | 5), "{ran:?}");
        let text = std::fs::read_to_string(file(&sandbox)).expect("a file");
        assert!(text.contains("theirs"), "round {rounds}: their change is lost: {ran:?}");
        both += u32::from(text.contains("ANTHROPIC_BASE_URL"));
        let off = sandbox.run(["off", "--yes"]);
        assert_eq!(off.code, 0, "{off:?}");
        assert_eq!(
            std::fs::read_to_string(file(&sandbox)).expect("a file"),
            theirs,
            "round {rounds}: {ran:?}"
        );
        rounds += 1;
    }
    print_uncaptured(&format!(
        "another writer during a setup: {rounds} rounds, in {both} both changes stand"
    ));
}
