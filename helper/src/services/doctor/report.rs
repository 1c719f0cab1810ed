//! What the doctor found: one model, printed as text or as JSON.

use crate::base::error::Kind;
pub use crate::facts::gateway::errors::Layer;
use crate::facts::gateway::errors::{Cause, Speaker};
use serde::Serialize;
use std::fmt::Write;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, and something should be known.
    Warn,
    /// Broken.
    Fail,
    /// Not asked; the evidence says why.
    Skip,
    /// The check itself broke, which says nothing about what it looks at.
    Crash,
}

impl State {
    /// The word used in text and machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Skip => "skip",
            Self::Crash => "crash",
        }
    }
}

/// One check, as it came out. Holds no secret and no control character.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Stable: `tls.trusted`.
    pub id: &'static str,
    /// Where.
    pub layer: Layer,
    /// How.
    pub state: State,
    /// What was seen, or why nothing was looked at.
    pub evidence: String,
    /// Who said no.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<Speaker>,
    /// The cause's id in `cf-aig diagnose --list`, where it is listed there.
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

/// All of them, counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Checks in this state.
    pub ok: usize,
    /// Checks in this state.
    pub warn: usize,
    /// Checks in this state.
    pub fail: usize,
    /// Checks in this state.
    pub skip: usize,
    /// Checks in this state.
    pub crash: usize,
    /// The first layer that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub broken: Option<Layer>,
    /// The last line.
    pub says: String,
}

/// The whole of it. Serialized it is the machine output.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    schema: u8,
    /// In the order of the layers.
    pub checks: Vec<Check>,
    /// The end of it.
    pub summary: Summary,
}

impl Report {
    /// `in_front` is a broken layer that was not asked for, and keeps those behind it from being looked at.
    pub(super) fn of(checks: Vec<Check>, configured: bool, in_front: Option<(Layer, &'static str)>) -> Self {
        let count = |state| checks.iter().filter(|check| check.state == state).count();
        let broken = checks.iter().find(|check| check.state == State::Fail);
        let (ok, warn, fail) = (count(State::Ok), count(State::Warn), count(State::Fail));
        let (skip, crash) = (count(State::Skip), count(State::Crash));
        let looked = ok + warn;
        let says = match broken {
            Some(check) => format!(
                "The first broken layer is {} ({}). Fix this, then run doctor again.",
                check.layer.id(),
                check.id
            ),
            None if let Some((layer, id)) = in_front => format!(
                "Not all was looked at: {} in front of it is broken ({id}). Mend that, then look again.",
                layer.id()
            ),
            None if crash > 0 => format!(
                "Nothing is known to be broken, but {crash} of {} checks broke themselves: please report that, with `cf-aig doctor --bundle FILE`.",
                checks.len()
            ),
            None if !configured && fail == 0 => {
                "No gateway is configured, and nothing else is broken: /plugin configure cloudflare, or `cf-aig setup`.".to_owned()
            }
            None if warn > 0 => {
                format!("It works. {warn} of {looked} checks that were made ask for a look.")
            }
            None => format!("All is well: {looked} checks made, {skip} skipped."),
        };
        let broken = broken.map(|check| check.layer).or(in_front.map(|(layer, _)| layer));
        Self { schema: 1, checks, summary: Summary { ok, warn, fail, skip, crash, broken, says } }
    }

    /// The first check that failed.
    pub fn broken(&self) -> Option<&Check> {
        self.checks.iter().find(|check| check.state == State::Fail)
    }

    /// The kind of the first failure: that of its cause, else of its layer. `None` when nothing failed.
    pub fn kind(&self) -> Option<Kind> {
        let Some(broken) = self.broken() else {
            let unwell = self.summary.crash > 0 || self.summary.broken.is_some();
            return unwell.then_some(Kind::Finding);
        };
        Some(broken.cause.and_then(|cause| cause.row().exit).unwrap_or_else(|| broken.layer.kind()))
    }

    /// For a person: a line for each check, what is wrong in full, and a calm end.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let width = self.checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
        let alike = |a: &Check, b: &Check| {
            a.state == State::Skip && (a.state, &a.evidence, &a.fix) == (b.state, &b.evidence, &b.fix)
        };
        // many are skipped for one reason: it is said once
        for group in self.checks.chunk_by(alike) {
            let [check, others @ ..] = group else { continue };
            if others.is_empty() {
                let _ = writeln!(out, "{:<5} {:<width$}  {}", check.state.word(), check.id, check.evidence);
            } else {
                let ids: Vec<&str> = group.iter().map(|check| check.id).collect();
                let _ = writeln!(out, "{:<5} {}", check.state.word(), ids.join(", "));
                let _ = writeln!(out, "{:<5} {:<width$}  {}", "", "", check.evidence);
            }
            let mut line = |name: &str, text: &str| {
                let _ = writeln!(out, "{:<5} {:<width$}  {name}: {text}", "", "");
            };
            match (check.speaker, check.cause) {
                (Some(speaker), Some(cause)) => line("who", &format!("{} ({cause})", speaker.label())),
                (Some(speaker), None) => line("who", speaker.label()),
                (None, Some(cause)) => line("cause", cause.id()),
                (None, None) => {}
            }
            for (name, text) in
                [("why", check.meaning.as_deref()), ("fix", check.fix.as_deref()), ("see", check.doc)]
            {
                if let Some(text) = text {
                    line(name, text);
                }
            }
        }
        let _ = writeln!(out, "\n{}", self.summary.says);
        out
    }
}
