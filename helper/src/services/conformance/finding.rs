//! The result of a check, with its evidence.

use crate::base::named::named;

named! {
    /// The result of a check.
    pub enum ContractOutcome {
        /// As the contract requires.
        Works = "works",
        /// Claude Code continues with fewer features.
        Degraded = "degraded",
        /// Requests fail, or a feature is lost.
        Broken = "broken",
        /// Not run; the evidence says why.
        Skipped = "skipped",
    }
}

/// What a check finds; the error is a finding that ends the check early.
pub(super) type ContractVerdict = Result<ContractFinding, ContractFinding>;

/// Outcome, evidence, and the client setting that works around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractFinding {
    /// The result.
    pub outcome: ContractOutcome,
    /// What was observed.
    pub evidence: String,
    /// A variable of Claude Code, with its value.
    pub setting: Option<&'static str>,
}

impl ContractFinding {
    fn new(outcome: ContractOutcome, evidence: impl Into<String>) -> Self {
        Self { outcome, evidence: evidence.into(), setting: None }
    }

    pub(super) fn works(evidence: impl Into<String>) -> Self {
        Self::new(ContractOutcome::Works, evidence)
    }

    pub(super) fn degraded(evidence: impl Into<String>) -> Self {
        Self::new(ContractOutcome::Degraded, evidence)
    }

    pub(super) fn broken(evidence: impl Into<String>) -> Self {
        Self::new(ContractOutcome::Broken, evidence)
    }

    pub(super) fn skipped(evidence: impl Into<String>) -> Self {
        Self::new(ContractOutcome::Skipped, evidence)
    }

    /// Works with this evidence, or is broken with the other.
    pub(super) fn works_or_broken(
        works: bool,
        evidence: impl Into<String>,
        fault: impl Into<String>,
    ) -> Self {
        if works { Self::works(evidence) } else { Self::broken(fault) }
    }

    /// Adds the setting that works around it; a passing check needs none.
    pub(super) fn around(self, setting: &'static str) -> Self {
        let needs = matches!(self.outcome, ContractOutcome::Degraded | ContractOutcome::Broken);
        Self { setting: needs.then_some(setting), ..self }
    }
}
