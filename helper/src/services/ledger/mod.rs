//! The ledger records which values were written to which settings file, so that they can be undone exactly.
//!
//! One JSON file for all projects with a schema number and a checksum; its lock is next to it. It is
//! written before the settings file and cleared after it: if a process is killed at any moment, the ledger
//! knows at least what the file holds. See [`record`] for what is kept of secrets.

mod leftover;
pub mod record;
pub mod restore;
mod value;

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use record::{FileRecord, KeyRecord, ModeRecord};
pub use restore::{Secrets, Undo, UndoOutcome};

use crate::base::error::{self as base, Kind};
use crate::services::settings_files::git::Exclude;
use crate::services::settings_files::lock::Lock;
use crate::services::settings_files::write::{self, FileMode};
use crate::services::settings_files::{EditableFile, PlanError, SettingsChange};

/// Lower numbers were used before the first release.
const SCHEMA: u32 = 3;

/// The ledger.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
}

/// Why the ledger, or a file that depends on it, was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// A file could not be read or written; the settings file is unchanged.
    #[error(transparent)]
    File(#[from] write::WriteError),
    /// The settings file cannot be edited in its current state.
    #[error("{}: {source}", .path.display())]
    Settings {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        source: PlanError,
    },
    /// The ledger is not valid JSON of the known form. It is not overwritten.
    #[error("{}: line {}, column {}: the ledger is damaged", .path.display(), .source.line(), .source.column())]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// The parser's error.
        source: serde_json::Error,
    },
    /// The ledger was changed by something else. It is not trusted and not overwritten.
    #[error("{}: the ledger is damaged: its checksum does not match", .path.display())]
    Corrupt {
        /// The ledger.
        path: PathBuf,
    },
    /// Another version wrote the ledger. It is not overwritten.
    #[error("{}: schema {schema}, and this version supports {SCHEMA}", .path.display())]
    Schema {
        /// The ledger.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
    /// A path that is not UTF-8, which the ledger's JSON cannot hold.
    #[error("{} is not UTF-8", .path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The ledger has changed since the undo was planned. Plan again.
    #[error("the ledger changed since the undo was planned")]
    Changed,
    /// The settings file is restored, but related files are not. Another undo completes it.
    #[error("{} is restored, but {source}", .path.display())]
    Unfinished {
        /// The settings file.
        path: PathBuf,
        /// What failed.
        source: write::WriteError,
    },
}

impl From<LedgerError> for base::Error {
    fn from(error: LedgerError) -> Self {
        let (kind, hint) = match &error {
            LedgerError::Settings { source: PlanError::Rejected(rejected), .. }
                if rejected.repaired.is_some() =>
            {
                (Kind::Conflict, Some("`cf-aig doctor --fix` repairs the file"))
            }
            LedgerError::Schema { schema, .. } if *schema > SCHEMA => {
                (Kind::Conflict, Some("a newer cf-aig wrote it: run that version's `off`"))
            }
            LedgerError::Unfinished { .. } => (Kind::Refused, Some("run `cf-aig off` again to finish")),
            LedgerError::Damaged { .. } | LedgerError::Corrupt { .. } => (
                Kind::Conflict,
                Some(
                    "no settings file was changed; restore the ledger from a backup, or remove the keys that \
                     it lists from the settings files by hand and then delete its folder",
                ),
            ),
            _ => (Kind::Conflict, None),
        };
        match error {
            LedgerError::File(file) => file.into(),
            error => {
                let told = base::Error::new(kind, error.to_string()).caused_by(error);
                hint.into_iter().fold(told, base::Error::hinted)
            }
        }
    }
}

/// A field that this version does not know is refused, because the next write would lose it; below
/// `files` the checksum notices it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Book {
    schema: u32,
    /// SHA-256 of `files` as compact JSON, in hex.
    sum: String,
    files: Vec<FileRecord>,
}

/// Only the schema, which every version can read.
#[derive(Deserialize)]
struct Cover {
    schema: u32,
}

impl Ledger {
    /// The ledger in this file, which need not exist; its folder should belong to this program
    /// only.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Its file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The owned keys in every file.
    ///
    /// # Errors
    /// If the ledger cannot be read.
    pub fn files(&self) -> Result<Vec<FileRecord>, LedgerError> {
        Ok(self.read()?.1.files)
    }

