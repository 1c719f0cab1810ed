//! The plan of a setup: one settings file, its edits, and notes to read first.
//!
//! Measured with 2.1.330: an empty value in `env` unsets a variable of the shell or of a weaker
//! file. This is how setup keeps a credential from paying.

pub use super::conflicts::NeedsExclude;

use super::draft::SetupDraft;
use super::place::{Places, Scope};
use super::request::{SetupRequest, value};
use super::upstream;
use crate::base::error::{Error, Kind, Result};
use crate::facts::claude_code::client::DISABLE_NONESSENTIAL_TRAFFIC;
use crate::facts::gateway::auth::{CUSTOM_HEADERS, Value, is_our_header};
use crate::services::context::Context;
use crate::services::ledger::{self, Secrets, Undo, UndoOutcome};
use crate::services::session::{self, Route, SessionInputs};
use crate::services::settings_files::git::Exclude;
use crate::services::settings_files::write::{self, FileMode};
use crate::services::settings_files::{
    Document, Edit, EditableFile, Key, PlanError, Rejected, SettingsChange, diff,
};

/// The bytes that the client rejects, and the repaired text.
pub type Repair = (Vec<u8>, String);

/// Everything that `apply` needs, and everything that is shown first.
pub struct SetupPlan {
    /// The scope.
    pub scope: Scope,
    /// The file.
    pub target: EditableFile,
    /// Its path for display.
    pub label: String,
    /// The edits.
    pub edits: Vec<Edit>,
    /// The change, based on the content after `first`.
    pub change: SettingsChange,
    /// The undo of an earlier setup that wrote more than this one wants; made first.
    pub first: Option<Box<Undo>>,
    /// The bytes that the client rejects, and the repaired text.
    pub repair: Option<Repair>,
    /// A line for git's excludes that goes with it.
    pub exclude: Option<Exclude>,
    /// The route that is written.
    pub route: Route,
    /// Sentences to read first.
    pub notes: Vec<String>,
    /// A claude.ai login that will no longer be used.
    pub replaces_login: bool,
}

/// Makes the plan. Writes nothing.
///
/// # Errors
/// No route; a file that cannot be edited; a secret in a file that git would add; a credential of
/// the user that would pay instead.
pub fn plan(wanted: &SetupRequest, places: &Places, scope: Scope, context: &Context) -> Result<SetupPlan> {
    let mut draft = SetupDraft::new(wanted, places, &context.settings, scope)?;
    let read = context.settings.document(&places.settings(scope));
    let (document, repair) = readable(&draft, read)?;
    let earlier = match repair {
        Some(_) => None,
        None => places.ledger().plan_undo(&draft.target, Secrets::Keep)?,
    };
    let original = match &earlier {
        Some(undo) => parse(undo.after.as_deref())?,
        None => document.clone(),
    };
    let headers = headers(&draft, &original);
    let around = SessionInputs { custom_headers: headers.lines.clone(), ..context.around.clone() };
    let mut route = session::plan(&context.config, &around).map_err(|why| super::request::unplanned(&why))?;
    if wanted.route.without_token {
        without_token(wanted, &mut route)?;
    }
    draft.notes.extend(headers.copied(&route.anthropic.left_out));
    let unset = context.config.metadata.without_value(around.facts()).join(", ");
    if wanted.route.metadata.is_some() && !unset.is_empty() {
        draft.note(format!("labels without a value here are not written: {unset}"));
    }
    if let Some(why) = session::obstacle(&context.around, &context.plugin) {
        draft.note(format!("the plugin does not route sessions; this file does: {why}"));
    }
    draft.refuse_key_helper(&route)?;
    if let Some(left_out) = route.left_out() {
        draft.note(format!("{left_out}; --carry {} sends it", route.anthropic.left_out.join(",")));
    }
    let holds_key = upstream::serve(wanted, &document, &mut route, &mut draft.notes)?;
    draft.edits = edits(&route);
    draft.quiet(&route, &original);
    if repair.is_some() {
        draft.note(
            "the repair stays: `cf-aig off` undoes what setup adds, but not what the repair changes, \
             such as comments, repeated keys, values that are not text, and the encoding. Keep a copy \
             if you need them",
        );
    }
    draft.hide_other_credentials(&document, &original, &route)?;
    let (change, first) = match earlier.filter(|undo| left_over(undo, &draft.edits)) {
        Some(undo) => {
            // what `setup --web` wrote to the same file is undone with the rest, and written again
            let others = undo.keys.iter().filter(|(key, _)| matches!(key, Key::Top(_)));
            draft.edits.extend(others.filter_map(|(key, _)| {
                Some(Edit { key: key.clone(), value: document.get(key)?, secret: false })
            }));
            (draft.change(&original)?, Some(Box::new(undo)))
        }
        None => (draft.change(&document)?, None),
    };
    let secret = change.holds_secret()
        && (context.config.gateway_token.is_some() || headers.from_elsewhere.is_some() || holds_key);
    let exclude = if secret { draft.keep_secret_out_of_git()? } else { draft.keep_local_out_of_git() };
    if wanted.exclude && exclude.is_none() {
        draft.note(
            "--exclude has no effect: it is for a file that git would add, with a secret or in scope local",
        );
    }
    draft.refuse_token_leak(&route, &parse(change.after())?)?;
    draft.note_overrides();
    if cfg!(windows) && secret && scope != Scope::User {
        draft.note(
            "the file inherits its folder's permissions: on Windows, other accounts that can read the folder can read the token",
        );
    }
    let replaces_login = route.mode.row().token_as.is_some() && places.has_login();
    let SetupDraft { target, label, edits, notes, .. } = draft;
    Ok(SetupPlan {
        scope,
        target,
        label,
        edits,
        change,
        first,
        repair,
        exclude,
        route,
        notes,
        replaces_login,
    })
}

