//! The result of a check, with its evidence.

use serde::Serialize;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As the contract requires.
    Works,
    /// Claude Code continues with fewer features.
    Degraded,
    /// Requests fail, or a feature is lost.
    Broken,
    /// Not run; the evidence says why.
    Skipped,
}

impl Outcome {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Outcome::Works => "works",
            Outcome::Degraded => "degraded",
            Outcome::Broken => "broken",
            Outcome::Skipped => "skipped",
        }
    }
}

/// Outcome, evidence, and the client setting that works around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The result.
    pub outcome: Outcome,
    /// What was observed.
    pub evidence: String,
    /// A variable of Claude Code, with its value.
    pub setting: Option<&'static str>,
}

impl Finding {
    pub(super) fn works(evidence: impl Into<String>) -> Self {
        Self { outcome: Outcome::Works, evidence: evidence.into(), setting: None }
    }

    pub(super) fn degraded(evidence: impl Into<String>) -> Self {
        Self { outcome: Outcome::Degraded, evidence: evidence.into(), setting: None }
    }

    pub(super) fn broken(evidence: impl Into<String>) -> Self {
        Self { outcome: Outcome::Broken, evidence: evidence.into(), setting: None }
    }

    pub(super) fn skipped(evidence: impl Into<String>) -> Self {
        Self { outcome: Outcome::Skipped, evidence: evidence.into(), setting: None }
    }

    /// Adds the setting that works around it; a passing check needs none.
    pub(super) fn around(self, setting: &'static str) -> Self {
        let needs = matches!(self.outcome, Outcome::Degraded | Outcome::Broken);
        Self { setting: needs.then_some(setting), ..self }
    }
}
