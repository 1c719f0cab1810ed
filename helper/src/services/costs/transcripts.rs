//! What Claude Code's own transcripts say: tokens of each answer, and the client's estimate of a session's cost.
//!
//! A transcript is `projects/**/*.jsonl` below Claude Code's configuration folder, one JSON object a
//! line, read line by line. As 2.1.330 writes it:
//! - `type: assistant` has the answer's `message.id`, `model` and `usage`; an answer of several
//!   blocks is several lines with the same id. Resumed and forked sessions repeat lines in other
//!   files, so an answer counts once, wherever it stands.
//! - `type: cost-state` is the client's estimate of the whole session so far (`totalCostUSD`, and
//!   `modelUsage` by model); the last one counts. It is written when a session ends, and has no
//!   time of its own: it belongs to the answers before it.

use super::period::Period;
use crate::facts::gateway::prices::{Tokens, listed, plain_name};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

/// A line longer than this is no usage: it is passed over without being kept.
const MAX_LINE: u64 = 32 << 20;

/// Sums of some answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Local {
    /// Answers of a model.
    pub answers: u64,
    /// Their tokens.
    pub tokens: Tokens,
    /// Claude Code's own estimate in US dollars, of sessions that have one.
    pub estimate: Option<f64>,
    /// By the price list, of models that are on it.
    pub list: Option<f64>,
    /// Answers without a price on the list.
    pub unpriced: u64,
}

/// One kind of answers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Key {
    /// `2026-11-22`, UTC.
    pub day: String,
    /// Without vendor and date.
    pub model: String,
    /// The last part of the folder that the session ran in.
    pub project: String,
    /// The session's id.
    pub session: String,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Transcripts {
    /// Sums by key.
    pub sums: BTreeMap<Key, Local>,
    /// How many files were read.
    pub files: u64,
    /// Files that could not be read to their end.
    pub unreadable: u64,
}

impl Transcripts {
    /// Reads all transcripts below a configuration folder that may hold answers of the period.
    /// A folder that does not exist holds none.
    pub fn read(config: &Path, period: &Period) -> Self {
        let mut found = Self::default();
        let mut seen = HashSet::new();
        let mut paths = Vec::new();
        collect(&config.join("projects"), 0, &mut paths);
        paths.sort();
        let since = std::time::SystemTime::from(period.from);
        for path in paths {
            let old = fs::metadata(&path).and_then(|meta| meta.modified()).is_ok_and(|at| at < since);
            if old {
                continue;
            }
            found.files += 1;
            let read = File::open(&path).and_then(|file| found.file(BufReader::new(file), period, &mut seen));
            if read.is_err() {
                found.unreadable += 1;
            }
        }
        found
    }

    fn file(
        &mut self,
        mut lines: impl BufRead,
        period: &Period,
        seen: &mut HashSet<u64>,
    ) -> std::io::Result<()> {
        let mut file = Progress::default();
        let mut line = Vec::new();
        loop {
            line.clear();
            if lines.by_ref().take(MAX_LINE).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            if line.last() != Some(&b'\n') && line.len() as u64 == MAX_LINE {
                skip_line(&mut lines)?;
                continue;
            }
            // most lines are neither, and are not parsed
            let of = |what: &[u8]| memchr::memmem::find(&line, what).is_some();
            if of(b"\"usage\"") && of(b"\"assistant\"") {
                if let Some(answer) = serde_json::from_slice(&line).ok().as_ref().and_then(Answer::of) {
                    self.answer(&mut file, answer, period, seen);
                }
            } else if of(b"\"cost-state\"")
                && let Ok(state) = serde_json::from_slice::<Value>(&line)
                && state["type"] == "cost-state"
            {
                self.flush(&mut file, period, seen);
                self.state(&mut file, &state, period);
            }
        }
        self.flush(&mut file, period, seen);
        Ok(())
    }

    /// The blocks of one answer follow each other; the last has the final count.
    fn answer(&mut self, file: &mut Progress, answer: Answer, period: &Period, seen: &mut HashSet<u64>) {
        match &mut file.pending {
            Some(pending) if pending.id == answer.id => {
                if answer.tokens.output >= pending.tokens.output {
                    pending.tokens = answer.tokens;
                }
            }
            _ => {
                self.flush(file, period, seen);
                file.pending = Some(answer);
            }
        }
    }

    fn flush(&mut self, file: &mut Progress, period: &Period, seen: &mut HashSet<u64>) {
        let Some(answer) = file.pending.take() else { return };
        file.last = Some((answer.at, answer.key.clone()));
        if !period.contains(answer.at) || !seen.insert(answer.id) {
            return;
        }
        let sum = self.sums.entry(answer.key.clone()).or_default();
        sum.answers += 1;
        sum.tokens += answer.tokens;
        let cost = listed(&answer.key.model).filter(|_| !answer.fast);
        match cost.and_then(|row| row.cost(&answer.tokens, answer.us_only)) {
            Some(cost) => *sum.list.get_or_insert(0.0) += cost,
            None => sum.unpriced += 1,
        }
    }

    /// What the estimate has grown by since the last one belongs to the answers in between.
    fn state(&mut self, file: &mut Progress, state: &Value, period: &Period) {
        let Some((at, key)) = file.last.clone() else { return };
        for (model, usage) in state["modelUsage"].as_object().into_iter().flatten() {
            let Some(now) = usage["costUSD"].as_f64().filter(|cost| cost.is_finite()) else { continue };
            let before = file.estimated.insert(model.clone(), now).unwrap_or_default();
            let grown = if now < before { now } else { now - before };
            if period.contains(at) && grown > 0.0 {
                let key = Key { model: plain_name(model), ..key.clone() };
                *self.sums.entry(key).or_default().estimate.get_or_insert(0.0) += grown;
            }
        }
    }
}

