//! Reads any evidence of a failure and reports the speaker, the cause and the next step.
//!
//! Evidence is a body, a response dump (`curl -i`, `curl -v`), a line that Claude Code printed, its
//! debug log, transcript, headless result or event stream, or any mixture, of any size. It is read
//! in blocks and searched for the catalogue's words; only lines that contain one are examined.

mod dump;
mod evidence;
mod gather;
mod known;
mod printed;
mod ranking;
mod report;
mod search;
mod status;
mod stream;
mod tokens;

use std::io::{self, Read};

pub use report::{CauseFinding, Diagnosis, list, list_text};

use crate::base::redact::printable;
use crate::facts::gateway::errors::FailureEvidence;
use evidence::EvidenceReader;
use ranking::CauseRanking;

/// Input smaller than this is read a second time if the first reading explains nothing.
const SMALL: usize = 64 * 1024;

/// Reads evidence to its end; the report has at least one finding.
///
/// # Errors
/// If `input` cannot be read.
pub fn read(mut input: impl Read) -> io::Result<Diagnosis> {
    let mut head = Vec::new();
    input.by_ref().take(SMALL as u64).read_to_end(&mut head)?;
    if head.len() < SMALL {
        return Ok(small(&String::from_utf8_lossy(&head)));
    }
    let mut evidence = EvidenceReader::default();
    stream::scan(head.as_slice().chain(input), &mut evidence)?;
    Ok(evidence.finish().report())
}

/// Reads the text as one failure: every line counts, and a terminal may have wrapped a line.
fn small(text: &str) -> Diagnosis {
    let marked = without_marks(text);
    let whole = unwrapped(&marked);
    let text = tidy(&marked);
    let urls = urls_in(whole.as_ref().unwrap_or(&text));
    let mut best = scan_text(&text, &urls);
    if best.is_settled() {
        return best.report();
    }
    // A row that ends within a word hides the word, so of two equally good readings this one is
    // right.
    if let Some(whole) = whole {
        let tally = scan_text(&whole, &urls);
        if tally.strength() >= best.strength() {
            best = tally;
        }
    }
    let others = if best.is_of_a_session() { Vec::new() } else { other_readings(&text) };
    for again in others {
        let tally = scan_text(&again, &urls);
        if tally.strength() > best.strength() {
            best = tally;
        }
    }
    if best.is_vague() {
        best.guess(FailureEvidence::line(beginning(&text)));
    }
    best.report()
}

/// How much of a text is examined for words that may mean something.
const GUESSED: usize = 8 * 1024;

fn beginning(text: &str) -> &str {
    let end = (0..=GUESSED.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}

/// More lines than this were never one line.
const JOINED: usize = 60;

/// True for lines that must not be joined: a dump, JSON, a log with a time on each line.
fn has_own_order(lines: &[&str]) -> bool {
    let is_dump = |line: &str| dump::status_line(line.trim_start_matches('<').trim_start()).is_some();
    let is_json =
        |line: &str| line.starts_with('{') && serde_json::from_str::<serde::de::IgnoredAny>(line).is_ok();
    let is_timed = |line: &str| {
        line.starts_with("20") && line[2..].trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('-')
    };
    lines.iter().any(|line| is_dump(line) || is_json(line))
        || lines.iter().filter(|line| is_timed(line)).count() > 1
}

/// The text as it may have been before it was wrapped, escaped or quoted.
fn other_readings(text: &str) -> Vec<String> {
    let mut readings = Vec::new();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if has_own_order(&lines) {
        return readings;
    }
    if lines.len() > 1 && lines.len() <= JOINED {
        readings.push(lines.join(" "));
        readings.push(lines.concat());
    }
    let escaped = text.contains("\\n") || text.contains("\\\"");
    if escaped && lines.len() <= JOINED {
        let mut plain = text.to_owned();
        for _ in 0..2 {
            plain = plain.replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
            readings.push(plain.clone());
        }
    }
    readings
}

/// Without a terminal's colours, frames and bullets.
fn without_marks(text: &str) -> String {
    let frame = |c: char| matches!(c, '\u{2500}'..='\u{257f}' | '\u{2580}'..='\u{259f}' | '⎿' | '●' | '•' | '✗' | '✘' | '❌' | '⚠' | '⏺' | '\u{fe0f}');
    printable(text).chars().map(|c| if frame(c) { ' ' } else { c }).collect()
}

/// The narrowest terminal, in characters, whose rows are joined.
const NARROW: usize = 30;

/// A text that a terminal wrapped at its edge, on one line: all rows except the last have the same
/// width.
fn unwrapped(text: &str) -> Option<String> {
    let all: Vec<&str> = text.lines().filter(|row| !row.trim().is_empty()).collect();
    let (last, full) = all.split_last()?;
    let indent = |row: &str| row.len() - row.trim_start_matches(' ').len();
    let margin = all.iter().skip(1).map(|row| indent(row)).min()?;
    let rows = || {
        full.iter().take(1).map(|row| row.trim_start()).chain(full.iter().skip(1).map(|row| &row[margin..]))
    };
    let width = |row: &str| row.trim_end().chars().count();
    let widest = rows().map(width).max()?;
    // A row that ended with a space is one character narrower.
    if full.len() > JOINED
        || widest < NARROW
        || has_own_order(&all)
        || rows().any(|row| width(row) + 1 < widest)
    {
        return None;
    }
    let mut whole = String::new();
    for row in rows() {
        whole.push_str(row.trim_end());
        if width(row) < widest {
            whole.push(' ');
        }
    }
    whole.push_str(&last[margin..]);
    Some(whole)
}

/// Without spaces at the start and end of lines.
fn tidy(text: &str) -> String {
    text.lines()
        .map(|line| if line.starts_with(' ') { line.trim() } else { line.trim_end() })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The URLs in a text.
fn urls_in(text: &str) -> Vec<String> {
    let ends = |c: char| c.is_whitespace() || "\"'`<>(){}[],;\\".contains(c);
    text.match_indices("http")
        .filter(|(at, _)| text[*at..].starts_with("http://") || text[*at..].starts_with("https://"))
        .map(|(at, _)| text[at..].split(ends).next().unwrap_or_default().trim_end_matches('.').to_owned())
        .take(URLS)
        .collect()
}

/// How many URLs of a text are examined.
const URLS: usize = 16;

fn scan_text(text: &str, urls: &[String]) -> CauseRanking {
    let mut evidence = EvidenceReader::of_one_failure(urls.to_vec());
    for (line, number) in text.trim_start().lines().zip(1..) {
        evidence.line(line.as_bytes(), number);
    }
    evidence.finish()
}
