//! Edits of a settings file, and the planned changes.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rejected::MAX_BYTES;
use super::{Key, Rejected, diff};
use crate::base::named::named;
use crate::base::secret::opaque;

/// An edit of a settings file: sets a key.
#[derive(Clone, PartialEq)]
pub struct Edit {
    /// The key.
    pub key: Key,
    /// The new value. Under `env` it must be a string.
    pub value: Value,
    /// True if it is a secret: never shown, hashed in the ledger, and its file is private.
    pub secret: bool,
}

named! {
    /// What a plan does to one key.
    pub enum Action {
        /// It is added.
        Add = "add",
        /// It is changed.
        Replace = "replace",
        /// It is already up to date.
        Keep = "keep",
    }
}

/// A planned change of one key.
#[derive(Clone)]
pub struct KeyChange {
    /// The key.
    pub key: Key,
    /// What happens to it.
    pub action: Action,
    /// Whether the new value is a secret.
    pub secret: bool,
    /// The exact text of its value before the change, if it was there.
    pub(crate) was: Option<String>,
    pub(crate) value: Value,
}

/// The file, or its `env` object, before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Container {
    Absent,
    /// A file with only white space: this.
    Blank(String),
    /// An object without members: this.
    Empty(String),
    Filled,
}

/// A planned change: the text before and after, and the action for each key.
#[derive(Clone)]
pub struct SettingsChange {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) keys: Vec<KeyChange>,
    /// What the file was before.
    pub(crate) file: Container,
    /// What its `env` was before.
    pub(crate) env: Container,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Editing the file would be ambiguous.
    #[error(transparent)]
    Rejected(#[from] Rejected),
    /// An edit in `env` whose value is not a string, or an edit of `env` itself.
    #[error("`{0}` must be a string under `env`")]
    NotText(Key),
    /// The new text would be too large for the client.
    #[error("the file would have {bytes} bytes, and Claude Code reads no more than {MAX_BYTES}")]
    TooLarge {
        /// The size it would have.
        bytes: usize,
    },
    /// Parsing the new text does not give the old content plus the edits; nothing is written.
    #[error("the edited text does not read back as planned")]
    Unfaithful,
}

impl Edit {
    /// Sets the variable `name` in `env` to this value.
    pub fn set_env(name: &str, value: &str) -> Self {
        Self { key: Key::env(name), value: value.into(), secret: false }
    }

    /// Sets the variable `name` in `env` to this value, which is a secret.
    pub fn set_secret(name: &str, value: &str) -> Self {
        Self { key: Key::env(name), value: value.into(), secret: true }
    }
}

impl SettingsChange {
    /// The exact text that the plan was made from; `None` if there was no file.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// The exact new text; `None` if the file is to be removed.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// The action for each key of the edits.
    pub fn keys(&self) -> &[KeyChange] {
        &self.keys
    }

    /// Whether nothing would change.
    pub fn is_noop(&self) -> bool {
        self.before == self.after
    }

    /// Whether the new text contains a secret of the edits, so that the file must be private.
    pub fn holds_secret(&self) -> bool {
        !self.secrets().is_empty()
    }

    /// The names that it writes as secrets.
    pub(crate) fn secrets(&self) -> Vec<&str> {
        self.keys.iter().filter(|key| key.secret).map(|key| key.key.name()).collect()
    }

    /// The change as a unified diff. Every value under a name that the change writes as a secret is
    /// hidden.
    pub fn diff(&self, label: &str) -> String {
        diff::unified(label, self.before(), self.after(), &self.secrets())
    }
}

opaque!(Edit);

opaque!(SettingsChange);
