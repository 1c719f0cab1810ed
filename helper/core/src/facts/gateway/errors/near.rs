//! The distance between two words in a text.

use crate::base::text::items;

/// Words further apart than this, in bytes, are unrelated.
pub(super) const REACH: usize = 48;
/// Words up to this many bytes may be parts of other words.
const SHORT: usize = 5;

/// The shortest distance in bytes between the thing and the failure.
pub(super) fn gap(hay: &str, things: &'static str, troubles: &'static str) -> Option<usize> {
    let troubles: Vec<(usize, usize)> = places(hay, troubles).collect();
    places(hay, things)
        .filter_map(|(from, to)| {
            troubles.iter().map(|(begin, end)| begin.saturating_sub(to).max(from.saturating_sub(*end))).min()
        })
        .min()
        .filter(|gap| *gap < REACH)
}

/// Whether the word occurs in the text.
pub(super) fn has(hay: &str, word: &str) -> bool {
    hay.match_indices(word).any(|(at, _)| begins(hay, at, word))
}

/// A short word counts only at the start of a word: "hang" is not in "changed".
fn begins(hay: &str, at: usize, word: &str) -> bool {
    let is_within = |c: char| c.is_ascii_alphanumeric();
    word.len() > SHORT || !word.starts_with(is_within) || !hay[..at].ends_with(is_within)
}

fn places(hay: &str, words: &'static str) -> impl Iterator<Item = (usize, usize)> {
    items(words).flat_map(move |word| {
        hay.match_indices(word)
            .filter(move |(at, _)| begins(hay, *at, word))
            .map(|(at, _)| (at, at + word.len()))
    })
}
