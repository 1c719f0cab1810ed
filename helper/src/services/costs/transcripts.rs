//! Reads Claude Code's transcripts: the tokens of each response, and the client's cost estimate of a session.
//!
//! A transcript is `projects/**/*.jsonl` below Claude Code's configuration folder, with one JSON
//! object per line. As 2.1.330 writes it:
//! - `type: assistant` has the response's `message.id`, `model` and `usage`. A response with several
//!   blocks is several lines with the same id. Resumed and forked sessions repeat lines in other
//!   files, so a response counts once, in whichever file it is.
//! - `type: cost-state` is the client's estimate of the whole session so far (`totalCostUSD`, and
//!   `modelUsage` by model); the last one counts. It is written when a session ends and has no
//!   timestamp: it belongs to the responses before it.

use super::answer::{Group, ModelResponse, TranscriptReader};
use super::cell::{self, GroupKey, Sums};
use super::period::Period;
use crate::facts::gateway::prices::plain_name;
use jiff::Timestamp;
use memchr::memmem::Finder;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Longer lines contain no usage; they are skipped without buffering.
const MAX_LINE: usize = 32 << 20;
/// The read buffer; nearly every line fits.
const BUFFER: usize = 256 << 10;

/// The result.
#[derive(Debug, Default)]
pub struct Transcripts {
    /// Sums by key.
    pub sums: BTreeMap<GroupKey, Sums>,
    /// How many files were read.
    pub files: u64,
    /// Files that could not be read completely.
    pub unreadable: u64,
}

impl Transcripts {
    /// Reads all transcripts below a configuration folder that may contain responses of the period.
    /// A missing folder counts as empty.
    pub fn read(config: &Path, period: &Period) -> Self {
        let mut reading = Reading::new(*period);
        let mut paths = Vec::new();
        collect(&config.join("projects"), 0, &mut paths);
        paths.sort();
        let since = std::time::SystemTime::from(period.from);
        for path in paths {
            let old = fs::metadata(&path).and_then(|meta| meta.modified()).is_ok_and(|at| at < since);
            if old {
                continue;
            }
            reading.found.files += 1;
            let file = File::open(&path).map(|file| BufReader::with_capacity(BUFFER, file));
            if file.and_then(|file| reading.file(file)).is_err() {
                reading.found.unreadable += 1;
            }
        }
        reading.found
    }
}

/// The files read so far, and the state within the current one.
struct Reading {
    period: Period,
    found: Transcripts,
    /// The responses that were counted.
    seen: HashSet<u64>,
    /// For lines that are longer than a file's buffer.
    long: Vec<u8>,
    pending: Option<ModelResponse>,
    last: Option<(Timestamp, Rc<Group>)>,
    estimated: BTreeMap<String, f64>,
}

impl Reading {
    fn new(period: Period) -> Self {
        Self {
            period,
            found: Transcripts::default(),
            seen: HashSet::new(),
            long: Vec::new(),
            pending: None,
            last: None,
            estimated: BTreeMap::new(),
        }
    }

    fn file(&mut self, input: impl BufRead) -> io::Result<()> {
        (self.pending, self.last) = (None, None);
        self.estimated.clear();
        let mut reader = TranscriptReader::default();
        let [usage, state] = ["\"usage\"", "\"cost-state\""].map(|text| Finder::new(text.as_bytes()));
        let mut long = std::mem::take(&mut self.long);
        let read = each_line(input, &mut long, |line| {
            // most lines are neither, and are not parsed
            if usage.find(line).is_some() {
                if let Some(answer) = reader.read(line) {
                    self.answer(answer);
                }
            } else if state.find(line).is_some()
                && let Ok(state) = serde_json::from_slice::<Value>(line)
                && state["type"] == "cost-state"
            {
                self.flush();
                self.state(&state);
            }
        });
        self.long = long;
        read?;
        self.flush();
        Ok(())
    }

    /// The blocks of one response follow each other; the last has the final count.
    fn answer(&mut self, answer: ModelResponse) {
        match &mut self.pending {
            Some(pending) if pending.id == answer.id => {
                if answer.tokens.output >= pending.tokens.output {
                    pending.tokens = answer.tokens;
                }
            }
            _ => {
                self.flush();
                self.pending = Some(answer);
            }
        }
    }

