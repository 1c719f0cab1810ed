//! A settings file as the client reads it, and plans to change it.
//!
//! The client's behaviour was measured: `~/.claude/settings.json` set one loopback server in
//! `env.ANTHROPIC_BASE_URL`, the process environment another. `claude -p` of 2.1.330 and 2.1.240
//! sent its request to the first if it accepted the file, and to the second if it did not. The
//! messages are those of 2.1.330 on stderr; 2.1.240 silently ignores the same files.
//!
//! | file | accepted | message, or what happens |
//! | --- | --- | --- |
//! | strict JSON object; LF, CRLF or CR; one byte order mark | yes | |
//! | no file, empty, only blanks, only a byte order mark, a dangling symlink | as `{}` | |
//! | two byte order marks | no | `Invalid or malformed JSON` |
//! | `//` or `/* */` comment, trailing comma, single quotes, bare name, missing comma | no | `Invalid or malformed JSON` |
//! | control character in a string; form feed or no-break space between tokens | no | `Invalid or malformed JSON` |
//! | `01`, `+1`, `0x1`, `NaN`; anything behind the object | no | `Invalid or malformed JSON` |
//! | `1e999`, `"\ud800"`, an escaped name (`"e\u006ev"`), a name twice elsewhere | yes | |
//! | 600 or 20,000 levels deep | yes | `null` in place of what is deeper than 64 levels |
//! | top-level array, string | no | `Expected object, but received array` |
//! | top-level `null` | no | `Invalid or malformed JSON` |
//! | `env` twice | yes | the last one counts, the first is as if absent |
//! | a name twice in `env` | yes | the last one counts |
//! | `env` an array, string, number, `null` | no | `(env): Expected record, but received array` |
//! | a value in `env` that is not a string | yes | `5.0` is `5`, `true`, `null`, `["a","b"]` is `a,b`, `{}` is `[object Object]` |
//! | exactly 2 MiB | yes | |
//! | 2 MiB and one byte, also when it is the byte order mark or not ASCII | no | `File exceeds maxBytes limit` |
//! | bytes that are not UTF-8 | yes | U+FFFD in their place |
//! | UTF-16 with a byte order mark | LE yes, BE no | `Invalid or malformed JSON` |
//! | a directory | no | `EISDIR` |
//! | a known key of the wrong type: `"model": 5`, `"permissions": 5` | no | `(model): Expected string, but received number` |
//!
//! [`Document::parse`] follows the table with three exceptions. UTF-16 LE and invalid bytes are
//! refused, because writing the file would not preserve them. The last row is [`Document::void`],
//! so that `off` can still undo what is in such a file. Of 354 generated files, most with one
//! changed character, it accepted 179 and refused 175, and so did 2.1.330. [`Document::plan`] also
//! refuses ambiguous edits: a second `env`, a value in `env` that is not a string, an edited name
//! that occurs twice.

use std::collections::HashMap;

use cf_aig_json::{sketch, well_formed};
use serde_json::Value;
use serde_json::value::RawValue;

use super::change::Container;
use super::layout::{self, BLANK, Object};
use super::rejected::Cursor;
use super::{Key, Reason, Rejected, syntax};
use crate::base::secret::opaque;
use crate::facts::claude_code::settings_schema::wrong_type;

/// A settings file that the client accepts, or a missing one.
#[derive(Clone)]
pub struct Document {
    pub(crate) text: Option<String>,
    pub(crate) root: Option<Object>,
    pub(crate) env: Option<Object>,
}

/// A variable in `env`, as the client would set it.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvVariable {
    /// Its name.
    pub name: String,
    /// Its value as text.
    pub value: String,
    /// The line of the name, from 1.
    pub line: usize,
    /// The column of the name, from 1, in characters.
    pub column: usize,
}

impl Document {
    /// A file that does not exist yet.
    pub fn absent() -> Self {
        Self { text: None, root: None, env: None }
    }

    /// Reads a text; a rejected one comes without its repair.
    pub(crate) fn from_text(text: &str) -> Result<Self, Rejected> {
        let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
        if text[start..].trim_matches(BLANK).is_empty() {
            return Ok(Self { text: Some(text.to_owned()), root: None, env: None });
        }
        let root = layout::object(text, start..text.len()).map_err(|_| syntax::diagnose(text, start))?;
        let env = match root.last_named("env") {
            None => None,
            Some(member) => Some(layout::object(text, member.value.clone()).map_err(|_| {
                let kind = layout::kind(&text[member.value.clone()]);
                Rejected::at(text, member.value.start, Reason::EnvNotAnObject(kind))
            })?),
        };
        Ok(Self { text: Some(text.to_owned()), root: Some(root), env })
    }

