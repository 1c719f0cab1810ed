//! The ledger: who put which value into which settings file, so that it can be taken out again exactly.
//!
//! One JSON file for all projects with a schema number and a checksum; its key and its lock stand beside
//! it. It is written before the settings file and cleared after it: at any moment a killed process leaves
//! a ledger that knows at least what the file holds. See [`record`] for what is kept of secrets.

mod leftover;
pub mod record;
pub mod restore;
mod seal;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use record::{FileRecord, KeyRecord, ModeRecord};
pub use restore::{Outcome, Restored, Secrets};

use crate::services::settings_files::git::Exclude;
use crate::services::settings_files::lock::Lock;
use crate::services::settings_files::write::{self, Mode};
use crate::services::settings_files::{Change, PlanError, Target, diff};
use seal::Keyring;

/// 1 had no checksum; it is still read, and upgraded by the next write.
const SCHEMA: u32 = 2;

/// The ledger in one place.
#[derive(Debug, Clone)]
pub struct Ledger {
    path: PathBuf,
}

/// A planned undo of everything in one file.
#[derive(Clone)]
pub struct Undo {
    target: Target,
    record: FileRecord,
    restored: Restored,
}

/// Why the ledger, or a file on its account, was not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written; the settings file is as it was.
    #[error(transparent)]
    File(#[from] write::Error),
    /// The settings file cannot be edited as it is now.
    #[error("{}: {source}", .path.display())]
    Settings {
        /// The settings file.
        path: PathBuf,
        /// What is wrong with it.
        source: PlanError,
    },
    /// The ledger is no JSON of the known form. Nothing is written over it.
    #[error("{}: line {}, column {}: the ledger is damaged", .path.display(), .source.line(), .source.column())]
    Damaged {
        /// The ledger.
        path: PathBuf,
        /// The parser's complaint.
        source: serde_json::Error,
    },
    /// The ledger is not what was written. Nothing is done on its word, and nothing is written over it.
    #[error("{}: the ledger is damaged: its checksum does not match", .path.display())]
    Corrupt {
        /// The ledger.
        path: PathBuf,
    },
    /// A newer version wrote the ledger. Nothing is written over it.
    #[error("{}: schema {schema} is newer than this program knows", .path.display())]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its schema.
        schema: u32,
    },
    /// The key of the ledger is gone, so that it is not known which values are its own.
    #[error("{} is missing or damaged: what the ledger owns cannot be told any more", .path.display())]
    KeyLost {
        /// The key file.
        path: PathBuf,
    },
    /// A path that is no UTF-8, which the ledger's JSON cannot hold.
    #[error("{} is not UTF-8", .path.display())]
    Path {
        /// The path.
        path: PathBuf,
    },
    /// The ledger has changed since the undo was planned. Plan again.
    #[error("the ledger changed since the undo was planned")]
    Changed,
    /// The settings file is restored, and what belongs to it is not. Another undo finishes it.
    #[error("{} is restored, but {source}", .path.display())]
    Unfinished {
        /// The settings file.
        path: PathBuf,
        /// What failed.
        source: write::Error,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Book {
    schema: u32,
    /// SHA-256 of `files` as compact JSON, in hex.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sum: Option<String>,
    /// The fingerprint of the key that the hashes and sealed values belong to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    files: Vec<FileRecord>,
}

/// The schema alone, which every version can read.
#[derive(Deserialize)]
struct Cover {
    schema: u32,
}

impl Ledger {
    /// The ledger in this file, which need not exist; its folder should be the program's own.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// What is owned, in every file.
    ///
    /// # Errors
    /// The ledger cannot be read.
    pub fn files(&self) -> Result<Vec<FileRecord>, Error> {
        Ok(self.read()?.1.files)
    }

    /// Records a change, then carries it out; `exclude` is a line for git that is to go with it.
    ///
    /// # Errors
    /// Neither ledger nor settings file are changed then.
    pub fn apply(&self, target: &Target, change: &Change, exclude: Option<&Exclude>) -> Result<(), Error> {
        for path in [target.path(), target.given()] {
            path.to_str().ok_or_else(|| Error::Path { path: path.to_owned() })?;
        }
        let _lock = self.lock()?;
        // Another writer's record must not be judged by what the file held before it.
        if target.read()?.as_deref() != change.before().map(str::as_bytes) {
            return Err(write::Error::Changed { path: target.path().to_owned() }.into());
        }
        // A line that the user wrote is not for this project to take out.
        let exclude = exclude.filter(|exclude| !exclude.is_there());
        let (old, mut book) = self.read()?;
        let ring = self.keyring(&book)?;
        book.key = Some(ring.fingerprint());
        let record = book.record_of(target, change);
        if change.before().is_none() && !change.is_noop() {
            record.created_dirs.retain(|dir| dir.try_exists().unwrap_or(true));
            record.created_dirs.extend(target.missing_dirs());
        }
        record.mode = record.mode.or_else(|| mode_change(target, change));
        record.exclude = exclude.cloned().or(record.exclude.take());
        record.take(change, &ring);
        let new = self.write(old.as_deref(), &mut book)?;
        let done = exclude.map_or(Ok(false), Exclude::add).and_then(|_| write::apply(target, change));
        done.map_err(|error| {
            // A record of what was never written is harmless; a line that stays without a record is not.
            if exclude.is_none_or(|exclude| exclude.remove().is_ok()) {
                let _ = self.put(new.as_deref(), old.as_deref());
            }
            Error::File(error)
        })
    }

    /// The undo of all that is owned in a file, `None` when that is nothing. Secrets in values that were
    /// changed since stay.
    ///
    /// # Errors
    /// The ledger or the file cannot be read, or the file cannot be edited as it is now.
    pub fn plan_undo(&self, target: &Target) -> Result<Option<Undo>, Error> {
        self.plan_undo_with(target, Secrets::Keep)
    }

    /// The same, with a choice about secrets in values that were changed since.
    ///
    /// # Errors
    /// As [`Ledger::plan_undo`].
    pub fn plan_undo_with(&self, target: &Target, secrets: Secrets) -> Result<Option<Undo>, Error> {
        // a ledger that cannot be looked for is not one that is absent
        if !self.path.try_exists().map_err(|e| write::Error::of("read", &self.path, e))? {
            return Ok(None);
        }
        // Ledger and key belong together: no one may take them away in between.
        let _lock = self.lock()?;
        let book = self.read()?.1;
        let Some(record) = book.files.iter().find(|record| record.path == target.path()).cloned() else {
            return Ok(None);
        };
        let ring = self.keyring(&book)?;
        let now = target.read()?;
        let restored = restore::restore(now.as_deref(), &record, &ring, secrets)
            .map_err(|source| Error::Settings { path: target.path().to_owned(), source })?;
        Ok(Some(Undo { target: target.clone(), record, restored }))
    }

    /// Carries out an undo, then forgets the file, but for keys in which a secret stays: a later undo
    /// can still remove it.
    ///
    /// # Errors
    /// The settings file is as it was, or it is restored and the ledger does not know that yet, which
    /// another undo sets right.
    pub fn undo(&self, undo: &Undo) -> Result<(), Error> {
        let Undo { target, record, restored } = undo;
        let _lock = self.lock()?;
        let (old, mut book) = self.read()?;
        if !book.files.contains(record) {
            return Err(Error::Changed);
        }
        let mode = match record.mode {
            Some(mode) if restored.is_complete() && target.mode() == Some(mode.written) => {
                Mode::Exactly(mode.before)
            }
            _ => Mode::Keep,
        };
        let bytes = |text: Option<&'_ str>| text.map(|text| text.as_bytes().to_vec());
        let (before, after) = (bytes(restored.before()), bytes(restored.after()));
        write::put(target, before.as_deref(), after.as_deref(), mode)?;
        if after.is_none() {
            write::remove_empty_dirs(&record.created_dirs);
        }
        let unfinished = |source| Error::Unfinished { path: target.path().to_owned(), source };
        if let Some(exclude) = record.exclude.as_ref().filter(|_| restored.is_complete()) {
            exclude.remove().map_err(unfinished)?;
        }
        let stays = record.with_secrets_that_stay(restored);
        book.files.retain(|other| other != record);
        book.files.extend(stays);
        self.write(old.as_deref(), &mut book).map_err(unfinished)?;
        Ok(())
    }

    /// Removes temporary files that a killed process left beside the ledger.
    pub fn sweep(&self) {
        for path in [self.path.clone(), self.path.with_extension("key")] {
            if let Ok(target) = Target::resolve(&path) {
                write::sweep(&target);
            }
        }
    }

    fn lock(&self) -> Result<Lock, Error> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        create_private(dir).map_err(|e| write::Error::of("create", dir, e))?;
        Ok(Lock::of_file(&self.path.with_extension("lock"))?)
    }

    fn read(&self) -> Result<(Option<Vec<u8>>, Book), Error> {
        let Some(bytes) = Target::resolve(&self.path)?.read()? else {
            return Ok((None, Book::default()));
        };
        let damaged = |source| Error::Damaged { path: self.path.clone(), source };
        let Cover { schema } = serde_json::from_slice(&bytes).map_err(damaged)?;
        if schema > SCHEMA {
            return Err(Error::Newer { path: self.path.clone(), schema });
        }
        let book: Book = serde_json::from_slice(&bytes).map_err(damaged)?;
        if book.sum != (schema > 1).then(|| sum(&book.files)) {
            return Err(Error::Corrupt { path: self.path.clone() });
        }
        Ok((Some(bytes), book))
    }

    /// Writes the ledger, or takes it away with its key when nothing is owned any more. Gives the bytes.
    fn write(&self, old: Option<&[u8]>, book: &mut Book) -> Result<Option<Vec<u8>>, write::Error> {
        book.schema = SCHEMA;
        book.files.retain(|record| !record.is_empty());
        book.sum = Some(sum(&book.files));
        let new = (!book.files.is_empty()).then(|| {
            let mut text = serde_json::to_vec_pretty(&book).expect("its paths are UTF-8, its keys text");
            text.push(b'\n');
            text
        });
        self.put(old, new.as_deref())?;
        if new.is_none() {
            // A key without a ledger is of no use, and harmless.
            let _ = fs::remove_file(self.key_path());
        }
        Ok(new)
    }

    fn put(&self, old: Option<&[u8]>, new: Option<&[u8]>) -> Result<(), write::Error> {
        write::put(&Target::resolve(&self.path)?, old, new, Mode::Private)
    }

    fn key_path(&self) -> PathBuf {
        self.path.with_extension("key")
    }

    /// The key, made when there is nothing yet that an old one would be needed for.
    fn keyring(&self, book: &Book) -> Result<Keyring, Error> {
        let path = self.key_path();
        let target = Target::resolve(&path)?;
        let old = target.read()?;
        let known = |ring: &Keyring| book.key.as_deref().is_none_or(|key| key == ring.fingerprint());
        if let Some(ring) = old.as_deref().and_then(Keyring::from_bytes).filter(known) {
            return Ok(ring);
        }
        if !book.files.is_empty() {
            return Err(Error::KeyLost { path });
        }
        let new = Keyring::generate();
        write::put(&target, old.as_deref(), Some(&new), Mode::Private)?;
        Keyring::from_bytes(&new).ok_or(Error::KeyLost { path })
    }
}

