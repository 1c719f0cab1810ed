//! Undoes what a record says was written, in the file's current content (pure).

use super::leftover;
use super::record::{FileRecord, KeyRecord};
use super::value::canonical;
use crate::base::secret::opaque;
use crate::services::settings_files::change::Container;
use crate::services::settings_files::{Document, EditableFile, Key, PlanError, Reason, diff};
use crate::services::settings_files::{splice, write};

/// A planned undo of all changes in one file.
#[derive(Clone)]
pub struct Undo {
    /// The settings file.
    pub target: EditableFile,
    /// The text that the undo was planned from; `None` if there is no file.
    pub before: Option<String>,
    /// The new text; `None` removes the file.
    pub after: Option<String>,
    /// The result for each owned key, in the order in which they were written.
    pub keys: Vec<(Key, UndoOutcome)>,
    pub(super) record: FileRecord,
}

/// How an undo treats a secret in a value that was changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// Keep and report it.
    Keep,
    /// Remove it and keep the rest of the value.
    Remove,
}

/// The result for one owned key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoOutcome {
    /// It is restored.
    Undone,
    /// It already had its previous value.
    AlreadyAsBefore,
    /// It was changed since: it is left alone.
    ChangedSince,
    /// It was changed since, and still contains a secret that setup put there, or one in its place:
    /// it is left alone until the user asks for its removal.
    SecretStays,
    /// That secret is removed; the rest of the value is kept.
    SecretRemoved,
}

impl Undo {
    /// Whether every owned key has its previous value.
    pub fn is_complete(&self) -> bool {
        self.keys.iter().all(|(_, outcome)| {
            matches!(outcome, UndoOutcome::Undone | UndoOutcome::AlreadyAsBefore | UndoOutcome::SecretRemoved)
        })
    }

    /// Removes the folders that were created for the file, as far as nothing is left in them. Nothing
    /// happens if the file remains.
    pub fn remove_empty_dirs(&self) {
        if self.after.is_none() {
            write::remove_empty_dirs(&self.record.created_dirs);
        }
    }

    /// Whether the file holds a value that setup wrote, or a secret in its place.
    pub(super) fn finds_ours(&self) -> bool {
        let ours = |(_, outcome): &(Key, UndoOutcome)| {
            matches!(outcome, UndoOutcome::Undone | UndoOutcome::SecretStays)
        };
        self.keys.iter().any(ours)
    }

    /// Whether a key is restored by it.
    pub fn undoes(&self, key: &Key) -> bool {
        self.keys.contains(&(key.clone(), UndoOutcome::Undone))
    }

    /// What to keep after the undo: the keys in which a secret remains. The mode and the excludes
    /// line protect it, so they are kept too.
    pub(super) fn record_of_secrets_that_stay(&self) -> Option<FileRecord> {
        let stays = |key: &Key| self.keys.contains(&(key.clone(), UndoOutcome::SecretStays));
        let keys = self.record.keys.iter().filter(|record| stays(&record.key)).cloned();
        let record = FileRecord { keys: keys.collect(), ..self.record.clone() };
        (!record.keys.is_empty()).then_some(record)
    }

    /// The undo as a unified diff. Every value under a name that was written as a secret is hidden.
    pub fn diff(&self, label: &str) -> String {
        let secrets = self.record.keys.iter().filter(|key| key.is_secret()).map(|key| key.key.name());
        let secrets: Vec<&str> = secrets.collect();
        diff::unified(label, self.before.as_deref(), self.after.as_deref(), &secrets)
    }
}

opaque!(Undo);

