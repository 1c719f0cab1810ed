//! Generated settings files, set up and undone by the program itself: every byte is restored.

use cf_aig_harness::{Sandbox, print_uncaptured};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

#[path = "../settings/generator.rs"]
#[allow(dead_code, missing_docs)]
mod generator;

const LIMIT: Duration = Duration::from_secs(10);
/// However slow the machine is.
const LEAST: u32 = 24;
const MOST: u32 = 400;

/// The setups, one after the other.
const SETUPS: &[&[&[&str]]] = &[
    &[&["setup", "--yes", "--auth", "own-key"]],
    &[&["setup", "--yes", "--auth", "stored-key"], &["setup", "--yes", "--auth", "own-key"]],
    &[
        &["setup", "--yes", "--auth", "subscription", "--providers", "openai"],
        &["setup", "--statusline", "--yes"],
    ],
];

#[test]
fn a_settings_file_is_the_same_after_setup_and_off() {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
    sandbox
        .set("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
        .set("CF_AIG_GATEWAY_ID", "dev")
        .set("CF_AIG_TOKEN", "cfut_identity0identity0identity0")
        .set("CF_AIG_PROBE", "off");
    let file = sandbox.home().join(".claude/settings.json");
    let mode = || std::fs::metadata(&file).expect("a file").permissions().mode() & 0o7777;
    let mut runner = TestRunner::deterministic();
    let (begin, mut files, mut set_up) = (Instant::now(), 0, 0);
    while files < LEAST || files < MOST && begin.elapsed() < LIMIT {
        let before = generator::file().new_tree(&mut runner).expect("a file").current();
        sandbox.write("home/.claude/settings.json", &before);
        let bits = [0o600, 0o644, 0o664][files as usize % 3];
        std::fs::set_permissions(&file, PermissionsExt::from_mode(bits)).expect("permissions");
        for args in SETUPS[files as usize % SETUPS.len()] {
            let ran = sandbox.run(*args);
            // the file's content may conflict with it; then nothing is written
            assert!(matches!(ran.code, 0 | 5), "{args:?}: {ran:?}: {before}");
            set_up += u32::from(ran.code == 0);
        }
        let ran = sandbox.run(["off", "--yes"]);
        assert_eq!(ran.code, 0, "{ran:?}: {before}");
        assert_eq!(std::fs::read_to_string(&file).expect("a file"), before);
        assert_eq!(mode(), bits, "its permissions: {before}");
        files += 1;
    }
    assert!(set_up >= LEAST / 3, "{set_up} setups of {files} files");
    print_uncaptured(&format!("settings files: {files}, {set_up} setups undone to the byte"));
}