impl SetupPlan {
    /// Whether nothing would change.
    pub fn is_noop(&self) -> bool {
        self.change.is_noop() && self.first.is_none() && self.repair.is_none() && self.exclude.is_none()
    }

    /// Whether the settings file is written.
    pub fn writes(&self) -> bool {
        self.repair.is_some() || self.before() != self.change.after()
    }

    /// The text that the file has, as repaired.
    fn before(&self) -> Option<&str> {
        match (&self.repair, &self.first) {
            (Some((_, repaired)), _) => Some(repaired),
            (None, Some(undo)) => undo.before.as_deref(),
            (None, None) => self.change.before(),
        }
    }

    /// What happens to each key, compared with the file as it is: `add`, `replace`, `keep`, or
    /// `remove` for what an earlier setup wrote.
    pub fn steps(&self) -> Vec<(&Key, &'static str)> {
        let values = |text: Option<&str>| parse(text).ok();
        let (before, after) = (values(self.before()), values(self.change.after()));
        let value = |document: &Option<Document>, key: &Key| document.as_ref()?.get(key);
        let planned = self.change.keys().iter().map(|planned| &planned.key);
        let undone = self.first.iter().flat_map(|undo| &undo.keys);
        let undone = undone.filter(|(key, outcome)| {
            *outcome == UndoOutcome::Undone && self.change.keys().iter().all(|planned| planned.key != *key)
        });
        let keys = planned.chain(undone.map(|(key, _)| key));
        keys.map(|key| {
            let action = match (value(&before, key), value(&after, key)) {
                (None, _) => "add",
                (Some(_), None) => "remove",
                (Some(old), Some(new)) if old == new => "keep",
                (Some(_), Some(_)) => "replace",
            };
            (key, action)
        })
        .collect()
    }

    /// The change to the file, with secrets redacted.
    pub fn diff(&self) -> String {
        let broken = self.repair.as_ref().map(|(bytes, _)| String::from_utf8_lossy(bytes).into_owned());
        let before = broken.as_deref().or_else(|| self.before());
        diff::unified(&self.label, before, self.change.after(), &self.change.secrets())
    }

    /// Makes the change: the repair, the earlier setup's undo, the ledger, the file. If another
    /// writer was faster, `again` makes a new plan, which is used if it writes the same values.
    ///
    /// # Errors
    /// The file cannot be written, or another writer changed something that this plan writes. The
    /// file then has the old text, the repaired one or the new one.
    pub fn apply(mut self, places: &Places, again: impl Fn() -> Result<Self>) -> Result<Self> {
        places.sweep();
        let mut left = super::PLANS;
        loop {
            left -= 1;
            let mut step = None;
            match self.carry_out(places, &mut step) {
                Ok(()) => return Ok(self),
                Err(error) if super::is_stale(&error) && left > 0 => {
                    let new = again()?;
                    if new.edits != self.edits || new.exclude != self.exclude {
                        return Err(error.into());
                    }
                    self = new;
                }
                Err(error) => return Err(failure(&self.label, error, step)),
            }
        }
    }

