//! Generated settings files in every style: a plan changes only its keys, and off undoes it byte for byte.
#![cfg(unix)]

use std::fs;

use cf_aig::services::ledger::UndoOutcome;
use cf_aig::services::settings_files::{Action, Document, Edit, Key};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::generator::{Node, Style, VARIABLES, edit, edits, file, style, tree, written};
use crate::ledger::{Home, undone};

fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The file as a tree, from a parser that is independent of this project, if it can parse it.
fn value(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() { Some(json!({})) } else { serde_json::from_str(text).ok() }
}

/// What the edits mean.
fn edited(mut tree: Value, edits: &[Edit]) -> Value {
    for edit in edits {
        match &edit.key {
            Key::Top(name) => tree[name] = edit.value.clone(),
            Key::Env(name) => {
                if tree.get("env").is_none() {
                    tree["env"] = json!({});
                }
                tree["env"][name] = edit.value.clone();
            }
        }
    }
    tree
}

fn shared(a: &str, b: &str) -> usize {
    let same = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| pairs.take_while(|(a, b)| a == b).count();
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let front = same(&mut a.iter().zip(b));
    let back = same(&mut a[front..].iter().rev().zip(b[front..].iter().rev()));
    front + back
}

/// The client's own keys, edited by someone else.
fn foreign() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(
        (select(vec!["FOREIGN", "OTHER"]), "[a-z]{0,5}", any::<bool>()).prop_map(|(name, value, top)| {
            match top {
                true => Edit { key: Key::top(name), value: json!([value]), secret: false },
                false => Edit::set_env(name, &value),
            }
        }),
        1..4,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_adds_one_piece_of_text(before in file(), edit in edit()) {
        let document = parse(&before);
        let change = document.plan(std::slice::from_ref(&edit)).expect("a plan");
        let after = change.after().expect("a file");
        let kept = shared(&before, after);
        match change.keys()[0].action {
            Action::Keep => prop_assert_eq!(&before, after),
            // the white space inside an empty object is replaced
            Action::Add => {
                let blank = |key| document.get(&Key::top(key)) == Some(json!({}));
                let hollow = document.text().is_some_and(|text| value(text) == Some(json!({})));
                prop_assert!(kept == before.len() || blank("env") || hollow);
            }
            Action::Replace => {}
        }
    }

    #[test]
    fn a_plan_means_what_its_edits_mean(before in file(), edits in edits()) {
        let change = parse(&before).plan(&edits).expect("a plan");
        let after = change.after().expect("a file");
        prop_assert_eq!(after.starts_with('\u{feff}'), before.starts_with('\u{feff}'));
        if let (Some(old), Some(new)) = (value(&before), value(after)) {
            let mut last: Vec<Edit> = Vec::new();
            for edit in &edits {
                last.retain(|earlier| earlier.key != edit.key);
                last.push(edit.clone());
            }
            prop_assert_eq!(new, edited(old, &last));
        }
        let again = parse(after).plan(&edits).expect("a plan");
        prop_assert!(again.is_noop(), "{after}");
    }

    #[test]
    fn a_one_line_file_stays_on_one_line(tree in tree(), style in style(), edits in edits()) {
        prop_assume!(!matches!(&tree, Node::Object(members) if members.is_empty()));
        let before = written(&tree, &Style { unit: None, wild: Vec::new(), end: "", ..style });
        let change = parse(&before).plan(&edits).expect("a plan");
        let after = change.after().expect("a file");
        prop_assert!(!after.contains(['\n', '\r']), "{after}");
    }

    #[test]
    fn a_diff_shows_every_change_and_no_secret(before in file(), edits in edits()) {
        let mut edits = edits;
        edits.push(Edit::set_secret("ANTHROPIC_AUTH_TOKEN", "s3cret-t0ken"));
        let change = parse(&before).plan(&edits).expect("a plan");
        let diff = change.diff("settings.json");
        prop_assert!(!diff.contains("s3cret-t0ken"), "{diff}");
        prop_assert!(diff.starts_with("--- settings.json\n+++ settings.json\n@@"), "{diff}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn off_after_any_number_of_setups_gives_back_the_bytes(
        before in file(),
        setups in prop::collection::vec(edits(), 1..4),
    ) {
        let home = Home::with(&before);
        for edits in &setups {
            home.setup(edits);
        }
        if !home.ledger.files().expect("readable").is_empty() {
            prop_assert!(undone(&home.off()));
        }
        prop_assert_eq!(home.now(), Some(before));
        prop_assert!(home.ledger.files().expect("readable").is_empty());
    }

    #[test]
    fn off_undoes_its_own_keys_and_keeps_what_others_did(
        before in file(),
        setup in edits(),
        theirs in foreign(),
    ) {
        let home = Home::with(&before);
        home.setup(&setup);
        let plan = |text: &str| parse(text).plan(&theirs).expect("a plan").after().expect("a file").to_owned();
        home.foreign(|text| plan(&text));
        if !home.ledger.files().expect("readable").is_empty() {
            prop_assert!(undone(&home.off()));
        }
        let after = home.now().expect("they have put something in");
        if let (Some(after), Some(expected)) = (value(&after), value(&plan(&before))) {
            prop_assert_eq!(after, expected);
        }
    }

    #[test]
    fn a_key_that_someone_changed_is_left_alone_whatever_else_happens(
        before in file(),
        setup in edits(),
        name in select(VARIABLES.as_slice()),
    ) {
        let home = Home::with(&before);
        home.setup(&setup);
        let theirs = [Edit::set_env(name, "changed by someone")];
        home.foreign(|text| parse(&text).plan(&theirs).expect("a plan").after().expect("a file").to_owned());
        if !home.ledger.files().expect("readable").is_empty() {
            let undo = home.plan_undo();
            home.ledger.undo(&undo).expect("undone");
            for (key, outcome) in &undo.keys {
                let left = matches!(outcome, UndoOutcome::ChangedSince | UndoOutcome::SecretStays);
                prop_assert_eq!(left, *key == Key::env(name), "{}", key);
            }
        }
        let after = parse(&home.now().expect("a file"));
        prop_assert_eq!(after.get(&Key::env(name)), Some(json!("changed by someone")));
    }
}

/// The edits of a full setup, applied to any real file.
fn full_setups() -> [Vec<Edit>; 2] {
    let line = json!({"type": "command", "command": "cf-aig statusline"});
    [
        vec![
            Edit::set_env("ANTHROPIC_BASE_URL", "https://gateway.ai.cloudflare.com/v1/a/g/anthropic"),
            Edit::set_secret("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer t\nX: \"y\""),
            Edit::set_env("ANTHROPIC_AUTH_TOKEN", ""),
            Edit::set_secret("ANTHROPIC_API_KEY", "placeholder"),
            Edit { key: Key::top("statusLine"), value: line, secret: false },
        ],
        vec![
            Edit::set_env("ANTHROPIC_API_KEY", ""),
            Edit::set_env("ANTHROPIC_BASE_URL", "https://gateway.example"),
            Edit::set_secret("ANTHROPIC_AUTH_TOKEN", "t"),
        ],
    ]
}

#[test]
fn every_file_of_the_corpus_survives_setup_and_off() {
    let corpus =
        fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/settings/corpus")).expect("a folder");
    let mut files = 0;
    for path in corpus.map(|entry| entry.expect("an entry").path()).filter(|path| path.extension().is_some())
    {
        let before = fs::read_to_string(&path).expect("a file");
        let home = Home::with(&before);
        for edits in full_setups() {
            home.setup(&edits);
            let now = home.now().expect("a file");
            for edit in &edits {
                assert_eq!(parse(&now).get(&edit.key).as_ref(), Some(&edit.value), "{}", path.display());
            }
        }
        assert!(undone(&home.off()), "{}", path.display());
        assert_eq!(home.now(), Some(before), "{}", path.display());
        files += 1;
    }
    assert!(files >= 12, "{files} files");
}
