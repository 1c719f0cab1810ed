//! What the ledger holds: per settings file and key, what was there and what was written.
//!
//! A value that was written is kept as it is, a secret one as a keyed hash: enough to tell whether it
//! still stands there. A value that stood there before has to be given back byte for byte, so it is
//! kept whole, but sealed: it may be a credential whatever its name, and a ledger that is copied into
//! a bug report must not give it away. The key lies beside the ledger, in a file of its own; both are
//! readable only by their owner. Whoever can read both can read the settings files as well.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::leftover;
use super::restore::{Outcome, Restored};
use super::seal::Keyring;
use crate::services::settings_files::change::{Action, Change, EnvWas, FileWas, KeyChange, Was};
use crate::services::settings_files::git::Exclude;
use crate::services::settings_files::splice::Cut;
use crate::services::settings_files::{Key, Target};

/// One settings file in which something is owned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRecord {
    /// The file itself, all links followed.
    pub path: PathBuf,
    /// The path that the user knows it by.
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
    pub(super) file: FileWas,
    pub(super) env: EnvWas,
    /// In the order in which they were first written, or cut out.
    pub keys: Vec<KeyRecord>,
}

/// Permission bits before, and as they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModeRecord {
    /// The bits to give back.
    pub before: u32,
    /// The bits that were set; with others, someone else has set them since.
    pub written: u32,
}

/// One owned key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRecord {
    /// Which key.
    pub key: Key,
    pub(super) before: Before,
    /// It was cut out of a file that had no `env` then, so it goes back when `env` is gone again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) before_env: bool,
    /// What was written, and what had been written before that: a process that is killed between
    /// ledger and file leaves the earlier one in the file.
    pub(super) written: Vec<Written>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Before {
    Absent,
    /// Its exact text, sealed.
    Value(String),
    /// It was cut out as a whole: its text and place, the value sealed.
    Cut(Cut),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Written {
    Absent,
    /// The value as compact JSON.
    Value(String),
    /// The keyed hash of that.
    Hash(String),
}

impl FileRecord {
    pub(super) fn new(target: &Target, change: &Change) -> Self {
        Self {
            path: target.path().to_owned(),
            given: target.given().to_owned(),
            created_dirs: Vec::new(),
            mode: None,
            exclude: None,
            file: change.origin.file.clone(),
            env: change.origin.env.clone(),
            keys: Vec::new(),
        }
    }

    /// Whether there is nothing to undo.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.mode.is_none() && self.exclude.is_none()
    }

    /// Whether the file did not exist before.
    pub fn created_file(&self) -> bool {
        self.file == FileWas::Absent
    }

    /// What is to be remembered after an undo: the keys in which a secret stays. The mode and the
    /// excludes line protect it, so they stay too.
    pub(super) fn with_secrets_that_stay(&self, restored: &Restored) -> Option<Self> {
        let stays = |key: &Key| restored.keys.iter().any(|(k, o)| k == key && *o == Outcome::SecretStays);
        let keys: Vec<KeyRecord> = self.keys.iter().filter(|record| stays(&record.key)).cloned().collect();
        (!keys.is_empty()).then(|| Self { keys, ..self.clone() })
    }

    /// Takes a change into the record before it is written.
    pub(super) fn take(&mut self, change: &Change, ring: &Keyring) {
        // What was gone when this change was planned is its doing, whatever an earlier one found.
        if change.origin.file == FileWas::Absent {
            self.file = FileWas::Absent;
        }
        if change.origin.env == EnvWas::Absent {
            self.env = EnvWas::Absent;
        }
        let adds_env = |key: &KeyChange| matches!(key.key, Key::Env(_)) && key.action == Action::Add;
        let before_env = change.origin.env == EnvWas::Absent && !change.keys.iter().any(adds_env);
        for key in &change.keys {
            self.take_key(key, before_env, ring);
        }
    }

    fn take_key(&mut self, change: &KeyChange, before_env: bool, ring: &Keyring) {
        let place = self.place(&change.key);
        let now = match &change.was {
            Was::Absent => None,
            Was::Value(raw) | Was::Cut(Cut { value: raw, .. }) => Some(raw.as_str()),
        };
        let written = Written::of(change, &place, ring);
        let index = self.keys.iter().position(|record| record.key == change.key);
        let record = index.map(|index| (index, self.keys.remove(index)));
        match record {
            Some((index, mut record)) if record.wrote(now, &place, ring) => {
                // Until the file is written, it holds what it holds now; older values are history.
                record.written.retain(|earlier| earlier.is(now, &place, ring) && *earlier != written);
                record.written.push(written);
                // The order of the cuts counts: it is the reverse of the order in which they go back.
                let cut = record.cut_if(&change.was);
                record.before_env |= cut && before_env;
                self.keys.insert(if cut { self.keys.len() } else { index }, record);
            }
            // Never owned, or the user has changed it since: what stands there now is what counts, but
            // for a secret of ours in it.
            earlier => {
                let rest = earlier.and_then(|(_, record)| record.without_secret(change, now, &place, ring));
                let mut wrote = vec![written];
                let before = match (rest, now) {
                    (Some(rest), Some(now)) => {
                        let now = Written::Hash(ring.hash(&place, &canonical(now)));
                        wrote.extend((wrote[0] != now).then_some(now));
                        wrote.reverse();
                        Before::with(&change.was, rest, &place, ring)
                    }
                    _ if change.action == Action::Keep => return,
                    _ => Before::of(&change.was, &place, ring),
                };
                let before_env = before_env && matches!(before, Before::Cut(_));
                self.keys.push(KeyRecord { key: change.key.clone(), before, before_env, written: wrote });
            }
        }
    }

    /// What hashes and seals of this key are bound to.
    pub(super) fn place(&self, key: &Key) -> String {
        format!("{} {key}", self.path.display())
    }
}

