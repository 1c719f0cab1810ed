//! The settings whose type Claude Code checks: a value of the wrong type voids the whole file.
//!
//! Measured with 2.1.332 for the 200 top-level keys of the client's schema: `claude doctor` read each key
//! with fifteen values, and `claude -p` showed for each doubtful one whether the file was in effect. About
//! 40 keys (theme, effortLevel, viewMode, prependPlugins, …) accept anything, and for a few only the wrong value is skipped
//! (extraKnownMarketplaces, allowedMcpServers, modelPricing, remoteControl, …); this table contains
//! neither, and no keys that the client does not know. Members of objects are checked as far as they were
//! measured. In managed settings the rest of the file applies.
//! tests/client/schema.rs compares the table with the client for every key; `hooks` has its own rules.

mod keys;

use super::settings_hooks;
use serde_json::Value;

/// The required type of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// `true` or `false`.
    Flag,
    /// A string.
    Text,
    /// A whole number of at least this.
    Whole(i64),
    /// A number from 0 (included or not) to 1.
    Share { zero: bool },
    /// Any number.
    Number,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// An array of strings.
    Texts,
    /// An array of anything.
    List,
    /// An array of objects with these members.
    Items(&'static [Member]),
    /// A string or an array of strings.
    TextOrTexts,
    /// A boolean or an object.
    FlagOr(&'static [Member]),
    /// An object whose values all have this type.
    Map(&'static Shape),
    /// An object with these members, and any others.
    Object(&'static [Member]),
    /// A boolean or an array of strings.
    FlagOrTexts,
    /// This, where `null` counts as absent.
    OrNull(&'static Shape),
}

/// A member of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Member {
    name: &'static str,
    shape: Shape,
    required: bool,
}

const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

/// A value that voids its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongType {
    /// The key, with members separated by dots: `permissions.allow`.
    pub key: String,
    /// The same as separate names.
    pub path: Vec<String>,
    /// The required type.
    pub expected: String,
    /// The type of the value, never the value itself.
    pub found: &'static str,
    /// The value that is certainly intended; `None` if a person has to decide.
    pub meant: Option<Value>,
}

/// Checks the value of a top-level key; `None` if the client accepts the file with it.
pub fn wrong_type(key: &str, value: &Value) -> Option<WrongType> {
    if key == "hooks" {
        let (below, expected) = settings_hooks::broken_guard(value)?;
        let path = [vec![key.to_owned()], below].concat();
        let at = path.iter().skip(1).try_fold(value, |value, name| match value {
            Value::Array(all) => all.get(name.parse::<usize>().ok()?),
            value => value.get(name),
        });
        let found = match at {
            None => "missing",
            Some(Value::Object(_)) => "another object",
            Some(value) => kind(value),
        };
        return Some(WrongType {
            key: path.join("."),
            path,
            expected: expected.to_owned(),
            found,
            meant: None,
        });
    }
    keys::shape(key)?.mismatch(&[key], value)
}

/// The kind of a value, in words.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Shape {
    fn mismatch(self, path: &[&str], value: &Value) -> Option<WrongType> {
        let all_texts = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
        let fits = match self {
            Self::Flag => value.is_boolean(),
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Whole(least) => value.as_f64().is_some_and(|n| n.fract() == 0.0 && n >= least as f64),
            Self::Share { zero } => value.as_f64().is_some_and(|n| n <= 1.0 && (n > 0.0 || zero && n == 0.0)),
            Self::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Texts => all_texts(value),
            Self::TextOrTexts => value.is_string() || all_texts(value),
            Self::FlagOrTexts => value.is_boolean() || all_texts(value),
            Self::OrNull(shape) => return if value.is_null() { None } else { shape.mismatch(path, value) },
            Self::FlagOr(_) if value.is_boolean() => true,
            Self::List | Self::Items(_) => value.is_array(),
            Self::FlagOr(_) | Self::Object(_) | Self::Map(_) => value.is_object(),
        };
        if !fits {
            let another = matches!(self, Self::OneOf(_)) && value.is_string();
            let found = if another { "another string" } else { kind(value) };
            return Some(self.wrong(path, found, self.meant(value)));
        }
        let below = |name: &str, shape: Self, value: Option<&Value>| {
            let path = [path, &[name]].concat();
            value.map_or_else(
                || Some(shape.wrong(&path, "missing", None)),
                |value| shape.mismatch(&path, value),
            )
        };
        match (self, value) {
            (Self::Items(members), Value::Array(all)) => {
                let mut items = all.iter().enumerate();
                items.find_map(|(at, item)| below(&at.to_string(), Self::Object(members), Some(item)))
            }
            (Self::FlagOr(members) | Self::Object(members), Value::Object(object)) => {
                let checked = |member: &&Member| member.required || object.contains_key(member.name);
                let mut members = members.iter().filter(checked);
                members.find_map(|member| below(member.name, member.shape, object.get(member.name)))
            }
            (Self::Map(shape), Value::Object(object)) => {
                object.iter().find_map(|(name, value)| below(name, *shape, Some(value)))
            }
            _ => None,
        }
    }

    fn wrong(self, path: &[&str], found: &'static str, meant: Option<Value>) -> WrongType {
        let path: Vec<String> = path.iter().map(|name| (*name).to_owned()).collect();
        WrongType { key: path.join("."), path, expected: self.to_string(), found, meant }
    }

    /// The certain intention of a value of the wrong type: `"30"` means the number, `"true"` the boolean, a
    /// string the only element of a list.
    fn meant(self, value: &Value) -> Option<Value> {
        let text = value.as_str()?;
        let meant = match self {
            Self::Flag
            | Self::FlagOrTexts
            | Self::FlagOr(_)
            | Self::Number
            | Self::Whole(_)
            | Self::Share { .. } => serde_json::from_str(text).ok()?,
            Self::Texts | Self::List => Value::from(vec![text]),
            _ => return None,
        };
        self.mismatch(&[], &meant).is_none().then_some(meant)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Flag => f.write_str("true or false"),
            Self::Text => f.write_str("a string"),
            Self::Number => f.write_str("a number"),
            Self::Whole(least) => write!(f, "a whole number of at least {least}"),
            Self::Share { zero: true } => f.write_str("a number from 0 to 1"),
            Self::Share { zero: false } => f.write_str("a number above 0, up to 1"),
            Self::OneOf(words) => write!(f, "one of {}", words.join(", ")),
            Self::Texts => f.write_str("an array of strings"),
            Self::List => f.write_str("an array"),
            Self::Items(_) => f.write_str("an array of objects"),
            Self::TextOrTexts => f.write_str("a string or an array of strings"),
            Self::FlagOrTexts => f.write_str("true or false"),
            Self::OrNull(shape) => shape.fmt(f),
            Self::FlagOr(_) => f.write_str("true, false or an object"),
            Self::Map(_) | Self::Object(_) => f.write_str("an object"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cf_aig_json::sketch;
    use proptest::prelude::*;

    /// What `claude -p` of 2.1.332 did with a user's file that contained only this.
    #[test]
    fn the_types_that_void_a_file_are_those_measured_with_the_client() {
        let void = [
            ("strictKnownMarketplaces", r#"5"#),
            ("strictKnownMarketplaces", r#"[5]"#),
            ("allowedMarketplaces", r#"5"#),
            ("allowedMarketplaces", r#"[5]"#),
            ("blockedMarketplaces", r#"5"#),
            ("blockedMarketplaces", r#"[5]"#),
            ("permissions", r#"5"#),
            ("permissions", r#"null"#),
            ("permissions", r#"{"allow": "x"}"#),
            ("permissions", r#"{"defaultMode": "yolo"}"#),
            ("permissions", r#"{"deny": 5}"#),
            ("permissions", r#"{"ask": 5}"#),
            ("permissions", r#"{"additionalDirectories": 5}"#),
            ("permissions", r#"{"additionalDirectories": [5]}"#),
            ("permissions", r#"{"disableBypassPermissionsMode": "x"}"#),
            ("permissions", r#"{"disableAutoMode": 5}"#),
            ("sandbox", r#"5"#),
            ("sandbox", r#"{"enabled": 5}"#),
            ("sandbox", r#"{"network": 5}"#),
            ("sandbox", r#"{"network": {"allowedDomains": 5}}"#),
            ("pluginConfigs", r#"5"#),
            ("pluginConfigs", r#"{"zz": 5}"#),
            ("pluginConfigs", r#"{"zz": {"options": 5}}"#),
            ("skillOverrides", r#"5"#),
            ("skillOverrides", r#"{"zz": "x"}"#),
            ("modelOverrides", r#"{"zz": 5}"#),
            ("enabledPlugins", r#"{"zz": 5}"#),
            ("enabledPlugins", r#"{"zz": [5]}"#),
            ("attribution", r#""x""#),
            ("attribution", r#"{"commit": 5}"#),
            ("statusLine", r#"{"type": "command"}"#),
            ("statusLine", r#"{"type": "x", "command": "y"}"#),
            ("statusLine", r#"{"type": "command", "command": "y", "padding": "x"}"#),
            ("sshConfigs", r#"5"#),
            ("sshConfigs", r#"[5]"#),
            ("allowedChannelPlugins", r#"5"#),
            ("allowedChannelPlugins", r#"[5]"#),
            ("feedbackDrafts", r#""x""#),
            ("disableAutoMode", r#""x""#),
            ("disableAutoMode", r#"true"#),
            ("worktree", r#"{"symlinkDirectories": 5}"#),
            ("cleanupPeriodDays", r#"0"#),
            ("cleanupPeriodDays", r#"-1"#),
            ("cleanupPeriodDays", r#"1.5"#),
            ("model", r#"null"#),
            ("syncClaudeAiSkills", r#"5"#),
            ("respectGitignore", r#"null"#),
        ];
        let taken = [
            ("hooks", r#"5"#),
            ("hooks", r#"null"#),
            ("hooks", r#"{"zz": 5}"#),
            ("hooks", r#"{"SessionStart": 5}"#),
            ("hooks", r#"{"SessionStart": [5]}"#),
            ("hooks", r#"{"SessionStart": [{"hooks": 5}]}"#),
            ("hooks", r#"{"PreToolUse": null}"#),
            ("hooks", r#"{"PreToolUse": [{"hooks": [{"type": "command", "command": "x"}]}]}"#),
            ("sshConfigs", r#"[{"id": "a", "name": "b", "sshHost": "c"}]"#),
            ("extraKnownMarketplaces", r#"5"#),
            ("extraKnownMarketplaces", r#"null"#),
            ("extraKnownMarketplaces", r#"{"zz": 5}"#),
            ("additionalMarketplaces", r#"5"#),
            ("additionalMarketplaces", r#"null"#),
            ("permissions", r#"{"allow": [5]}"#),
            ("allowedMcpServers", r#"5"#),
            ("allowedMcpServers", r#"[5]"#),
            ("allowedMcpServers", r#"null"#),
            ("deniedMcpServers", r#"5"#),
            ("deniedMcpServers", r#"[5]"#),
            ("managedMcpServers", r#"5"#),
            ("managedMcpServers", r#"{"zz": 5}"#),
            ("modelPricing", r#"5"#),
            ("modelPricing", r#"{"overrides": 5}"#),
            ("remoteControl", r#"5"#),
            ("remoteControl", r#"{"zz": 5}"#),
            ("enabledPlugins", r#"{"zz": []}"#),
            ("enabledPlugins", r#"{"zz": ["1"]}"#),
            ("theme", "5"),
            ("noSuchKey", "[]"),
        ];
        for (key, text) in void {
            let value = serde_json::from_str(text).unwrap();
            assert!(wrong_type(key, &value).is_some(), "{key}: {text}");
        }
        for (key, text) in taken {
            let value = serde_json::from_str(text).unwrap();
            assert_eq!(wrong_type(key, &value), None, "{key}: {text}");
        }
    }

    /// Settings whose values have parts, and words that mean something in them.
    const KEYS: &[&str] = &[
        "hooks",
        "permissions",
        "fallbackModel",
        "forceLoginOrgUUID",
        "enabledPlugins",
        "sshConfigs",
        "sandbox",
        "strictKnownMarketplaces",
        "attribution",
        "statusLine",
        "skillOverrides",
        "cleanupPeriodDays",
        "model",
    ];
    const WORDS: &[&str] = &[
        "PreToolUse",
        "Stop",
        "hooks",
        "matcher",
        "type",
        "command",
        "timeout",
        "allow",
        "deny",
        "defaultMode",
        "plan",
        "additionalDirectories",
        "network",
        "allowedDomains",
        "id",
        "name",
        "sshHost",
        "source",
        "url",
        "commit",
        "30",
        "true",
        "on",
        "",
    ];

    fn word() -> impl Strategy<Value = String> {
        prop::sample::select(WORDS).prop_map(str::to_owned)
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2..40i64).prop_map(Value::from),
            (-1.0..2.0f64).prop_map(Value::from),
            word().prop_map(Value::from),
            word().prop_map(Value::from),
        ];
        scalar.prop_recursive(5, 60, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((word(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

        #[test]
        fn a_sketch_has_the_wrong_types_of_its_value(key in prop::sample::select(KEYS), value in value()) {
            let sketched = sketch(&value.to_string()).unwrap();
            prop_assert_eq!(wrong_type(key, &sketched), wrong_type(key, &value));
        }
    }
}
