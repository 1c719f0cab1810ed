//! Ledgers across versions: what an earlier version wrote is undone to the byte, and what a later version
//! adds is refused, never dropped.
//!
//! `ledgers/SCHEMA` holds what a version with this schema left behind: the settings file before and after
//! its setup, and its ledger. The hashes in a ledger are bound to the paths in it, so the files are
//! put at those paths, below `/mnt` in a private mount.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cf_aig::services::ledger::{Ledger, LedgerError, Secrets};
use cf_aig::services::settings_files::{Document, Edit, EditableFile};
use cf_aig_harness::needs;
use serde_json::{Value, json};

use crate::child;
use crate::integrity::{BEFORE, edits};
use crate::ledger::Home;

/// The schemas that versions have written, oldest first.
const SCHEMAS: &[u32] = &[3];
const SETTINGS: &str = "/mnt/home/.claude/settings.json";
const LEDGER: &str = "/mnt/home/.local/state/cf-aig/ledger.json";

fn fixture(schema: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tests/settings/ledgers/{schema}"))
}

/// Runs a part of this test where `/mnt` is empty and private, and returns what it prints after `word`.
fn in_private_mount(name: &str, part: &str, argument: &Path, word: &str) -> String {
    let works =
        |flags: &str| Command::new("unshare").args([flags, "true"]).status().is_ok_and(|s| s.success());
    let flags = if works("-m") { "-m" } else { "-rm" };
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs tmpfs /mnt && exec \"$@\"";
    command.args([flags, "sh", "-c", script, "sh"]).arg(std::env::current_exe().expect("this test binary"));
    child::part_of(&mut command, name, part, argument);
    child::answer(command, word)
}

/// Puts the files of a fixture at their paths.
fn unpack(fixture: &Path) -> (Ledger, EditableFile) {
    for (name, path) in [("settings.json", SETTINGS), ("ledger.json", LEDGER)] {
        fs::create_dir_all(Path::new(path).parent().expect("a folder")).expect("a folder");
        fs::copy(fixture.join(name), path).expect("a copy");
    }
    (Ledger::at(LEDGER), EditableFile::resolve(Path::new(SETTINGS)).expect("it resolves"))
}

fn undo(ledger: &Ledger, target: &EditableFile) -> String {
    let undo =
        ledger.plan_undo(target, Secrets::Keep).expect("it is understood").expect("something is owned");
    ledger.undo(&undo).expect("undone");
    fs::read_to_string(SETTINGS).expect("a file")
}

#[needs(mounts)]
#[test]
fn files_written_by_every_earlier_version_are_undone_byte_for_byte() {
    const NAME: &str = "versions::files_written_by_every_earlier_version_are_undone_byte_for_byte";
    if let Some(fixture) = child::asked_for("undo") {
        let (ledger, target) = unpack(&fixture);
        return println!("UNDONE {:?}", undo(&ledger, &target));
    }
    for schema in SCHEMAS {
        let fixture = fixture(*schema);
        let before = fs::read_to_string(fixture.join("before.json")).expect("a file");
        assert_ne!(before, fs::read_to_string(fixture.join("settings.json")).expect("a file"));
        assert_eq!(
            in_private_mount(NAME, "undo", &fixture, "UNDONE"),
            format!("{before:?}"),
            "schema {schema}"
        );
    }
}

#[needs(mounts)]
#[test]
fn a_setup_on_top_of_an_earlier_version_is_undone_to_the_byte_too() {
    const NAME: &str = "versions::a_setup_on_top_of_an_earlier_version_is_undone_to_the_byte_too";
    if let Some(fixture) = child::asked_for("again") {
        let (ledger, target) = unpack(&fixture);
        let now = Document::parse(&fs::read(SETTINGS).expect("a file")).expect("valid");
        let edits = [Edit::set_env("ANTHROPIC_BASE_URL", "https://other.example"), Edit::set_env("NEW", "1")];
        ledger.apply(&target, &now.plan(&edits).expect("a plan"), None).expect("written");
        let book: Value = serde_json::from_slice(&fs::read(LEDGER).expect("a file")).expect("JSON");
        return println!("UNDONE {} {:?}", book["schema"], undo(&ledger, &target));
    }
    let newest = SCHEMAS.last().expect("one");
    for schema in SCHEMAS {
        let fixture = fixture(*schema);
        let before = fs::read_to_string(fixture.join("before.json")).expect("a file");
        let expected = format!("{newest} {before:?}");
        assert_eq!(in_private_mount(NAME, "again", &fixture, "UNDONE"), expected, "schema {schema}");
    }
}

