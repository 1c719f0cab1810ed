//! The report of `diagnose` as text and as JSON, with the same findings.

use serde::Serialize;
use serde_json::json;

use crate::facts::gateway::errors::{self, Cause, Confidence, Row, Speaker};
use crate::ui::TextBlock;

/// One finding: who refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseFinding {
    /// Who refused.
    pub speaker: Speaker,
    /// Stable id of the cause.
    pub cause: Cause,
    /// How certain it is.
    pub confidence: Confidence,
    /// The words that prove it, without secrets and control characters.
    pub evidence: String,
    /// What the cause means, one sentence.
    pub meaning: &'static str,
    /// The next step.
    pub fix: &'static str,
    /// Causes that the same evidence would also fit.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub alike: &'static [Cause],
    /// Documentation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doc: Option<&'static str>,
}

impl CauseFinding {
    pub(super) fn new(row: &'static Row, confidence: Confidence, evidence: String) -> Self {
        Self {
            speaker: row.speaker,
            cause: row.cause,
            confidence,
            evidence,
            meaning: row.meaning,
            fix: row.fix,
            alike: row.alike,
            doc: row.doc,
        }
    }
}

/// The findings, most probable first; at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    schema: u8,
    /// Never empty.
    pub findings: Vec<CauseFinding>,
}

impl Diagnosis {
    pub(super) fn new(findings: Vec<CauseFinding>) -> Self {
        Self { schema: 1, findings }
    }

    /// The most probable finding.
    pub fn first(&self) -> &CauseFinding {
        &self.findings[0]
    }

    /// Whether anything was recognized.
    pub fn is_explained(&self) -> bool {
        self.first().cause != Cause::Unrecognised
    }

    /// The findings as text.
    pub fn text(&self) -> String {
        self.findings.iter().map(text).collect::<Vec<_>>().join("\n")
    }
}

fn text(finding: &CauseFinding) -> String {
    let CauseFinding { speaker, cause, confidence, evidence, meaning, fix, alike, doc } = finding;
    let mut out = TextBlock::new();
    out.line(format_args!("{}: {cause} ({confidence})", speaker.label()));
    out.line(format_args!("  {meaning}"));
    out.line(format_args!("  evidence: {evidence}"));
    out.line(format_args!("  next: {fix}"));
    if !alike.is_empty() && *confidence != Confidence::Certain {
        let alike: Vec<_> = alike.iter().map(|cause| cause.id()).collect();
        out.line(format_args!("  could also be: {}", alike.join(", ")));
    }
    if let Some(doc) = doc {
        out.line(format_args!("  see: {doc}"));
    }
    out.into()
}

/// Every cause that can be found.
pub fn list() -> impl Serialize {
    let cause = |row: &Row| {
        json!({
            "cause": row.cause, "speaker": row.speaker, "meaning": row.meaning, "fix": row.fix,
            "alike": row.alike, "level": row.level, "doc": row.doc,
        })
    };
    json!({"schema": 1, "causes": errors::rows().map(cause).collect::<Vec<_>>()})
}

/// The same as text.
pub fn list_text() -> String {
    let line = |row: &Row| format!("{:<34} {:<16} {}\n", row.cause, row.speaker, row.meaning);
    errors::rows().map(line).collect()
}
