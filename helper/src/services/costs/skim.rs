//! Reads a line of a transcript in one pass, if it is written as the client writes it: JSON without spaces.
//! For anything else it gives up, and the line is read as any JSON.

use super::line::{CacheCreation, Count, Message, ServerToolUse, TranscriptLine, Usage};
use cf_aig_json::Cursor;

impl<'a> TranscriptLine<'a> {
    /// Reads a line: quickly if it is written as the client writes it, as any JSON otherwise.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        line(text).or_else(|| serde_json::from_str(text).ok())
    }
}

fn line(text: &str) -> Option<TranscriptLine<'_>> {
    const MEMBERS: &[&str] = &["type", "timestamp", "cwd", "sessionId", "requestId", "requestRef", "message"];
    let mut cursor = Cursor::new(text);
    let mut line = TranscriptLine::default();
    cursor.object(MEMBERS, &mut |cursor, member| {
        let field = match member {
            0 => &mut line.kind,
            1 => &mut line.timestamp,
            2 => &mut line.cwd,
            3 => &mut line.session_id,
            4 => &mut line.request_id,
            5 => &mut line.request_ref,
            _ => {
                line.message = message(cursor)?;
                return Some(());
            }
        };
        field.0 = cursor.string()?;
        Some(())
    })?;
    cursor.is_at_end().then_some(line)
}

fn message<'a>(cursor: &mut Cursor<'a>) -> Option<Option<Message<'a>>> {
    let mut message = Message::default();
    let is_object = cursor.object_or_null(&["id", "model", "usage"], &mut |cursor, member| {
        match member {
            0 => message.id.0 = cursor.string()?,
            1 => message.model.0 = cursor.string()?,
            _ => message.usage = usage(cursor)?,
        }
        Some(())
    })?;
    Some(is_object.then_some(message))
}

fn usage<'a>(cursor: &mut Cursor<'a>) -> Option<Option<Usage<'a>>> {
    const MEMBERS: &[&str] = &[
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
        "cache_creation",
        "server_tool_use",
        "inference_geo",
        "speed",
    ];
    let mut usage = Usage::default();
    let is_object = cursor.object_or_null(MEMBERS, &mut |cursor, member| {
        match member {
            0 => usage.input_tokens.0 = cursor.whole_number()?,
            1 => usage.output_tokens.0 = cursor.whole_number()?,
            2 => usage.cache_read_input_tokens.0 = cursor.whole_number()?,
            3 => usage.cache_creation_input_tokens.0 = cursor.whole_number()?,
            4 => {
                let count = count(cursor, "ephemeral_1h_input_tokens")?;
                usage.cache_creation = count.map(|count| CacheCreation { ephemeral_1h_input_tokens: count });
            }
            5 => {
                let count = count(cursor, "web_search_requests")?;
                usage.server_tool_use = count.map(|count| ServerToolUse { web_search_requests: count });
            }
            6 => usage.inference_geo.0 = cursor.string()?,
            _ => usage.speed.0 = cursor.string()?,
        }
        Some(())
    })?;
    Some(is_object.then_some(usage))
}

/// One number of an object that has several.
fn count(cursor: &mut Cursor<'_>, name: &str) -> Option<Option<Count>> {
    let mut count = Count::default();
    let is_object = cursor.object_or_null(&[name], &mut |cursor, _| {
        count.0 = cursor.whole_number()?;
        Some(())
    })?;
    Some(is_object.then_some(count))
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
