//! Undoes setups: which files, the result for each key, and failures.

use super::place::{Places, Scope};
use super::{script, web};
use crate::base::error::{Error, Result};
use crate::facts::gateway::auth::{CUSTOM_HEADERS, token_in_headers};
use crate::services::ledger::{self, Secrets, Undo, UndoOutcome};
use crate::services::settings_files::{Document, EditableFile, Key};

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
    /// Files with a gateway token that the ledger does not know, with paths for display.
    pub unrecorded: Vec<String>,
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
        let scope = places.scope_of(&record.path);
        let wanted = match which {
            Which::All => true,
            Which::Here => scope.is_some(),
            Which::Only(only) => scope == Some(only),
        };
        if !wanted {
            off.elsewhere += 1;
            continue;
        }
        let target = EditableFile::resolve(&record.path).map_err(ledger::LedgerError::from);
        match target.and_then(|target| ledger.plan_undo(&target, secrets)) {
            Ok(undo) => off.undos.extend(undo),
            Err(error) => off.failures.push(error.into()),
        }
    }
    off.unrecorded = places
        .all()
        .filter(|path| !matches!(which, Which::Only(only) if places.scope_of(path) != Some(only)))
        .filter_map(|path| EditableFile::resolve(&path).ok())
        .filter(|target| off.holds_unrecorded_token(target))
        .map(|target| places.shown(target.path()))
        .collect();
    off.unrecorded.dedup();
    Ok(off)
}

impl Off {
    /// Makes the undo. Failures are added to `failures`, and removed from `undos`.
    pub fn apply(&mut self, places: &Places) {
        places.sweep();
        for undo in std::mem::take(&mut self.undos) {
            // before its folder is checked for emptiness
            let unused = web::script_to_remove(&undo);
            let removed = unused.as_ref().map_or(Ok(()), script::remove);
            match removed.and_then(|()| self.carry_out(places, undo)) {
                Ok(undo) => self.undos.push(undo),
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
            match ledger.plan_undo(&undo.target, self.secrets)? {
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

    /// Whether the file will still contain a gateway token after the undo, in a key that the ledger
    /// does not know.
    fn holds_unrecorded_token(&self, target: &EditableFile) -> bool {
        let undo = self.undos.iter().find(|undo| undo.target.path() == target.path());
        let headers = Key::env(CUSTOM_HEADERS);
        if undo.is_some_and(|undo| undo.keys.iter().any(|(key, o)| *key == headers && is_left(*o))) {
            return false;
        }
        let text = match undo {
            Some(undo) => undo.after.as_ref().map(|text| text.as_bytes().to_vec()),
            None => target.read().ok().flatten(),
        };
        let document = text.and_then(|text| Document::parse(&text).ok());
        let value = document.and_then(|document| document.variable(CUSTOM_HEADERS));
        value.is_some_and(|value| token_in_headers(&value).is_some())
    }
}

/// Whether a key is not restored.
pub fn is_left(outcome: UndoOutcome) -> bool {
    matches!(outcome, UndoOutcome::ChangedSince | UndoOutcome::SecretStays)
}
