//! Parses error objects as programs print them: JSON, Python's repr or JavaScript's inspect, also cut short
//! or escaped.

use crate::base::text::up_to;
use serde_json::{Map, Value};

/// How many brackets in a text are tried.
const TRIES: usize = 16;
/// The most of a text that is unescaped or parsed leniently.
const LIMIT: usize = 64 * 1024;
/// How deep an object may nest.
const DEPTH: u8 = 24;
/// How often an object may be escaped.
const ESCAPES: usize = 3;

/// Keys of error objects in all known formats.
const KEYS: &str = "\
    error errors success cloudflare_error internalCode detail message Message msg code error_code errorCode \
    errorMessage error_msg base_resp fault __type statusCode status_code responseBody type";

/// The first error object or list of errors in a text, and its position.
pub(super) fn find(text: &str) -> Option<(Value, usize)> {
    let text = up_to(text, LIMIT);
    let opens = |(at, _): &(usize, &str)| {
        text[*at..].starts_with('{') || text[at + 1..].trim_start().starts_with('{')
    };
    text.match_indices(['{', '[']).filter(opens).take(TRIES).find_map(|(at, _)| {
        let value = at_start(&text[at..])?;
        is_error(&value).then_some((value, at))
    })
}

/// The value at the start of a text.
pub(super) fn at_start(text: &str) -> Option<Value> {
    let json = |text: &str| serde_json::Deserializer::from_str(text).into_iter().next()?.ok();
    if let Some(value) = json(text) {
        return Some(value);
    }
    let mut text = up_to(text, LIMIT).to_owned();
    for _ in 0..ESCAPES {
        if !text[1..].trim_start_matches(['{', '[', ' ', '\n']).starts_with('\\') {
            break;
        }
        text = unescaped(&text);
        if let Some(value) = json(&text) {
            return Some(value);
        }
    }
    LenientParser { text: &text, at: 0 }.value(DEPTH).filter(|value| value.is_object() || value.is_array())
}

/// An object, or a list of objects, that describes an error.
pub(super) fn is_error(value: &Value) -> bool {
    match value {
        Value::Object(map) => KEYS.split(' ').any(|key| map.contains_key(key)),
        Value::Array(list) => list.first().is_some_and(|first| first.is_object() && is_error(first)),
        _ => false,
    }
}

/// A text with one level of JSON escapes removed.
fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some('r') => {}
                // keep its digits for the string parser
                Some('u') => out.push_str("\\u"),
                Some(c) => out.push(c),
                None => {}
            },
            c => out.push(c),
        }
    }
    out
}

/// A lenient parser: it accepts all three notations, and treats the end of the text as the end of
/// everything.
struct LenientParser<'t> {
    text: &'t str,
    at: usize,
}

