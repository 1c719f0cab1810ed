//! The report of `diagnose` as text and as JSON, with the same findings.

use std::io::{self, Write};

use serde::Serialize;

use crate::facts::gateway::errors::{self, Cause, Confidence, Row, Speaker};

/// The output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text.
    Text,
    /// One JSON object with `"schema": 1`.
    Json,
}

/// One finding: who refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
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

impl Finding {
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Never empty.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The most probable finding.
    pub fn first(&self) -> &Finding {
        &self.findings[0]
    }

    /// Whether anything was recognized.
    pub fn is_explained(&self) -> bool {
        self.first().cause != Cause::Unrecognised
    }

    /// Writes the findings.
    ///
    /// # Errors
    /// If `out` cannot be written to.
    pub fn write(&self, out: &mut impl Write, format: Format) -> io::Result<()> {
        match format {
            Format::Json => {
                #[derive(Serialize)]
                struct Document<'a> {
                    schema: u8,
                    findings: &'a [Finding],
                }
                json(out, &Document { schema: 1, findings: &self.findings })
            }
            Format::Text => {
                self.findings.iter().enumerate().try_for_each(|(at, finding)| text(out, at, finding))
            }
        }
    }
}

fn text(out: &mut impl Write, at: usize, finding: &Finding) -> io::Result<()> {
    if at > 0 {
        writeln!(out)?;
    }
    writeln!(out, "{}: {} ({})", finding.speaker.label(), finding.cause.id(), finding.confidence.id())?;
    writeln!(out, "  {}", finding.meaning)?;
    writeln!(out, "  evidence: {}", finding.evidence)?;
    writeln!(out, "  next: {}", finding.fix)?;
    if !finding.alike.is_empty() {
        writeln!(
            out,
            "  indistinguishable from: {}",
            finding.alike.iter().map(|cause| cause.id()).collect::<Vec<_>>().join(", ")
        )?;
    }
    if let Some(doc) = finding.doc {
        writeln!(out, "  see: {doc}")?;
    }
    Ok(())
}

/// Writes every cause that can be found.
///
/// # Errors
/// If `out` cannot be written to.
pub fn list(out: &mut impl Write, format: Format) -> io::Result<()> {
    match format {
        Format::Json => {
            #[derive(Serialize)]
            struct Listed {
                cause: Cause,
                speaker: Speaker,
                meaning: &'static str,
                fix: &'static str,
                alike: &'static [Cause],
                level: errors::Level,
                doc: Option<&'static str>,
            }
            #[derive(Serialize)]
            struct Document {
                schema: u8,
                causes: Vec<Listed>,
            }
            let causes = errors::rows()
                .map(|row| Listed {
                    cause: row.cause,
                    speaker: row.speaker,
                    meaning: row.meaning,
                    fix: row.fix,
                    alike: row.alike,
                    level: row.level,
                    doc: row.doc,
                })
                .collect();
            json(out, &Document { schema: 1, causes })
        }
        Format::Text => errors::rows().try_for_each(|row| {
            writeln!(out, "{:<34} {:<16} {}", row.cause.id(), row.speaker.id(), row.meaning)
        }),
    }
}

fn json(out: &mut impl Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}
