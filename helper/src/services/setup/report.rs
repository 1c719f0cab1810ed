//! The plan and the receipt as text and as JSON, with the same facts.

use super::addition::Addition;
use super::off::{self, Leftover, Off, Unrecorded};
use super::place::{Places, Scope};
use super::plan::SetupPlan;
use super::script::SCRIPT;
use crate::base::redact::{self, REDACTED};
use crate::facts::claude_code::effects::SWITCHED_OFF;
use crate::facts::gateway::auth::{BASE_URL, CUSTOM_HEADERS};
use crate::services::ledger::{Undo, UndoOutcome};
use crate::services::probe::Probed;
use crate::services::settings_files::{Document, Key};
use crate::ui::{Screen, TextBlock};
use serde::Serialize;
use std::fmt;

/// Variables of the client for features that differ behind a gateway. Their names occur in 2.1.330;
/// their effects were not tested, except for `ENABLE_TOOL_SEARCH`, which is on by default there.
const BRINGS_BACK: &[(&str, &str)] = &[
    ("to keep tool search where a client turns it off behind a gateway", "ENABLE_TOOL_SEARCH=true"),
    ("fine-grained tool streaming", "CLAUDE_CODE_ENABLE_FINE_GRAINED_TOOL_STREAMING=1"),
    ("trace headers", "CLAUDE_CODE_PROPAGATE_TRACEPARENT=1"),
];

/// `setup --json` and `off --json`.
#[derive(Debug, Default, Serialize)]
pub struct Receipt {
    schema: u8,
    /// False for a plan that was only shown.
    pub applied: bool,
    /// One entry for each key of each file.
    pub changes: Vec<ChangedKey>,
    /// The command that undoes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces_login: Option<bool>,
    /// Notes.
    pub notes: Vec<String>,
    /// Whether the gateway responded afterwards.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reachable: Option<Reachable>,
}

/// One key.
#[derive(Debug, Serialize)]
pub struct ChangedKey {
    file: String,
    key: String,
    action: &'static str,
    /// The new value, or a placeholder for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<String>,
    /// Why it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
}

impl ChangedKey {
    fn of(file: &str, key: &dyn fmt::Display, action: &'static str) -> Self {
        Self { file: file.to_owned(), key: key.to_string(), action, redacted: None, why: None }
    }
}

/// The result of the probe.
#[derive(Debug, Serialize)]
pub struct Reachable {
    /// It responded as expected.
    pub ok: bool,
    is: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
}

impl Reachable {
    /// From a probe of this host.
    pub fn of(probed: &Probed, host: &str) -> Self {
        let outcome = &probed.outcome;
        let fix = Some(outcome.fix(host)).filter(|fix| !fix.is_empty());
        Self { ok: outcome.is_good(), is: outcome.sentence(host), fix }
    }
}

impl Receipt {
    fn of(changes: Vec<ChangedKey>) -> Self {
        Self { schema: 1, changes, ..Self::default() }
    }

    fn in_scope(scope: Scope, changes: Vec<ChangedKey>) -> Self {
        let undo = Some(format!("cf-aig off --scope {scope}"));
        Self { undo, scope: Some(scope.to_string()), ..Self::of(changes) }
    }

    /// The plan of a setup.
    pub fn of_setup(plan: &SetupPlan) -> Self {
        let mut changes = Vec::new();
        for (key, action) in plan.steps() {
            let planned = plan.change.keys().iter().find(|planned| planned.key == *key);
            let redacted = planned.and_then(|planned| {
                let value = planned.value.as_str()?;
                let hidden = planned.secret.then_some(REDACTED);
                Some(hidden.or_else(|| redact::setting(key.name(), value)).unwrap_or(value).to_owned())
            });
            let why = planned.is_none().then_some("written by an earlier setup, not needed by this one");
            changes.push(ChangedKey { redacted, why, ..ChangedKey::of(&plan.label, key, action) });
        }
        Self {
            gateway: Some(plan.route.gateway()),
            pays: Some(plan.route.mode.id()),
            replaces_login: Some(plan.replaces_login),
            notes: plan.notes.clone(),
            ..Self::in_scope(plan.scope, changes)
        }
    }

