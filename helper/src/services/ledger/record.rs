//! The ledger's content: per settings file and key, the previous value and what was written.
//!
//! A written value is kept as is, a secret one as a hash: enough to tell whether it is still there. A
//! previous value has to be restored byte for byte, so it is kept as it stood in the settings file, and may
//! be a credential: the ledger is readable only by its owner.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::leftover;
use super::value::{canonical, hash};
use crate::base::secret::opaque;
use crate::services::settings_files::change::{Action, Container, KeyChange, SettingsChange};
use crate::services::settings_files::git::Exclude;
use crate::services::settings_files::write::WriteError;
use crate::services::settings_files::{EditableFile, Key};

/// A settings file in which something is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The file itself, with all links resolved.
    pub path: PathBuf,
    /// The path that the user knows.
    pub given: PathBuf,
    /// Folders that were created for it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub created_dirs: Vec<PathBuf>,
    /// Permission bits that were changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<ModeRecord>,
    /// A line that was added to a repository's excludes for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Exclude>,
    pub(super) file: Container,
    pub(super) env: Container,
    /// In the order in which they were first written or cut out.
    pub keys: Vec<KeyRecord>,
}

/// Permission bits before, and after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeRecord {
    /// The bits to restore.
    pub before: u32,
    /// The bits that were set; if they differ now, someone else has set them since.
    pub written: u32,
}

/// An owned key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// The key.
    pub key: Key,
    /// The exact text of its value before setup, unless it was absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) before: Option<String>,
    /// What was written, and what had been written before: a process that is killed between ledger
    /// and file leaves the earlier value in the file.
    pub(super) written: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Written {
    /// The value as compact JSON.
    Value(String),
    /// Its hash.
    Hash(String),
}

impl FileRecord {
    pub(super) fn new(target: &EditableFile, change: &SettingsChange) -> Self {
        Self {
            path: target.path().to_owned(),
            given: target.given().to_owned(),
            created_dirs: Vec::new(),
            mode: None,
            exclude: None,
            file: change.file.clone(),
            env: change.env.clone(),
            keys: Vec::new(),
        }
    }

    /// The files that can hold what was written: the one that was written and the one at the path that the
    /// user knows, where a link or a file may have taken the other's place since. A file with a record of its
    /// own is none of them. Empty if none exists.
    ///
    /// # Errors
    /// A path cannot be resolved, for example because its folder is not mounted.
    pub fn files(&self, records: &[Self]) -> Result<Vec<EditableFile>, WriteError> {
        let mut files = vec![EditableFile::resolve(&self.path)?, EditableFile::resolve(&self.given)?];
        files.dedup_by(|given, written| given.path() == written.path());
        files.retain(|file| {
            let is_its_own = |other: &Self| other.path == file.path() && other.path != self.path;
            file.path().exists() && !records.iter().any(is_its_own)
        });
        Ok(files)
    }

    /// Whether values of the user's are lost with this record.
    pub fn has_previous_values(&self) -> bool {
        self.keys.iter().any(|key| key.before.is_some())
    }

    /// Whether there is nothing to undo.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.mode.is_none() && self.exclude.is_none()
    }

    /// Adds a change to the record before it is written.
    pub(super) fn take(&mut self, change: &SettingsChange) {
        // a key that was absent when this change was planned was removed by it, whatever an earlier
        // one found
        if change.file == Container::Absent {
            self.file = Container::Absent;
        }
        if change.env == Container::Absent {
            self.env = Container::Absent;
        }
        change.keys.iter().for_each(|key| self.take_key(key));
    }

    fn take_key(&mut self, change: &KeyChange) {
        let place = self.place(&change.key);
        let now = change.was.as_deref();
        let written = Written::of(change, &place);
        let index = self.keys.iter().position(|record| record.key == change.key);
        let record = index.map(|index| (index, self.keys.remove(index)));
        match (record, now) {
            (Some((index, mut record)), Some(now)) if record.wrote(now, &place) => {
                // until the file is written, it holds its current values; older ones are history
                record.written.retain(|earlier| earlier.is(now, &place) && *earlier != written);
                record.written.push(written);
                self.keys.insert(index, record);
            }
            // never owned, or changed by the user since: the current value counts, except for a
            // secret of ours in it
            (earlier, now) => {
                let rest = earlier.and_then(|(_, record)| record.without_secret(change, now));
                let mut wrote = vec![written];
                let before = match (rest, now) {
                    (Some(rest), Some(now)) => {
                        let now = Written::Hash(hash(&place, &canonical(now)));
                        wrote.extend((wrote[0] != now).then_some(now));
                        wrote.reverse();
                        rest
                    }
                    _ if change.action == Action::Keep => return,
                    _ => now.map(str::to_owned),
                };
                self.keys.push(KeyRecord { key: change.key.clone(), before, written: wrote });
            }
        }
    }

    /// What the hashes of this key are salted with.
    pub(super) fn place(&self, key: &Key) -> String {
        format!("{} {key}", self.path.display())
    }
}

impl KeyRecord {
    /// Whether the written value is a secret.
    pub fn is_secret(&self) -> bool {
        self.written.iter().any(|written| matches!(written, Written::Hash(_)))
    }

    /// Whether the current value is one that was written.
    pub(super) fn wrote(&self, now: &str, place: &str) -> bool {
        self.written.iter().any(|written| written.is(now, place))
    }

    /// What an undo leaves of a value that contains our secret although the user has changed it. A
    /// secret that is recognized only by its place counts only if it is the one that should be
    /// there now.
    fn without_secret(&self, change: &KeyChange, now: Option<&str>) -> Option<Option<String>> {
        let ours = leftover::is_headers(&self.key) || change.action == Action::Keep;
        let now = now.filter(|_| ours && self.is_secret())?;
        leftover::without_secret(&self.key, now, self.before.as_deref())
    }
}

opaque!(KeyRecord);

impl Written {
    fn of(change: &KeyChange, place: &str) -> Self {
        let text = change.value.to_string();
        if change.secret { Self::Hash(hash(place, &text)) } else { Self::Value(text) }
    }

    fn is(&self, now: &str, place: &str) -> bool {
        let now = canonical(now);
        match self {
            Self::Value(value) => *value == now,
            Self::Hash(written) => *written == hash(place, &now),
        }
    }
}
