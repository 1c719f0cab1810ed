//! The fallback if no sign matches: words for a thing, and words for its failure.
//!
//! Used only for text that the user gave because something failed, and never more than a possibility.

use super::evidence::FailureEvidence;
use super::near::{REACH, gap};
use super::row::{Confidence, Match, Row, Speaker};
use super::table::rows;

/// What Claude Code appends to messages of errors with status 500 and above.
const ADVICE: &str = "this is a server-side issue";

/// The best matching families, at most two: first those with a telling thing, then closer matches, then table
/// order.
pub(super) fn families(clue: &FailureEvidence) -> Vec<Match> {
    // ignore the client's advice after a server's message
    let hay = clue.hay();
    let said: Vec<&str> = hay.split('\u{0}').map(|text| text.split(ADVICE).next().unwrap_or(text)).collect();
    let hay = said.join("\u{0}");
    let matching = |row: &'static Row| {
        let words = row.loosely?;
        let gap = gap(&hay, words.things, words.troubles)?;
        let rank = if words.is_telling { gap } else { gap + REACH };
        let weight = u8::try_from(2 * REACH - rank).unwrap_or(u8::MAX);
        Some(Match { row, weight, confidence: Confidence::Possible, sign: None })
    };
    let mut found: Vec<Match> = rows().filter_map(matching).collect();
    found.sort_by_key(|family| std::cmp::Reverse(family.weight));
    found.truncate(2);
    // the client's own refusals come first wherever they are, so they cannot be second
    if found.get(1).is_some_and(|second| second.row.speaker == Speaker::ClaudeCode) {
        found.truncate(1);
    }
    found
}
