//! Reads input of any size in blocks and passes on only lines that may matter.

use std::cell::OnceCell;
use std::io::{self, Read};
use std::ops::Range;
use std::sync::mpsc;

use crate::facts::gateway::errors;

use super::evidence::EvidenceReader;
use super::search::{LiteralSearch, STEP};
use super::tokens::whole_tokens;

/// The buffer size, which limits the length of a line that the search sees as a whole.
const BLOCK: usize = 512 * 1024;
/// The longest piece of a line that is examined.
pub(super) const PIECE: usize = 64 * 1024;
/// How much is searched again if a line does not fit the buffer; no literal is longer.
const OVERLAP: usize = 512;
/// How many blocks are in memory: one is searched while another is read and a third one waits.
const BLOCKS: usize = 3;
/// How much of the input shows which words are rare in it.
const SAMPLE: usize = 64 * 1024;

/// Starts of evidence that no literal of the catalogue marks.
const MARKS: &[&str] = &[
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

/// Starts of lines that matter, in any case.
const STARTS: &[&str] = &["HTTP/", "< HTTP/", "> ", "<!", "<html", "<head"];

/// Starts of lines that may open a JSON value. Most close it at once, and then matter only if a mark is found.
const OPENINGS: &[&str] = &["{", "[{", "[\n", "[\r\n"];

/// Signs of success: the first one matters, and those after a failure.
const SUCCESSES: &[&str] =
    &["stop=end_turn", "\"stop_reason\"", "\"is_error\":false", "\"success\"", "\"type\":\"message\""];

/// A line that matters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hit {
    start: usize,
    /// How many lines of the text are before it.
    line: u64,
    /// It reports success, which matters only after a failure.
    is_success: bool,
}

/// The lines of a text that matter, in order, and how many line breaks it has. The text's first byte is the one
/// before its first line.
#[derive(Default, PartialEq, Eq, Debug)]
struct Hits {
    hits: Vec<Hit>,
    lines: u64,
}

/// What is searched for within lines; signs of success are the first.
fn literals() -> impl Iterator<Item = &'static str> {
    SUCCESSES.iter().chain(MARKS).copied().chain(errors::literals())
}

/// Passes every line that may matter to `evidence`, and whole stretches while `evidence` asks for
/// them. Uses constant memory.
///
/// # Errors
/// If `input` cannot be read.
pub(super) fn scan(input: impl Read, evidence: &mut EvidenceReader) -> io::Result<()> {
    scan_in_blocks(BLOCK, None, input, evidence)
}

/// The same with this buffer size. Without a search, the first block decides what is rare.
///
/// A second thread searches one block while this one reads the next and examines what was found in the last. Where
/// none can be started, this one searches too.
fn scan_in_blocks(
    size: usize,
    known: Option<&LiteralSearch>,
    mut input: impl Read,
    evidence: &mut EvidenceReader,
) -> io::Result<()> {
    let mut line = 1;
    let mut first = Block::new(size);
    first.fill(&mut input)?;
    let made = OnceCell::new();
    let sample = &first.text()[..first.text().len().min(SAMPLE)];
    let search = known.unwrap_or_else(|| made.get_or_init(|| LiteralSearch::new(literals(), sample)));
    std::thread::scope(|threads| {
        let (sender, unsearched) = mpsc::sync_channel::<Block>(BLOCKS);
        let (searched, receiver) = mpsc::sync_channel(BLOCKS);
        let here = searched.clone();
        let started = std::thread::Builder::new().spawn_scoped(threads, move || {
            unsearched.into_iter().try_for_each(|block| searched.send(block.search(search)))
        });
        // a thread that ends early is noticed only if it has the last sender
        let here = started.err().map(|_| here);
        let mut blocks = vec![Block::new(0), Block::new(0)];
        let mut filled = Some(first);
        let mut searched_later = 0;
        while filled.is_some() || searched_later > 0 {
            if let Some(block) = filled.take() {
                if !block.is_last {
                    let mut next = blocks.pop().unwrap_or_else(|| Block::new(0));
                    next.follow(&block, size);
                    filled = Some(next);
                }
                let sent = match &here {
                    None => sender.send(block),
                    Some(searched) => searched.send(block.search(search)),
                };
                sent.map_err(|_| stopped())?;
                searched_later += 1;
            }
            // one block is left to the other thread while this one reads
            if searched_later > 1 || filled.is_none() {
                let mut block = receiver.recv().map_err(|_| stopped())?;
                searched_later -= 1;
                examine(search, block.text(), &block.hits, &mut line, evidence);
                block.hits = Hits::default();
                blocks.push(block);
            }
            if let Some(block) = &mut filled {
                block.fill(&mut input)?;
            }
        }
        Ok(())
    })
}

/// A part of the input: whole lines, and the rest that belongs to the next block.
struct Block {
    /// The first byte is the one before the first line: the end of the line before.
    bytes: Vec<u8>,
    filled: usize,
    /// Where the whole lines end, and where the next block begins.
    end: usize,
    is_last: bool,
    /// The lines that matter, once the block was searched.
    hits: Hits,
}

impl Block {
    /// The start of the input.
    fn new(size: usize) -> Self {
        let mut bytes = vec![b'\n'];
        bytes.resize(size + 1, 0);
        Self { bytes, filled: 1, end: 1, is_last: false, hits: Hits::default() }
    }

