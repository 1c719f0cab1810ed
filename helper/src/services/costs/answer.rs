//! One line of a transcript, as far as costs need it: the response's id, time, model and usage.

use super::sums::Key;
use crate::facts::gateway::prices::{Tokens, plain_name};
use jiff::Timestamp;
use memchr::memmem::Finder;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

/// One model response.
pub(super) struct Answer {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) key: Key,
    pub(super) tokens: Tokens,
    pub(super) us_only: bool,
    pub(super) fast: bool,
}

/// The relevant fields of a line, borrowed from it; the content of messages is skipped.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(rename = "type", borrow, default)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    timestamp: Text<'a>,
    #[serde(borrow, default)]
    cwd: Text<'a>,
    #[serde(borrow, default)]
    session_id: Text<'a>,
    #[serde(borrow, default)]
    request_id: Text<'a>,
    #[serde(borrow, default)]
    request_ref: Text<'a>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    model: Text<'a>,
    #[serde(borrow)]
    usage: Option<Usage<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage<'a> {
    input_tokens: Count,
    output_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_creation: Option<CacheCreation>,
    server_tool_use: Option<ServerToolUse>,
    #[serde(borrow)]
    inference_geo: Text<'a>,
    #[serde(borrow)]
    speed: Text<'a>,
}

#[derive(Deserialize)]
struct CacheCreation {
    #[serde(default)]
    ephemeral_1h_input_tokens: Count,
}

#[derive(Deserialize)]
struct ServerToolUse {
    #[serde(default)]
    web_search_requests: Count,
}

/// A text; empty if the value has another type.
#[derive(Default)]
struct Text<'a>(Option<Cow<'a, str>>);

/// A whole number; 0 if the value has another type.
#[derive(Default, Clone, Copy)]
struct Count(u64);

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

/// Copies a line without the elements of the message's `content`, which is most of it and has no usage.
///
/// A quote within a JSON string is escaped, so the two texts that are looked for are never part of one. If
/// they belong to different objects, the copy is not valid JSON or has no usage, and the line is parsed as a whole.
fn without_content(line: &str, short: &mut String) -> Option<()> {
    static START: LazyLock<Finder> = LazyLock::new(|| Finder::new("\"content\":["));
    static END: LazyLock<Finder> = LazyLock::new(|| Finder::new("],\"stop_reason\":"));
    let start = START.find(line.as_bytes())? + START.needle().len();
    let end = start + END.find(&line.as_bytes()[start..])?;
    short.push_str(&line[..start]);
    short.push_str(&line[end..]);
    Some(())
}

impl Answer {
    /// Reads a line of a transcript; `None` if it is not a response with a usage.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(line).ok()?;
        let mut short = String::new();
        without_content(text, &mut short)
            .and_then(|()| serde_json::from_str(&short).ok())
            .and_then(Self::of)
            .or_else(|| Self::of(serde_json::from_str(text).ok()?))
    }

    fn of(line: Line<'_>) -> Option<Self> {
        let message = line.message?;
        let usage = message.usage?;
        let model = message.model.0?;
        // messages that the client writes in place of the model's, such as an error
        if line.kind.0? != "assistant" || model == "<synthetic>" {
            return None;
        }
        let at: Timestamp = line.timestamp.0?.parse().ok()?;
        let mut id = DefaultHasher::new();
        (message.id.0?, line.request_id.0.or(line.request_ref.0)).hash(&mut id);
        let written = usage.cache_creation_input_tokens.0;
        let hour = usage.cache_creation.map_or(0, |cache| cache.ephemeral_1h_input_tokens.0).min(written);
        let tokens = Tokens {
            input: usage.input_tokens.0,
            output: usage.output_tokens.0,
            cache_read: usage.cache_read_input_tokens.0,
            cache_write_5m: written - hour,
            cache_write_1h: hour,
            web_searches: usage.server_tool_use.map_or(0, |tools| tools.web_search_requests.0),
        };
        let project = line.cwd.0.unwrap_or_default();
        let project = project.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
        let key = Key {
            day: super::period::day_of(at).to_string(),
            model: plain_name(&model),
            project: project.to_owned(),
            session: line.session_id.0.unwrap_or_default().into_owned(),
        };
        let is = |text: Text<'_>, word: &str| text.0.is_some_and(|text| text == word);
        Some(Self {
            id: id.finish(),
            at,
            key,
            tokens,
            us_only: is(usage.inference_geo, "us"),
            fast: is(usage.speed, "fast"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn json_value() -> impl Strategy<Value = Value> {
        let text = prop_oneof![
            "[a-z\"\\\\\\[\\]{},:]{0,12}",
            Just("\"content\":[".to_owned()),
            Just("],\"stop_reason\":".to_owned())
        ];
        let leaf =
            prop_oneof![Just(Value::Null), any::<u16>().prop_map(Value::from), text.prop_map(Value::from)];
        let key =
            prop_oneof![Just("content"), Just("stop_reason"), Just("text"), Just("usage"), Just("message")];
        leaf.prop_recursive(3, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((key.clone(), inner), 0..4).prop_map(|members| members
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value))
                    .collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn whatever_the_content_is_the_usage_is_that_of_the_whole_line(
            content in json_value(), before in json_value(), after in json_value(), output in 0u64..1000,
        ) {
            let line = json!({"before": before, "cwd": "/home/dev/shop", "sessionId": "s1", "message": {
                    "id": "m", "model": "claude-opus-5-5", "content": content, "stop_reason": "end_turn",
                    "usage": {"input_tokens": 3, "output_tokens": output}},
                "requestId": "r", "type": "assistant", "timestamp": "2026-11-22T17:19:07.595Z", "zafter": after});
            let text = line.to_string();
            let whole = Answer::of(serde_json::from_str(&text).expect("a line")).expect("a response");
            let read = Answer::read(text.as_bytes()).expect("a response");
            prop_assert_eq!((read.id, read.key, read.tokens), (whole.id, whole.key, whole.tokens));
        }
    }
}