    fn flush(&mut self) {
        let Some(answer) = self.pending.take() else { return };
        if self.period.contains(answer.at) && self.seen.insert(answer.id) {
            let Group { key, price } = &*answer.group;
            let sums = &mut self.found.sums;
            let sum = match sums.get_mut(key) {
                Some(sum) => sum,
                None => sums.entry(key.clone()).or_default(),
            };
            sum.requests += 1;
            sum.tokens += answer.tokens;
            match price.filter(|_| !answer.fast).and_then(|row| row.cost(&answer.tokens, answer.us_only)) {
                Some(cost) => sum.list = cell::sum(sum.list, Some(cost)),
                None => sum.unpriced += 1,
            }
        }
        self.last = Some((answer.at, answer.group));
    }

    /// The increase of the estimate since the last one belongs to the responses in between.
    fn state(&mut self, state: &Value) {
        let Some((at, group)) = &self.last else { return };
        for (model, usage) in state["modelUsage"].as_object().into_iter().flatten() {
            let Some(now) = usage["costUSD"].as_f64().filter(|cost| cost.is_finite()) else { continue };
            let before = self.estimated.insert(model.clone(), now).unwrap_or_default();
            let grown = if now < before { now } else { now - before };
            if self.period.contains(*at) && grown > 0.0 {
                let key = GroupKey { model: plain_name(model), ..group.key.clone() };
                let sum = self.found.sums.entry(key).or_default();
                sum.cost = cell::sum(sum.cost, Some(grown));
            }
        }
    }
}

/// All `.jsonl` files below a folder. Those of subagents are a few folders deeper; links are not
/// followed.
fn collect(dir: &Path, depth: u8, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).into_iter().flatten().filter_map(Result::ok) {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth < 8 => collect(&path, depth + 1, paths),
            Ok(kind) if kind.is_file() && path.extension().is_some_and(|end| end == "jsonl") => {
                paths.push(path)
            }
            _ => {}
        }
    }
}

