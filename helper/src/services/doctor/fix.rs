//! What the doctor can fix on this machine: settings files that Claude Code ignores, and a
//! configured route that no longer matches the configuration. `setup` uses the same plans.

use super::finding::CheckState;
use super::report::DoctorReport;
use crate::base::error::Result;
use crate::services::config::Flags;
use crate::services::ledger::Secrets;
use crate::services::settings_files::Document;
use crate::services::settings_files::write::{self, FileMode};
use crate::services::setup;
use crate::services::setup::place::{Places, SCOPES, Scope};
use crate::services::setup::request::{self, SetupRequest};
use crate::system::env::ProcessEnv;

/// A change.
pub struct Fix {
    /// What it does, in one sentence.
    pub what: String,
    /// The change to the file, with secrets hidden.
    pub diff: String,
    /// Applies it. Fails if the file changed in the meantime, or cannot be written.
    pub apply: Box<dyn FnOnce() -> Result<()>>,
}

/// The fixes for what the report found. Writes nothing.
///
/// # Errors
/// If there is no home folder.
pub fn plan(env: &ProcessEnv, flags: &Flags, report: &DoctorReport) -> Result<Vec<Fix>> {
    let unwell = |id: &str| {
        report
            .checks
            .iter()
            .any(|c| c.id == id && matches!(c.finding.state, CheckState::Fail | CheckState::Warn))
    };
    let places = Places::find(env)?;
    let mut fixes = Vec::new();
    if unwell("files.taken") {
        fixes.extend(SCOPES.into_iter().filter_map(|scope| repair(&places, scope)));
    }
    // an unreadable file cannot be written: fix one problem at a time
    if fixes.is_empty() && unwell("effective.base-url") {
        fixes.extend(renew(flags, places));
    }
    Ok(fixes)
}

/// A text that the client would accept, if there is one.
fn repair(places: &Places, scope: Scope) -> Option<Fix> {
    let target = places.target(scope).ok()?;
    let broken = target.read().ok()??;
    let rejected = Document::in_effect(&broken).err()?;
    let label = places.shown(target.path());
    let diff = rejected.diff(&label, &broken)?;
    let repaired = rejected.repaired?;
    let what = format!("{label}: Claude Code would accept this text");
    let apply = move || Ok(write::put(&target, Some(&broken), Some(repaired.as_bytes()), FileMode::Keep)?);
    Some(Fix { what, diff, apply: Box::new(apply) })
}

/// A scope that `setup` wrote earlier, to be rewritten.
fn renew(flags: &Flags, places: Places) -> Option<Fix> {
    let is_ours = |scope: &Scope| {
        let target = places.target(*scope).ok();
        let undo = target.map(|target| places.ledger().plan_undo(&target, Secrets::Keep));
        undo.is_some_and(|undo| undo.is_ok_and(|undo| undo.is_some()))
    };
    let scope = SCOPES.into_iter().find(is_ours)?;
    let wanted = SetupRequest { flags: flags.clone(), ..SetupRequest::default() };
    let context = request::context(&wanted, &places, scope).ok()?;
    let plan = setup::plan::plan(&wanted, &places, scope, &context).ok()?;
    if plan.is_noop() {
        return None;
    }
    let what = format!(
        "{}: `cf-aig setup` wrote an earlier version; this matches the current configuration",
        plan.label
    );
    Some(Fix { what, diff: plan.diff(), apply: Box::new(move || plan.apply_as_planned(&places)) })
}
