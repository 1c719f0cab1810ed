//! Generated settings files in every style: a plan changes its keys and not a byte more, and off undoes it.
#![cfg(unix)]

use std::fs;

use cf_aig::claude_code::settings::{Action, Document, Edit, Key};
use cf_aig::ledger::Outcome;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::ledger::Home;

const VARIABLES: [&str; 5] =
    ["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_CUSTOM_HEADERS", "K"];
const TOP: [&str; 2] = ["statusLine", "model"];

/// A JSON value whose scalars and names are raw text.
#[derive(Debug, Clone)]
enum Node {
    Raw(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// How a file is written.
#[derive(Debug, Clone)]
struct Style {
    bom: bool,
    eol: &'static str,
    /// `None` is one line.
    unit: Option<&'static str>,
    colon: &'static str,
    /// Blanks between tokens, used in turn: for files that no program wrote.
    wild: Vec<&'static str>,
    end: &'static str,
}

fn raw_string() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,12}".prop_map(|text| json!(text).to_string()),
        "\\PC{0,8}".prop_map(|text| json!(text).to_string()),
        select(vec![
            r#""""#,
            r#""\u0041\/\"""#,
            r#""\ud83d\ude80""#,
            r#""\ud800""#,
            r#""a\r\nb""#,
            r#""// , } ] { [""#
        ])
        .prop_map(str::to_owned),
    ]
}

fn raw_scalar() -> impl Strategy<Value = String> {
    let plain = select(vec!["0", "-1.50", "1e999", "true", "false", "null", "12345678901234567890"]);
    prop_oneof![raw_string(), plain.prop_map(str::to_owned)]
}

fn raw_name() -> impl Strategy<Value = String> {
    // Few names, so that some stand twice.
    select(vec![
        r#""hooks""#,
        r#""permissions""#,
        r#""a""#,
        r#""b""#,
        r#""é 👋""#,
        r#""\u0061""#,
        r#""\ud800""#,
        r#""""#,
    ])
    .prop_map(str::to_owned)
}

fn node() -> impl Strategy<Value = Node> {
    raw_scalar().prop_map(Node::Raw).prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::Array),
            prop::collection::vec((raw_name(), inner), 0..4).prop_map(Node::Object),
        ]
    })
}

/// Members with the given names at most once each, among others, in any order.
fn members(
    names: &'static [&'static str],
    value: impl Strategy<Value = Node> + 'static,
) -> impl Strategy<Value = Vec<(String, Node)>> {
    let value = value.boxed();
    let values = prop::collection::vec(value.clone(), names.len());
    let known = (subsequence(names, 0..=names.len()), values)
        .prop_map(|(names, values)| names.into_iter().map(|name| json!(name).to_string()).zip(values));
    let other = prop::collection::vec((raw_name(), value), 0..4);
    (known, other).prop_map(|(known, other)| known.chain(other).collect::<Vec<_>>()).prop_shuffle()
}

fn tree() -> impl Strategy<Value = Node> {
    let env = prop::option::weighted(0.8, members(&VARIABLES, raw_string().prop_map(Node::Raw)));
    (members(&TOP, node()), env, any::<prop::sample::Index>()).prop_map(|(mut root, env, at)| {
        if let Some(env) = env {
            root.insert(at.index(root.len() + 1), ("\"env\"".to_owned(), Node::Object(env)));
        }
        Node::Object(root)
    })
}

fn style() -> impl Strategy<Value = Style> {
    let blanks = select(vec!["", "", "", " ", "  ", "\t", "\n", "\r\n", "\n\n   ", "\r"]);
    (
        any::<bool>(),
        select(vec!["\n", "\r\n", "\r"]),
        select(vec![None, None, Some(""), Some(" "), Some("  "), Some("    "), Some("\t")]),
        select(vec![":", ": ", " : ", ":  "]),
        prop_oneof![3 => Just(Vec::new()), 1 => prop::collection::vec(blanks, 1..20)],
        select(vec!["", "\n", "\r\n", "\n\n", " "]),
    )
        .prop_map(|(bom, eol, unit, colon, wild, end)| Style { bom, eol, unit, colon, wild, end })
}

struct Writer<'a> {
    style: &'a Style,
    out: String,
    gaps: usize,
}

impl Writer<'_> {
    fn gap(&mut self) {
        if !self.style.wild.is_empty() {
            self.out.push_str(self.style.wild[self.gaps % self.style.wild.len()]);
            self.gaps += 1;
        }
    }

    fn line(&mut self, depth: usize) {
        match self.style.unit {
            Some(unit) if self.style.wild.is_empty() => {
                self.out.push_str(self.style.eol);
                self.out.push_str(&unit.repeat(depth));
            }
            _ => self.gap(),
        }
    }

    fn list<T>(
        &mut self,
        brackets: [char; 2],
        items: &[T],
        depth: usize,
        mut item: impl FnMut(&mut Self, &T),
    ) {
        self.out.push(brackets[0]);
        for (i, one) in items.iter().enumerate() {
            if i > 0 {
                self.gap();
                self.out.push(',');
            }
            self.line(depth + 1);
            item(self, one);
        }
        if !items.is_empty() {
            self.line(depth);
        }
        self.out.push(brackets[1]);
    }

    fn node(&mut self, node: &Node, depth: usize) {
        match node {
            Node::Raw(raw) => self.out.push_str(raw),
            Node::Array(items) => self.list(['[', ']'], items, depth, |to, item| to.node(item, depth + 1)),
            Node::Object(members) => self.list(['{', '}'], members, depth, |to, (name, value)| {
                to.out.push_str(name);
                to.gap();
                to.out.push_str(to.style.colon);
                to.gap();
                to.node(value, depth + 1);
            }),
        }
    }
}

