//! Where the members of a JSON object stand in its text.
//!
//! The grammar is `serde_json`'s: of the parsers at hand it is the one that agrees with the client
//! byte for byte. `jsonc-parser` with every leniency off still takes a form feed for white space and
//! a raw control character in a string, which the client refuses; and it refuses what the client
//! takes: a lone surrogate escape, and more than 512 levels. Borrowed raw values keep order,
//! duplicates and position, so no text is ever built anew from a tree.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// White space that JSON allows between tokens.
pub(crate) const BLANK: [char; 4] = [' ', '\t', '\n', '\r'];

/// An object and its members, as byte ranges of the text that was given to [`object`].
#[derive(Debug, Clone)]
pub(crate) struct Object {
    /// From the opening brace to behind the closing one.
    pub(crate) span: Range<usize>,
    pub(crate) members: Vec<Member>,
}

/// One `"name": value`.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    /// The decoded name; `None` when it holds a lone surrogate, which no Rust string can.
    pub(crate) name: Option<String>,
    /// The name with its quotes.
    pub(crate) quoted: Range<usize>,
    pub(crate) value: Range<usize>,
}

impl Object {
    /// The members called `name`, in order. The client takes the last.
    pub(crate) fn named<'a, 'n>(
        &'a self,
        name: &'n str,
    ) -> impl DoubleEndedIterator<Item = (usize, &'a Member)> + use<'a, 'n> {
        self.members.iter().enumerate().filter(move |(_, member)| member.name.as_deref() == Some(name))
    }

    /// The member that the client takes for `name`.
    pub(crate) fn last_named(&self, name: &str) -> Option<&Member> {
        self.named(name).next_back().map(|(_, member)| member)
    }
}

/// The object that `text[within]` is, white space around it allowed; spans count from the start of `text`.
pub(crate) fn object(text: &str, within: Range<usize>) -> Result<Object, serde_json::Error> {
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

/// Whether `text` is one JSON value and nothing else; no limit on depth.
pub(crate) fn check(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<IgnoredAny>(text).map(|_| ())
}

/// What kind of value a raw JSON text is, in the client's words.
pub(crate) fn kind(raw: &str) -> &'static str {
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
