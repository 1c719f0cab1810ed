//! Recognizes what each line belongs to, and turns it into clues.

use serde_json::Value;

use crate::facts::gateway::errors::{FailureEvidence, Response};

use super::dump::{self, Dump, Taken};
use super::gather::{Gather, is_begun_record};
use super::known::{KnownLines, Meaning};
use super::printed::{self, Event};
use super::ranking::CauseRanking;
use super::status;
use crate::base::redact::printable;
use crate::facts::gateway::errors::{error_object, is_stream_of_a_model};

/// How often a line is searched for a JSON value that starts within it.
const TRIES: usize = 16;
/// How deep to search a log record for a clue.
const DEPTH: usize = 4;

/// Reads line by line; returns the tally at the end.
#[derive(Default)]
pub(super) struct EvidenceReader {
    tally: CauseRanking,
    open: Open,
    /// URLs in the evidence, if it is small enough to be one failure.
    urls: Vec<String>,
    known: KnownLines,
}

/// The state that earlier lines left.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Dump(Dump),
    Value(Gather),
}

impl EvidenceReader {
    /// For evidence of one failure, with the URLs in it.
    pub(super) fn of_one_failure(urls: Vec<String>) -> Self {
        Self { urls, ..Self::default() }
    }

    /// Whether the next line is part of the evidence, whatever it contains.
    pub(super) fn wants_every_line(&self) -> bool {
        !matches!(self.open, Open::Nothing)
    }

    /// Whether a line that reports success would be news.
    pub(super) fn waits_for_success(&self) -> bool {
        self.tally.waits_for_success()
    }

    /// Adds a line, or a piece of a long one.
    pub(super) fn line(&mut self, bytes: &[u8], number: u64) {
        match self.known.get_timed(bytes) {
            Some(meaning) if !self.wants_every_line() => self.tally.again(meaning, number),
            _ => self.new_line(bytes, number),
        }
    }

    /// The same for a line that may continue or begin anything.
    pub(super) fn new_line(&mut self, bytes: &[u8], number: u64) {
        let text = printable(&String::from_utf8_lossy(bytes));
        let line = text.trim_end_matches('\r');
        match std::mem::take(&mut self.open) {
            Open::Dump(mut dump) => match dump.line(line) {
                Taken::Yes => self.open = Open::Dump(dump),
                Taken::Whole => self.close_dump(dump),
                Taken::No => {
                    self.open = Open::Dump(dump);
                    self.text(line, number);
                }
                Taken::Next => {
                    self.close_dump(dump);
                    self.begin(line, number);
                }
            },
            Open::Value(value) => self.go_on(value, line, number),
            Open::Nothing => self.begin(line, number),
        }
    }

    /// Adds a part of a long line that is a JSON value or begins one; false for any other. The parts of a line come
    /// in order: `begins` is true for the first and `ends` for the last.
    pub(super) fn part(&mut self, bytes: &[u8], number: u64, begins: bool, ends: bool) -> bool {
        let text = printable(&String::from_utf8_lossy(bytes));
        let mut value = match std::mem::take(&mut self.open) {
            Open::Value(value) if value.takes_parts() => value,
            Open::Nothing if begins => match Gather::open_long(&text, number) {
                Some(value) => value,
                None => return false,
            },
            other => {
                self.open = other;
                return false;
            }
        };
        if !value.part(&text, number, &mut |text, from| self.value(text, from)) {
            if value.from != number {
                self.close_value(&value);
            }
            return false;
        }
        if ends && value.end_line() {
            self.close_value(&value);
        } else {
            self.open = Open::Value(value);
        }
        true
    }

    /// The end of the input.
    pub(super) fn finish(mut self) -> CauseRanking {
        match std::mem::take(&mut self.open) {
            Open::Dump(dump) => self.close_dump(dump),
            Open::Value(value) => self.close_value(&value),
            Open::Nothing => {}
        }
        self.tally
    }

    /// A line that continues nothing.
    fn begin(&mut self, line: &str, number: u64) {
        if let Some(dump) = Dump::open(line, number) {
            self.open = Open::Dump(dump);
        } else if dump::is_curl_talk(line) {
            self.text(line, number);
        } else if let Some(value) = Gather::open(line, number) {
            self.go_on(value, line, number);
        } else if line.starts_with(['{', '[', '<']) {
            self.value(line, number);
        } else {
            self.text(line, number);
        }
    }

    fn go_on(&mut self, mut value: Gather, line: &str, number: u64) {
        if value.push(line, number, &mut |text, from| self.value(text, from)) {
            self.close_value(&value);
        } else {
            self.open = Open::Value(value);
        }
    }

    fn close_dump(&mut self, dump: Dump) {
        let from = dump.from;
        if let Some(clue) = dump.clue() {
            self.add(clue, from);
        }
    }

    fn close_value(&mut self, value: &Gather) {
        self.value(&value.text, value.from);
    }

