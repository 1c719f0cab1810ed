//! The fallback if no sign matches: families of words, one for the thing and one for its failure.
//!
//! Used only for text that the user gave because something failed, and never more than a possibility.

use super::Match;
use super::clue::Clue;
use super::families::FAMILIES;
use super::row::{Confidence, Speaker};

/// Words further apart than this, in bytes, are unrelated.
const REACH: usize = 48;
/// What Claude Code appends to messages of errors with status 500 and above.
const ADVICE: &str = "this is a server-side issue";
/// Words up to this many bytes may be parts of other words.
const SHORT: usize = 5;

/// The best matching families, at most two.
pub(super) fn families(clue: &Clue) -> Vec<Match> {
    // ignore the client's advice after a server's message
    let hay = clue.hay();
    let said: Vec<&str> = hay.split('\u{0}').map(|text| text.split(ADVICE).next().unwrap_or(text)).collect();
    let hay = said.join("\u{0}");
    let mut found: Vec<(usize, Match)> = FAMILIES
        .iter()
        .filter_map(|family| {
            let rank = gap(&hay, family.things, family.troubles)? + if family.telling { 0 } else { REACH };
            let weight = u8::try_from(2 * REACH - rank).unwrap_or(u8::MAX);
            Some((rank, Match { weight, ..Match::engine(family.cause, Confidence::Possible) }))
        })
        .collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(2);
    let mut found: Vec<Match> = found.into_iter().map(|(_, family)| family).collect();
    // the client's own refusals come first wherever they are, so they cannot be second
    if found.get(1).is_some_and(|second| second.row.speaker == Speaker::ClaudeCode) {
        found.truncate(1);
    }
    found
}

/// The shortest distance in bytes between the thing and the failure.
pub(super) fn gap(
    hay: &str,
    things: &'static [&'static str],
    troubles: &'static [&'static str],
) -> Option<usize> {
    let troubles: Vec<(usize, usize)> = places(hay, troubles).collect();
    places(hay, things)
        .filter_map(|(from, to)| {
            troubles.iter().map(|(begin, end)| begin.saturating_sub(to).max(from.saturating_sub(*end))).min()
        })
        .min()
        .filter(|gap| *gap < REACH)
}

fn places<'h>(
    hay: &'h str,
    words: &'static [&'static str],
) -> impl Iterator<Item = (usize, usize)> + use<'h> {
    // a short word counts only at the start of a word: "hang" is not in "changed"
    let begins = move |at: usize, word: &str| {
        word.len() > SHORT || !hay[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    words.iter().flat_map(move |word| {
        hay.match_indices(word).filter(move |(at, _)| begins(*at, word)).map(|(at, _)| (at, at + word.len()))
    })
}