impl LenientParser<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, what: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.find(|c| !what(c)).unwrap_or(rest.len());
    }

    /// Skips to the next member of an object or a list; false at its end, which is left behind.
    fn has_more(&mut self, close: &[char]) -> bool {
        self.skip(|c| c.is_whitespace() || c == ',');
        let closes = self.peek().is_some_and(|c| close.contains(&c));
        self.at += usize::from(closes);
        !closes && !self.rest().is_empty()
    }

    fn value(&mut self, depth: u8) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        self.skip(char::is_whitespace);
        match self.peek()? {
            '{' => self.object(depth),
            '[' | '(' => Some(self.list(depth)),
            '"' | '\'' | '`' => Some(Value::String(self.strings())),
            _ => Some(self.word()),
        }
    }

    fn object(&mut self, depth: u8) -> Option<Value> {
        self.at += 1;
        let mut map = Map::new();
        while self.has_more(&['}']) {
            let Some(key) = self.key() else {
                // a cut key ends a cut object; anything else is not an object
                if self.rest().is_empty() && !map.is_empty() {
                    break;
                }
                return None;
            };
            match self.value(depth) {
                Some(value) => map.insert(key, value),
                None => break,
            };
        }
        (!map.is_empty()).then_some(Value::Object(map))
    }

    fn key(&mut self) -> Option<String> {
        let key = match self.peek()? {
            '"' | '\'' | '`' => self.strings(),
            _ => {
                let begin = self.at;
                self.skip(|c| c.is_alphanumeric() || "_-.$[]".contains(c));
                self.text[begin..self.at].to_owned()
            }
        };
        self.skip(char::is_whitespace);
        let rest = self.rest();
        let sign = [":", "=>", "="].into_iter().find(|sign| rest.starts_with(sign))?;
        self.at += sign.len();
        (!key.is_empty()).then_some(key)
    }

    fn list(&mut self, depth: u8) -> Value {
        self.at += 1;
        let mut list = Vec::new();
        while self.has_more(&[']', ')']) {
            let before = self.at;
            match self.value(depth) {
                Some(value) if self.at > before => list.push(value),
                _ => break,
            }
        }
        Value::Array(list)
    }

    /// A string, or several joined by `+`, as Node prints long ones.
    fn strings(&mut self) -> String {
        let mut out = String::new();
        self.string(&mut out);
        loop {
            let rest = self.rest().trim_start();
            let Some(next) = rest.strip_prefix('+').map(str::trim_start) else { return out };
            if !next.starts_with(['"', '\'', '`']) {
                return out;
            }
            self.at = self.text.len() - next.len();
            self.string(&mut out);
        }
    }

    fn string(&mut self, out: &mut String) {
        let Some(quote) = self.peek() else { return };
        self.at += quote.len_utf8();
        while let Some(c) = self.peek() {
            self.at += c.len_utf8();
            match c {
                c if c == quote => return,
                '\\' => self.escape(out),
                c => out.push(c),
            }
        }
    }

    fn escape(&mut self, out: &mut String) {
        let Some(c) = self.peek() else { return };
        self.at += c.len_utf8();
        let digits = match c {
            'n' => return out.push('\n'),
            't' => return out.push('\t'),
            'r' => return,
            'u' => 4,
            'x' => 2,
            c => return out.push(c),
        };
        let code = self.rest().get(..digits).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        if let Some(code) = code {
            self.at += digits;
            out.push(char::from_u32(code).unwrap_or('\u{fffd}'));
        }
    }

    /// A number, a constant, or anything else up to the next comma or bracket.
    fn word(&mut self) -> Value {
        let begin = self.at;
        self.skip(|c| c.is_alphanumeric() || "_.$-+".contains(c));
        let word = self.text[begin..self.at].to_owned();
        if matches!(self.peek(), Some('\'' | '"')) && word.len() <= 2 {
            return Value::String(self.strings());
        }
        if self.peek() == Some('(') && !word.is_empty() {
            let Value::Array(list) = self.list(DEPTH / 2) else { return Value::Null };
            return list.into_iter().find(Value::is_string).unwrap_or(Value::Null);
        }
        match word.as_str() {
            "true" | "True" => return Value::Bool(true),
            "false" | "False" => return Value::Bool(false),
            "null" | "None" | "undefined" => return Value::Null,
            _ => {}
        }
        if let Ok(number) = word.parse::<serde_json::Number>() {
            return Value::Number(number);
        }
        self.skip(|c| !matches!(c, ',' | '}' | ']' | ')' | '\n'));
        Value::String(self.text[begin..self.at].trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(text: &str) -> Value {
        find(text).unwrap_or_else(|| panic!("nothing in {text}")).0
    }

    #[test]
    fn every_notation_of_an_object_reads_the_same() {
        let value =
            json!({"success": false, "error": [{"code": 2009, "message": "It's \"no\""}], "result": null});
        let plain = value.to_string();
        let once = serde_json::to_string(&plain).expect("a string");
        let twice = serde_json::to_string(&once).expect("a string");
        let texts = [
            plain.clone(),
            serde_json::to_string_pretty(&value).expect("JSON"),
            "{'success': False, 'error': [{'code': 2009, 'message': 'It\\'s \"no\"'}], 'result': None}".to_owned(),
            "{\n  success: false,\n  error: [ { code: 2009, message: `It's \"no\"` } ],\n  result: undefined\n}".to_owned(),
            once,
            twice,
        ];
        for text in texts {
            assert_eq!(read(&format!("Error: 401 - {text} at line 3")), value, "{text}");
        }
    }

    #[test]
    fn an_object_that_is_cut_anywhere_keeps_what_is_there() {
        let whole = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
        for cut in whole.find("Over").expect("it is there")..whole.len() {
            let value = read(&whole[..cut]);
            assert_eq!(value["error"]["type"], "overloaded_error", "{}", &whole[..cut]);
        }
    }

    #[test]
    fn prose_in_brackets_is_not_parsed_as_an_object() {
        for text in [
            "{ [5 bytes data]",
            "use {name} here",
            "[1] see {this, that}",
            "{}",
            "{{{{{{",
            "[{",
            "((((",
            "{a",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }

    #[test]
    fn an_object_that_is_nested_too_deep_is_not_read() {
        assert!(find(&"{a:".repeat(10_000)).is_none());
        let _ = find(&"[{'a':(".repeat(10_000));
    }
}
