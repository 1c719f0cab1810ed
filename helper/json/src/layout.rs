//! Finds the members of a JSON object in its text.
//!
//! The grammar is that of `serde_json`, the only available parser that agrees with the client byte
//! for byte. `jsonc-parser`, even in its strictest mode, accepts a form feed as white space and a
//! raw control character in a string, which the client refuses; and it refuses what the client
//! accepts: a lone surrogate escape, and more than 512 levels. Borrowed raw values keep order,
//! duplicates and positions, so text is never rebuilt from a tree.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// White space that JSON allows between tokens.
pub const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// An object and its members, as byte ranges of the text passed to [`object`].
#[derive(Debug, Clone)]
pub struct Object {
    /// From the opening brace to after the closing one.
    pub span: Range<usize>,
    /// Its members, in the order of the text.
    pub members: Vec<Member>,
}

/// A `"name": value` pair.
#[derive(Debug, Clone)]
pub struct Member {
    /// The decoded name; `None` if it contains a lone surrogate, which a Rust string cannot hold.
    pub name: Option<String>,
    /// The name with its quotes.
    pub quoted: Range<usize>,
    /// The value.
    pub value: Range<usize>,
}

impl Object {
    /// The members called `name`, in order. The client uses the last.
    pub fn named<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Member)> + use<'a, 'n> {
        self.members.iter().enumerate().filter(move |(_, member)| member.name.as_deref() == Some(name))
    }

    /// The member that the client uses for `name`.
    pub fn last_named(&self, name: &str) -> Option<&Member> {
        self.named(name).next_back().map(|(_, member)| member)
    }
}

/// Parses the object `text[within]`, ignoring surrounding white space; spans count from the start
/// of `text`.
///
/// # Errors
/// It is not a JSON object.
pub fn object(text: &str, within: Range<usize>) -> Result<Object, serde_json::Error> {
    let slice = &text[within.clone()];
    let Members(raw) = serde_json::from_str(slice)?;
    let base = text.as_ptr() as usize;
    let range = |part: &str| {
        let start = part.as_ptr() as usize - base;
        start..start + part.len()
    };
    let members = raw
        .into_iter()
        .map(|(name, value)| Member {
            name: serde_json::from_str(name.get()).ok(),
            quoted: range(name.get()),
            value: range(value.get()),
        })
        .collect();
    Ok(Object { span: range(slice.trim_matches(BLANK)), members })
}

/// Whether `text` is a single JSON value, at any depth.
///
/// # Errors
/// Why it is not.
pub fn check(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| ())
}

/// The type of a raw JSON value, in the client's words.
pub fn kind(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "boolean",
        Some(b'n') => "null",
        _ => "number",
    }
}

struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}
