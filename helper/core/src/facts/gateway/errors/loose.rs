//! The fallback if no sign matches: families of words, one for the thing and one for its failure.
//!
//! Used only for text that the user gave because something failed, and never more than a possibility.

use super::evidence::FailureEvidence;
use super::families::{Family, ORDINARY, TELLING};
use super::near::{REACH, gap};
use super::row::{Confidence, Match, Speaker};

/// What Claude Code appends to messages of errors with status 500 and above.
const ADVICE: &str = "this is a server-side issue";

/// The best matching families, at most two: first those with a telling thing, then closer matches, then table
/// order.
pub(super) fn families(clue: &FailureEvidence) -> Vec<Match> {
    // ignore the client's advice after a server's message
    let hay = clue.hay();
    let said: Vec<&str> = hay.split('\u{0}').map(|text| text.split(ADVICE).next().unwrap_or(text)).collect();
    let hay = said.join("\u{0}");
    let matching = |(cause, things, troubles): &Family, offset| {
        let rank = gap(&hay, things, troubles)? + offset;
        let weight = u8::try_from(2 * REACH - rank).unwrap_or(u8::MAX);
        Some((rank, Match { weight, ..Match::engine(*cause, Confidence::Possible) }))
    };
    let telling = TELLING.iter().filter_map(|family| matching(family, 0));
    let ordinary = ORDINARY.iter().filter_map(|family| matching(family, REACH));
    let mut found: Vec<(usize, Match)> = telling.chain(ordinary).collect();
    found.sort_by_key(|(rank, _)| *rank);
    found.truncate(2);
    let mut found: Vec<Match> = found.into_iter().map(|(_, family)| family).collect();
    // the client's own refusals come first wherever they are, so they cannot be second
    if found.get(1).is_some_and(|second| second.row.speaker == Speaker::ClaudeCode) {
        found.truncate(1);
    }
    found
}