    /// Why the client ignores this file although it is an object: a setting has a value of the
    /// wrong type. In managed settings the rest of the file applies, so this is not checked there.
    pub fn void(&self) -> Option<Rejected> {
        let (text, root) = (self.text()?, self.root.as_ref()?);
        root.members.iter().enumerate().find_map(|(at, member)| {
            let name = member.name.as_deref()?;
            // if a name occurs several times, the client uses the last one
            if name == "env" || root.named(name).next_back().is_some_and(|(last, _)| last != at) {
                return None;
            }
            let flaw = wrong_type(name, &sketch(&text[member.value.clone()])?)?;
            Some(Rejected::at(text, member.quoted.start, Reason::WrongType(Box::new(flaw))))
        })
    }

    /// The text, or `None` if there is no file.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }

    /// The value of a key, or `None` if it is absent or has a number beyond the range of JavaScript's.
    pub fn get(&self, key: &Key) -> Option<Value> {
        serde_json::from_str(&well_formed(self.raw(key)?)).ok()
    }

    /// The variables of `env` in file order; the last one if a name occurs twice.
    pub fn env(&self) -> Vec<EnvVariable> {
        let (Some(text), Some(env)) = (self.text(), &self.env) else { return Vec::new() };
        let names =
            || env.members.iter().enumerate().filter_map(|(i, member)| Some((member.name.as_ref()?, i)));
        let last: HashMap<&String, usize> = names().collect();
        let mut cursor = Cursor::new(text);
        names()
            .filter(|(name, i)| last[name] == *i)
            .map(|(name, i)| {
                let member = &env.members[i];
                let (line, column) = cursor.to(member.quoted.start);
                let value = as_text(&text[member.value.clone()]);
                EnvVariable { name: name.clone(), value, line, column }
            })
            .collect()
    }

    /// The client's text for a variable in `env`.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.raw(&Key::env(name)).map(as_text)
    }

    pub(crate) fn flaw(&self) -> Option<(usize, Reason)> {
        let (text, root) = (self.text()?, self.root.as_ref()?);
        if let Some((_, second)) = root.named("env").nth(1) {
            return Some((second.quoted.start, Reason::Duplicate { key: Key::top("env") }));
        }
        self.env.iter().flat_map(|env| &env.members).find_map(|member| {
            let kind = layout::kind(&text[member.value.clone()]);
            let key = Key::env(member.name.as_deref().unwrap_or("?"));
            (kind != "string").then_some((member.value.start, Reason::NotText { key, kind }))
        })
    }

    pub(crate) fn raw(&self, key: &Key) -> Option<&str> {
        Some(&self.text()?[self.object(key)?.last_named(key.name())?.value.clone()])
    }

    /// The object that the key is or would be in.
    pub(crate) fn object(&self, key: &Key) -> Option<&Object> {
        match key {
            Key::Env(_) => self.env.as_ref(),
            Key::Top(_) => self.root.as_ref(),
        }
    }

    /// What the file and its `env` are, as far as an undo has to know.
    pub(crate) fn containers(&self) -> (Container, Container) {
        let text = self.text.as_deref().unwrap_or_default();
        let of = |object: &Object| match object.members.is_empty() {
            true => Container::Empty(text[object.span.clone()].to_owned()),
            false => Container::Filled,
        };
        let file = match (&self.text, &self.root) {
            (None, _) => Container::Absent,
            (Some(text), None) => Container::Blank(text.clone()),
            (_, Some(root)) => of(root),
        };
        (file, self.env.as_ref().map_or(Container::Absent, of))
    }
}

opaque!(Document);

/// The client's text for a value in `env`, which is JSON: JavaScript's `String(value)`.
///
/// It never fails: a value that the client sets and the helper does not see would be a way around every check of
/// what a repository sets.
pub(crate) fn as_text(raw: &str) -> String {
    text_within(&well_formed(raw), 0)
}

/// The arrays that a value in `env` may nest, which is on the third level of 64.
const MAX_ARRAYS: usize = 62;

fn text_within(raw: &str, arrays: usize) -> String {
    match layout::kind(raw) {
        "string" => serde_json::from_str(raw).unwrap_or_default(),
        "number" => number_text(raw.parse().unwrap_or_default()),
        "object" | "array" if arrays == MAX_ARRAYS => String::new(),
        "object" => "[object Object]".to_owned(),
        "array" => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).unwrap_or_default();
            let texts = items.into_iter().map(|item| match item.get() {
                "null" => String::new(),
                item => text_within(item, arrays + 1),
            });
            texts.collect::<Vec<_>>().join(",")
        }
        _ => raw.to_owned(),
    }
}

fn number_text(number: f64) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if (1e-6..1e21).contains(&number.abs()) {
        return number.to_string();
    }
    let text = format!("{number:e}");
    if text.contains("e-") { text } else { text.replace('e', "e+") }
}
