//! The undo of setups: which files, what becomes of each key, and the failure that is left.

use super::place::{Places, Scope};
use super::web;
use crate::base::error::{Error, Result};
use crate::services::ledger::{FileRecord, Outcome, Undo};
use crate::services::settings_files::Target;

/// Which files.
#[derive(Debug, Clone, Copy)]
pub enum Which {
    /// Those of this user, and of the project in this folder.
    Here,
    /// One of them.
    Only(Scope),
    /// All that the ledger knows.
    All,
}

/// What is to be undone.
#[derive(Debug)]
pub struct Off {
    /// One per file.
    pub undos: Vec<Undo>,
    /// Files that cannot be undone as they are now.
    pub failures: Vec<Error>,
    /// Files of other projects that stay as they are.
    pub elsewhere: usize,
}

/// Plans it. Nothing is written.
///
/// # Errors
/// The ledger cannot be read.
pub fn plan(places: &Places, which: Which) -> Result<Off> {
    let ledger = places.ledger();
    let records = ledger.files().map_err(super::of_ledger)?;
    let mut off = Off { undos: Vec::new(), failures: Vec::new(), elsewhere: 0 };
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
        let target = Target::resolve(&record.path).map_err(|e| super::of_write(&e));
        match target.and_then(|target| ledger.plan_undo(&target).map_err(super::of_ledger)) {
            Ok(undo) => off.undos.extend(undo),
            Err(error) => off.failures.push(error),
        }
    }
    Ok(off)
}

impl Off {
    /// Carries it out. What fails is in `failures` afterwards, and its undo is gone from `undos`.
    pub fn apply(&mut self, places: &Places) {
        let ledger = places.ledger();
        for undo in std::mem::take(&mut self.undos) {
            // before its folder is to be found empty
            let script = web::script_to_remove(&undo);
            let removed = script.as_ref().map_or(Ok(()), web::remove);
            match removed.and_then(|()| ledger.undo(&undo).map_err(super::of_ledger)) {
                Ok(()) => self.undos.push(undo),
                Err(error) => self.failures.push(error),
            }
        }
    }

    /// Keys that someone changed since, and that therefore stay.
    pub fn left_alone(&self) -> impl Iterator<Item = (&FileRecord, String)> {
        self.undos.iter().flat_map(|undo| {
            let kept = undo.restored().keys.iter().filter(|(_, outcome)| is_left(*outcome));
            kept.map(|(key, _)| (undo.record(), key.to_string()))
        })
    }
}

/// Whether a key is not put back.
pub fn is_left(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::ChangedSince | Outcome::BeforeIsLost)
}