    /// Applies the plan once.
    ///
    /// # Errors
    /// Those of [`SetupPlan::apply`]; also if another writer was faster.
    pub fn apply_as_planned(&self, places: &Places) -> Result<()> {
        places.sweep();
        let mut step = None;
        self.carry_out(places, &mut step).map_err(|error| failure(&self.label, error, step))
    }

    /// One attempt. Sets `step` to what was done to the settings file before the last step.
    fn carry_out(&self, places: &Places, step: &mut Option<&'static str>) -> Result<(), ledger::LedgerError> {
        if let Some((broken, repaired)) = &self.repair {
            write::put(&self.target, Some(broken), Some(repaired.as_bytes()), FileMode::Keep)?;
            *step = Some("repaired");
        }
        let ledger = places.ledger();
        if let Some(undo) = &self.first {
            ledger.undo(undo)?;
            *step = Some("put back as before the earlier setup");
        }
        ledger.apply(&self.target, &self.change, self.exclude.as_ref())
    }
}

/// `step` is what was done to the settings file before the step that failed.
fn failure(label: &str, error: ledger::LedgerError, step: Option<&'static str>) -> Error {
    let error = Error::from(error);
    match step {
        Some(step) => error
            .hinted(format!("but before that, {label} was {step}; it is not set up: run the command again")),
        None => error,
    }
}

fn parse(text: Option<&str>) -> Result<Document> {
    let document = text.map_or_else(|| Ok(Document::absent()), |text| Document::parse(text.as_bytes()));
    document.map_err(|error| Error::new(Kind::Conflict, error.to_string()).caused_by(error))
}

/// The file as the client reads it, or repaired if requested. `read` is what it held a moment ago.
fn readable(draft: &SetupDraft<'_>, read: Option<&Document>) -> Result<(Document, Option<Repair>)> {
    let Some(bytes) = draft.target.read()? else { return Ok((Document::absent(), None)) };
    let same = read.filter(|read| read.text().map(str::as_bytes) == Some(&*bytes)).cloned();
    let document = same.map_or_else(|| Document::in_effect(&bytes), Ok);
    let rejected = match document.and_then(|document| document.editable().map(|()| document)) {
        Ok(document) => return Ok((document, None)),
        Err(rejected) => rejected,
    };
    match rejected.repaired.clone().filter(|_| draft.wanted.repair) {
        Some(text) => Ok((parse(Some(&text))?, Some((bytes, text)))),
        None => Err(refusal(&draft.label, &rejected, &bytes)),
    }
}

fn refusal(label: &str, rejected: &Rejected, bytes: &[u8]) -> Error {
    let error = Error::new(Kind::Conflict, format!("{label}: {rejected}")).caused_by(rejected.clone());
    match rejected.diff(label, bytes) {
        Some(diff) => error.hinted(format!("--repair would also make this change:\n{diff}")),
        None => error.hinted("it cannot be repaired automatically; nothing was written"),
    }
}

fn unplannable(label: &str, error: PlanError) -> Error {
    let message = Error::new(Kind::Conflict, format!("{label}: {error}"));
    let hint = match &error {
        PlanError::Rejected(rejected) if rejected.repaired.is_some() => {
            "remove the first of the two; Claude Code ignores it"
        }
        _ => "nothing was written",
    };
    message.hinted(hint).caused_by(error)
}

/// The user's own header lines that the new value has to include.
struct HeaderLines {
    lines: Option<String>,
    /// The other file, or the shell, that they come from. This file did not have them, and they may be credentials.
    from_elsewhere: Option<String>,
}