/// Why a version that knows schemas up to `known` does not read a ledger. The check has been the same since
/// the first version: read only the number, and refuse a larger one before anything else is looked at.
fn refused_by_a_reader_of(known: u32, ledger: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Cover {
        schema: u32,
    }
    serde_json::from_slice::<Cover>(ledger).expect("every version reads the number").schema > known
}

#[test]
fn every_earlier_version_refuses_what_this_one_writes() {
    let home = Home::with(BEFORE);
    home.setup(&edits());
    let written = fs::read(home.path("state/cf-aig/ledger.json")).expect("a file");
    let (newest, earlier) = SCHEMAS.split_last().expect("one");
    assert!(!refused_by_a_reader_of(*newest, &written), "SCHEMAS lacks the schema that is written");
    assert!(earlier.iter().all(|known| refused_by_a_reader_of(*known, &written)));
}

/// Every field of the newest schema. A new one needs a new schema number, because a version that does not
/// know it would lose it, and a new folder in `ledgers`.
const FIELDS: &[&str] = &[
    "files",
    "files.created_dirs",
    "files.env",
    "files.exclude",
    "files.exclude.file",
    "files.exclude.line",
    "files.file",
    "files.file.empty",
    "files.given",
    "files.keys",
    "files.keys.before",
    "files.keys.key",
    "files.keys.key.env",
    "files.keys.key.top",
    "files.keys.written",
    "files.keys.written.hash",
    "files.keys.written.value",
    "files.mode",
    "files.mode.before",
    "files.mode.written",
    "files.path",
    "schema",
    "sum",
];

fn collect(value: &Value, at: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, value) in map {
                let path = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                collect(value, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, at, found)),
        _ => {}
    }
}

#[test]
fn a_new_field_needs_a_new_schema() {
    let mut found = BTreeSet::new();
    for before in [BEFORE, "{}", "{\"env\": {\"A\": \"1\", \"ANTHROPIC_API_KEY\": \"k\", \"B\": \"2\"}}"] {
        let home = Home::with(before);
        home.setup(&edits());
        home.setup(&[Edit::set_env("A", ""), Edit::set_env("ANTHROPIC_BASE_URL", "https://other.example")]);
        let book = fs::read(home.path("state/cf-aig/ledger.json")).expect("a file");
        collect(&serde_json::from_slice(&book).expect("JSON"), "", &mut found);
    }
    let known: BTreeSet<String> = FIELDS.iter().map(|&field| field.to_owned()).collect();
    let new: Vec<_> = found.difference(&known).collect();
    assert!(new.is_empty(), "not in schema {:?}: {new:?}", SCHEMAS.last());
    assert!(found.len() * 10 > known.len() * 8, "{found:?}");
}

/// The checksum that a version computes over everything that it writes.
fn sum(files: &Value) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, files.to_string().as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Inserts a field into the `nth` object of a value, depth first. False if there are fewer objects.
fn insert(value: &mut Value, nth: &mut usize) -> bool {
    if let Value::Object(map) = value {
        if *nth == 0 {
            map.insert("from_a_later_version".to_owned(), json!({"x": 1}));
            return true;
        }
        *nth -= 1;
    }
    match value {
        Value::Object(map) => map.values_mut().any(|value| insert(value, nth)),
        Value::Array(items) => items.iter_mut().any(|value| insert(value, nth)),
        _ => false,
    }
}

#[test]
fn a_field_of_a_later_version_is_refused_wherever_it_is_and_nothing_is_written() {
    let home = Home::with(BEFORE);
    home.setup(&edits());
    let path = home.path("state/cf-aig/ledger.json");
    let target = EditableFile::resolve(&home.settings()).expect("it resolves");
    let good: Value = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("JSON");
    assert_eq!(good["sum"], sum(&good["files"]));
    let settings = home.now();
    let mut places = 0;
    loop {
        let mut book = good.clone();
        if !insert(&mut book, &mut { places }) {
            break;
        }
        book["sum"] = json!(sum(&book["files"]));
        let text = format!("{book:#}\n");
        fs::write(&path, &text).expect("a file");
        let refused = home.ledger.plan_undo(&target, Secrets::Keep).map(|undo| undo.is_some());
        assert!(
            matches!(refused, Err(LedgerError::Damaged { .. } | LedgerError::Corrupt { .. })),
            "{refused:?}: {text}"
        );
        let now = Document::parse(settings.as_deref().expect("a file").as_bytes()).expect("valid");
        let change = now.plan(&[Edit::set_env("NEW", "1")]).expect("a plan");
        assert!(home.ledger.apply(&target, &change, None).is_err(), "{text}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), text);
        assert_eq!(home.now(), settings);
        places += 1;
    }
    assert!(places > 8, "only {places} objects");
}
