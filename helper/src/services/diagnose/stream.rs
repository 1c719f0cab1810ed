//! Reads input of any size in blocks and hands on only the lines that may matter.

use std::io::{self, Read};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::facts::gateway::errors;

use super::evidence::Evidence;

/// Size of the buffer, and so of the longest line that is seen whole by the search.
const BLOCK: usize = 256 * 1024;
/// The longest piece of a line that is looked into.
pub(super) const PIECE: usize = 64 * 1024;
/// What is searched again when a line does not fit the buffer; no literal is longer.
const OVERLAP: usize = 512;

/// Where evidence begins that no literal of the catalogue marks.
const MARKS: &[&str] = &[
    "\nHTTP/",
    "\n< HTTP/",
    "\n> ",
    "\n<!",
    "\n<html",
    "\n<HTML",
    "\n<head",
    "\"error",
    "\"cloudflare_error",
    "\"internalCode",
    "API Error",
    "rror code: ",
    "'error'",
    "\\\"error",
    "{\\\"",
    "\"detail\"",
    "\"Message\"",
    "status code ",
    "statusCode",
    "status_code",
    "HTTP 4",
    "HTTP 5",
    "Error: 4",
    "Error: 5",
    "API error (",
    "Error in API request",
    "\"is_error\":true",
    "\"is_error\": true",
    "\"api_retry\"",
    "rror_message\":true",
    "rrorMessage\":true",
    "error code: 1",
    "\"cost-state\"",
    "HTTP/1.0 4",
    "HTTP/1.0 5",
    "HTTP/1.1 4",
    "HTTP/1.1 5",
    "HTTP/2 4",
    "HTTP/2 5",
    "HTTP/3 4",
    "HTTP/3 5",
    "HTTP/1.0\" 4",
    "HTTP/1.0\" 5",
    "HTTP/1.1\" 4",
    "HTTP/1.1\" 5",
    "HTTP/2\" 4",
    "HTTP/2\" 5",
    "HTTP/2.0\" 4",
    "HTTP/2.0\" 5",
    "HTTP/3\" 4",
    "HTTP/3\" 5",
];

/// Lines that may open a JSON value; most close it at once and then matter only for another mark.
const OPENINGS: &[&str] = &["\n{", "\n[{", "\n[\n", "\n[\r\n"];

/// Signs of success: the first matters, and those after a failure.
const SUCCESSES: &[&str] =
    &["stop=end_turn", "\"stop_reason\"", "\"is_error\":false", "\"success\"", "\"type\":\"message\""];

/// What a hit of the search is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Opening,
    Success,
    Mark,
}

fn searcher() -> &'static AhoCorasick {
    static SEARCHER: OnceLock<AhoCorasick> = OnceLock::new();
    SEARCHER.get_or_init(|| {
        let patterns = OPENINGS.iter().chain(SUCCESSES).chain(MARKS).copied();
        AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .ascii_case_insensitive(true)
            .build(patterns.chain(errors::literals()))
            .expect("a few hundred short patterns fit an automaton")
    })
}

fn kind(pattern: usize) -> Kind {
    match pattern {
        n if n < OPENINGS.len() => Kind::Opening,
        n if n < OPENINGS.len() + SUCCESSES.len() => Kind::Success,
        _ => Kind::Mark,
    }
}

/// Feeds `evidence` with every line that has something to look at, and with whole stretches while it
/// asks for them. Uses a constant amount of memory.
///
/// # Errors
/// When `input` cannot be read.
pub(super) fn scan(mut input: impl Read, evidence: &mut Evidence) -> io::Result<()> {
    // The byte before the first line; later the end of the line before the buffer's first.
    let mut buffer = vec![0; BLOCK + 1];
    buffer[0] = b'\n';
    let mut filled = 1;
    let mut line = 1;
    loop {
        let ended = fill(&mut input, &mut buffer, &mut filled)?;
        let keep = if ended {
            block(&buffer[..filled], &mut line, evidence);
            return Ok(());
        } else if let Some(last) = memchr::memrchr(b'\n', &buffer[1..filled]) {
            block(&buffer[..last + 2], &mut line, evidence);
            last + 1
        } else {
            block(&buffer[..filled], &mut line, evidence);
            filled - OVERLAP
        };
        buffer.copy_within(keep..filled, 0);
        filled -= keep;
    }
}

/// Fills the buffer; true at the end of the input.
fn fill(input: &mut impl Read, buffer: &mut [u8], filled: &mut usize) -> io::Result<bool> {
    while *filled < buffer.len() {
        match input.read(&mut buffer[*filled..]) {
            Ok(0) => return Ok(true),
            Ok(n) => *filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(false)
}

/// Searches `text`, whose first byte is the one before its first line.
fn block(text: &[u8], line: &mut u64, evidence: &mut Evidence) {
    // Everything before `at` is done; lines are counted up to `counted`.
    let mut at = 1;
    let mut counted = 1;
    while at < text.len() {
        let start = if evidence.wants_every_line() {
            at
        } else {
            match next_line(text, at, evidence.waits_for_success()) {
                Some(start) => start,
                None => break,
            }
        };
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n);
        *line += memchr::memchr_iter(b'\n', &text[counted..start]).count() as u64;
        counted = start;
        pieces(text, start, end, *line, evidence);
        at = end + 1;
    }
    *line += memchr::memchr_iter(b'\n', &text[counted..]).count() as u64;
}

/// Where the next line begins that must be looked into, from `at`, which begins a line.
fn next_line(text: &[u8], at: usize, successes: bool) -> Option<usize> {
    let mut from = at - 1;
    while let Some(hit) = searcher().find(&text[from..]) {
        let (begin, end) = (from + hit.start(), from + hit.end());
        // A pattern may begin with the end of the line before.
        let inside = if text[begin] == b'\n' { begin + 1 } else { begin };
        let matters = match kind(hit.pattern().as_usize()) {
            Kind::Mark => true,
            Kind::Success => successes,
            Kind::Opening => !is_closed(text, inside),
        };
        if matters {
            return Some(memchr::memrchr(b'\n', &text[at..inside]).map_or(at, |n| at + n + 1));
        }
        // The last byte may begin the next pattern.
        from = (end - 1).max(from + 1);
    }
    None
}

/// A JSON line that ends as it must is whole.
fn is_closed(text: &[u8], start: usize) -> bool {
    let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n);
    text[start..end].trim_ascii_end().last().is_some_and(|b| b"}]".contains(b)) && end - start > 1
}

/// Hands on one line, or the pieces of it that have something.
fn pieces(text: &[u8], start: usize, end: usize, line: u64, evidence: &mut Evidence) {
    if end - start <= PIECE {
        evidence.line(&text[start..end], line);
        return;
    }
    let mut at = start;
    while let Some(hit) = searcher().find(&text[at..end]) {
        let from = (at + hit.start()).saturating_sub(PIECE / 2).max(at);
        let to = (from + PIECE).min(end);
        evidence.line(whole_tokens(&text[from..to], from > start, to < end), line);
        at = to;
    }
}

/// Without the pieces of tokens at the cuts, which could be pieces of secrets.
fn whole_tokens(piece: &[u8], cut_before: bool, cut_after: bool) -> &[u8] {
    let token = |b: &u8| !b.is_ascii_whitespace() && !b"\",'<>".contains(b);
    let from = if cut_before { piece.iter().position(|b| !token(b)).unwrap_or(piece.len()) } else { 0 };
    let to = if cut_after { piece.iter().rposition(|b| !token(b)).unwrap_or(from) } else { piece.len() };
    &piece[from..to.max(from)]
}
