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

fn places(hay: &str, words: &'static str) -> impl Iterator<Item = (usize, usize)> {
    // a short word counts only at the start of a word: "hang" is not in "changed"
    let begins = move |at: usize, word: &str| {
        word.len() > SHORT || !hay[..at].ends_with(|c: char| c.is_ascii_alphanumeric())
    };
    items(words).flat_map(move |word| {
        hay.match_indices(word).filter(move |(at, _)| begins(*at, word)).map(|(at, _)| (at, at + word.len()))
    })
}