/// Passes on each line with its line break; skips lines longer than [`MAX_LINE`]. `long` holds a line that is not
/// whole in the reader's buffer.
fn each_line(mut input: impl BufRead, long: &mut Vec<u8>, mut give: impl FnMut(&[u8])) -> io::Result<()> {
    long.clear();
    loop {
        let part = match input.fill_buf() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            part => part?,
        };
        let end = memchr::memchr(b'\n', part);
        let used = end.map_or(part.len(), |at| at + 1);
        let is_last = used == 0;
        if end.is_some() && long.is_empty() {
            give(&part[..used]);
        } else {
            // no more is kept of a line that is too long already
            if long.len() <= MAX_LINE {
                long.extend_from_slice(&part[..used]);
            }
            if end.is_some() || is_last {
                if (1..=MAX_LINE).contains(&long.len()) {
                    give(long);
                }
                long.clear();
            }
        }
        if is_last {
            return Ok(());
        }
        input.consume(used);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn period() -> Period {
        Period::parse("2026-11-01", Some("2026-11-30"), Timestamp::UNIX_EPOCH).unwrap()
    }

    fn answer(id: &str, output: u64) -> Value {
        json!({"type": "assistant", "timestamp": "2026-11-22T17:19:07.595Z", "cwd": "/home/dev/shop",
            "sessionId": "s1", "requestRef": "r",
            "message": {"id": id, "model": "claude-opus-5-5", "usage": {"input_tokens": 1000, "output_tokens": output,
                "cache_read_input_tokens": 500, "cache_creation_input_tokens": 30,
                "cache_creation": {"ephemeral_1h_input_tokens": 10, "ephemeral_5m_input_tokens": 20}}}})
    }

    fn state(cost: f64) -> Value {
        json!({"type": "cost-state", "sessionId": "s1", "totalCostUSD": cost, "modelUsage": {"claude-opus-5-5": {"costUSD": cost}}})
    }

    fn read(lines: &[Value]) -> Transcripts {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut reading = Reading::new(period());
        reading.file(text.as_bytes()).unwrap();
        reading.found
    }

    #[test]
    fn the_blocks_of_an_answer_count_once_with_the_final_count() {
        let found = read(&[
            answer("a", 1),
            answer("a", 80),
            json!({"type": "user"}),
            answer("a", 80),
            answer("b", 5),
        ]);
        let (key, sum) = found.sums.first_key_value().unwrap();
        assert_eq!(
            (key.day.as_str(), key.project.as_str(), key.session.as_str()),
            ("2026-11-22", "shop", "s1")
        );
        assert_eq!((sum.requests, sum.tokens.output, sum.tokens.input), (2, 85, 2000));
        assert_eq!((sum.tokens.cache_write_1h, sum.tokens.cache_write_5m), (20, 40));
        let list = (2000.0 * 4.0 + 85.0 * 20.0 + 1000.0 * 0.2 + 40.0 * 5.0 + 20.0 * 8.0) / 1e6;
        assert!((sum.list.unwrap() - list).abs() < 1e-12);
    }

    #[test]
    fn the_clients_estimate_is_cumulative_and_the_last_one_counts() {
        let found = read(&[answer("a", 1), state(0.5), answer("b", 1), state(0.75), state(0.75)]);
        assert_eq!(found.sums.values().next().unwrap().cost, Some(0.75));
    }

    #[test]
    fn a_line_that_a_fork_repeats_counts_once() {
        let mut reading = Reading::new(period());
        for _ in 0..2 {
            let text = format!("{}\n", answer("a", 7));
            reading.file(text.as_bytes()).unwrap();
        }
        assert_eq!(reading.found.sums.values().map(|sum| sum.requests).sum::<u64>(), 1);
    }

    #[test]
    fn a_field_of_another_type_counts_as_nothing_and_the_rest_of_the_line_counts() {
        let mut line = answer("a", 7);
        line["cwd"] = json!(5);
        line["sessionId"] = json!({"a": [1]});
        line["message"]["usage"]["input_tokens"] = json!("many");
        line["message"]["usage"]["cache_read_input_tokens"] = json!(-1);
        line["message"]["usage"]["cache_creation_input_tokens"] = json!(1.5);
        line["message"]["usage"]["server_tool_use"] = Value::Null;
        line["message"]["usage"]["speed"] = json!(["fast"]);
        line["message"]["content"] = json!([{"type": "text", "text": "\u{1f600} \"usage\" \\"}]);
        let found = read(&[line]);
        let (key, sum) = found.sums.first_key_value().unwrap();
        assert_eq!((key.project.as_str(), key.session.as_str()), ("", ""));
        assert_eq!((sum.tokens.input, sum.tokens.output, sum.tokens.cache_read), (0, 7, 0));
        assert!(sum.list.is_some());
    }

    #[test]
    fn lines_are_found_whatever_the_buffer_and_too_long_ones_are_passed_over() {
        let long = "x".repeat(MAX_LINE + 1);
        let text = format!("one\n\n{long}\ntwo is longer\nthree");
        for capacity in [1 << 10, 7777, 1 << 20] {
            let mut lines = Vec::new();
            let input = BufReader::with_capacity(capacity, text.as_bytes());
            each_line(input, &mut Vec::new(), |line| lines.push(line.to_vec())).unwrap();
            let lines: Vec<_> = lines.iter().map(|line| String::from_utf8_lossy(line)).collect();
            assert_eq!(lines, ["one\n", "\n", "two is longer\n", "three"]);
        }
    }

    #[test]
    fn lines_that_are_not_responses_count_as_nothing() {
        let mut error = answer("e", 1);
        error["message"]["model"] = json!("<synthetic>");
        let mut old = answer("o", 1);
        old["timestamp"] = json!("2025-01-01T00:00:00Z");
        let found = read(&[error, old, json!({"type": "assistant"}), json!({"usage": "assistant"})]);
        assert!(found.sums.is_empty());
    }

    #[test]
    fn a_response_without_a_price_is_counted_and_reported_as_unpriced() {
        let mut strange = answer("a", 7);
        strange["message"]["model"] = json!("claude-unheard-9");
        let found = read(&[strange]);
        let sum = found.sums.values().next().unwrap();
        assert_eq!((sum.list, sum.unpriced), (None, 1));
    }
}
