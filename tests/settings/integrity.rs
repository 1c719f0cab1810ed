//! The ledger across versions, and a ledger that was tampered with.

use std::fs;

use cf_aig::services::ledger::{Ledger, LedgerError, Secrets, UndoOutcome};
use cf_aig::services::settings_files::{Document, Edit, EditableFile, Key, write};
use cf_aig_harness::needs;
use serde_json::{Value, json};

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

/// The ledger in the version that wrote schema 1.
fn downgrade(home: &Home) {
    let path = home.path("state/cf-aig/ledger.json");
    let mut book: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    let fields = book.as_object_mut().expect("an object");
    fields.insert("schema".to_owned(), json!(1));
    assert!(fields.shift_remove("sum").is_some() && fields.shift_remove("key").is_some());
    fs::write(&path, format!("{book:#}\n")).expect("a file");
}

#[test]
fn a_ledger_of_every_earlier_version_is_read_and_undone_exactly() {
    for again in [false, true] {
        let home = Home::with(BEFORE);
        home.setup(&edits());
        downgrade(&home);
        if again {
            home.setup(&[Edit::set_env("ANTHROPIC_BASE_URL", "https://other.example")]);
            let text = fs::read_to_string(home.path("state/cf-aig/ledger.json")).expect("a file");
            assert!(text.contains("\"schema\": 2") && text.contains("\"sum\""), "the next write upgrades it");
        }
        assert!(home.off().iter().all(|outcome| *outcome == UndoOutcome::Undone));
        assert_eq!(home.now().as_deref(), Some(BEFORE));
    }
}

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
    assert_eq!(seen, 2, "one of each version");
}

#[test]
fn a_version_that_is_not_known_yet_is_left_alone() {
    let home = Home::with(BEFORE);
    home.setup(&edits());
    let path = home.path("state/cf-aig/ledger.json");
    let text = fs::read_to_string(&path).expect("a file").replace("\"schema\": 2", "\"schema\": 3");
    fs::write(&path, &text).expect("a file");
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    assert!(matches!(
        home.ledger.plan_undo(&target, Secrets::Keep),
        Err(LedgerError::Newer { schema: 3, .. })
    ));
    assert_eq!(fs::read_to_string(&path).expect("a file"), text);
}

#[test]
fn a_flipped_bit_of_ledger_and_key_is_noticed_or_without_effect() {
    let home = Home::with(BEFORE);
    home.setup(&edits());
    let written = home.now();
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let (mut flips, mut noticed) = (0, 0);
    for name in ["ledger.json", "ledger.key"] {
        let path = home.path("state/cf-aig").join(name);
        let good = fs::read(&path).expect("a file");
        // five is prime to eight: every bit of a byte has its turn
        for bit in (0..good.len() * 8).step_by(5) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &bad).expect("a file");
            flips += 1;
            match home.ledger.plan_undo(&target, Secrets::Keep) {
                Err(_) => noticed += 1,
                Ok(Some(undo)) => assert_eq!(undo.after.as_deref(), Some(BEFORE), "{name}, bit {bit}"),
                Ok(None) => panic!("{name}, bit {bit}: the record is gone"),
            }
        }
        fs::write(&path, good).expect("a file");
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
