//! The words of a piece of evidence that prove a cause.

use super::evidence::{EvidenceOrigin, FailureEvidence};
use super::row::{Sign, Test};
use crate::base::redact::redact;

/// The length of an excerpt, in characters.
const EXCERPT: usize = 240;
/// How much of an excerpt comes before the proving words.
const BEFORE: usize = 80;

impl FailureEvidence {
    /// The words that prove a sign, safe to show: status, header or phrase, and its surroundings.
    pub fn excerpt(&self, sign: Option<&Sign>) -> String {
        let mut parts = Vec::new();
        if let Some(status) = self.status.filter(|_| self.origin == EvidenceOrigin::Answer) {
            parts.push(format!("HTTP {status}"));
        }
        let tests = sign.map_or(&[][..], |sign| sign.all);
        for test in tests {
            if let Test::Header(name, _) = test
                && let Some(value) = self.header(name)
            {
                parts.push(redact(&format!("{name}: {value}")));
            }
        }
        let text = redact(&self.text);
        let lower = text.to_ascii_lowercase();
        let proof = tests
            .iter()
            .flat_map(Test::literals)
            .find_map(|literal| text.find(literal).or_else(|| lower.find(literal)));
        if !text.is_empty() {
            parts.push(cut(&text, proof.unwrap_or(0)));
        }
        if parts.is_empty() {
            parts.push("a response without a body".to_owned());
        }
        parts.join(", ")
    }
}

/// About [`EXCERPT`] characters around the byte at `proof`.
fn cut(text: &str, proof: usize) -> String {
    let head = text[..proof].chars().count();
    let skip = if text.chars().count() <= EXCERPT { 0 } else { head.saturating_sub(BEFORE) };
    let mut out: String = text.chars().skip(skip).take(EXCERPT).collect();
    if skip > 0 {
        out.insert(0, '…');
    }
    if text.chars().count() > skip + EXCERPT {
        out.push('…');
    }
    out
}
