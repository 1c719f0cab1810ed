//! The error catalogue: who refuses, how to recognize it, what it means, what to do.
//!
//! One table of constant rows. The CLI (`diagnose --list`), the skill's troubleshooting page ([`markdown`])
//! and the live probe ([`classify`]) are all generated from it, so they always agree.

mod body;
mod cause;
mod clue;
mod families;
mod layer;
mod loose;
mod markdown;
mod near;
mod notation;
mod plan;
mod row;
mod table;

pub(crate) use body::is_html;
pub use cause::Cause;
pub use clue::{Clue, Origin, Response};
pub use layer::Layer;
pub use markdown::markdown;
pub use row::{Confidence, Level, Row, Sign, Speaker, Test};

/// A matching row, and how well it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The row.
    pub row: &'static Row,
    /// The confidence of its best sign.
    pub confidence: Confidence,
    /// How specific that sign is; the more specific of two rows wins.
    pub(crate) weight: u8,
    /// That sign; none for a row of the engine.
    pub(crate) sign: Option<&'static Sign>,
}

impl Match {
    /// A row without a sign.
    pub(crate) fn engine(cause: Cause, confidence: Confidence) -> Self {
        Self { row: cause.row(), confidence, weight: 0, sign: None }
    }
}

impl Cause {
    /// The catalogue's row for it.
    ///
    /// # Panics
    /// Never: a test checks that every cause has a row.
    pub fn row(self) -> &'static Row {
        rows().find(|row| row.cause == self).expect("every cause has a row")
    }
}

/// Every row of the catalogue, in the order of the reference page.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    table::ROWS.iter().flat_map(|rows| rows.iter())
}

/// Rows that explain a response, best first. Empty if nothing is known about it, or it is not an error.
pub fn classify(response: &Response) -> Vec<Match> {
    matches(&Clue::from(response))
}

/// Rows that a clue points to, best first.
///
/// A certain row hides every less certain or less specific one. A likely row keeps the possible ones,
/// because they are what makes it only likely. A sign that only shows who refused counts if there is
/// nothing better.
pub fn matches(clue: &Clue) -> Vec<Match> {
    let mut found = plan::signs_of(clue);
    // Cloudflare's own envelope shows who refused, so words that others use as well do not count then
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
        // words win over a bare status or type; rows that look the same stay
        let worded = best.weight > 1;
        found.retain(|m| {
            m.weight > u8::from(worded && m.confidence == best.confidence)
                || best.row.alike.contains(&m.row.cause)
        });
    }
    found
}

/// What a text that the user gave as a failure is most likely about: possibilities, best first.
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

/// The first error object in a text, in any notation that programs print.
pub(crate) fn error_object(text: &str) -> Option<serde_json::Value> {
    notation::find(text).map(|(value, _)| value)
}

/// What a long log is searched for: the rarest literals of each sign, since the others mean nothing without
/// them. Signs without literals (a status, a body) have their own marks.
pub(crate) fn literals() -> impl Iterator<Item = &'static str> {
    rows().flat_map(|row| row.signs).filter_map(Sign::rarest).flat_map(Test::literals)
}

#[cfg(test)]
mod tests;