/// The checksum of what a ledger owns.
fn sum(files: &[FileRecord]) -> String {
    let text = serde_json::to_vec(files).expect("its paths are UTF-8, its keys text");
    seal::digest(&text)
}

impl Book {
    /// The record of a file; a new one if nothing is owned in it yet.
    fn record_of(&mut self, target: &Target, change: &Change) -> &mut FileRecord {
        let index = self.files.iter().position(|record| record.path == target.path());
        let index = index.unwrap_or_else(|| {
            self.files.push(FileRecord::new(target, change));
            self.files.len() - 1
        });
        &mut self.files[index]
    }
}

impl Undo {
    /// The settings file.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What the ledger holds about it.
    pub fn record(&self) -> &FileRecord {
        &self.record
    }

    /// The text before and after, and what becomes of each key.
    pub fn restored(&self) -> &Restored {
        &self.restored
    }

    /// The undo as a unified diff. Every value under a name that was written as a secret is redacted,
    /// whatever `redact` says.
    pub fn diff(&self, label: &str, redact: diff::Redact<'_>) -> String {
        let secret =
            |name: &str| self.record.keys.iter().any(|key| key.is_secret() && key.key.name() == name);
        let redact = |name: &str, value: &str| {
            redact(name, value).or_else(|| secret(name).then(|| diff::REDACTED.to_owned()))
        };
        diff::unified(label, self.restored.before(), self.restored.after(), &redact)
    }
}

/// The texts may hold secrets.
impl fmt::Debug for Undo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undo")
            .field("path", &self.target.path())
            .field("keys", &self.restored.keys)
            .finish_non_exhaustive()
    }
}

/// The bits that a change is going to take away, so that they can be given back.
fn mode_change(target: &Target, change: &Change) -> Option<ModeRecord> {
    let before = target.mode().filter(|_| change.holds_secret())?;
    let written = before & 0o700;
    (written != before).then_some(ModeRecord { before, written })
}

fn create_private(dir: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}
