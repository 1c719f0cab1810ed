//! Reads a line of a transcript in one pass, if it is written as the client writes it: JSON without spaces.
//! For anything else it gives up, and the line is read as any JSON.

use super::line::{CacheCreation, Count, Line, Message, ServerToolUse, Text, Usage};
use std::borrow::Cow;

/// How deep values may be nested.
const DEPTH: u8 = 16;

impl<'a> Line<'a> {
    /// Reads a line: quickly if it is written as the client writes it, as any JSON otherwise.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        line(text).or_else(|| serde_json::from_str(text).ok())
    }
}

/// The needed members of a line; none if it is written in another way. Not every line that is not JSON is
/// noticed: strings may have control characters, and those that are skipped may have unknown escapes.
fn line(text: &str) -> Option<Line<'_>> {
    let mut skim = Skim { rest: text };
    let (mut line, mut known, mut has_message) = (Line::default(), Once::default(), Once::default());
    skim.object(DEPTH, &mut |skim, key| match key {
        "type" => skim.text(0, &mut line.kind, &mut known),
        "timestamp" => skim.text(1, &mut line.timestamp, &mut known),
        "cwd" => skim.text(2, &mut line.cwd, &mut known),
        "sessionId" => skim.text(3, &mut line.session_id, &mut known),
        "requestId" => skim.text(4, &mut line.request_id, &mut known),
        "requestRef" => skim.text(5, &mut line.request_ref, &mut known),
        "message" => {
            has_message.now(0)?;
            line.message = skim.object_or_null(Skim::message)?;
            Some(())
        }
        _ => skim.value(DEPTH),
    })?;
    skim.rest.trim_ascii_end().is_empty().then_some(line)
}

/// Which members were there: one that is there twice is not what the client writes.
#[derive(Default)]
struct Once(u8);

impl Once {
    fn now(&mut self, member: u8) -> Option<()> {
        let bit = 1 << member;
        let is_new = self.0 & bit == 0;
        self.0 |= bit;
        is_new.then_some(())
    }
}

/// The rest of a line.
struct Skim<'a> {
    rest: &'a str,
}

impl<'a> Skim<'a> {
    fn next(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    fn message(&mut self) -> Option<Message<'a>> {
        let (mut message, mut known) = (Message::default(), Once::default());
        self.object(DEPTH, &mut |skim, key| match key {
            "id" => skim.text(0, &mut message.id, &mut known),
            "model" => skim.text(1, &mut message.model, &mut known),
            "usage" => {
                known.now(2)?;
                message.usage = skim.object_or_null(Skim::usage)?;
                Some(())
            }
            _ => skim.value(DEPTH),
        })?;
        Some(message)
    }

