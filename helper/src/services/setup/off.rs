//! Undoes setups: which files, the result for each key, and failures.

use super::place::{Places, Scope};
use super::{script, web};
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::auth::{BASE_URL, CUSTOM_HEADERS, token_in_headers};
use crate::facts::gateway::{GatewayUrl, HostPolicy};
use crate::services::ledger::{self, FileRecord, Secrets, Undo, UndoOutcome};
use crate::services::settings_files::{Document, EditableFile, Key};
use std::path::Path;

/// Which files to undo.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// The files of this user, and of the project in this folder.
    Here,
    /// One of them.
    Only(Scope),
    /// All files in the ledger.
    All,
}

/// What a settings file still holds after the undo, in a key that the ledger does not know.
#[derive(Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// The file's path, for display.
    pub file: String,
    /// What it is.
    pub what: Leftover,
}

/// What can be left of a gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leftover {
    /// A gateway token in `ANTHROPIC_CUSTOM_HEADERS`.
    Token,
    /// A gateway's URL in `ANTHROPIC_BASE_URL`.
    BaseUrl,
}

/// What to undo.
#[derive(Debug)]
pub struct Off {
    /// One per file.
    pub undos: Vec<Undo>,
    /// How to treat secrets in keys that changed since.
    secrets: Secrets,
    /// Files that cannot be undone in their current state.
    pub failures: Vec<Error>,
    /// Files of other projects that are not undone.
    pub elsewhere: usize,
    /// What stays of a gateway and the ledger does not know.
    pub unrecorded: Vec<Unrecorded>,
}

/// Plans the undo. Writes nothing.
///
/// # Errors
/// If the ledger cannot be read.
pub fn plan(places: &Places, which: Which, secrets: Secrets) -> Result<Off> {
    let ledger = places.ledger();
    let records = ledger.files()?;
    let mut off =
        Off { undos: Vec::new(), secrets, failures: Vec::new(), elsewhere: 0, unrecorded: Vec::new() };
    for record in &records {
        let files = record.files(&records);
        let paths = files.iter().flatten().map(EditableFile::path).chain([record.path.as_path()]);
        let scopes: Vec<Scope> = paths.filter_map(|path| places.scope_of(path)).collect();
        let wanted = match which {
            Which::All => true,
            Which::Here => !scopes.is_empty(),
            Which::Only(only) => scopes.contains(&only),
        };
        if !wanted {
            off.elsewhere += 1;
            continue;
        }
        match files {
            Ok(files) if files.is_empty() => off.plan_for_missing(places, record),
            Ok(files) => files.into_iter().for_each(|file| off.plan_in(file, record)),
            Err(error) => off.failures.push(ledger::LedgerError::from(error).into()),
        }
    }
    off.unrecorded = places
        .all()
        .filter(|path| !matches!(which, Which::Only(only) if places.scope_of(path) != Some(only)))
        .filter_map(|path| EditableFile::resolve(&path).ok())
        .flat_map(|target| {
            let file = places.shown(target.path());
            // a gateway in a project's file is for everyone in the project
            let is_shared = places.scope_of(target.path()) == Some(Scope::Project);
            let left = off.unrecorded_in(&target).filter(|what| *what != Leftover::BaseUrl || !is_shared);
            left.map(|what| Unrecorded { file: file.clone(), what }).collect::<Vec<_>>()
        })
        .collect();
    off.unrecorded.dedup();
    Ok(off)
}

impl Off {
    fn plan_in(&mut self, file: EditableFile, record: &FileRecord) {
        match ledger::plan_undo_in(file, record.clone(), self.secrets) {
            Ok(undo) => self.undos.push(undo),
            Err(error) => self.failures.push(error.into()),
        }
    }

