//! The model's responses in a transcript: id, time, model and usage.

use super::cell::GroupKey;
use crate::facts::gateway::prices::{Listed, Tokens, listed, plain_name};
use cf_aig_json::{Text, TranscriptLine};
use jiff::Timestamp;
use memchr::memmem::Finder;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;
use std::sync::LazyLock;

/// One model response.
pub(super) struct ModelResponse {
    pub(super) id: u64,
    pub(super) at: Timestamp,
    pub(super) group: Rc<Group>,
    pub(super) tokens: Tokens,
    pub(super) us_only: bool,
    pub(super) fast: bool,
}

/// What responses have in common.
#[derive(Default)]
pub(super) struct Group {
    pub(super) key: GroupKey,
    /// The model's row in the price list.
    pub(super) price: Option<&'static Listed>,
}

/// Reads the lines of a transcript. It keeps what it found out for one line, because the next one is usually of
/// the same day, model and session.
#[derive(Default)]
pub(super) struct TranscriptReader {
    short: Vec<u8>,
    last: Last,
}

#[derive(Default)]
struct Last {
    /// What `group` was made of: the day's number, and texts as they are in the line.
    made_of: (i64, String, String, String),
    group: Rc<Group>,
}

/// Copies a line without the elements of the message's `content`, which is most of it and has no usage.
///
/// A quote within a JSON string is escaped, so the two texts that are looked for are never part of one. If
/// they belong to different objects, the copy is not valid JSON or has no usage, and the line is parsed as a whole.
/// Only the copy is checked to be UTF-8.
fn without_content<'a>(line: &[u8], short: &'a mut Vec<u8>) -> Option<&'a str> {
    short.clear();
    static START: LazyLock<Finder> = LazyLock::new(|| Finder::new("\"content\":["));
    static END: LazyLock<Finder> = LazyLock::new(|| Finder::new("],\"stop_reason\":"));
    let start = START.find(line)? + START.needle().len();
    let end = start + END.find(&line[start..])?;
    short.extend_from_slice(&line[..start]);
    short.extend_from_slice(&line[end..]);
    std::str::from_utf8(short).ok()
}

impl TranscriptReader {
    /// Reads a line; `None` if it is not a response with a usage.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<ModelResponse> {
        let Self { short, last } = self;
        without_content(line, short)
            .and_then(|short| last.answer(TranscriptLine::read(short)?))
            .or_else(|| last.answer(TranscriptLine::read(std::str::from_utf8(line).ok()?)?))
    }
}

impl Last {
    fn answer(&mut self, line: TranscriptLine<'_>) -> Option<ModelResponse> {
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
        let is = |text: Text<'_>, word: &str| text.0.is_some_and(|text| text == word);
        Some(ModelResponse {
            id: id.finish(),
            at,
            group: self.group(
                at,
                &model,
                &line.cwd.0.unwrap_or_default(),
                &line.session_id.0.unwrap_or_default(),
            ),
            tokens,
            us_only: is(usage.inference_geo, "us"),
            fast: is(usage.speed, "fast"),
        })
    }

    fn group(&mut self, at: Timestamp, model: &str, cwd: &str, session: &str) -> Rc<Group> {
        let day = at.as_second().div_euclid(24 * 60 * 60);
        let (last_day, last_model, last_cwd, last_session) = &self.made_of;
        if *last_day != day || last_model != model || last_cwd != cwd || last_session != session {
            let project = cwd.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
            let key = GroupKey {
                day: super::period::day_of(at).to_string(),
                model: plain_name(model),
                project: project.to_owned(),
                session: session.to_owned(),
            };
            self.group = Rc::new(Group { price: listed(&key.model), key });
            self.made_of = (day, model.to_owned(), cwd.to_owned(), session.to_owned());
        }
        Rc::clone(&self.group)
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
        fn usage_is_read_the_same_for_any_content(
            content in json_value(), before in json_value(), after in json_value(), output in 0u64..1000,
        ) {
            let line = json!({"before": before, "cwd": "/home/dev/shop", "sessionId": "s1", "message": {
                    "id": "m", "model": "claude-opus-5-5", "content": content, "stop_reason": "end_turn",
                    "usage": {"input_tokens": 3, "output_tokens": output}},
                "requestId": "r", "type": "assistant", "timestamp": "2026-11-22T17:19:07.595Z", "zafter": after});
            let text = line.to_string();
            let whole = Last::default().answer(serde_json::from_str(&text).expect("a line")).expect("a response");
            let read = TranscriptReader::default().read(text.as_bytes()).expect("a response");
            prop_assert_eq!((read.id, &read.group.key, read.tokens), (whole.id, &whole.group.key, whole.tokens));
        }

        #[test]
        fn split_lines_give_the_same_usage(
            lines in prop::collection::vec((0i64..3, 0usize..3, 0usize..3, 0usize..3), 1..9),
        ) {
            let mut last = Last::default();
            for (day, model, cwd, session) in lines {
                let at = Timestamp::from_second(day * 86_400 + 86_399).expect("a time");
                let model = ["claude-opus-5-5", "claude-opus-5-5-20260101", "other"][model];
                let (cwd, session) = (["/a/b", "/c/b", ""][cwd], ["s", "t", ""][session]);
                let (kept, new) = (last.group(at, model, cwd, session), Last::default().group(at, model, cwd, session));
                prop_assert_eq!((&kept.key, kept.price), (&new.key, new.price));
            }
        }
    }
}