/// What is remembered within one file.
#[derive(Default)]
struct Progress {
    pending: Option<Answer>,
    last: Option<(Timestamp, Key)>,
    estimated: BTreeMap<String, f64>,
}

/// One answer of a model.
struct Answer {
    id: u64,
    at: Timestamp,
    key: Key,
    tokens: Tokens,
    us_only: bool,
    fast: bool,
}

impl Answer {
    fn of(line: &Value) -> Option<Self> {
        let message = &line["message"];
        let usage = &message["usage"];
        let model = message["model"].as_str()?;
        // what the client says in the model's place, for instance an error
        if line["type"] != "assistant" || !usage.is_object() || model == "<synthetic>" {
            return None;
        }
        let at: Timestamp = line["timestamp"].as_str()?.parse().ok()?;
        let mut id = DefaultHasher::new();
        let request = ["requestId", "requestRef"].iter().find_map(|name| line[name].as_str());
        (message["id"].as_str()?, request).hash(&mut id);
        let count = |value: &Value| value.as_u64().unwrap_or_default();
        let written = count(&usage["cache_creation_input_tokens"]);
        let hour = count(&usage["cache_creation"]["ephemeral_1h_input_tokens"]).min(written);
        let tokens = Tokens {
            input: count(&usage["input_tokens"]),
            output: count(&usage["output_tokens"]),
            cache_read: count(&usage["cache_read_input_tokens"]),
            cache_write_5m: written - hour,
            cache_write_1h: hour,
            web_searches: count(&usage["server_tool_use"]["web_search_requests"]),
        };
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let project = text("cwd");
        let project = project.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or_default();
        let key = Key {
            day: super::period::day_of(at).to_string(),
            model: plain_name(model),
            project: project.to_owned(),
            session: text("sessionId"),
        };
        Some(Self {
            id: id.finish(),
            at,
            key,
            tokens,
            us_only: usage["inference_geo"] == "us",
            fast: usage["speed"] == "fast",
        })
    }
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_write_5m += other.cache_write_5m;
        self.cache_write_1h += other.cache_write_1h;
        self.web_searches += other.web_searches;
    }
}

impl std::ops::AddAssign<&Local> for Local {
    fn add_assign(&mut self, other: &Local) {
        self.answers += other.answers;
        self.tokens += other.tokens;
        self.unpriced += other.unpriced;
        self.estimate = sum(self.estimate, other.estimate);
        self.list = sum(self.list, other.list);
    }
}

/// The sum of what there is.
pub fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (one, other) => one.or(other),
    }
}

/// All `.jsonl` below a folder. Subagents have theirs a few folders down; links are not followed.
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

fn skip_line(lines: &mut impl BufRead) -> std::io::Result<()> {
    loop {
        let buffer = lines.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = memchr::memchr(b'\n', buffer);
        let used = end.map_or(buffer.len(), |at| at + 1);
        lines.consume(used);
        if end.is_some() {
            return Ok(());
        }
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
        let mut found = Transcripts::default();
        found.file(text.as_bytes(), &period(), &mut HashSet::new()).unwrap();
        found
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
        assert_eq!((sum.answers, sum.tokens.output, sum.tokens.input), (2, 85, 2000));
        assert_eq!((sum.tokens.cache_write_1h, sum.tokens.cache_write_5m), (20, 40));
        let list = (2000.0 * 4.0 + 85.0 * 20.0 + 1000.0 * 0.2 + 40.0 * 5.0 + 20.0 * 8.0) / 1e6;
        assert!((sum.list.unwrap() - list).abs() < 1e-12);
    }

    #[test]
    fn the_clients_estimate_is_cumulative_and_the_last_one_counts() {
        let found = read(&[answer("a", 1), state(0.5), answer("b", 1), state(0.75), state(0.75)]);
        assert_eq!(found.sums.values().next().unwrap().estimate, Some(0.75));
    }

    #[test]
    fn a_line_that_a_fork_repeats_counts_once() {
        let mut found = Transcripts::default();
        let mut seen = HashSet::new();
        for _ in 0..2 {
            found.file(format!("{}\n", answer("a", 7)).as_bytes(), &period(), &mut seen).unwrap();
        }
        assert_eq!(found.sums.values().map(|sum| sum.answers).sum::<u64>(), 1);
    }

    #[test]
    fn what_is_no_answer_counts_nothing() {
        let mut error = answer("e", 1);
        error["message"]["model"] = json!("<synthetic>");
        let mut old = answer("o", 1);
        old["timestamp"] = json!("2025-01-01T00:00:00Z");
        let found = read(&[error, old, json!({"type": "assistant"}), json!({"usage": "assistant"})]);
        assert!(found.sums.is_empty());
    }

    #[test]
    fn an_answer_without_a_price_is_counted_and_said_to_have_none() {
        let mut strange = answer("a", 7);
        strange["message"]["model"] = json!("claude-unheard-9");
        let found = read(&[strange]);
        let sum = found.sums.values().next().unwrap();
        assert_eq!((sum.list, sum.unpriced), (None, 1));
    }
}