/// A value in this file hides that of a weaker file or of the shell, so it has to include their
/// lines.
fn headers(draft: &SetupDraft<'_>, original: &Document) -> HeaderLines {
    let places = draft.places;
    let own = value(original, CUSTOM_HEADERS);
    if own.is_some() {
        return HeaderLines { lines: own, from_elsewhere: None };
    }
    let weaker = places.weaker(draft.settings, draft.scope).rev();
    let files = weaker
        .map(|(file, document)| (value(document, CUSTOM_HEADERS), format!("the {}", file.kind.label())));
    // in a session, the environment is set by settings and mod
    let shell = places.env.var(CUSTOM_HEADERS).filter(|_| places.env.var("CLAUDECODE").is_none());
    let found = files.chain([(shell, "the shell".to_owned())]).find_map(|(text, from)| {
        let text = text?;
        let theirs: Vec<&str> = text.lines().filter(|line| !is_our_header(line)).collect();
        (!theirs.is_empty()).then(|| (theirs.join("\n"), from))
    });
    let (lines, from_elsewhere) = found.unzip();
    HeaderLines { lines, from_elsewhere }
}

impl HeaderLines {
    /// A note that lists the copied headers, without those that are left out.
    fn copied(&self, left_out: &[String]) -> Option<String> {
        let from = self.from_elsewhere.as_ref()?;
        let lines = self.lines.as_deref().unwrap_or_default().lines();
        let names = lines.filter_map(|line| line.split(':').next()).map(str::trim);
        let kept = |name: &&str| !left_out.iter().any(|left| left.eq_ignore_ascii_case(name));
        let names: Vec<&str> = names.filter(kept).collect();
        (!names.is_empty()).then(|| {
            format!(
                "this file would override {CUSTOM_HEADERS} in {from}, so its lines are copied: {}",
                names.join(", ")
            )
        })
    }
}

/// A shared file without the token must not hide the headers that contain each user's own token.
fn without_token(wanted: &SetupRequest, route: &mut Route) -> Result<()> {
    if route.mode.row().token_as.is_some() {
        let message = format!("auth {} needs the gateway token", route.mode);
        return Err(Error::new(Kind::Usage, message).hinted("remove --without-token"));
    }
    if wanted.route.metadata.is_none() {
        route.anthropic.set.retain(|(name, _)| *name != CUSTOM_HEADERS);
    }
    Ok(())
}

fn edits(route: &Route) -> Vec<Edit> {
    let all = route.anthropic.set.iter().chain(&route.others);
    all.map(|(name, value)| match value {
        Value::Plain(text) | Value::Reference(text) => Edit::set_env(name, text),
        Value::Secret(secret) => Edit::set_secret(name, secret.reveal()),
    })
    .collect()
}

/// Whether an earlier setup wrote keys that this one does not want.
fn left_over(undo: &Undo, edits: &[Edit]) -> bool {
    undo.keys.iter().any(|(key, outcome)| {
        let env = matches!(key, Key::Env(_));
        env && matches!(outcome, UndoOutcome::Undone) && !edits.iter().any(|edit| edit.key == *key)
    })
}

impl SetupDraft<'_> {
    /// The change of this document.
    fn change(&self, document: &Document) -> Result<SettingsChange> {
        document.plan(&self.edits).map_err(|error| unplannable(&self.label, error))
    }

    /// Keeps the gateway token from api.anthropic.com, unless this file or a weaker one decides about that.
    fn quiet(&mut self, route: &Route, original: &Document) {
        let sets = |document: &Document| document.variable(DISABLE_NONESSENTIAL_TRAFFIC).is_some();
        let is_decided = || {
            sets(original)
                || self.places.weaker(self.settings, self.scope).any(|(_, document)| sets(document))
        };
        match route.quiet() {
            Some(_) if self.wanted.keeps_traffic => self.note(
                "at startup Claude Code also sends the gateway token to api.anthropic.com, with the other headers",
            ),
            Some((name, value)) if !is_decided() => {
                self.edits.push(Edit::set_env(name, value.reveal()));
                let effect = super::NONESSENTIAL_TRAFFIC_EFFECT;
                self.note(format!("{name}=1 {effect}; --keep-nonessential-traffic leaves it unset"));
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::services::settings_files::write::WriteError;

    #[test]
    fn a_failure_after_a_first_step_keeps_the_advice_of_its_cause() {
        let locked = || WriteError::Locked { path: "/ledger".into() }.into();
        let advice = Error::from(WriteError::Locked { path: "/ledger".into() }).hints;
        assert_eq!(failure("FILE", locked(), None).hints, advice);
        let error = failure("FILE", locked(), Some("repaired"));
        assert_eq!((error.kind, &error.hints[..1]), (Kind::Conflict, &advice[..]));
        assert!(error.hints[1].contains("FILE was repaired"), "{error}");
    }
}
