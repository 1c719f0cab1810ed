//! What a check found, without the check's name and layer.

use crate::facts::gateway::errors::{Cause, Row, Speaker};
use crate::services::probe::ProbeOutcome;
use crate::ui::{Screen, Tone};
use serde::Serialize;

/// The result of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckState {
    /// As it should be.
    Ok,
    /// It works, but needs attention.
    Warn,
    /// Broken.
    Fail,
    /// Not run; the evidence says why.
    Skip,
}

impl CheckState {
    /// True if the user should look at it.
    pub(super) fn is_unwell(self) -> bool {
        matches!(self, Self::Warn | Self::Fail)
    }

    /// The state before a text that starts in column 6 and continues in `column`.
    pub(super) fn row(self, screen: Screen, column: usize, text: &str) -> String {
        let (tone, word) = match self {
            Self::Ok => (Tone::Good, "ok"),
            Self::Warn => (Tone::Notice, "warn"),
            Self::Fail => (Tone::Bad, "fail"),
            Self::Skip => (Tone::Faint, "skip"),
        };
        format!("{} {}", screen.paint(tone, &format!("{word:<5}")), screen.hanging(6, column, text))
    }
}

/// What a check found. In a report it holds no secrets and no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The result.
    pub state: CheckState,
    /// What was observed, or why the check was skipped.
    pub evidence: String,
    /// Who refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// The cause's id in `cf-aig diagnose --list`, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// What that means, one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// Documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<&'static str>,
}

/// Why something was not found out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoResult {
    /// It was not tried, for this reason.
    Not(String),
    /// This did not respond in time: "the gateway".
    Late(&'static str),
}

/// The result of a check; an error is the finding of one that could not be made.
pub(super) type Checked = Result<Finding, Finding>;

impl Finding {
    fn new(state: CheckState, evidence: impl Into<String>) -> Self {
        let evidence = evidence.into();
        Self { state, evidence, speaker: None, cause: None, meaning: None, fix: None, doc: None }
    }

    pub(super) fn ok(evidence: impl Into<String>) -> Self {
        Self::new(CheckState::Ok, evidence)
    }

    pub(super) fn warn(evidence: impl Into<String>) -> Self {
        Self::new(CheckState::Warn, evidence)
    }

    pub(super) fn fail(evidence: impl Into<String>) -> Self {
        Self::new(CheckState::Fail, evidence)
    }

    /// `because` completes "skipped: …".
    pub(super) fn skip(because: impl Into<String>) -> Self {
        Self::new(CheckState::Skip, because)
    }

    /// A failed check from the outcome of a request.
    pub(super) fn of(outcome: &ProbeOutcome, host: &str) -> Self {
        let failed = Self::fail(outcome.sentence(host)).by(match outcome {
            ProbeOutcome::Unanswered(_) => Speaker::Nobody,
            _ => Speaker::Unknown,
        });
        let failed = outcome.row().map_or(failed.clone(), |row| Self {
            speaker: Some(row.speaker),
            cause: Some(row.cause),
            doc: row.doc,
            ..failed
        });
        failed.fix(outcome.fix(host))
    }

    /// Adds the catalogue's row.
    #[must_use]
    pub(super) fn row(self, row: &Row) -> Self {
        Self {
            speaker: Some(row.speaker),
            cause: Some(row.cause),
            meaning: Some(row.meaning.to_owned()),
            fix: Some(beside_doctor(row.fix)),
            doc: row.doc,
            ..self
        }
    }

    #[must_use]
    pub(super) fn fix(self, fix: impl Into<String>) -> Self {
        Self { fix: Some(beside_doctor(&fix.into())), ..self }
    }

    /// Sets who refused, or whose rule it is.
    #[must_use]
    pub(super) fn by(self, speaker: Speaker) -> Self {
        Self { speaker: Some(speaker), ..self }
    }

    /// Sets the cause only, if the check's own evidence and fix are more specific than the
    /// catalogue's.
    #[must_use]
    pub(super) fn caused(self, cause: Cause) -> Self {
        let row = cause.row();
        Self { cause: Some(cause), speaker: Some(row.speaker), doc: self.doc.or(row.doc), ..self }
    }

    #[must_use]
    pub(super) fn means(self, meaning: impl Into<String>) -> Self {
        Self { meaning: Some(meaning.into()), ..self }
    }

    #[must_use]
    pub(super) fn see(self, doc: &'static str) -> Self {
        Self { doc: Some(doc), ..self }
    }
}

/// The catalogue's fix without its advice to run the doctor, which is running.
fn beside_doctor(fix: &str) -> String {
    if !fix.contains("run `cf-aig doctor`") {
        return fix.to_owned();
    }
    let others: Vec<&str> = fix.split("; ").filter(|part| !part.contains("run `cf-aig doctor`")).collect();
    if others.is_empty() {
        return "check the host and port of the base URL: `cf-aig explain ANTHROPIC_BASE_URL` shows where it comes from".to_owned();
    }
    let others = others.join("; ");
    others.strip_prefix("or ").map_or(others.clone(), str::to_owned)
}

impl From<&NoResult> for Finding {
    /// The finding of a check that needs what is missing.
    fn from(missing: &NoResult) -> Self {
        Finding::skip(match missing {
            NoResult::Not(because) => because.clone(),
            NoResult::Late(what) => format!("{what} did not respond in time"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::errors::rows;

    #[test]
    fn no_fix_sends_the_reader_to_the_doctor_that_prints_it() {
        let rows: Vec<&Row> = rows().filter(|row| row.fix.contains("run `cf-aig doctor`")).collect();
        assert!(!rows.is_empty());
        for row in rows {
            let fix = Finding::fail("x").row(row).fix.expect("a fix");
            assert!(!fix.contains("run `cf-aig doctor`") && !fix.is_empty(), "{fix}");
        }
    }
}
