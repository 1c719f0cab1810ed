//! The ledger across versions, and a ledger that was tampered with.

use std::fs;

use cf_aig::services::ledger::{Ledger, LedgerError, Secrets};
use cf_aig::services::settings_files::{Document, Edit, EditableFile, Key, write};
use cf_aig_harness::needs;
use serde_json::json;

use crate::ledger::Home;

pub(crate) fn edits() -> Vec<Edit> {
    vec![
        Edit::set_env("ANTHROPIC_BASE_URL", "https://gateway.example/anthropic"),
        Edit::set_secret("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer s3cret"),
        Edit::set_env("ANTHROPIC_API_KEY", ""),
        Edit::set_secret("ANTHROPIC_AUTH_TOKEN", "n3w"),
        Edit { key: Key::top("statusLine"), value: json!({"type": "command"}), secret: false },
    ]
}

pub(crate) const BEFORE: &str =
    "{\n  \"env\": { \"ANTHROPIC_API_KEY\": \"sk-0ld\", \"ANTHROPIC_AUTH_TOKEN\": \"0ld\" }\n}\n";

/// Files that earlier versions wrote, kept in the repository: every field is still understood.
#[test]
fn the_ledgers_in_the_repository_are_still_understood() {
    let mut seen = 0;
    for entry in
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/settings/ledgers")).expect("a folder")
    {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            continue; // whole sets, for `versions.rs`
        }
        let files = Ledger::at(&path).files().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let keys: Vec<_> =
            files.iter().flat_map(|file| file.keys.iter().map(|key| key.key.to_string())).collect();
        assert_eq!(
            keys,
            [
                "env.ANTHROPIC_BASE_URL",
                "env.ANTHROPIC_CUSTOM_HEADERS",
                "env.ANTHROPIC_AUTH_TOKEN",
                "statusLine"
            ],
            "{}",
            path.display()
        );
        assert!(files[0].exclude.is_some() && files[0].mode.is_some() && !files[0].created_dirs.is_empty());
        seen += 1;
    }
    assert_eq!(seen, 1, "one of each version");
}

#[test]
fn a_version_that_is_not_known_is_left_alone() {
    for other in [2, 4] {
        let home = Home::with(BEFORE);
        home.setup(&edits());
        let path = home.path("state/cf-aig/ledger.json");
        let text = fs::read_to_string(&path).expect("a file");
        let text = text.replace("\"schema\": 3", &format!("\"schema\": {other}"));
        fs::write(&path, &text).expect("a file");
        let target = EditableFile::resolve(&home.settings()).expect("it resolves");
        let refused = home.ledger.plan_undo(&target, Secrets::Keep);
        assert!(matches!(refused, Err(LedgerError::Schema { schema, .. }) if schema == other));
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
    }
}

#[test]
fn a_flipped_bit_of_the_ledger_is_noticed_or_without_effect() {
    let home = Home::with(BEFORE);
    home.setup(&edits());
    let written = home.now();
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let (mut flips, mut noticed) = (0, 0);
    let path = home.path("state/cf-aig/ledger.json");
    let good = fs::read(&path).expect("a file");
    // five is prime to eight: every bit of a byte has its turn
    for bit in (0..good.len() * 8).step_by(5) {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, &bad).expect("a file");
        flips += 1;
        match home.ledger.plan_undo(&target, Secrets::Keep) {
            Err(_) => noticed += 1,
            Ok(Some(undo)) => assert_eq!(undo.after.as_deref(), Some(BEFORE), "bit {bit}"),
            Ok(None) => panic!("bit {bit}: the record is gone"),
        }
    }
    assert_eq!(home.now(), written);
    assert!(noticed > flips / 2, "{noticed} of {flips}");
    println!("{flips} flipped bits: {noticed} noticed, {} without effect", flips - noticed);
}

#[test]
fn a_plan_from_before_another_setup_removes_nothing_from_the_ledger() {
    let home = Home::with("{}");
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let nothing = Document::parse(b"{}").expect("valid").plan(&[]).expect("a plan");
    assert!(nothing.is_noop());
    home.setup(&edits());
    let refused = home.ledger.apply(&target, &nothing, None);
    assert!(matches!(refused, Err(LedgerError::File(write::WriteError::Changed { .. }))), "{refused:?}");
    home.off();
    assert_eq!(home.now().as_deref(), Some("{}"));
}

#[test]
fn leftovers_of_a_killed_writer_are_removed_and_other_files_are_not() {
    let home = Home::with("{}");
    let stale = ".settings.json.cf-aig-abc123.tmp";
    let others = [
        ".settings.json.cf-aig-abc123.bak",
        ".settings.json.tmp",
        "settings.json.cf-aig-abc123.tmp",
        ".other.json.cf-aig-abc123.tmp",
    ];
    for name in others.iter().chain([&stale]) {
        fs::write(home.path(name), "s3cret").expect("a file");
    }
    fs::create_dir(home.path(".settings.json.cf-aig-folder.tmp")).expect("a folder");
    fs::write(home.path("linked"), "theirs").expect("a file");
    std::os::unix::fs::symlink("linked", home.path(".settings.json.cf-aig-link.tmp")).expect("a link");
    write::sweep(&EditableFile::resolve(&home.settings()).expect("it resolves"));
    assert!(!home.path(stale).exists());
    assert!(others.iter().all(|name| home.path(name).exists()));
    assert!(home.path(".settings.json.cf-aig-folder.tmp").exists() && home.path("linked").exists());
}

#[needs(chown)]
#[test]
fn a_temporary_file_of_another_user_is_not_removed() {
    let home = Home::with("{}");
    let file = home.path(".settings.json.cf-aig-strange.tmp");
    fs::write(&file, "theirs").expect("a file");
    std::os::unix::fs::chown(&file, Some(12345), Some(12345)).expect("another owner");
    write::sweep(&EditableFile::resolve(&home.settings()).expect("it resolves"));
    assert!(file.exists());
}
