//! The types of settings, and how a value is checked against one.

use serde_json::Value;

/// The required type of a value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Shape {
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
    /// A number above 0.
    Positive,
    /// One of these strings.
    OneOf(&'static [&'static str]),
    /// An array of strings.
    Texts,
    /// An array of anything.
    List,
    /// An array whose elements all are such objects.
    Items(&'static Shape),
    /// A string or an array of strings.
    TextOrTexts,
    /// A boolean or an object.
    FlagOr(&'static [Member]),
    /// An object whose values all have this type.
    Map(&'static Shape),
    /// An object with these members, and any others.
    Object(&'static [Member]),
    /// An object whose `type` is one of these, with the members of that type.
    Tagged(&'static [(&'static str, &'static [Member])]),
    /// A boolean or an array of strings.
    FlagOrTexts,
    /// This, where `null` counts as absent.
    OrNull(&'static Shape),
}

/// A member of an object.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Member {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    required: bool,
}

pub(super) const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: false }
}

pub(super) const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, required: true }
}

/// A value that voids its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongType {
    /// The key, and the names of members.
    pub path: Vec<String>,
    /// The required type.
    pub expected: String,
    /// The type of the value, never the value itself.
    pub found: &'static str,
    /// The value that is certainly intended; `None` if a person has to decide.
    pub meant: Option<Value>,
}

impl WrongType {
    pub(super) fn new(path: &[&str], expected: &str, found: &'static str) -> Self {
        let path = path.iter().map(|name| (*name).to_owned()).collect();
        Self { path, expected: expected.to_owned(), found, meant: None }
    }
}

/// The kind of a value, in words.
pub(super) fn kind(value: &Value) -> &'static str {
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
    pub(super) fn mismatch(self, path: &[&str], value: &Value) -> Option<WrongType> {
        let all_texts = |value: &Value| value.as_array().is_some_and(|all| all.iter().all(Value::is_string));
        let fits = match self {
            Self::Flag => value.is_boolean(),
            Self::Text => value.is_string(),
            Self::Number => value.is_number(),
            Self::Positive => value.as_f64().is_some_and(|n| n > 0.0),
            Self::Whole(least) => value.as_f64().is_some_and(|n| n.fract() == 0.0 && n >= least as f64),
            Self::Share { zero } => value.as_f64().is_some_and(|n| n <= 1.0 && (n > 0.0 || zero && n == 0.0)),
            Self::OneOf(words) => value.as_str().is_some_and(|word| words.contains(&word)),
            Self::Texts => all_texts(value),
            Self::TextOrTexts => value.is_string() || all_texts(value),
            Self::FlagOrTexts => value.is_boolean() || all_texts(value),
            Self::OrNull(shape) => return if value.is_null() { None } else { shape.mismatch(path, value) },
            Self::FlagOr(_) if value.is_boolean() => true,
            Self::List | Self::Items(_) => value.is_array(),
            Self::FlagOr(_) | Self::Object(_) | Self::Map(_) | Self::Tagged(_) => value.is_object(),
        };
        if !fits {
            let another = matches!(self, Self::OneOf(_)) && value.is_string();
            let found = if another { "another string" } else { kind(value) };
            let meant = self.meant(value);
            return Some(WrongType { meant, ..WrongType::new(path, &self.to_string(), found) });
        }
        let below = |name: &str, shape: Self, value: Option<&Value>| {
            let path = [path, &[name]].concat();
            value.map_or_else(
                || Some(WrongType::new(&path, &shape.to_string(), "missing")),
                |value| shape.mismatch(&path, value),
            )
        };
        match (self, value) {
            (Self::Items(shape), Value::Array(all)) => {
                let mut items = all.iter().enumerate();
                items.find_map(|(at, item)| below(&at.to_string(), *shape, Some(item)))
            }
            (Self::Tagged(kinds), Value::Object(object)) => {
                let tag = object.get("type").and_then(Value::as_str);
                match kinds.iter().find(|(name, _)| tag == Some(name)) {
                    Some((_, members)) => Self::Object(members).mismatch(path, value),
                    None => Some(WrongType::new(path, &self.to_string(), "another object")),
                }
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

    /// The certain intention of a value of the wrong type: `"30"` means the number, `"true"` the boolean, a
    /// string the only element of a list.
    fn meant(self, value: &Value) -> Option<Value> {
        let text = value.as_str()?;
        let meant = match self {
            Self::Flag
            | Self::FlagOrTexts
            | Self::FlagOr(_)
            | Self::Number
            | Self::Positive
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
            Self::Positive => f.write_str("a number above 0"),
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
            Self::Tagged(kinds) => {
                let names: Vec<_> = kinds.iter().map(|(name, _)| *name).collect();
                write!(f, "an object with the \"type\" {}", names.join(" or "))
            }
        }
    }
}
