//! Reads input of any size in blocks and passes on only lines that may matter.

use std::io::{self, Read};
use std::num::NonZero;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::{Anchored, Input, dfa, nfa};

use crate::facts::gateway::errors;

use super::evidence::Evidence;

/// The buffer size, which limits the length of a line that the search sees as a whole.
const BLOCK: usize = 1024 * 1024;
/// The longest piece of a line that is examined.
pub(super) const PIECE: usize = 64 * 1024;
/// How much is searched again if a line does not fit the buffer; no literal is longer.
const OVERLAP: usize = 512;

/// Starts of evidence that no literal of the catalogue marks.
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

/// Lines that may open a JSON value. Most close it at once, and then matter only if another mark is
/// found.
const OPENINGS: &[&str] = &["\n{", "\n[{", "\n[\n", "\n[\r\n"];

/// Signs of success: the first one matters, and those after a failure.
const SUCCESSES: &[&str] =
    &["stop=end_turn", "\"stop_reason\"", "\"is_error\":false", "\"success\"", "\"type\":\"message\""];

/// From this many bytes on, the search uses the automaton that is faster but takes longer to build.
const LONG: usize = 2 * 1024 * 1024;
/// How many parts of a block are searched alternately: a single part waits for memory at every
/// byte.
const LANES: usize = 4;

/// The kind of a search hit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Opening,
    Success,
    Mark,
}

/// A line that matters.
struct Hit {
    start: usize,
    /// It reports success, which matters only after a failure.
    is_success: bool,
}

/// One search for all literals, ignoring ASCII case; the second form is built on demand.
struct Searcher {
    states: nfa::noncontiguous::NFA,
    compact: nfa::contiguous::NFA,
    fast: OnceLock<dfa::DFA>,
}

fn searcher() -> &'static Searcher {
    static SEARCHER: OnceLock<Searcher> = OnceLock::new();
    SEARCHER.get_or_init(|| {
        let states = nfa::noncontiguous::Builder::new().ascii_case_insensitive(true).build(patterns());
        let states = states.expect(FIT);
        let compact = nfa::contiguous::Builder::new().build_from_noncontiguous(&states).expect(FIT);
        Searcher { states, compact, fast: OnceLock::new() }
    })
}

/// Why building a search never fails.
const FIT: &str = "a few thousand short patterns fit";

impl Searcher {
    fn fast(&self) -> &dfa::DFA {
        self.fast.get_or_init(|| dfa::Builder::new().build_from_noncontiguous(&self.states).expect(FIT))
    }

    /// The first hit of any pattern.
    fn find(&self, text: &[u8]) -> Option<usize> {
        self.compact.try_find(&Input::new(text)).ok().flatten().map(|hit| hit.start())
    }
}

fn patterns() -> impl Iterator<Item = &'static str> {
    OPENINGS.iter().chain(SUCCESSES).chain(MARKS).copied().chain(errors::literals())
}

fn kind(pattern: usize) -> Kind {
    match pattern {
        n if n < OPENINGS.len() => Kind::Opening,
        n if n < OPENINGS.len() + SUCCESSES.len() => Kind::Success,
        _ => Kind::Mark,
    }
}

