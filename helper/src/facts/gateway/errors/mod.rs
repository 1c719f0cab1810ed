//! The error catalogue: who says no, how it is recognised, what it means, what to do.
//!
//! One table of constant rows. The CLI (`diagnose --list`), the skill's troubleshooting page
//! ([`markdown`]) and the live probe ([`classify`]) are all made from it, so that they cannot disagree.

mod body;
mod cause;
mod clue;
mod families;
mod layer;
mod loose;
mod markdown;
mod notation;
mod plan;
mod row;
#[expect(clippy::needless_update, reason = "a row may name every field")]
mod table;

pub(crate) use body::is_html;
pub use cause::Cause;
pub use clue::{Clue, Origin, Response};
pub use layer::Layer;
pub use markdown::markdown;
pub use row::{Confidence, Level, Row, Sign, Speaker, Test};

/// A row that fits, and how well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The row.
    pub row: &'static Row,
    /// How sure the best of its signs is.
    pub confidence: Confidence,
    /// How much that sign asks for; the more specific of two rows wins.
    pub(crate) weight: u8,
    /// That sign; none for a row of the engine.
    pub(crate) sign: Option<&'static Sign>,
}

impl Match {
    /// A row that no sign points to.
    pub(crate) fn engine(cause: Cause, confidence: Confidence) -> Self {
        Self { row: cause.row(), confidence, weight: 0, sign: None }
    }
}

/// Every row of the catalogue, in the order of the reference page.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    table::ROWS.iter().flat_map(|rows| rows.iter())
}

/// Rows that explain a response, best first. Empty when nothing is known about it, or nothing is wrong.
pub fn classify(response: &Response) -> Vec<Match> {
    matches(&Clue::from(response))
}

/// Rows that a clue points to, best first.
///
/// A certain row silences every less certain or less specific one; a likely row leaves the possible
/// ones standing, because that is what makes it only likely. A sign that merely says who speaks
/// counts when nothing better is there.
pub fn matches(clue: &Clue) -> Vec<Match> {
    let mut found = plan::signs_of(clue);
    // An envelope of Cloudflare's own says who speaks; words that others use as well do not count then.
    let of_cloudflare = |m: &Match| m.sign.is_some_and(|sign| sign.all.iter().any(Test::is_of_cloudflare));
    if found.iter().any(of_cloudflare) {
        found.retain(|m| {
            let speaker = m.row.speaker;
            of_cloudflare(m)
                || matches!(speaker, Speaker::AiGateway | Speaker::GatewayPolicy | Speaker::CloudflareApi)
        });
    }
    found.sort_by_key(|m| std::cmp::Reverse((m.confidence, m.weight)));
    let Some(best) = found.first().copied() else {
        return found;
    };
    if best.confidence == Confidence::Certain {
        found.retain(|m| (m.confidence, m.weight) == (best.confidence, best.weight));
    } else if found.iter().any(|m| m.weight > 0) {
        // Words beat a bare status or type; what looks alike stays.
        let worded = best.weight > 1;
        found.retain(|m| {
            m.weight > u8::from(worded && m.confidence == best.confidence)
                || best.row.alike.contains(&m.row.cause)
        });
    }
    found
}

/// What a text is most likely about that somebody gave because something failed: possibilities, best first.
pub fn guesses(clue: &Clue) -> Vec<Match> {
    let told = Clue { told: true, ..clue.clone() };
    let mut found = matches(&told);
    found.retain(|m| m.weight > 1);
    if found.is_empty() {
        return loose::families(&told);
    }
    found.iter_mut().for_each(|m| m.confidence = Confidence::Possible);
    found
}

/// The first error object in a text, in any notation that programs print one in.
pub(crate) fn error_object(text: &str) -> Option<serde_json::Value> {
    notation::find(text).map(|(value, _)| value)
}

/// What a long log is searched for: of each sign the literals that are rarest, since the others mean
/// nothing without them. What a sign without literals asks for (a status, a body) has marks of its own.
pub(crate) fn literals() -> impl Iterator<Item = &'static str> {
    rows().flat_map(|row| row.signs).filter_map(Sign::rarest).flatten().copied()
}

#[cfg(test)]
mod tests;
