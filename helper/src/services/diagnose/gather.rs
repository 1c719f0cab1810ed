//! Collects a JSON value or a page that spans lines, or blocks of a long line, in limited memory.
//!
//! Long strings in a value are cut, each element of a list is a value of its own, and of a session's record that is too
//! long even so nothing is left: it is not text in which words could report a failure.

use serde::de::IgnoredAny;

use crate::base::text::up_to;
use crate::facts::gateway::errors::is_html;

use super::tokens::{drop_last_token, push_up_to};

/// The size limit of what is kept.
const LIMIT: usize = 128 * 1024;
/// The size limit of a page.
const PAGE: usize = 64 * 1024;
/// The size limit of a string in a value.
const STRING: usize = 16 * 1024;

/// What is being collected.
#[derive(Debug, Default)]
pub(super) struct Gather {
    /// The text so far.
    pub text: String,
    /// The line where it began.
    pub from: u64,
    html: bool,
    list: bool,
    depth: i64,
    in_string: bool,
    escaped: bool,
    /// Bytes of the string.
    string: usize,
    /// The rest of the string is not kept.
    cut: bool,
    /// The rest of the value is not kept.
    skipped: bool,
}

impl Gather {
    /// For a line that opens a JSON value or a page and does not close it; nothing of it is read yet.
    pub(super) fn open(line: &str, number: u64) -> Option<Self> {
        let new = || Self { html: is_html(line), ..Self::new(line, number) };
        let opens = new().html || line == "[" || is_value(line);
        (opens && !new().push(line, number, &mut |_, _| {})).then(new)
    }

    /// For a long line that opens a JSON value; nothing of it is read yet.
    pub(super) fn open_long(line: &str, number: u64) -> Option<Self> {
        is_value(line).then(|| Self::new(line, number))
    }

    fn new(line: &str, number: u64) -> Self {
        Self { from: number, list: line.starts_with('['), ..Self::default() }
    }

    /// Whether a part of a long line may belong to it.
    pub(super) fn takes_parts(&self) -> bool {
        !self.html
    }

    /// Adds a line; true if the value is complete or the limit is reached. Gives the elements of a list and the lines
    /// where they begin.
    pub(super) fn push(&mut self, line: &str, number: u64, give: &mut impl FnMut(&str, u64)) -> bool {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        if self.html {
            return push_up_to(PAGE, &mut self.text, line)
                || line.to_ascii_lowercase().contains("</html>")
                || self.text.len() >= PAGE;
        }
        !self.part(line, number, give) | self.end_line()
    }

    /// The end of a line of a JSON value; true if the value is complete.
    pub(super) fn end_line(&mut self) -> bool {
        self.close_string();
        self.escaped = false;
        self.depth <= 0
    }

    /// Adds a part of a line; false if it is not of a JSON value, or of one that is too long.
    pub(super) fn part(&mut self, part: &str, number: u64, give: &mut impl FnMut(&str, u64)) -> bool {
        let mut rest = part;
        loop {
            if self.cut && !self.escaped {
                let skip = memchr::memchr2(b'"', b'\\', rest.as_bytes()).unwrap_or(rest.len());
                rest = &rest[skip..];
            }
            let Some(c) = rest.chars().next() else { return true };
            rest = &rest[c.len_utf8()..];
            if self.list && self.text.is_empty() && !self.skipped {
                self.from = number;
            }
            let before = self.depth;
            self.count(c);
            if self.list && before.max(self.depth) <= 1 {
                self.between(c, give);
            } else {
                self.keep(c);
                if self.list && (before, self.depth) == (2, 1) {
                    self.end_element(give);
                }
            }
            if self.text.len() >= LIMIT {
                if !is_begun_json(&self.text) || !(self.list || is_record(&self.text)) {
                    drop_last_token(&mut self.text);
                    return false;
                }
                self.skipped = true;
                self.text.clear();
            }
        }
    }

    /// A character of a list that is not in one of its objects or lists.
    fn between(&mut self, c: char, give: &mut impl FnMut(&str, u64)) {
        match c {
            '[' | ',' | ' ' | '\t' | '\r' if self.text.is_empty() => {}
            ']' if self.depth == 0 => self.end_element(give),
            c => self.keep(c),
        }
    }

    fn end_element(&mut self, give: &mut impl FnMut(&str, u64)) {
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            give(&text, self.from);
        }
        self.skipped = false;
    }

    fn keep(&mut self, c: char) {
        if self.cut || self.skipped {
            return;
        }
        self.text.push(c);
        self.string += c.len_utf8();
        self.cut = self.in_string && self.string >= STRING;
        if self.cut {
            drop_last_token(&mut self.text);
        }
    }

    fn count(&mut self, c: char) {
        match c {
            _ if self.escaped => self.escaped = false,
            '\\' if self.in_string => self.escaped = true,
            '"' if self.in_string => self.close_string(),
            '"' => (self.in_string, self.string) = (true, 0),
            '{' | '[' if !self.in_string => self.depth += 1,
            '}' | ']' if !self.in_string => self.depth -= 1,
            _ => {}
        }
    }

    fn close_string(&mut self) {
        (self.in_string, self.cut) = (false, false);
    }
}

/// Whether a line may open a JSON value that goes on.
fn is_value(line: &str) -> bool {
    line.starts_with('{') || line.starts_with("[{")
}

/// Whether a text is the beginning of a JSON value.
fn is_begun_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_err_and(|error| error.is_eof())
}

/// Whether the beginning of a JSON object shows that it is a record of a session.
fn is_record(text: &str) -> bool {
    const KEYS: [&str; 4] = [r#""sessionId":""#, r#""session_id":""#, r#""uuid":""#, r#""leafUuid":""#];
    const STARTS: [&str; 5] = [
        r#"{"parentUuid":"#,
        r#"{"type":"user""#,
        r#"{"type":"assistant""#,
        r#"{"type":"system""#,
        r#"{"type":"result""#,
    ];
    let mut head = up_to(text, STRING).to_owned();
    head.retain(|c| !c.is_ascii_whitespace());
    KEYS.iter().any(|key| head.contains(key)) || STARTS.iter().any(|start| head.starts_with(start))
}

/// Whether a text is the beginning of a session's record: what it quotes is no evidence.
pub(super) fn is_begun_record(text: &str) -> bool {
    is_record(text) && is_begun_json(text)
}
