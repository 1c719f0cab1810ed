//! The checks of the contract: what each is, how it runs, and what it finds.

use super::bench::Bench;
use super::{body, endpoints, errors, headers, stream};
use crate::base::error::{Error, Kind};
use crate::base::named::named;
use crate::facts::gateway::auth::masked;
use serde::Serialize;
use strsim::osa_distance;

named! {
    /// How a check can run without an echo.
    pub enum BlackBox {
        /// Not at all: the provider's response does not show it.
        No = "echo",
        /// From a response that costs nothing.
        Free = "free",
        /// From a response that costs tokens.
        Spends = "tokens",
    }
}

/// A row of the table of checks.
#[derive(Debug, Serialize)]
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
    #[serde(skip)]
    pub(super) run: fn(&Bench) -> Verdict,
}

impl Check {
    /// Runs one check, or reports why it cannot run.
    pub(super) fn look(&self, bench: &Bench) -> Finding {
        if bench.options.echo.is_none() {
            let asks_provider = self.id != "hello";
            match self.black_box {
                BlackBox::No => return Finding::skipped("needs an echo upstream: --echo"),
                _ if asks_provider && !bench.target.has_credential => {
                    return Finding::skipped("no credential: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN");
                }
                BlackBox::Spends if !bench.options.spend => {
                    return Finding::skipped(format!(
                        "needs a real response (about 20 input and 64 output tokens of {}, once for all such checks): --spend",
                        bench.model()
                    ));
                }
                BlackBox::Free | BlackBox::Spends => {}
            }
        }
        let finding = (self.run)(bench).unwrap_or_else(|finding| finding);
        // do not repeat a credential that a server echoes
        Finding { evidence: masked(&finding.evidence, &bench.target.headers), ..finding }
    }
}

/// All checks, in the order in which they run.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    [headers::CHECKS, body::CHECKS, stream::CHECKS, errors::CHECKS, endpoints::CHECKS].into_iter().flatten()
}

/// The selected checks, by id or group.
pub(super) fn wanted(only: &[String]) -> Result<Vec<&'static Check>, Error> {
    for name in only {
        if !checks().any(|check| check.id == name || check.group == name) {
            let names = checks().flat_map(|check| [check.id, check.group]);
            let nearest = names.min_by_key(|known| osa_distance(known, name)).unwrap_or_default();
            let message = format!("`{}` is neither a check nor a group", name.escape_debug());
            return Err(Error::new(Kind::Usage, message)
                .hinted(format!("did you mean {nearest}? `cf-aig conformance --list` shows all")));
        }
    }
    let named = |check: &&Check| only.is_empty() || only.iter().any(|n| n == check.id || n == check.group);
    Ok(checks().filter(named).collect())
}

named! {
    /// The result of a check.
    pub enum Outcome {
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
pub(super) type Verdict = Result<Finding, Finding>;

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
    fn new(outcome: Outcome, evidence: impl Into<String>) -> Self {
        Self { outcome, evidence: evidence.into(), setting: None }
    }

    pub(super) fn works(evidence: impl Into<String>) -> Self {
        Self::new(Outcome::Works, evidence)
    }

    pub(super) fn degraded(evidence: impl Into<String>) -> Self {
        Self::new(Outcome::Degraded, evidence)
    }

    pub(super) fn broken(evidence: impl Into<String>) -> Self {
        Self::new(Outcome::Broken, evidence)
    }

    pub(super) fn skipped(evidence: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, evidence)
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
        let needs = matches!(self.outcome, Outcome::Degraded | Outcome::Broken);
        Self { setting: needs.then_some(setting), ..self }
    }
}
