//! One check of the contract: what it requires, how it can run, and its result.

use super::bench::Bench;
use super::{body, endpoints, errors, headers, stream};
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::providers::distance;
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

/// How a check can run without an echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlackBox {
    /// Not at all: the provider's response does not show it.
    No,
    /// From a response that costs nothing.
    Free,
    /// From a response that costs tokens.
    Spends,
}

/// A row of the table of checks.
#[derive(Debug)]
pub struct Check {
    /// Stable kebab-case id.
    pub id: &'static str,
    /// The group it belongs to.
    pub group: &'static str,
    /// What must be true.
    pub title: &'static str,
    /// What Claude Code does otherwise.
    pub otherwise: &'static str,
    /// How it runs without an echo.
    pub black_box: BlackBox,
    pub(super) run: fn(&Bench) -> Finding,
}

/// All checks, in the order in which they run.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    [headers::CHECKS, body::CHECKS, stream::CHECKS, errors::CHECKS, endpoints::CHECKS].into_iter().flatten()
}

/// The selected checks, by id or group.
pub(super) fn wanted(only: &[String]) -> Result<Vec<&'static Check>> {
    for name in only {
        if !checks().any(|check| check.id == name || check.group == name) {
            let names = checks().flat_map(|check| [check.id, check.group]);
            let nearest = names.min_by_key(|known| distance(known, name)).unwrap_or_default();
            let message = format!("`{}` is neither a check nor a group", name.escape_debug());
            return Err(Error::new(Kind::Usage, message)
                .hinted(format!("did you mean {nearest}? `cf-aig conformance --list` shows all")));
        }
    }
    let named = |check: &&Check| only.is_empty() || only.iter().any(|n| n == check.id || n == check.group);
    Ok(checks().filter(named).collect())
}