/// Undoes `record` in the file with the content `now`. If nothing else has changed, the result is
/// the file before the first change, byte for byte; edits by others are kept. `secrets` decides
/// about secrets in values that were changed since.
///
/// # Errors
/// The client ignores the file in its current state, or it contains `env` twice.
pub(super) fn restore(
    target: EditableFile,
    now: Option<&[u8]>,
    record: FileRecord,
    secrets: Secrets,
) -> Result<Undo, PlanError> {
    let document = now.map_or_else(|| Ok(Document::absent()), Document::parse)?;
    if let Some((_, Reason::Duplicate { .. })) = document.flaw() {
        document.editable()?;
    }
    let before = document.text.clone();
    let mut draft = UndoDraft { text: before.clone().unwrap_or_default(), record: &record, secrets };
    let keys = record.keys.iter().map(|key| (key.key.clone(), draft.undo_key(key))).collect();
    // otherwise nothing is left in the file, or of it
    let after = if document.root.is_some() { draft.emptied() } else { before.clone() };
    let undo = Undo { target, before, after, keys, record };
    confirm(&document, &undo)?;
    Ok(undo)
}

/// The text during the undo, always valid.
struct UndoDraft<'a> {
    text: String,
    record: &'a FileRecord,
    secrets: Secrets,
}

impl UndoDraft<'_> {
    fn document(&self) -> Document {
        Document::from_text(&self.text).expect("a draft is always valid JSON")
    }

    /// Removes what was added, and restores a replaced value.
    fn undo_key(&mut self, record: &KeyRecord) -> UndoOutcome {
        let before = record.before.as_deref();
        // a replaced value was removed since, and not by this project
        let when_gone =
            if before.is_none() { UndoOutcome::AlreadyAsBefore } else { UndoOutcome::ChangedSince };
        let document = self.document();
        let Some(object) = document.object(&record.key) else { return when_gone };
        let mut found = object.named(record.key.name());
        let (Some((index, member)), twin) = (found.next(), found.next()) else { return when_gone };
        if twin.is_some() {
            return UndoOutcome::ChangedSince;
        }
        let raw = &self.text[member.value.clone()];
        let (to, outcome) = if record.wrote(raw, &self.record.place(&record.key)) {
            (record.before.clone(), UndoOutcome::Undone)
        } else if before.map(canonical) == Some(canonical(raw)) {
            return UndoOutcome::AlreadyAsBefore;
        } else {
            let rest = leftover::without_secret(&record.key, raw, before);
            match rest.filter(|_| record.is_secret()) {
                None => return UndoOutcome::ChangedSince,
                Some(_) if self.secrets == Secrets::Keep => return UndoOutcome::SecretStays,
                Some(rest) => (rest, UndoOutcome::SecretRemoved),
            }
        };
        self.text = match to {
            Some(value) => splice::replace(&self.text, member, &value),
            None => splice::remove(&self.text, object, index),
        };
        outcome
    }

    /// The text in which an empty `env` and an empty file are what they were before; `None` without the file.
    fn emptied(mut self) -> Option<String> {
        let document = self.document();
        let env = document.root.as_ref().and_then(|root| Some((root, root.named("env").next()?)));
        if let Some((root, (index, member))) = env
            && document.env.as_ref().is_some_and(|env| env.members.is_empty())
        {
            match &self.record.env {
                Container::Absent => self.text = splice::remove(&self.text, root, index),
                Container::Empty(raw) => self.text = splice::replace(&self.text, member, raw),
                Container::Blank(_) | Container::Filled => {}
            }
        }
        if let Some(root) = self.document().root.filter(|root| root.members.is_empty()) {
            match &self.record.file {
                Container::Absent => return None,
                Container::Blank(blank) => return Some(blank.clone()),
                Container::Empty(raw) => self.text.replace_range(root.span, raw),
                Container::Filled => {}
            }
        }
        Some(self.text)
    }
}

/// Verifies the new text: only the owned keys may differ.
fn confirm(now: &Document, undo: &Undo) -> Result<(), PlanError> {
    let touched: Vec<&Key> = undo.keys.iter().map(|(key, _)| key).collect();
    let new = match &undo.after {
        Some(text) => Document::from_text(text).map_err(|_| PlanError::Unfaithful)?,
        None => Document::absent(),
    };
    if now.but(&touched) == new.but(&touched) { Ok(()) } else { Err(PlanError::Unfaithful) }
}