    /// A complete JSON value or page, or text that looked like one.
    fn value(&mut self, text: &str, number: u64) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) if value.is_object() || value.is_array() => {
                let (json, rest) = text.split_at(values.byte_offset());
                self.json(&value, json, number);
                // curl writes its own line directly after a body without a line break
                if !rest.trim().is_empty() {
                    self.text(rest, number);
                }
            }
            _ if text.starts_with('<') => {
                self.answer(text, number);
            }
            _ if is_begun_record(text) => self.tally.in_session(),
            _ => (number..).zip(text.lines()).for_each(|(number, line)| self.text(line, number)),
        }
    }

    fn json(&mut self, value: &Value, text: &str, number: u64) {
        if let Some(event) = printed::event(value) {
            self.tally.in_session();
            match event {
                Event::Failure(clue) => {
                    self.add(*clue, number);
                }
                Event::Success => self.tally.success(number),
                Event::Other => {}
            }
        } else if let Value::Array(list) = value {
            list.iter().for_each(|item| self.json(item, &item.to_string(), number));
        } else if let Some(response) = recorded(value) {
            self.add(FailureEvidence::from(&response), number);
        } else if !is_answer(value) || !self.answer(text, number) {
            let mut nested = Vec::new();
            texts_in(value, DEPTH, &mut nested);
            let before = self.tally.seen();
            nested.iter().for_each(|text| self.text(text, number));
            if self.tally.seen() == before {
                self.add(
                    FailureEvidence::from(&Response { body: text.to_owned(), ..Response::default() }),
                    number,
                );
            }
        }
    }

    /// True if it is an error body or a response; a log record with a message may be either.
    fn answer(&mut self, body: &str, number: u64) -> bool {
        let clue = FailureEvidence::from(&Response { body: body.to_owned(), ..Response::default() });
        let is_one = clue.body.is_error() || clue.body.html || clue.is_success();
        if is_one {
            self.add(clue, number);
        }
        is_one
    }

    fn add(&mut self, mut clue: FailureEvidence, number: u64) -> Vec<usize> {
        clue.urls.extend_from_slice(&self.urls);
        self.tally.add(&clue, number)
    }

    /// A line of text; a repeated one is only counted.
    fn text(&mut self, line: &str, number: u64) {
        if let Some(meaning) = self.known.get(line) {
            self.tally.again(meaning, number);
            return;
        }
        let meaning = if printed::is_good_end(line) {
            self.tally.of_a_client();
            self.tally.success(number);
            Meaning::Success
        } else if is_stream_of_a_model(line) {
            self.tally.success(number);
            Meaning::Success
        } else {
            Meaning::Entries(self.add(line_clue(line), number))
        };
        self.known.insert(line, meaning);
    }
}

/// A sentence of Claude Code, or any line, possibly with a body in it.
fn line_clue(line: &str) -> FailureEvidence {
    if let Some(clue) = printed::sentence(line) {
        return clue;
    }
    let mut clue = match error_object(line) {
        Some(value) => FailureEvidence::with_object(line, &value),
        None => FailureEvidence::line(line),
    };
    clue.status = status::of_line(line).filter(|status| *status >= 400).or(clue.status);
    clue
}

/// An object that a server may have returned; a log record may hold one in a field.
fn is_answer(value: &Value) -> bool {
    let keys =
        ["error", "errors", "success", "internalCode", "cloudflare_error", "code", "detail", "choices"];
    let kind = value["type"].as_str().unwrap_or("");
    keys.iter().any(|key| value.get(key).is_some()) || kind == "message" || kind.contains("error")
}

/// Texts in a log record that may report a failure. Prompts and model responses are not examined.
fn texts_in<'v>(value: &'v Value, depth: usize, found: &mut Vec<&'v str>) {
    if depth == 0 || found.len() >= TRIES {
        return;
    }
    match value {
        Value::String(text) if text.contains([' ', '{', '_']) => found.push(text),
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| {
                !matches!(key.as_str(), "messages" | "content" | "prompt" | "system" | "tools" | "input")
            })
            .for_each(|(_, value)| texts_in(value, depth - 1, found)),
        Value::Array(list) => list.iter().for_each(|value| texts_in(value, depth - 1, found)),
        _ => {}
    }
}

/// A response that a program recorded: `{"status": 401, "headers": {…}, "body": …}`.
fn recorded(value: &Value) -> Option<Response> {
    let status = ["status", "statusCode", "status_code"].iter().find_map(|key| value[*key].as_u64())?;
    let body = value.get("body").or_else(|| value.get("data"))?;
    let headers = value["headers"].as_object().map(|map| {
        map.iter().filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
    });
    Some(Response {
        status: status.try_into().ok(),
        headers: headers.unwrap_or_default(),
        body: body.as_str().map_or_else(|| body.to_string(), str::to_owned),
    })
}