    /// The plan of a change beside the route.
    pub fn of_addition(plan: &Addition, places: &Places) -> Self {
        let keys = plan.change.keys().iter();
        let mut changes: Vec<ChangedKey> =
            keys.map(|key| ChangedKey::of(&plan.label, &key.key, key.action.id())).collect();
        changes.extend(plan.script.as_ref().map(|script| {
            let action = match &script.old {
                _ if script.is_current() => "keep",
                None => "add",
                Some(_) => "replace",
            };
            ChangedKey::of(&places.shown(script.target.path()), &"", action)
        }));
        let notes = plan.notes.iter().map(String::as_str).chain(plan.by_hand.lines());
        Self { notes: notes.map(str::to_owned).collect(), ..Self::in_scope(plan.scope, changes) }
    }

    /// The plan of an undo.
    pub fn of_off(off: &Off, places: &Places) -> Self {
        let changes = off.undos.iter().flat_map(|undo| {
            let file = places.shown(undo.target.path());
            undo.keys.iter().map(move |(key, outcome)| {
                let action = match outcome {
                    UndoOutcome::Undone | UndoOutcome::SecretRemoved if had(undo, key) => "replace",
                    UndoOutcome::Undone | UndoOutcome::SecretRemoved => "remove",
                    _ => "keep",
                };
                let why = match outcome {
                    UndoOutcome::Undone => None,
                    UndoOutcome::AlreadyAsBefore => Some("already restored"),
                    UndoOutcome::ChangedSince => Some("changed since setup"),
                    UndoOutcome::SecretStays => {
                        Some("a secret stays: the key changed since setup; --tokens removes it")
                    }
                    UndoOutcome::SecretRemoved => Some("changed since setup; only the secret is removed"),
                };
                ChangedKey { why, ..ChangedKey::of(&file, key, action) }
            })
        });
        let changes: Vec<ChangedKey> = changes.collect();
        Self {
            undo: (!changes.is_empty()).then(|| "cf-aig setup".to_owned()),
            notes: off
                .unrecorded
                .iter()
                .map(|Unrecorded { file, what }| match what {
                    Leftover::Token => format!("{file} holds a gateway token that setup did not record"),
                    Leftover::BaseUrl => {
                        format!("{file} names a gateway in {BASE_URL} that setup did not record")
                    }
                })
                .collect(),
            ..Self::of(changes)
        }
    }
}

/// Whether a key still exists after an undo, with its previous value.
fn had(undo: &Undo, key: &Key) -> bool {
    let after = undo.after.as_ref().map(|text| Document::parse(text.as_bytes()));
    after.is_some_and(|document| document.is_ok_and(|document| document.get(key).is_some()))
}

/// The column of a value, after its label.
const VALUE: usize = 10;
/// The indentation of a broken line in a diff.
const DIFF: usize = 8;

/// The plan as text, broken to fit this screen.
pub fn setup_text(plan: &SetupPlan, screen: &Screen) -> String {
    let mode = plan.route.mode;
    let mut out = TextBlock::with_column(VALUE);
    out.row("file", format_args!("{} ({} scope)", plan.label, plan.scope));
    out.row("gateway", plan.route.gateway());
    out.row("pays", format_args!("{} ({mode}; {})", mode.label(), mode.row().evidence));
    if plan.replaces_login {
        out.row("login", "you are signed in to claude.ai; from now on the gateway token is sent instead");
    }
    if let Some(exclude) = &plan.exclude {
        out.row("git", format_args!("`{}` is added to .git/info/exclude", exclude.line));
    }
    out.row("disabled", format_args!("{} (by Claude Code, behind any gateway)", SWITCHED_OFF.join("; ")));
    out.rows("", BRINGS_BACK.iter().map(|(what, variable)| format!("{what}: {variable}")));
    out.rows("note", &plan.notes);
    screen.fold(&plan.diff(), DIFF) + &screen.fold(out.as_ref(), VALUE)
}

/// A change beside the route as text.
pub fn addition_text(plan: &Addition, places: &Places) -> String {
    let mut out = TextBlock::with_column(VALUE);
    out.lines(plan.change.diff(&plan.label));
    if let Some(script) = plan.script.as_ref().filter(|script| !script.is_current()) {
        let verb = if script.old.is_some() { "replaced" } else { "new" };
        let file = places.shown(script.target.path());
        out.line(format_args!("{file}: {verb}, {} lines", SCRIPT.lines().count()));
    }
    out.rows("note", &plan.notes);
    out.into()
}