    /// Records a change, then makes it; `exclude` is a line for git that goes with it.
    ///
    /// # Errors
    /// Neither the ledger nor the settings file is changed then.
    pub fn apply(
        &self,
        target: &EditableFile,
        change: &SettingsChange,
        exclude: Option<&Exclude>,
    ) -> Result<(), LedgerError> {
        for path in [target.path(), target.given()] {
            path.to_str().ok_or_else(|| LedgerError::Path { path: path.to_owned() })?;
        }
        let _lock = self.lock()?;
        // another writer's record must not be judged by the file's earlier content
        if target.read()?.as_deref() != change.before().map(str::as_bytes) {
            return Err(write::WriteError::Changed { path: target.path().to_owned() }.into());
        }
        // never remove a line that the user wrote
        let exclude = exclude.filter(|exclude| !exclude.is_there());
        let (old, mut book) = self.read()?;
        let record = book.record_of(target, change);
        if change.before().is_none() && !change.is_noop() {
            record.created_dirs.retain(|dir| dir.try_exists().unwrap_or(true));
            record.created_dirs.extend(target.missing_dirs());
        }
        record.mode = record.mode.or_else(|| mode_change(target, change));
        record.exclude = exclude.cloned().or(record.exclude.take());
        record.take(change);
        let new = self.write(old.as_deref(), &mut book)?;
        let done = exclude.map_or(Ok(()), Exclude::add).and_then(|()| write::apply(target, change));
        done.map_err(|error| {
            // a record without a write is harmless; a line without a record is not
            if exclude.is_none_or(|exclude| exclude.remove().is_ok()) {
                let _ = self.put(new.as_deref(), old.as_deref());
            }
            LedgerError::File(error)
        })
    }

    /// The undo of everything owned in a file; `None` if nothing is owned.
    ///
    /// # Errors
    /// The ledger or the file cannot be read, or the file cannot be edited in its current state.
    pub fn plan_undo(&self, target: &EditableFile, secrets: Secrets) -> Result<Option<Undo>, LedgerError> {
        let mut records = self.files()?;
        let index = index_of(&records, target);
        index.map(|index| plan_undo_in(target.clone(), records.swap_remove(index), secrets)).transpose()
    }

    /// The same undo planned again: ledger and file may have changed. `None` if nothing is owned now.
    ///
    /// # Errors
    /// Those of [`Ledger::plan_undo`].
    pub fn plan_again(&self, undo: &Undo, secrets: Secrets) -> Result<Option<Undo>, LedgerError> {
        let record = self.files()?.into_iter().find(|record| record.path == undo.record.path);
        record.map(|record| plan_undo_in(undo.target.clone(), record, secrets)).transpose()
    }

    /// Makes the undo, then forgets the record, except for keys in which a secret remains, and if
    /// another file of the record still holds what was written: a later undo can still remove it.
    ///
    /// # Errors
    /// The settings file is unchanged, or it is restored but the ledger does not reflect that yet,
    /// which another undo corrects.
    pub fn undo(&self, undo: &Undo) -> Result<(), LedgerError> {
        let Undo { target, record, before, after, .. } = undo;
        let _lock = self.lock()?;
        let (old, mut book) = self.read()?;
        if !book.files.contains(record) {
            return Err(LedgerError::Changed);
        }
        // a record is written before the file: a plan that read both in between undoes nothing
        if target.read()?.as_deref() != before.as_deref().map(str::as_bytes) {
            return Err(write::WriteError::Changed { path: target.path().to_owned() }.into());
        }
        let mode = match record.mode {
            Some(mode) if undo.is_complete() && target.mode() == Some(mode.written) => {
                FileMode::Exactly(mode.before)
            }
            _ => FileMode::Keep,
        };
        let bytes = |text: &'_ Option<String>| text.as_ref().map(|text| text.as_bytes().to_vec());
        write::put(target, bytes(before).as_deref(), bytes(after).as_deref(), mode)?;
        undo.remove_empty_dirs();
        let unfinished = |source| LedgerError::Unfinished { path: target.path().to_owned(), source };
        if is_held_elsewhere(undo, &book.files) {
            return Ok(());
        }
        if let Some(exclude) = record.exclude.as_ref().filter(|_| undo.is_complete()) {
            exclude.remove().map_err(unfinished)?;
        }
        let stays = undo.record_of_secrets_that_stay();
        book.files.retain(|other| other != record);
        if after.is_none() {
            hand_on(&record.created_dirs, &mut book.files);
        }
        book.files.extend(stays);
        self.write(old.as_deref(), &mut book).map_err(unfinished)?;
        Ok(())
    }

    /// Removes temporary files that a killed process left next to the ledger.
    pub fn sweep(&self) {
        if let Ok(target) = EditableFile::resolve(&self.path) {
            write::sweep(&target);
        }
    }