    /// Nothing is to be undone in a file that was deleted. If its folder is gone too, it may have moved, or
    /// not be mounted: then the user's own values are not forgotten.
    fn plan_for_missing(&mut self, places: &Places, record: &FileRecord) {
        let has_folder = record.path.parent().is_some_and(Path::exists);
        if has_folder || !record.has_previous_values() {
            match EditableFile::resolve(&record.path) {
                Ok(file) => self.plan_in(file, record),
                Err(error) => self.failures.push(ledger::LedgerError::from(error).into()),
            }
            return;
        }
        let (file, ledger) = (places.shown(&record.path), places.shown(places.ledger().path()));
        let message = format!("{file} is not there, nor is its folder: moved, deleted or not mounted");
        let hint = format!(
            "{ledger} keeps its previous values: mount it or move it back, and run `cf-aig off` again; if it is gone for good and nothing else is to be undone, delete that file"
        );
        self.failures.push(Error::new(Kind::Conflict, message).hinted(hint));
    }

    /// Makes the undo. Failures are added to `failures`, and removed from `undos`.
    pub fn apply(&mut self, places: &Places) {
        places.sweep();
        for undo in std::mem::take(&mut self.undos) {
            let unused = web::script_to_remove(&undo);
            match self.carry_out(places, undo) {
                // only now: the settings named the script until here
                Ok(undo) => {
                    self.failures.extend(unused.and_then(|script| script::remove(&script).err()));
                    undo.remove_empty_dirs();
                    self.undos.push(undo);
                }
                Err(error) => self.failures.push(error),
            }
        }
    }

    /// Undoes one file. If another writer was faster, it plans again, and continues if the result
    /// for every key is the same.
    fn carry_out(&self, places: &Places, mut undo: Undo) -> Result<Undo> {
        let ledger = places.ledger();
        let mut left = super::PLANS;
        loop {
            left -= 1;
            let Err(error) = ledger.undo(&undo) else { return Ok(undo) };
            if !super::is_stale(&error) || left == 0 {
                return Err(error.into());
            }
            match ledger.plan_again(&undo, self.secrets)? {
                Some(again) if again.keys == undo.keys => undo = again,
                _ => return Err(error.into()),
            }
        }
    }

    /// Whether a file is written.
    pub fn writes(&self) -> bool {
        self.undos.iter().any(|undo| undo.before != undo.after)
    }

    /// Keys that were changed since and therefore stay: the file, the key and the reason.
    pub fn left_alone(&self) -> impl Iterator<Item = (&EditableFile, &Key, UndoOutcome)> {
        self.undos.iter().flat_map(|undo| {
            let kept = undo.keys.iter().filter(|(_, outcome)| is_left(*outcome));
            kept.map(|(key, outcome)| (&undo.target, key, *outcome))
        })
    }

    /// Whether a remaining secret could be removed too.
    pub fn leaves_a_secret(&self) -> bool {
        self.left_alone().any(|(_, _, outcome)| outcome == UndoOutcome::SecretStays)
    }

    /// What the file will still hold after the undo, in keys that the ledger does not know.
    fn unrecorded_in(&self, target: &EditableFile) -> impl Iterator<Item = Leftover> {
        let undo = self.undos.iter().find(|undo| undo.target.path() == target.path());
        let text = match undo {
            Some(undo) => undo.after.as_ref().map(|text| text.as_bytes().to_vec()),
            None => target.read().ok().flatten(),
        };
        let document = text.and_then(|text| Document::parse(&text).ok());
        let outcome = |name: &'static str| {
            let mut keys = undo.into_iter().flat_map(|undo| &undo.keys);
            keys.find(|(key, _)| *key == Key::env(name)).map(|(_, outcome)| *outcome)
        };
        let value = |name| document.as_ref()?.variable(name);
        // what is left is reported as such, and a previous value is the user's
        let token = value(CUSTOM_HEADERS)
            .filter(|_| !outcome(CUSTOM_HEADERS).is_some_and(is_left))
            .filter(|value| token_in_headers(value).is_some());
        let url = value(BASE_URL)
            .filter(|_| outcome(BASE_URL).is_none())
            .filter(|url| GatewayUrl::parse(url, &HostPolicy::default()).is_ok());
        let found = [token.map(|_| Leftover::Token), url.map(|_| Leftover::BaseUrl)];
        found.into_iter().flatten()
    }
}

/// Whether a key is not restored.
pub fn is_left(outcome: UndoOutcome) -> bool {
    matches!(outcome, UndoOutcome::ChangedSince | UndoOutcome::SecretStays)
}
