//! The members of a line of Claude Code's transcripts that say what it cost, borrowed from the line.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A line; the content of messages is skipped.
#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TranscriptLine<'a> {
    /// What the line is, such as `assistant`.
    #[serde(rename = "type", borrow, default)]
    pub kind: Text<'a>,
    /// When it was written.
    #[serde(borrow, default)]
    pub timestamp: Text<'a>,
    /// The session's folder.
    #[serde(borrow, default)]
    pub cwd: Text<'a>,
    /// The session.
    #[serde(borrow, default)]
    pub session_id: Text<'a>,
    /// The request, as most versions of the client write it.
    #[serde(borrow, default)]
    pub request_id: Text<'a>,
    /// The request, as some versions write it.
    #[serde(borrow, default)]
    pub request_ref: Text<'a>,
    /// The response.
    #[serde(borrow)]
    pub message: Option<Message<'a>>,
}

impl<'a> TranscriptLine<'a> {
    /// Reads a line; `None` if it is not one.
    pub fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

/// A response.
#[derive(Deserialize, Debug, Default, PartialEq)]
pub struct Message<'a> {
    /// Its id.
    #[serde(borrow, default)]
    pub id: Text<'a>,
    /// The model that made it.
    #[serde(borrow, default)]
    pub model: Text<'a>,
    /// What it used.
    #[serde(borrow)]
    pub usage: Option<Usage<'a>>,
}

/// The tokens of a response, and what else determines its price.
#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(default)]
#[allow(missing_docs, reason = "the names are Anthropic's")]
pub struct Usage<'a> {
    pub input_tokens: Count,
    pub output_tokens: Count,
    pub cache_read_input_tokens: Count,
    pub cache_creation_input_tokens: Count,
    pub cache_creation: Option<CacheCreation>,
    pub server_tool_use: Option<ServerToolUse>,
    #[serde(borrow)]
    pub inference_geo: Text<'a>,
    #[serde(borrow)]
    pub speed: Text<'a>,
}

/// The tokens that were written into the prompt cache for an hour.
#[derive(Deserialize, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are Anthropic's")]
pub struct CacheCreation {
    #[serde(default)]
    pub ephemeral_1h_input_tokens: Count,
}

/// The tools that Anthropic ran.
#[derive(Deserialize, Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "the names are Anthropic's")]
pub struct ServerToolUse {
    #[serde(default)]
    pub web_search_requests: Count,
}

/// A text; none if the value has another type.
#[derive(Debug, Default, PartialEq)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

/// A whole number; 0 if the value has another type.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Count(pub u64);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <&RawValue>::deserialize(from)?.get();
        let is_text = text.starts_with('"');
        Ok(Self(is_text.then(|| serde_json::from_str(text).ok()).flatten().map(|Borrowed(text)| text)))
    }
}

/// A text that is borrowed if it has no escapes.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(<&RawValue>::deserialize(from)?.get().parse().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_borrowed_unless_it_has_escapes() {
        let text = r#"{"message":null,"cwd":"C:\\Users\\dev\\shop","sessionId":"a","type":5}"#;
        let line = TranscriptLine::read(text).unwrap();
        assert_eq!(line.cwd.0.as_deref(), Some(r"C:\Users\dev\shop"));
        assert!(matches!(line.session_id.0, Some(Cow::Borrowed("a"))));
        assert_eq!(line.kind, Text(None));
    }

    #[test]
    fn a_line_that_is_cut_is_not_read() {
        let text = r#"{"type":"assistant","message":{"id":"m","usage":{"input_tokens":3}}}"#;
        assert!(TranscriptLine::read(text).is_some());
        for end in 0..text.len() {
            assert_eq!(TranscriptLine::read(&text[..end]), None);
        }
    }
}
