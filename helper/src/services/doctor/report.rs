//! The doctor's report: one model, printed as text or as JSON.

use super::finding::{CheckState, Finding};
use crate::base::error::Kind;
pub use crate::facts::gateway::errors::Layer;
use crate::ui::Screen;
use serde::Serialize;
use std::fmt::Write;

/// How much of the report is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Only problems.
    Unwell,
    /// A line for each healthy layer, and problems in full.
    Layers,
    /// Every check.
    Checks,
}

/// One completed check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompletedCheck {
    /// Stable: `tls.trusted`.
    pub id: &'static str,
    /// The layer.
    pub layer: Layer,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// The counts of all checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckSummary {
    /// Checks in this state.
    pub ok: usize,
    /// Checks in this state.
    pub warn: usize,
    /// Checks in this state.
    pub fail: usize,
    /// Checks in this state.
    pub skip: usize,
    /// The first broken layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<Layer>,
    /// The last line of the text.
    pub says: String,
}

/// The whole report. Serialized, it is the JSON output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DoctorReport {
    schema: u8,
    /// In the order of the layers.
    pub checks: Vec<CompletedCheck>,
    /// The summary.
    pub summary: CheckSummary,
}

impl DoctorReport {
    /// `in_front` is a broken layer that was not requested and blocks the layers behind it.
    pub(super) fn of(
        checks: Vec<CompletedCheck>,
        configured: bool,
        in_front: Option<(Layer, &'static str)>,
    ) -> Self {
        let count = |state| checks.iter().filter(|check| check.finding.state == state).count();
        let broken = checks.iter().find(|check| check.finding.state == CheckState::Fail);
        let (ok, warn, fail) = (count(CheckState::Ok), count(CheckState::Warn), count(CheckState::Fail));
        let skip = count(CheckState::Skip);
        let looked = ok + warn;
        let says = match broken {
            Some(check) => format!(
                "The first broken layer is {} ({}). Fix this, then run doctor again.",
                check.layer.id(),
                check.id
            ),
            None if let Some((layer, id)) = in_front => format!(
                "Some checks were skipped: the {} layer before them is broken ({id}). Fix it, then run doctor again.",
                layer.id()
            ),
            None if !configured && fail == 0 => {
                "No gateway is configured, and nothing else is broken: /plugin configure cloudflare, or `cf-aig setup`.".to_owned()
            }
            None if warn > 0 => {
                format!("It works. {warn} of {looked} checks need attention.")
            }
            None => format!("No problems found: {looked} checks run, {skip} skipped."),
        };
        let broken = broken.map(|check| check.layer).or(in_front.map(|(layer, _)| layer));
        Self { schema: 1, checks, summary: CheckSummary { ok, warn, fail, skip, broken, says } }
    }

    /// The first failed check.
    pub fn broken(&self) -> Option<&CompletedCheck> {
        self.checks.iter().find(|check| check.finding.state == CheckState::Fail)
    }

    /// The error kind of the first failure: that of its cause, else of its layer. `None` if nothing
    /// failed.
    pub fn kind(&self) -> Option<Kind> {
        let Some(broken) = self.broken() else {
            return self.summary.broken.map(|_| Kind::Finding);
        };
        Some(broken.finding.cause.and_then(|cause| cause.row().exit).unwrap_or_else(|| broken.layer.kind()))
    }

    /// As text, with the summary last.
    pub fn text(&self, detail: Detail, screen: Screen) -> String {
        let mut out = String::new();
        match detail {
            Detail::Checks => checks_of(&self.checks.iter().collect::<Vec<_>>(), screen, &mut out),
            Detail::Layers => self.layers(screen, &mut out),
            Detail::Unwell => {
                let unwell: Vec<&CompletedCheck> =
                    self.checks.iter().filter(|check| check.finding.state.is_unwell()).collect();
                checks_of(&unwell, screen, &mut out);
            }
        }
        let gap = if out.is_empty() { "" } else { "\n" };
        let _ = write!(out, "{gap}{}", screen.row("", 0, &self.summary.says));
        out
    }

    /// A line for each healthy layer, and problems in full.
    fn layers(&self, screen: Screen, out: &mut String) {
        let layers: Vec<&[CompletedCheck]> = self.checks.chunk_by(|a, b| a.layer == b.layer).collect();
        let is_skipped =
            |layer: &[CompletedCheck]| layer.iter().all(|check| check.finding.state == CheckState::Skip);
        // layers skipped for the same reason share a line
        let alike = |a: &&[CompletedCheck], b: &&[CompletedCheck]| {
            is_skipped(a)
                && is_skipped(b)
                && a.first().map(|c| &c.finding.evidence) == b.first().map(|c| &c.finding.evidence)
        };
        let width = self.checks.iter().map(|check| check.layer.id().len()).max().unwrap_or_default();
        for group in layers.chunk_by(alike) {
            let [layer, ..] = group else { continue };
            let unwell: Vec<&CompletedCheck> =
                layer.iter().filter(|check| check.finding.state.is_unwell()).collect();
            if !unwell.is_empty() {
                checks_of(&unwell, screen, out);
            } else if is_skipped(layer) {
                let names: Vec<&str> =
                    group.iter().filter_map(|layer| layer.first()).map(|c| c.layer.id()).collect();
                let why = layer.first().map_or("", |check| check.finding.evidence.as_str());
                out.push_str(&CheckState::Skip.row(screen, 6, &format!("{}: {why}", names.join(", "))));
            } else {
                let made = layer.iter().filter(|check| check.finding.state == CheckState::Ok).count();
                let name = layer.first().map_or("", |check| check.layer.id());
                let checks = if made == 1 { "check" } else { "checks" };
                let text = format!("{name:<width$}  {made} {checks}");
                out.push_str(&CheckState::Ok.row(screen, width + 8, &text));
            }
        }
    }
}

/// A line for each check, with details.
fn checks_of(checks: &[&CompletedCheck], screen: Screen, out: &mut String) {
    let width = checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    let column = width + 8;
    let alike = |a: &&CompletedCheck, b: &&CompletedCheck| {
        a.finding.state == CheckState::Skip
            && (a.finding.state, &a.finding.evidence, &a.finding.fix)
                == (b.finding.state, &b.finding.evidence, &b.finding.fix)
    };
    // if many are skipped for one reason, print it once
    for group in checks.chunk_by(alike) {
        let [check, others @ ..] = group else { continue };
        if others.is_empty() {
            let text = format!("{:<width$}  {}", check.id, check.finding.evidence);
            out.push_str(&check.finding.state.row(screen, column, &text));
        } else {
            let ids: Vec<&str> = group.iter().map(|check| check.id).collect();
            out.push_str(&check.finding.state.row(screen, 6, &ids.join(", ")));
            out.push_str(&screen.row("", column, &check.finding.evidence));
        }
        let mut line =
            |name: &str, text: &str| out.push_str(&screen.row("", column, &format!("{name}: {text}")));
        match (check.finding.speaker, check.finding.cause) {
            (Some(speaker), Some(cause)) => line("who", &format!("{} ({cause})", speaker.label())),
            (Some(speaker), None) => line("who", speaker.label()),
            (None, Some(cause)) => line("cause", cause.id()),
            (None, None) => {}
        }
        for (name, text) in [
            ("why", check.finding.meaning.as_deref()),
            ("fix", check.finding.fix.as_deref()),
            ("see", check.finding.doc),
        ] {
            if let Some(text) = text {
                line(name, text);
            }
        }
    }
}
