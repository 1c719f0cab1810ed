//! Remembers what lines of text meant, so that a repeated one is only counted.

use super::printed;
use crate::facts::gateway::errors::is_html;

/// How many lines are remembered; a new one may replace another.
const LINES: usize = 1024;
/// Longer lines are not remembered.
const LONGEST: usize = 2048;

/// The lines that were examined last.
#[derive(Default)]
pub(super) struct KnownLines {
    lines: Vec<Option<KnownLine>>,
}

struct KnownLine {
    /// Without what differs between repetitions.
    text: Box<[u8]>,
    /// Whether a line that ends with this text and starts with a time is always text, not HTML.
    is_text: bool,
    meaning: Meaning,
}

/// What a line means.
pub(super) enum Meaning {
    /// A turn ended successfully.
    Success,
    /// It points to these entries of the tally.
    Entries(Vec<usize>),
}

impl KnownLines {
    /// What a line of text meant that differs only by its time or the number of the attempt.
    pub(super) fn get(&self, line: &str) -> Option<&Meaning> {
        Some(&self.line(printed::without_clock(line.as_bytes()))?.meaning)
    }

    /// The same for a line as it was read, if it starts with a time and so continues nothing and begins nothing.
    pub(super) fn get_timed(&self, line: &[u8]) -> Option<&Meaning> {
        let text = printed::without_clock(line);
        let clock = &line[..line.len() - text.len()];
        let is_plain = clock.first().is_some_and(u8::is_ascii_digit)
            && clock.iter().all(|byte| matches!(byte, b' '..=b'~') && *byte != b'<');
        let known = self.line(text).filter(|known| is_plain && known.is_text)?;
        Some(&known.meaning)
    }

    fn line(&self, text: &[u8]) -> Option<&KnownLine> {
        self.lines.get(slot(text))?.as_ref().filter(|line| is_same(&line.text, text))
    }

    /// Remembers what a line of text means.
    pub(super) fn insert(&mut self, line: &str, meaning: Meaning) {
        let text = printed::without_clock(line.as_bytes());
        if text.len() > LONGEST {
            return;
        }
        self.lines.resize_with(LINES, Default::default);
        let is_text = !is_html(&line[line.len() - text.len()..]);
        self.lines[slot(text)] = Some(KnownLine { text: text.into(), is_text, meaning });
    }
}

/// Eight bytes at a time: the static binary's comparison of slices is small rather than quick.
fn is_same(one: &[u8], other: &[u8]) -> bool {
    let ((words, rest), (other_words, other_rest)) = (one.as_chunks::<8>(), other.as_chunks::<8>());
    one.len() == other.len()
        && words
            .iter()
            .zip(other_words)
            .all(|(one, other)| u64::from_le_bytes(*one) == u64::from_le_bytes(*other))
        && rest == other_rest
}

/// Where a line is kept, by a hash that is quick rather than good: what is found there is compared.
fn slot(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    let mut hash = text.len() as u64;
    for word in words {
        hash = mix(hash ^ u64::from_le_bytes(*word));
    }
    for byte in rest {
        hash = mix(hash ^ u64::from(*byte));
    }
    usize::try_from(hash >> 32).unwrap_or(0) % LINES
}

fn mix(hash: u64) -> u64 {
    hash.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}