    fn usage(&mut self) -> Option<Usage<'a>> {
        let (mut usage, mut known) = (Usage::default(), Once::default());
        self.object(DEPTH, &mut |skim, key| match key {
            "input_tokens" => skim.count(0, &mut usage.input_tokens, &mut known),
            "output_tokens" => skim.count(1, &mut usage.output_tokens, &mut known),
            "cache_read_input_tokens" => skim.count(2, &mut usage.cache_read_input_tokens, &mut known),
            "cache_creation_input_tokens" => {
                skim.count(3, &mut usage.cache_creation_input_tokens, &mut known)
            }
            "cache_creation" => {
                known.now(4)?;
                let count = skim.object_or_null(|skim| skim.counted("ephemeral_1h_input_tokens"))?;
                usage.cache_creation = count.map(|count| CacheCreation { ephemeral_1h_input_tokens: count });
                Some(())
            }
            "server_tool_use" => {
                known.now(5)?;
                let count = skim.object_or_null(|skim| skim.counted("web_search_requests"))?;
                usage.server_tool_use = count.map(|count| ServerToolUse { web_search_requests: count });
                Some(())
            }
            "inference_geo" => skim.text(6, &mut usage.inference_geo, &mut known),
            "speed" => skim.text(7, &mut usage.speed, &mut known),
            _ => skim.value(DEPTH),
        })?;
        Some(usage)
    }

    /// One count of an object.
    fn counted(&mut self, name: &str) -> Option<Count> {
        let (mut count, mut known) = (Count::default(), Once::default());
        self.object(DEPTH, &mut |skim, key| match key == name {
            true => skim.count(0, &mut count, &mut known),
            false => skim.value(DEPTH),
        })?;
        Some(count)
    }

    fn object_or_null<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.next() {
            Some(b'{') => Some(Some(read(self)?)),
            _ => (self.scalar()? == "null").then_some(None),
        }
    }

    fn text(&mut self, member: u8, field: &mut Text<'a>, known: &mut Once) -> Option<()> {
        known.now(member)?;
        match self.next() {
            Some(b'"') => field.0 = Some(self.any_string()?),
            _ => self.value(DEPTH)?,
        }
        Some(())
    }

    fn count(&mut self, member: u8, field: &mut Count, known: &mut Once) -> Option<()> {
        known.now(member)?;
        match self.next() {
            Some(b'0'..=b'9') => field.0 = self.scalar()?.parse().unwrap_or_default(),
            _ => self.value(DEPTH)?,
        }
        Some(())
    }

    /// Reads an object; `member` reads each value.
    fn object(&mut self, depth: u8, member: &mut dyn FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        depth.checked_sub(1)?;
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            let key = self.plain_string()?;
            self.take(b':')?;
            member(self, key)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    /// Passes over any value.
    fn value(&mut self, depth: u8) -> Option<()> {
        let inner = depth.checked_sub(1)?;
        match self.next()? {
            b'"' => self.string(),
            b'{' => self.object(depth, &mut |skim, _| skim.value(inner)),
            b'[' => {
                self.take(b'[')?;
                if self.take(b']').is_some() {
                    return Some(());
                }
                loop {
                    self.value(inner)?;
                    if self.take(b',').is_none() {
                        return self.take(b']');
                    }
                }
            }
            _ => self.scalar().map(drop),
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        if self.next() != Some(byte) {
            return None;
        }
        self.rest = self.rest.get(1..)?;
        Some(())
    }

    /// A string without escapes.
    fn plain_string(&mut self) -> Option<&'a str> {
        self.take(b'"')?;
        let end = memchr::memchr2(b'"', b'\\', self.rest.as_bytes())?;
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        self.take(b'"').map(|()| text)
    }

    /// A string with or without escapes; Windows paths have them.
    fn any_string(&mut self) -> Option<Cow<'a, str>> {
        let before = self.rest;
        if let Some(text) = self.plain_string() {
            return Some(Cow::Borrowed(text));
        }
        self.rest = before;
        self.string()?;
        let quoted = before.get(..before.len() - self.rest.len())?;
        serde_json::from_str(quoted).ok().map(Cow::Owned)
    }

    /// Passes over a string with any escapes.
    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            let end = memchr::memchr2(b'"', b'\\', self.rest.as_bytes())?;
            self.rest = self.rest.get(end..)?;
            if self.take(b'"').is_some() {
                return Some(());
            }
            self.rest = self.rest.get(2..)?;
        }
    }

    /// `true`, `false`, `null` or a whole number that is not negative.
    fn scalar(&mut self) -> Option<&'a str> {
        let bytes = self.rest.as_bytes();
        let length = bytes.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(bytes.len());
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let is_number = match text.as_bytes() {
            [b'0'] => true,
            [b'1'..=b'9', digits @ ..] => digits.iter().all(u8::is_ascii_digit),
            _ => false,
        };
        (is_number || matches!(text, "true" | "false" | "null")).then_some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    /// Members of a line in any of its objects, of any type, and others.
    fn value() -> impl Strategy<Value = Value> {
        const KEYS: &[&str] = &[
            "type",
            "timestamp",
            "cwd",
            "sessionId",
            "requestId",
            "requestRef",
            "message",
            "id",
            "model",
            "usage",
            "input_tokens",
            "output_tokens",
            "cache_read_input_tokens",
            "cache_creation_input_tokens",
            "cache_creation",
            "ephemeral_1h_input_tokens",
            "server_tool_use",
            "web_search_requests",
            "inference_geo",
            "speed",
            "content",
            "other",
            "\u{e9}",
            "an \"other\"",
        ];
        let leaf = prop_oneof![
            any::<Option<bool>>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i8>().prop_map(Value::from),
            any::<f32>().prop_map(Value::from),
            "[a-z\u{e9}\"\\\\ ]{0,6}".prop_map(Value::from),
            Just(json!("assistant")),
        ];
        leaf.prop_recursive(5, 60, 8, |inner| {
            let members = (prop::sample::select(KEYS), inner.clone());
            prop_oneof![
                1 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
                4 => prop::collection::vec(members, 0..8)
                    .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_the_same_values_as_serde(value in value(), spaces in any::<bool>()) {
            let text = if spaces { format!("{value:#}") } else { format!("{value}\r\n") };
            if let Some(read) = line(&text) {
                prop_assert_eq!(Some(read), serde_json::from_str(&text).ok());
            }
        }

        #[test]
        fn a_line_that_is_cut_is_not_read(value in value(), at in any::<prop::sample::Index>()) {
            let text = value.to_string();
            let cut: String = text.chars().take(at.index(text.chars().count())).collect();
            prop_assert_eq!(line(&cut), None, "{}", cut);
        }
    }

    #[test]
    fn a_line_of_the_client_is_read_at_once() {
        let text = r#"{"isSidechain":false,"message":{"id":"m","content":[{"type":"text","text":"a \"b\" \\"}],
            "stop_reason":null,"usage":{"input_tokens":3,"iterations":[],"cache_creation":{"ephemeral_1h_input_tokens":2},
            "server_tool_use":{"web_search_requests":1},"speed":"fast"}},"type":"assistant","cwd":"/home/dev"}"#;
        let text = text.replace(['\n', ' '], "");
        let read = line(&text).expect("it is read");
        let usage = read.message.expect("a message").usage.expect("a usage");
        assert_eq!((read.kind.0.as_deref(), usage.input_tokens.0), (Some("assistant"), 3));
        assert_eq!(usage.cache_creation.map(|cache| cache.ephemeral_1h_input_tokens.0), Some(2));
    }

    #[test]
    fn a_windows_path_is_read_at_once() {
        let read = line(r#"{"cwd":"C:\\Users\\dev\\shop","sessionId":"a\u00e9\"","type":"user"}"#)
            .expect("it is read");
        assert_eq!(
            (read.cwd.0.as_deref(), read.session_id.0.as_deref()),
            (Some(r"C:\Users\dev\shop"), Some("a\u{e9}\""))
        );
        assert_eq!(line(r#"{"cwd":"C:\q"}"#), None);
    }

    #[test]
    fn a_member_that_is_there_twice_and_deep_values_are_left_to_others() {
        assert_eq!(line(r#"{"type":"a","type":"b"}"#), None);
        assert_eq!(line(&format!("{{\"a\":{}}}", "[".repeat(1 << 20))), None);
    }
}
