//! `cf-aig-metadata`: labels by which requests are found and costs are attributed.
//!
//! Cloudflare keeps at most five flat entries (string, number or bool) and drops keys that start with
//! `cf.`. A single null or nested value was observed to lose all entries without an error, and entries
//! after the fifth are dropped. So this module only builds valid values.

use crate::base::error::{Error, Result};
use crate::base::text::json_escaped;
use serde_json::{Map, Value};

/// The name of the request header.
pub const HEADER: &str = "cf-aig-metadata";
/// The most entries that Cloudflare keeps.
pub const MAX_ENTRIES: usize = 5;
/// A value of this length was observed to arrive complete; longer ones are cut.
const MAX_VALUE: usize = 256;

/// The user's choice of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataSpec(Vec<Label>);

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    key: String,
    /// The value of `key=value`; the others (session, project, user) get theirs when the session starts.
    fixed: Option<String>,
}

/// The values of a session; absent ones are left out.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionFacts<'a> {
    /// The session id of Claude Code.
    pub session: Option<&'a str>,
    /// The last component of the project's path.
    pub project: Option<&'a str>,
    /// The login name.
    pub user: Option<&'a str>,
}

impl Default for MetadataSpec {
    fn default() -> Self {
        Self(["session", "project"].map(Label::of_session).into())
    }
}

impl MetadataSpec {
    /// Parses a comma-separated list of `session`, `project`, `user` and `key=value`; `none` means empty.
    ///
    /// # Errors
    /// Usage, with the invalid entry and the reason.
    pub fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text == "none" {
            return Ok(Self(Vec::new()));
        }
        let entries: Vec<_> = text.split(',').map(|part| Label::parse(part.trim())).collect::<Result<_>>()?;
        if entries.len() > MAX_ENTRIES {
            let count = entries.len();
            return Err(Error::usage(format!(
                "{count} entries, but Cloudflare keeps only the first {MAX_ENTRIES}"
            )));
        }
        let mut keys: Vec<_> = entries.iter().map(|entry| &entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() < entries.len() {
            return Err(Error::usage("a key occurs twice"));
        }
        Ok(Self(entries))
    }

    /// The chosen keys that have no value here, so that they are left out.
    pub fn without_value(&self, facts: SessionFacts<'_>) -> Vec<&str> {
        let keys = self.0.iter().filter(|entry| entry.value(facts).is_none());
        keys.map(|entry| entry.key.as_str()).collect()
    }

    /// The header's value: one line of ASCII JSON; `None` if there is nothing to send.
    pub fn header_value(&self, facts: SessionFacts<'_>) -> Option<String> {
        let entries: Map<String, Value> = self
            .0
            .iter()
            .filter_map(|entry| {
                let value: String =
                    entry.value(facts)?.chars().filter(|c| !c.is_control()).take(MAX_VALUE).collect();
                Some((entry.key.clone(), Value::String(value)))
            })
            .collect();
        (!entries.is_empty()).then(|| ascii_json(&Value::Object(entries)))
    }
}

/// A header's value with one more entry. Unchanged if it is full, or if Cloudflare would not keep it
/// anyway.
pub fn with_entry(header: Option<&str>, key: &str, value: &str) -> Option<String> {
    let Some(header) = header else {
        return Some(ascii_json(&serde_json::json!({ key: value })));
    };
    match serde_json::from_str(header) {
        Ok(Value::Object(mut entries)) if entries.len() < MAX_ENTRIES || entries.contains_key(key) => {
            entries.insert(key.to_owned(), Value::from(value));
            Some(ascii_json(&Value::Object(entries)))
        }
        _ => Some(header.to_owned()),
    }
}

impl Label {
    fn value<'a>(&'a self, facts: SessionFacts<'a>) -> Option<&'a str> {
        match (&self.fixed, self.key.as_str()) {
            (Some(value), _) => Some(value),
            (None, "session") => facts.session,
            (None, "project") => facts.project,
            (None, _) => facts.user,
        }
    }

    fn parse(text: &str) -> Result<Self> {
        if matches!(text, "session" | "project" | "user") {
            return Ok(Self::of_session(text));
        }
        let (key, value) = text.split_once('=').ok_or_else(|| {
            let text = text.escape_debug();
            Error::usage(format!("`{text}` must be one of session, project, user, key=value, none"))
        })?;
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        if key.is_empty() || key.len() > 64 || !key.bytes().all(plain) {
            let key = key.escape_debug();
            let message = format!("`{key}` is not a metadata key: 1 to 64 of a-z, A-Z, 0-9, `-`, `_`, `.`");
            return Err(Error::usage(message));
        }
        if key.starts_with("cf.") {
            return Err(Error::usage(format!("`{key}`: Cloudflare drops keys that start with `cf.`")));
        }
        Ok(Self { key: key.to_owned(), fixed: Some(value.to_owned()) })
    }

    fn of_session(key: &str) -> Self {
        Self { key: key.to_owned(), fixed: None }
    }
}

/// JSON with all non-ASCII characters escaped, so that it is valid in a header, and apostrophes too, so
/// that it can be quoted in any file.
fn ascii_json(value: &Value) -> String {
    json_escaped(&value.to_string(), |c| c.is_ascii() && c != '\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FACTS: SessionFacts<'_> = SessionFacts { session: Some("s-1"), project: Some("shop"), user: None };

    #[test]
    fn session_and_project_are_sent_unless_something_else_was_chosen() {
        assert_eq!(
            MetadataSpec::default().header_value(FACTS).unwrap(),
            r#"{"session":"s-1","project":"shop"}"#
        );
        assert_eq!(MetadataSpec::parse("none").unwrap().header_value(FACTS), None);
        let chosen = MetadataSpec::parse("project, team=a b, user").unwrap();
        assert_eq!(chosen.header_value(FACTS).unwrap(), r#"{"project":"shop","team":"a b"}"#);
    }

    #[test]
    fn metadata_that_the_gateway_would_drop_is_refused() {
        for text in ["a=1,b=2,c=3,d=4,e=5,f=6", "cf.user=x", "sesion", "a b=c", "=x", "a=1,a=2"] {
            assert!(MetadataSpec::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn one_more_entry_never_costs_another() {
        assert_eq!(with_entry(None, "k", "v").unwrap(), r#"{"k":"v"}"#);
        assert_eq!(with_entry(Some(r#"{"a":1}"#), "k", "v").unwrap(), r#"{"a":1,"k":"v"}"#);
        for kept in [r#"{"a":1,"b":2,"c":3,"d":4,"e":5}"#, "[1]", "no JSON"] {
            assert_eq!(with_entry(Some(kept), "k", "v").unwrap(), kept);
        }
    }

    proptest! {
        #[test]
        fn any_project_name_gives_one_line_of_ascii_json(name in "\\PC*|[\\x00-\\x7f]*") {
            let facts = SessionFacts { project: Some(&name), ..SessionFacts::default() };
            let value = MetadataSpec::default().header_value(facts).unwrap();
            prop_assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{}", value);
            let back: Value = serde_json::from_str(&value).unwrap();
            prop_assert!(name.starts_with(back["project"].as_str().unwrap()) || name.chars().any(char::is_control));
        }
    }
}
