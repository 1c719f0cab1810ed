//! Reads input of any size in blocks and hands on only the lines that may matter.

use std::io::{self, Read};
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

use crate::gateway::errors;

use super::evidence::Evidence;

/// Size of the buffer, and so of the longest line that is seen whole by the search.
const BLOCK: usize = 256 * 1024;
/// The longest piece of a line that is looked into.
pub(super) const PIECE: usize = 64 * 1024;
/// What is searched again when a line does not fit the buffer; no literal is longer.
const OVERLAP: usize = 512;

/// Where evidence begins that no literal of the catalogue marks.
const OPENINGS: &[&str] = &[
    "\n{", "\n[{", "\n[\n", "\n[\r\n", "\n<", "HTTP/", "{\"", "{\\\"", "API Error", "API error (", "\"is_error\":",
    "\"api_error\"", "\"api_retry\"", "ApiErrorMessage\":", "api_error_message\":", "error code: 1",
    "Error in API request", "issuer:", "stop=end_turn",
    "\"cost-state\"", "\"stop_reason\"",
];

fn searcher() -> &'static AhoCorasick {
    static SEARCHER: OnceLock<AhoCorasick> = OnceLock::new();
    SEARCHER.get_or_init(|| {
        AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::DFA))
            .build(OPENINGS.iter().copied().chain(errors::literals()))
            .expect("a few hundred short patterns fit an automaton")
    })
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
    // `at` is always a byte before which everything is done; lines are counted up to `counted`.
    let mut at = 1;
    let mut counted = 1;
    while at < text.len() {
        let start = if evidence.wants_every_line() {
            at
        } else {
            let Some(hit) = searcher().find(&text[at - 1..]) else {
                break;
            };
            let end = at - 1 + hit.end();
            // A pattern may begin with the end of the line before.
            let first = if text[at - 1 + hit.start()] == b'\n' { at + hit.start() } else { end };
            memchr::memrchr(b'\n', &text[at..first]).map_or(at, |n| at + n + 1)
        };
        let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n);
        *line += memchr::memchr_iter(b'\n', &text[counted..start]).count() as u64;
        counted = start;
        at = piece(text, start, end, *line, evidence);
    }
    *line += memchr::memchr_iter(b'\n', &text[counted..]).count() as u64;
}

/// Hands on one line, or the pieces of it that have something; gives where to go on.
fn piece(text: &[u8], start: usize, end: usize, line: u64, evidence: &mut Evidence) -> usize {
    if end - start <= PIECE {
        evidence.line(&text[start..end], line);
        return end + 1;
    }
    let mut at = start;
    while let Some(hit) = searcher().find(&text[at..end]) {
        let middle = at + hit.start();
        let from = middle.saturating_sub(PIECE / 2).max(at);
        let to = (from + PIECE).min(end);
        evidence.line(whole_tokens(&text[from..to], from > start, to < end), line);
        at = to;
    }
    end + 1
}

/// Without the pieces of tokens at the cuts, which could be pieces of secrets.
fn whole_tokens(piece: &[u8], cut_before: bool, cut_after: bool) -> &[u8] {
    let token = |b: &u8| !b.is_ascii_whitespace() && !b"\",'<>".contains(b);
    let from = if cut_before { piece.iter().position(|b| !token(b)).unwrap_or(piece.len()) } else { 0 };
    let to = if cut_after { piece.iter().rposition(|b| !token(b)).unwrap_or(from) } else { piece.len() };
    &piece[from..to.max(from)]
}