/// The check after the file was written.
#[derive(Debug)]
pub struct After {
    /// What was checked: whether the gateway responds, or the proof of [`crate::services::verify`].
    pub label: &'static str,
    /// The result, in one line.
    pub is: String,
    /// The next step, if there is one.
    pub fix: Option<String>,
}

impl From<Reachable> for After {
    fn from(reachable: Reachable) -> Self {
        let Reachable { ok, is, fix } = reachable;
        Self { label: "reachable", is: format!("{}: {is}", if ok { "yes" } else { "no" }), fix }
    }
}

/// What was written, and how to undo it.
pub fn setup_done(plan: &SetupPlan, outcome: Option<&After>, screen: &Screen) -> String {
    let label = &plan.label;
    let of = |actions: &[&str]| {
        let keys = plan.steps().into_iter().filter(|(_, action)| actions.contains(action));
        keys.map(|(key, _)| key.to_string()).collect::<Vec<_>>().join(", ")
    };
    let (wrote, removed) = (of(&["add", "replace"]), of(&["remove"]));
    let mut out = TextBlock::with_column(VALUE);
    if plan.repair.is_some() {
        out.line(format_args!("repaired {label}"));
    }
    if !wrote.is_empty() {
        out.line(format_args!("wrote {label}: {wrote}"));
    }
    if !removed.is_empty() {
        out.line(format_args!("removed from {label}: {removed}"));
    }
    if let Some(exclude) = &plan.exclude {
        out.line(format_args!("added `{}` to .git/info/exclude", exclude.line));
    }
    if out.is_empty() {
        out.line(format_args!("{label} is already up to date"));
    }
    if plan.writes() {
        out.line("running sessions pick this up within seconds");
    }
    if let Some(After { label, is, fix }) = outcome {
        out.row(label, is).rows("", fix);
    }
    out.row("undo", format_args!("cf-aig off --scope {}", plan.scope));
    screen.fold(out.as_ref(), VALUE)
}

/// The undo as text: what it would do, or, once it is `applied`, what it did.
pub fn off_text(off: &Off, places: &Places, applied: bool) -> String {
    let mut out = TextBlock::new();
    for undo in &off.undos {
        let label = places.shown(undo.target.path());
        if !applied {
            out.lines(undo.diff(&label));
        }
        let done = undo.keys.iter().filter(|(_, outcome)| !off::is_left(*outcome)).count();
        if undo.before.is_none() {
            if !applied {
                out.line(format_args!("nothing to restore in {label}: the file no longer exists"));
            }
            continue;
        }
        let verb = if applied { "restored" } else { "to restore:" };
        let gone = if undo.after.is_none() { "; the file is removed" } else { "" };
        out.line(format_args!("{verb} {label}: {done} of {} keys{gone}", undo.keys.len()));
    }
    for (target, key, outcome) in off.left_alone() {
        let file = places.shown(target.path());
        out.line(match outcome {
            UndoOutcome::SecretStays => format!(
                "secret stays: {key} in {file} holds a token and changed since setup; --tokens removes it"
            ),
            _ => format!("left alone: {key} in {file}, which was changed since"),
        });
    }
    for Unrecorded { file, what } in &off.unrecorded {
        out.line(match what {
            Leftover::Token => format!(
                "secret stays: env.{CUSTOM_HEADERS} in {file} holds a gateway token that setup did not record; remove the line by hand"
            ),
            Leftover::BaseUrl => format!(
                "gateway stays: env.{BASE_URL} in {file} names a gateway that setup did not record; remove it by hand, and the credentials that are meant for it"
            ),
        });
    }
    if off.undos.is_empty() && off.failures.is_empty() && off.unrecorded.is_empty() {
        out.line("setup has written nothing here");
    } else if applied && off.writes() {
        out.line("running sessions keep their variables until they are restarted");
    }
    if off.elsewhere > 0 {
        let files = if off.elsewhere == 1 { "file" } else { "files" };
        out.line(format_args!(
            "{} more {files} elsewhere stay unchanged; --all restores them too",
            off.elsewhere
        ));
    }
    out.into()
}
