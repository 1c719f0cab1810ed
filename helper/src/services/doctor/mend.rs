//! What the doctor can fix on this machine: settings files that Claude Code does not take, and a route
//! that was set up and no longer says what is configured. Each is a plan that exists for `setup` too.

use super::report::{Report, State};
use crate::base::error::{Error, Kind, Result};
use crate::services::config::Flags;
use crate::services::context::var;
use crate::services::settings_files::write::{self, Mode};
use crate::services::settings_files::{Document, Target};
use crate::services::setup::place::{Places, SCOPES, Scope};
use crate::services::setup::wish::{self, Wish};
use crate::services::setup::{self, hide};

/// One change.
pub struct Mend {
    what: String,
    diff: String,
    how: How,
}

enum How {
    Repair { target: Target, broken: Vec<u8>, repaired: String },
    Setup { plan: Box<setup::plan::Plan>, places: Places },
}

impl Mend {
    /// One sentence.
    pub fn what(&self) -> &str {
        &self.what
    }

    /// The change to the file, secrets hidden.
    pub fn diff(&self) -> &str {
        &self.diff
    }

    /// Carries it out.
    ///
    /// # Errors
    /// The file changed meanwhile, or cannot be written.
    pub fn apply(&self) -> Result<()> {
        match &self.how {
            How::Repair { target, broken, repaired } => {
                write::put(target, Some(broken), Some(repaired.as_bytes()), Mode::Keep).map_err(|error| {
                    Error::new(Kind::Conflict, error.to_string()).hinted("nothing was written there")
                })
            }
            How::Setup { plan, places } => plan.apply_as_planned(places),
        }
    }
}

/// What can be done about what the report found. Nothing is written.
///
/// # Errors
/// There is no home folder.
pub fn plan(flags: &Flags, report: &Report) -> Result<Vec<Mend>> {
    let unwell =
        |id: &str| report.checks.iter().any(|c| c.id == id && matches!(c.state, State::Fail | State::Warn));
    let places = Places::find(&var)?;
    let mut mends = Vec::new();
    if unwell("files.taken") {
        mends.extend(SCOPES.into_iter().filter_map(|scope| repair(&places, scope)));
    }
    // what cannot be read cannot be written to: one thing after the other
    if mends.is_empty() && unwell("effective.base-url") {
        mends.extend(renew(flags, places));
    }
    Ok(mends)
}

/// The text that the client would take, where there is one.
fn repair(places: &Places, scope: Scope) -> Option<Mend> {
    let target = places.target(scope).ok()?;
    let broken = target.read().ok()??;
    let rejected = Document::in_effect(&broken).err()?;
    let label = places.shown(target.path());
    let diff = rejected.diff(&label, &broken, &hide)?;
    let repaired = rejected.repaired?;
    let what = format!("{label}: Claude Code would take this text");
    Some(Mend { what, diff, how: How::Repair { target, broken, repaired } })
}

/// A scope that `setup` wrote once, written anew.
fn renew(flags: &Flags, places: Places) -> Option<Mend> {
    let is_ours = |scope: &Scope| {
        let target = places.target(*scope).ok();
        target.is_some_and(|target| places.ledger().plan_undo(&target).is_ok_and(|undo| undo.is_some()))
    };
    let scope = SCOPES.into_iter().find(is_ours)?;
    let wish = Wish { flags: flags.clone(), ..Wish::default() };
    let context = wish::context(&wish, &places, scope).ok()?;
    let plan = setup::plan::plan(&wish, &places, scope, &context).ok()?;
    if plan.is_noop() {
        return None;
    }
    let what = format!("{}: `cf-aig setup` wrote it once; this is what is configured now", plan.label);
    Some(Mend { what, diff: plan.diff(), how: How::Setup { plan: Box::new(plan), places } })
}