    /// Makes this the block after another one.
    fn follow(&mut self, block: &Self, size: usize) {
        // a block without a line break is a part of a line: some of it is searched again
        let begin = if block.text().ends_with(b"\n") { block.end - 1 } else { block.end - OVERLAP };
        let rest = &block.bytes[begin..block.filled];
        self.bytes.resize(size + 1, 0);
        self.bytes[..rest.len()].copy_from_slice(rest);
        self.filled = rest.len();
    }

    fn fill(&mut self, input: &mut impl Read) -> io::Result<()> {
        self.is_last = fill(input, &mut self.bytes, &mut self.filled)?;
        let last = memchr::memrchr(b'\n', &self.bytes[1..self.filled]).filter(|_| !self.is_last);
        self.end = last.map_or(self.filled, |last| last + 2);
        Ok(())
    }

    /// The whole lines, after the byte before them.
    fn text(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    fn search(mut self, search: &LiteralSearch) -> Self {
        self.hits = hits(search, self.text());
        self
    }
}

fn stopped() -> io::Error {
    io::Error::other("the search stopped")
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

/// Passes on the lines of `text`, whose first byte is the one before its first line.
fn examine(search: &LiteralSearch, text: &[u8], found: &Hits, line: &mut u64, evidence: &mut EvidenceReader) {
    let mut hits = found.hits.iter();
    // everything before `at`, which is in the line of this number, is done
    let (mut at, mut number) = (1, *line);
    while at < text.len() {
        if !evidence.wants_every_line() {
            let successes = evidence.waits_for_success();
            match hits.find(|hit| hit.start >= at && (successes || !hit.is_success)) {
                Some(hit) => (at, number) = (hit.start, *line + hit.line),
                None => break,
            }
        }
        let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n);
        pieces(search, text, at..end, number, evidence);
        (at, number) = (end + 1, number + 1);
    }
    *line += found.lines;
}

/// The lines of `text` that matter. The first byte is the one before the first line.
fn hits(search: &LiteralSearch, text: &[u8]) -> Hits {
    let mut with_literals = lines_with_literals(search, text).into_iter();
    let mut next = with_literals.next();
    let mut found = Hits { hits: Vec::with_capacity(with_literals.len()), lines: 0 };
    let mut ends = memchr::memchr_iter(b'\n', &text[1.min(text.len())..]);
    let mut start = 1;
    loop {
        let mut is_success = None;
        while let Some((_, success)) = next.filter(|(line, _)| *line == start) {
            is_success = Some(success && is_success.unwrap_or(true));
            next = with_literals.next();
        }
        if is_success != Some(false) && matters_by_its_start(text, start) {
            is_success = Some(false);
        }
        if let Some(is_success) = is_success {
            found.hits.push(Hit { start, line: found.lines, is_success });
        }
        let Some(end) = ends.next() else { return found };
        found.lines += 1;
        start = end + 2;
    }
}

/// The starts of the lines with a literal, in order, and whether it is only one of success.
fn lines_with_literals(search: &LiteralSearch, text: &[u8]) -> Vec<(usize, bool)> {
    let mut lines = Vec::with_capacity(text.len() / 256);
    let mut from = 1;
    while let Some(at) = search.next(text, from) {
        from = at + STEP;
        let mut found = None;
        search.literals_at(text, at, |literal, start| {
            let is_success = literal < SUCCESSES.len();
            found = Some((start, is_success && found.is_none_or(|(_, success)| success)));
        });
        let Some((literal, is_success)) = found else { continue };
        let line = memchr::memrchr(b'\n', &text[1..literal.max(1)]).map_or(1, |n| n + 2);
        lines.push((line, is_success));
        if !is_success {
            // nothing else in this line makes a difference
            from = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |n| at + n + 1);
        }
    }
    lines
}

/// Whether a line matters whatever else is in it. The text may begin within a line.
fn matters_by_its_start(text: &[u8], start: usize) -> bool {
    let (Some(b'\n'), Some(line)) = (text.get(start - 1), text.get(start..)) else { return false };
    let begins =
        |with: &&str| line.get(..with.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(with.as_bytes()));
    match line.first() {
        Some(b'{' | b'[') => OPENINGS.iter().any(begins) && !is_closed(text, start),
        Some(b'<' | b'>' | b'H' | b'h') => STARTS.iter().any(begins),
        _ => false,
    }
}

/// A JSON line with the proper ending is complete, unless it may be cut there.
fn is_closed(text: &[u8], start: usize) -> bool {
    let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n);
    let ends = text[start..end].trim_ascii_end().last().is_some_and(|b| b"}]".contains(b));
    ends && (2..=PIECE).contains(&(end - start))
}

/// Passes on one line, or the pieces of it that matter.
fn pieces(
    search: &LiteralSearch,
    text: &[u8],
    range: Range<usize>,
    line: u64,
    evidence: &mut EvidenceReader,
) {
    let Range { start, end } = range.clone();
    let (begins, ends) = (text[start - 1] == b'\n', end < text.len());
    // the part before it had the overlap too
    let new = if begins { start } else { (start + OVERLAP - 1).min(end) };
    let is_whole = begins && end - start <= PIECE;
    if !is_whole && evidence.part(&text[new..end], line, begins, ends) {
        return;
    }
    // where the text begins within the line, so does a token
    let whole = if begins { start..end } else { 0..end };
    if end - start <= PIECE {
        evidence.line(whole_tokens(text, range, &whole), line);
        return;
    }
    let mut at = start;
    while let Some(hit) = search.first(&text[at..end]) {
        let from = (at + hit).saturating_sub(PIECE / 2).max(at);
        let to = (from + PIECE).min(end);
        evidence.line(whole_tokens(text, from..to, &whole), line);
        at = to;
    }
}

#[cfg(test)]
mod tests;