    fn lock(&self) -> Result<Lock, LedgerError> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        create_private(dir).map_err(|e| write::WriteError::of("create", dir, e))?;
        Ok(Lock::of_file(&self.path.with_extension("lock"))?)
    }

    fn read(&self) -> Result<(Option<Vec<u8>>, Book), LedgerError> {
        let Some(bytes) = EditableFile::resolve(&self.path)?.read()? else {
            return Ok((None, Book::default()));
        };
        let damaged = |source| LedgerError::Damaged { path: self.path.clone(), source };
        let Cover { schema } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if schema != SCHEMA {
            return Err(LedgerError::Schema { path: self.path.clone(), schema });
        }
        let book: Book = serde_json::from_slice(&bytes).map_err(damaged)?;
        if book.sum != sum(&book.files) {
            return Err(LedgerError::Corrupt { path: self.path.clone() });
        }
        Ok((Some(bytes), book))
    }

    /// Writes the ledger, or removes it if nothing is owned any more. Returns the bytes.
    fn write(&self, old: Option<&[u8]>, book: &mut Book) -> Result<Option<Vec<u8>>, write::WriteError> {
        book.schema = SCHEMA;
        book.files.retain(|record| !record.is_empty());
        book.sum = sum(&book.files);
        let new = (!book.files.is_empty()).then(|| {
            let mut text = serde_json::to_vec_pretty(&book).expect("its paths are UTF-8, its keys text");
            text.push(b'\n');
            text
        });
        self.put(old, new.as_deref())?;
        Ok(new)
    }

    fn put(&self, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), write::WriteError> {
        write::put(&EditableFile::resolve(&self.path)?, old, new, FileMode::Private)
    }
}

/// The undo of a record in the file that holds its keys now.
///
/// # Errors
/// The file cannot be read, or cannot be edited in its current state.
pub fn plan_undo_in(target: EditableFile, record: FileRecord, secrets: Secrets) -> Result<Undo, LedgerError> {
    let (path, now) = (target.path().to_owned(), target.read()?);
    restore::restore(target, now.as_deref(), record, secrets)
        .map_err(|source| LedgerError::Settings { path, source })
}

/// Whether another file of the record still holds a value that was written. A file that cannot be read
/// counts: its values are not to be forgotten.
fn is_held_elsewhere(undo: &Undo, records: &[FileRecord]) -> bool {
    let others = undo.record.files(records);
    others.map_or(true, |files| {
        let mut others = files.into_iter().filter(|file| file.path() != undo.target.path());
        others.any(|file| {
            plan_undo_in(file, undo.record.clone(), Secrets::Keep).map_or(true, |u| u.finds_ours())
        })
    })
}

/// The record that a settings file belongs to: its own; else one that was written through the same path, if
/// the file holds what was written then. Another file at that path is not the one that was written.
fn index_of(records: &[FileRecord], target: &EditableFile) -> Option<usize> {
    let own = records.iter().position(|record| record.path == target.path());
    own.or_else(|| {
        records.iter().position(|record| {
            let here = || plan_undo_in(target.clone(), record.clone(), Secrets::Keep);
            record.given == target.given() && here().is_ok_and(|undo| undo.finds_ours())
        })
    })
}

/// The checksum of what a ledger owns.
fn sum(files: &[FileRecord]) -> String {
    let text = serde_json::to_vec(files).expect("its paths are UTF-8, its keys text");
    value::sha256(&text)
}

impl Book {
    /// The record of a file; a new one if nothing is owned in it yet.
    fn record_of(&mut self, target: &EditableFile, change: &SettingsChange) -> &mut FileRecord {
        let index = index_of(&self.files, target);
        let index = index.unwrap_or_else(|| {
            self.files.push(FileRecord::new(target, change));
            self.files.len() - 1
        });
        &mut self.files[index]
    }
}

/// The permission bits that a change will remove, so that they can be restored.
fn mode_change(target: &EditableFile, change: &SettingsChange) -> Option<ModeRecord> {
    let before = target.mode().filter(|_| change.holds_secret())?;
    let written = before & 0o700;
    (written != before).then_some(ModeRecord { before, written })
}

/// A folder that setup created stays while it holds another file of setup's: that file's undo removes it.
fn hand_on(created: &[PathBuf], files: &mut [FileRecord]) {
    let left: Vec<PathBuf> = created.iter().filter(|dir| dir.is_dir()).cloned().collect();
    let inside = |record: &&mut FileRecord| left.iter().any(|dir| record.path.starts_with(dir));
    if let Some(record) = files.iter_mut().find(inside) {
        record.created_dirs.splice(0..0, left);
    }
}

fn create_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
