//! Recognises what a line is part of, and turns it into clues.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::facts::gateway::errors::{Clue, Response};

use super::dump::{self, Dump, Taken};
use super::gather::Gather;
use super::printed::{self, Event};
use super::tally::Tally;
use crate::base::redact::printable;

/// How often a line is searched for a JSON value that begins in its middle.
const TRIES: usize = 16;
/// How many lines are remembered, so that retries cost nothing.
const REMEMBERED: usize = 256;
/// How deep a log record is searched for one.
const DEPTH: usize = 4;

/// Reads line by line; gives the tally at the end.
#[derive(Default)]
pub(super) struct Evidence {
    tally: Tally,
    open: Open,
    remembered: Vec<(u64, Vec<usize>)>,
}

/// What the lines before have begun.
#[derive(Default)]
enum Open {
    #[default]
    Nothing,
    Dump(Dump),
    Value(Gather),
}

impl Evidence {
    /// Whether the next line matters whatever it is.
    pub(super) fn wants_every_line(&self) -> bool {
        !matches!(self.open, Open::Nothing)
    }

    /// Whether a line that speaks of success would be news.
    pub(super) fn waits_for_success(&self) -> bool {
        self.tally.waits_for_success()
    }

    /// Takes in a line, or a piece of a long one.
    pub(super) fn line(&mut self, bytes: &[u8], number: u64) {
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
            Open::Value(mut value) => {
                if value.push(line) {
                    self.close_value(&value);
                } else {
                    self.open = Open::Value(value);
                }
            }
            Open::Nothing => self.begin(line, number),
        }
    }

    /// The end of the input.
    pub(super) fn finish(mut self) -> Tally {
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
            self.open = Open::Value(value);
        } else if line.starts_with(['{', '[', '<']) {
            self.value(line, number);
        } else {
            self.text(line, number);
        }
    }

    fn close_dump(&mut self, dump: Dump) {
        let from = dump.from;
        if let Some(clue) = dump.clue() {
            self.tally.add(&clue, from);
        }
    }

    fn close_value(&mut self, value: &Gather) {
        self.value(&value.text, value.from);
    }

    /// A whole JSON value or page, or text that looked like one.
    fn value(&mut self, text: &str, number: u64) {
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        match values.next() {
            Some(Ok(value)) if value.is_object() || value.is_array() => {
                let (json, rest) = text.split_at(values.byte_offset());
                self.json(&value, json, number);
                // curl writes its own line straight behind a body without a line break.
                if !rest.trim().is_empty() {
                    self.text(rest, number);
                }
            }
            _ if text.starts_with('<') => self.answer(None, text, number),
            _ => (number..).zip(text.lines()).for_each(|(number, line)| self.text(line, number)),
        }
    }

    fn json(&mut self, value: &Value, text: &str, number: u64) {
        if let Some(event) = printed::event(value) {
            match event {
                Event::Failure(clue) => {
                    self.tally.add(&clue, number);
                }
                Event::Success => self.tally.success(number),
                Event::Other => {}
            }
        } else if let Value::Array(list) = value {
            list.iter().for_each(|item| self.json(item, &item.to_string(), number));
        } else if let Some(response) = recorded(value) {
            self.tally.add(&Clue::from(&response), number);
        } else {
            self.answer(None, text, number);
            let mut nested = Vec::new();
            bodies_in(value, DEPTH, &mut nested);
            nested.iter().for_each(|body| self.answer(None, body, number));
        }
    }

    fn answer(&mut self, status: Option<u16>, body: &str, number: u64) {
        let response = Response { status, headers: Vec::new(), body: body.to_owned() };
        self.tally.add(&Clue::from(&response), number);
    }

    /// A line of text; one that was there before is only counted.
    fn text(&mut self, line: &str, number: u64) {
        if printed::is_good_end(line) {
            self.tally.success(number);
            return;
        }
        let key = hash(printed::without_clock(line));
        let slot = usize::try_from(key % REMEMBERED as u64).unwrap_or(0);
        self.remembered.resize_with(REMEMBERED, Default::default);
        if self.remembered[slot].0 == key {
            self.tally.again(&self.remembered[slot].1, number);
        } else {
            let places = self.tally.add(&line_clue(line), number);
            self.remembered[slot] = (key, places);
        }
    }
}

/// A sentence of Claude Code, or any line, perhaps with a body in it.
fn line_clue(line: &str) -> Clue {
    if let Some(clue) = printed::sentence(line) {
        return clue;
    }
    let status = status_in(line);
    if let Some(body) = embedded(line) {
        let mut clue = Clue::from(&Response { body, ..Response::default() });
        if clue.body.is_error() {
            clue.status = status;
            clue.text = line.to_owned();
            return clue;
        }
    }
    let mut clue = Clue::line(line);
    clue.status = status.filter(|status| *status >= 400);
    clue
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// An error body in the middle of a line.
fn embedded(line: &str) -> Option<String> {
    line.match_indices("{\"").take(TRIES).find_map(|(at, _)| {
        let mut values = serde_json::Deserializer::from_str(&line[at..]).into_iter::<Value>();
        let value = values.next()?.ok()?;
        let known =
            ["error", "errors", "success", "cloudflare_error"].iter().any(|key| value.get(key).is_some());
        known.then(|| line[at..at + values.byte_offset()].to_owned())
    })
}

/// Error bodies that a log record holds as text in one of its fields.
fn bodies_in(value: &Value, depth: usize, found: &mut Vec<String>) {
    if depth == 0 || found.len() >= TRIES {
        return;
    }
    match value {
        Value::String(text) => found.extend(embedded(text)),
        Value::Object(map) => map.values().for_each(|value| bodies_in(value, depth - 1, found)),
        Value::Array(list) => list.iter().for_each(|value| bodies_in(value, depth - 1, found)),
        _ => {}
    }
}

/// A status in the middle of a line: of a status line, or of an access log.
fn status_in(line: &str) -> Option<u16> {
    let at = line.find("HTTP/")?;
    dump::status_line(&line[at..].replacen("\" ", " ", 1))
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
