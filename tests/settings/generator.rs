//! Generates settings files and edits: every formatting, every order, every oddity that JSON allows.

use cf_aig::services::settings_files::{Edit, Key};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

/// The variables that edits are about.
pub(crate) const VARIABLES: [&str; 5] =
    ["ANTHROPIC_BASE_URL", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "ANTHROPIC_CUSTOM_HEADERS", "K"];
const TOP: [&str; 2] = ["statusLine", "model"];

/// A JSON value whose scalars and names are raw text.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Raw(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

/// The formatting of a file.
#[derive(Debug, Clone)]
pub(crate) struct Style {
    pub(crate) bom: bool,
    pub(crate) eol: &'static str,
    /// `None` is one line.
    pub(crate) unit: Option<&'static str>,
    pub(crate) colon: &'static str,
    /// White space between tokens, used in turn: for files that no program wrote.
    pub(crate) wild: Vec<&'static str>,
    pub(crate) end: &'static str,
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
    // few names, so that some occur twice
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

pub(crate) fn tree() -> impl Strategy<Value = Node> {
    let env = prop::option::weighted(0.8, members(&VARIABLES, raw_string().prop_map(Node::Raw)));
    (members(&TOP, node()), env, any::<prop::sample::Index>()).prop_map(|(mut root, env, at)| {
        if let Some(env) = env {
            root.insert(at.index(root.len() + 1), ("\"env\"".to_owned(), Node::Object(env)));
        }
        Node::Object(root)
    })
}

pub(crate) fn style() -> impl Strategy<Value = Style> {
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
        if items.is_empty() {
            self.gap();
        } else {
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

pub(crate) fn written(tree: &Node, style: &Style) -> String {
    let mut writer = Writer { style, out: String::new(), gaps: 0 };
    if style.bom {
        writer.out.push('\u{feff}');
    }
    writer.node(tree, 0);
    writer.out.push_str(style.end);
    writer.out
}

pub(crate) fn file() -> impl Strategy<Value = String> {
    let written = (tree(), style()).prop_map(|(tree, style)| written(&tree, &style));
    let blank = select(vec!["", "\n", "\u{feff}", " \r\n\t", "{}", "{ \n }\n"]).prop_map(str::to_owned);
    prop_oneof![9 => written, 1 => blank]
}

pub(crate) fn edit() -> impl Strategy<Value = Edit> {
    let env =
        (select(VARIABLES.as_slice()), "[ -~é👋\n]{0,10}", 0..4_u8).prop_map(
            |(name, value, kind)| match kind {
                0 => Edit::set_env(name, ""),
                1 => Edit::set_secret(name, &value),
                _ => Edit::set_env(name, &value),
            },
        );
    let values =
        select(vec![json!("opus"), json!({"type": "command", "args": [1, {}]}), json!(null), json!([])]);
    let top = (select(TOP.as_slice()), values).prop_map(|(name, value)| Edit {
        key: Key::top(name),
        value,
        secret: false,
    });
    prop_oneof![4 => env, 1 => top]
}

pub(crate) fn edits() -> impl Strategy<Value = Vec<Edit>> {
    prop::collection::vec(edit(), 1..6)
}
