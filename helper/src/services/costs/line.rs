//! The members of a transcript's line that costs need, borrowed from it.

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;

/// A line; the content of messages is skipped.
#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(super) struct TranscriptLine<'a> {
    #[serde(rename = "type", borrow, default)]
    pub(super) kind: Text<'a>,
    #[serde(borrow, default)]
    pub(super) timestamp: Text<'a>,
    #[serde(borrow, default)]
    pub(super) cwd: Text<'a>,
    #[serde(borrow, default)]
    pub(super) session_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) request_id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) request_ref: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(borrow, default)]
    pub(super) model: Text<'a>,
    #[serde(borrow)]
    pub(super) usage: Option<Usage<'a>>,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
#[serde(default)]
pub(super) struct Usage<'a> {
    pub(super) input_tokens: Count,
    pub(super) output_tokens: Count,
    pub(super) cache_read_input_tokens: Count,
    pub(super) cache_creation_input_tokens: Count,
    pub(super) cache_creation: Option<CacheCreation>,
    pub(super) server_tool_use: Option<ServerToolUse>,
    #[serde(borrow)]
    pub(super) inference_geo: Text<'a>,
    #[serde(borrow)]
    pub(super) speed: Text<'a>,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
pub(super) struct CacheCreation {
    #[serde(default)]
    pub(super) ephemeral_1h_input_tokens: Count,
}

#[derive(Deserialize, Debug, Default, PartialEq)]
pub(super) struct ServerToolUse {
    #[serde(default)]
    pub(super) web_search_requests: Count,
}

/// A text; none if the value has another type.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

/// A whole number; 0 if the value has another type.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub(super) struct Count(pub(super) u64);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(from)?;
        let text = raw.get();
        Ok(Self(
            text.starts_with('"')
                .then(|| serde_json::from_str(text).ok())
                .flatten()
                .map(|Borrowed(text)| text),
        ))
    }
}

/// A text that is borrowed if it has no escapes.
#[derive(Deserialize)]
struct Borrowed<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(from)?;
        Ok(Self(raw.get().parse().unwrap_or_default()))
    }
}