impl KeyRecord {
    /// Whether the value that was written is a secret.
    pub fn is_secret(&self) -> bool {
        self.written.iter().any(|written| matches!(written, Written::Hash(_)))
    }

    /// The value that was written last, unless it is a secret.
    pub fn written(&self) -> Option<Value> {
        match self.written.last()? {
            Written::Value(text) => serde_json::from_str(text).ok(),
            _ => None,
        }
    }

    /// Whether what stands there now, `None` for nothing, is something that was written.
    pub(super) fn wrote(&self, now: Option<&str>, place: &str, ring: &Keyring) -> bool {
        self.written.iter().any(|written| written.is(now, place, ring))
    }

    /// What an undo leaves of a value that holds a secret of ours although the user has changed it. A
    /// secret that is told by its place only counts when it is the one that is to stand there now.
    fn without_secret(
        &self,
        change: &KeyChange,
        now: Option<&str>,
        place: &str,
        ring: &Keyring,
    ) -> Option<Option<String>> {
        let ours = leftover::is_headers(&self.key) || change.action == Action::Keep;
        let before = match self.before.sealed() {
            Some(sealed) => Some(ring.unseal(place, sealed)?),
            None => None,
        };
        leftover::without_secret(&self.key, now.filter(|_| ours && self.is_secret())?, before.as_deref())
    }

    /// A value that was replaced earlier and is cut out now was, in effect, cut out itself.
    fn cut_if(&mut self, was: &Was) -> bool {
        let (Before::Value(sealed), Was::Cut(cut)) = (&self.before, was) else { return false };
        self.before = Before::cut(cut, sealed.clone());
        true
    }
}

impl Before {
    fn of(was: &Was, place: &str, ring: &Keyring) -> Self {
        match was {
            Was::Absent => Self::Absent,
            Was::Value(raw) => Self::Value(ring.seal(place, raw)),
            Was::Cut(cut) => Self::cut(cut, ring.seal(place, &cut.value)),
        }
    }

    /// The same place with another value, or nothing, in it.
    fn with(was: &Was, raw: Option<String>, place: &str, ring: &Keyring) -> Self {
        match (was, raw.map(|raw| ring.seal(place, &raw))) {
            (_, None) => Self::Absent,
            (Was::Cut(cut), Some(sealed)) => Self::cut(cut, sealed),
            (_, Some(sealed)) => Self::Value(sealed),
        }
    }

    fn cut(cut: &Cut, sealed: String) -> Self {
        Self::Cut(Cut { value: sealed, ..cut.clone() })
    }

    /// The sealed value, if there was one.
    pub(super) fn sealed(&self) -> Option<&str> {
        match self {
            Self::Absent => None,
            Self::Value(sealed) | Self::Cut(Cut { value: sealed, .. }) => Some(sealed),
        }
    }
}

impl Written {
    fn of(change: &KeyChange, place: &str, ring: &Keyring) -> Self {
        match &change.value {
            None => Self::Absent,
            Some(value) if change.secret => Self::Hash(ring.hash(place, &value.to_string())),
            Some(value) => Self::Value(value.to_string()),
        }
    }

    fn is(&self, now: Option<&str>, place: &str, ring: &Keyring) -> bool {
        match (self, now.map(canonical)) {
            (Self::Absent, None) => true,
            (Self::Value(value), Some(now)) => *value == now,
            (Self::Hash(hash), Some(now)) => ring.is_hash_of(hash, place, &now),
            _ => false,
        }
    }
}

/// A raw value in the form that is compared: compact, plainly escaped. What no tree can hold stays raw.
pub(super) fn canonical(raw: &str) -> String {
    serde_json::from_str::<Value>(raw).map_or_else(|_| raw.to_owned(), |value| value.to_string())
}