fn written(tree: &Node, style: &Style) -> String {
    let mut writer = Writer { style, out: String::new(), gaps: 0 };
    if style.bom {
        writer.out.push('\u{feff}');
    }
    writer.node(tree, 0);
    writer.out.push_str(style.end);
    writer.out
}

fn file() -> impl Strategy<Value = String> {
    let written = (tree(), style()).prop_map(|(tree, style)| written(&tree, &style));
    let blank = select(vec!["", "\n", "\u{feff}", " \r\n\t", "{}", "{ \n }\n"]).prop_map(str::to_owned);
    prop_oneof![9 => written, 1 => blank]
}

fn edit() -> impl Strategy<Value = Edit> {
    let env =
        (select(VARIABLES.as_slice()), "[ -~é👋\n]{0,10}", 0..4_u8).prop_map(
            |(name, value, kind)| match kind {
                0 => Edit::remove_env(name),
                1 => Edit::set_secret(name, &value),
                _ => Edit::set_env(name, &value),
            },
        );
    let values =
        select(vec![json!("opus"), json!({"type": "command", "args": [1, {}]}), json!(null), json!([])]);
    let top = (select(TOP.as_slice()), values, any::<bool>()).prop_map(|(name, value, set)| match set {
        true => Edit::Set { key: Key::top(name), value, secret: false },
        false => Edit::Remove { key: Key::top(name) },
    });
    prop_oneof![4 => env, 1 => top]
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(edit(), 1..6)
}

fn parse(text: &str) -> Document {
    Document::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The file as a tree, read by a parser that knows nothing of this project, if it can hold it.
fn value(text: &str) -> Option<Value> {
    let text = text.trim_start_matches('\u{feff}');
    if text.trim().is_empty() { Some(json!({})) } else { serde_json::from_str(text).ok() }
}

/// What the edits mean.
fn edited(mut tree: Value, edits: &[Edit]) -> Value {
    for edit in edits {
        let key = edit.key();
        let members = match key {
            Key::Top(_) => Some(&mut tree),
            Key::Env(_) if tree.get("env").is_some() => tree.get_mut("env"),
            Key::Env(_) if matches!(edit, Edit::Remove { .. }) => None,
            Key::Env(_) => {
                tree["env"] = json!({});
                tree.get_mut("env")
            }
        };
        let members = members.and_then(Value::as_object_mut);
        match (edit, members) {
            (Edit::Set { value, .. }, Some(members)) => {
                drop(members.insert(key.name().to_owned(), value.clone()))
            }
            (Edit::Remove { .. }, Some(members)) => drop(members.shift_remove(key.name())),
            _ => {}
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

fn undone(outcomes: &[Outcome]) -> bool {
    outcomes.iter().all(|outcome| matches!(outcome, Outcome::Undone | Outcome::AlreadyAsBefore))
}

/// The client's own keys, by someone who does not know of this project.
fn foreign() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(
        (select(vec!["FOREIGN", "OTHER"]), "[a-z]{0,5}", any::<bool>()).prop_map(|(name, value, top)| {
            match top {
                true => Edit::Set { key: Key::top(name), value: json!([value]), secret: false },
                false => Edit::set_env(name, &value),
            }
        }),
        1..4,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_edit_adds_or_takes_one_piece_of_text(before in file(), edit in edit()) {
        let document = parse(&before);
        let change = document.plan(std::slice::from_ref(&edit)).expect("a plan");
        let after = change.after().expect("a file");
        let kept = shared(&before, after);
        match change.keys()[0].action {
            Action::Keep => prop_assert_eq!(&before, after),
            Action::Remove => prop_assert_eq!(kept, after.len()),
            // The blanks inside an empty object give way.
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
                last.retain(|earlier| earlier.key() != edit.key());
                last.push(edit.clone());
            }
            // Only edits that count create an env.
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
        let diff = change.diff("settings.json", &|_, _| None);
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
            for (key, outcome) in &undo.restored().keys {
                prop_assert_eq!(*outcome == Outcome::ChangedSince, *key == Key::env(name), "{}", key);
            }
        }
        let after = parse(&home.now().expect("a file"));
        prop_assert_eq!(after.get(&Key::env(name)), Some(json!("changed by someone")));
    }
}

/// The edits of a full setup, on top of whatever a real file holds.
fn full_setups() -> [Vec<Edit>; 2] {
    let line = json!({"type": "command", "command": "cf-aig statusline"});
    [
        vec![
            Edit::set_env("ANTHROPIC_BASE_URL", "https://gateway.ai.cloudflare.com/v1/a/g/anthropic"),
            Edit::set_secret("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer t\nX: \"y\""),
            Edit::remove_env("ANTHROPIC_AUTH_TOKEN"),
            Edit::set_secret("ANTHROPIC_API_KEY", "placeholder"),
            Edit::Set { key: Key::top("statusLine"), value: line, secret: false },
        ],
        vec![
            Edit::remove_env("ANTHROPIC_API_KEY"),
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
                let wanted = match edit {
                    Edit::Set { value, .. } => Some(value.clone()),
                    Edit::Remove { .. } => None,
                };
                assert_eq!(parse(&now).get(edit.key()), wanted, "{}", path.display());
            }
        }
        assert!(undone(&home.off()), "{}", path.display());
        assert_eq!(home.now(), Some(before), "{}", path.display());
        files += 1;
    }
    assert!(files >= 12, "{files} files");
}