/// Passes every line that may matter to `evidence`, and whole stretches while `evidence` asks for
/// them. Uses constant memory.
///
/// # Errors
/// If `input` cannot be read.
pub(super) fn scan(mut input: impl Read, evidence: &mut Evidence) -> io::Result<()> {
    // the byte before the first line; later the end of the line before the buffer's first
    let mut buffer = vec![0; BLOCK + 1];
    buffer[0] = b'\n';
    let mut filled = 1;
    let mut line = 1;
    let mut done = 0;
    loop {
        let ended = fill(&mut input, &mut buffer, &mut filled)?;
        let last = memchr::memrchr(b'\n', &buffer[1..filled]).filter(|_| !ended);
        let text = &buffer[..last.map_or(filled, |last| last + 2)];
        let hits =
            if done < LONG { shared(&searcher().compact, text) } else { shared(searcher().fast(), text) };
        block(text, &hits, &mut line, evidence);
        if ended {
            return Ok(());
        }
        let keep = last.map_or(filled - OVERLAP, |last| last + 1);
        done += keep;
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

/// Passes on the lines of `text`, whose first byte is the one before its first line.
fn block(text: &[u8], hits: &[Hit], line: &mut u64, evidence: &mut Evidence) {
    // everything before `at` is done; lines are counted up to `counted`
    let mut at = 1;
    let mut counted = 1;
    let mut hits = hits.iter();
    while at < text.len() {
        let start = if evidence.wants_every_line() {
            at
        } else {
            let successes = evidence.waits_for_success();
            match hits.find(|hit| hit.start >= at && (successes || !hit.is_success)) {
                Some(hit) => hit.start,
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

/// The same as [`hits`], on two threads if the machine has two processors and the text is long enough.
fn shared<A: Automaton + Sync>(search: &A, text: &[u8]) -> Vec<Hit> {
    static PROCESSORS: LazyLock<usize> =
        LazyLock::new(|| std::thread::available_parallelism().map_or(1, NonZero::get));
    let half = text.len() / 2;
    if text.len() < BLOCK / 4 || *PROCESSORS < 2 {
        return hits(search, text);
    }
    let Some(end) = memchr::memchr(b'\n', &text[half..]).map(|n| half + n) else { return hits(search, text) };
    std::thread::scope(|threads| {
        let rest = std::thread::Builder::new().spawn_scoped(threads, || hits(search, &text[end..]));
        let mut found = hits(search, &text[..=end]);
        let rest = match rest {
            Ok(thread) => thread.join().unwrap_or_default(),
            Err(_) => hits(search, &text[end..]),
        };
        found.extend(rest.into_iter().map(|hit| Hit { start: hit.start + end, ..hit }));
        found
    })
}

/// The lines of `text` that matter, in order. The first byte is the one before the first line.
fn hits<A: Automaton>(search: &A, text: &[u8]) -> Vec<Hit> {
    let Ok(root) = search.start_state(Anchored::No) else { return Vec::new() };
    // each part starts with a line, so each starts after a line break
    let begin = search.next_state(Anchored::No, root, b'\n');
    let border = |lane: usize| {
        let from = (text.len() * lane / LANES).max(1).min(text.len());
        memchr::memchr(b'\n', &text[from - 1..]).map_or(text.len(), |n| from + n)
    };
    let mut lanes: [Lane; LANES] = std::array::from_fn(|lane| Lane {
        at: if lane == 0 { 1.min(text.len()) } else { border(lane) },
        end: border(lane + 1),
        state: begin,
        hits: Vec::new(),
    });
    loop {
        let steps = lanes.iter().map(|lane| lane.end - lane.at).min().unwrap_or(0);
        if steps == 0 {
            break;
        }
        let done = together(search, text, &mut lanes, steps);
        for lane in &mut lanes {
            lane.at += done;
            lane.look(search, text, begin);
        }
    }
    for lane in &mut lanes {
        while lane.at < lane.end {
            lane.state = search.next_state(Anchored::No, lane.state, text[lane.at]);
            lane.at += 1;
            lane.look(search, text, begin);
        }
    }
    lanes.into_iter().flat_map(|lane| lane.hits).collect()
}

/// Advances all parts by up to this many bytes, until a match may end in one of them. Returns how
/// far.
fn together<A: Automaton>(search: &A, text: &[u8], lanes: &mut [Lane; LANES], steps: usize) -> usize {
    let [mut a, mut b, mut c, mut d] = lanes.each_ref().map(|lane| lane.state);
    let [in_a, in_b, in_c, in_d] = lanes.each_ref().map(|lane| &text[lane.at..lane.at + steps]);
    let mut done = 0;
    // unrolled by hand: the crate is compiled for size, which keeps loops
    while done < steps {
        a = search.next_state(Anchored::No, a, in_a[done]);
        b = search.next_state(Anchored::No, b, in_b[done]);
        c = search.next_state(Anchored::No, c, in_c[done]);
        d = search.next_state(Anchored::No, d, in_d[done]);
        done += 1;
        if search.is_special(a) | search.is_special(b) | search.is_special(c) | search.is_special(d) {
            break;
        }
    }
    for (lane, state) in lanes.iter_mut().zip([a, b, c, d]) {
        lane.state = state;
    }
    done
}

/// A part of a block that is being searched: whole lines.
struct Lane {
    at: usize,
    end: usize,
    state: StateID,
    hits: Vec<Hit>,
}

impl Lane {
    /// Records what ends here; a line that matters is not searched further.
    fn look<A: Automaton>(&mut self, search: &A, text: &[u8], begin: StateID) {
        if !search.is_match(self.state) {
            return;
        }
        for at in 0..search.match_len(self.state) {
            let pattern = search.match_pattern(self.state, at);
            let from = self.at - search.pattern_len(pattern);
            // a pattern may start with the end of the previous line
            let inside = if text[from] == b'\n' { from + 1 } else { from };
            let start = memchr::memrchr(b'\n', &text[1..inside.max(1)]).map_or(1, |n| n + 2);
            let matters = match kind(pattern.as_usize()) {
                Kind::Mark => true,
                Kind::Success => false,
                Kind::Opening if is_closed(text, inside) => continue,
                Kind::Opening => true,
            };
            self.hits.push(Hit { start, is_success: !matters });
            if matters {
                let rest = memchr::memchr(b'\n', &text[self.at - 1..self.end]);
                self.at = rest.map_or(self.end, |n| self.at + n);
                self.state = begin;
                return;
            }
        }
    }
}

/// A JSON line with the proper ending is complete.
fn is_closed(text: &[u8], start: usize) -> bool {
    let end = memchr::memchr(b'\n', &text[start..]).map_or(text.len(), |n| start + n);
    text[start..end].trim_ascii_end().last().is_some_and(|b| b"}]".contains(b)) && end - start > 1
}

/// Passes on one line, or the pieces of it that matter.
fn pieces(text: &[u8], start: usize, end: usize, line: u64, evidence: &mut Evidence) {
    if end - start <= PIECE {
        evidence.line(&text[start..end], line);
        return;
    }
    let mut at = start;
    while let Some(hit) = searcher().find(&text[at..end]) {
        let from = (at + hit).saturating_sub(PIECE / 2).max(at);
        let to = (from + PIECE).min(end);
        evidence.line(whole_tokens(&text[from..to], from > start, to < end), line);
        at = to;
    }
}

/// Without partial tokens at the cuts, which could be parts of secrets.
fn whole_tokens(piece: &[u8], cut_before: bool, cut_after: bool) -> &[u8] {
    let token = |b: &u8| !b.is_ascii_whitespace() && !b"\",'<>".contains(b);
    let from = if cut_before { piece.iter().position(|b| !token(b)).unwrap_or(piece.len()) } else { 0 };
    let to = if cut_after { piece.iter().rposition(|b| !token(b)).unwrap_or(from) } else { piece.len() };
    &piece[from..to.max(from)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_threads_find_what_one_finds() {
        let mut text = String::from("\n");
        let patterns: Vec<&str> = patterns().collect();
        for number in 0.. {
            text.push_str(&"a line of a log without anything in it, ".repeat(number % 9));
            text.push_str(patterns[number * 7 % patterns.len()]);
            text.push('\n');
            if text.len() > BLOCK {
                break;
            }
        }
        let all = |hits: Vec<Hit>| -> Vec<(usize, bool)> {
            hits.into_iter().map(|hit| (hit.start, hit.is_success)).collect()
        };
        for length in [0, 1, BLOCK / 4, BLOCK / 2 + 1, BLOCK] {
            let text = &text.as_bytes()[..length.max(1)];
            assert_eq!(
                all(shared(&searcher().compact, text)),
                all(hits(&searcher().compact, text)),
                "{length}"
            );
        }
        assert!(!shared(&searcher().compact, text.as_bytes()).is_empty());
    }
}
