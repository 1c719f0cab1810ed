//! What is wished of a settings file, and what a plan would do to it.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rejected::MAX_BYTES;
use super::splice::Cut;
use super::{Key, Rejected, diff};

/// One wish for a settings file.
#[derive(Clone, PartialEq)]
pub enum Edit {
    /// The key must have this value. Under `env` it must be a string.
    Set {
        /// Which key.
        key: Key,
        /// The value to have.
        value: Value,
        /// Never shown, hashed in the ledger, and the file that holds it is private.
        secret: bool,
    },
    /// The key must not be there.
    Remove {
        /// Which key.
        key: Key,
    },
}

/// What a plan does to one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// It was not there.
    Add,
    /// It had another value.
    Replace,
    /// It goes.
    Remove,
    /// It is as wished already.
    Keep,
}

/// A planned change of one key.
#[derive(Clone)]
pub struct KeyChange {
    /// Which key.
    pub key: Key,
    /// What happens to it.
    pub action: Action,
    /// Whether the value written is one.
    pub secret: bool,
    pub(crate) was: Was,
    pub(crate) value: Option<Value>,
}

/// A key before the change, as exact text.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Was {
    Absent,
    Value(String),
    Cut(Cut),
}

/// The file around the keys before the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) file: FileWas,
    pub(crate) env: EnvWas,
}

/// The file before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FileWas {
    Absent,
    /// Nothing but blanks, which are these.
    Blank(String),
    /// An object without members, which is this.
    Empty(String),
    Filled,
}

/// The `env` object before the change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum EnvWas {
    Absent,
    Empty(String),
    Filled,
}

/// A planned change: the text before and after, and what happens to each key.
#[derive(Clone)]
pub struct Change {
    pub(crate) before: Option<String>,
    pub(crate) after: Option<String>,
    pub(crate) keys: Vec<KeyChange>,
    pub(crate) origin: Origin,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The file is ambiguous to edit.
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
    /// The new text, read again, is not the old one plus the edits: nothing is written.
    #[error("the edited text does not read back as planned")]
    Unfaithful,
}

impl Edit {
    /// The variable `name` of `env` must have this value.
    pub fn set_env(name: &str, value: &str) -> Self {
        Self::Set { key: Key::env(name), value: value.into(), secret: false }
    }

    /// The variable `name` of `env` must have this value, which is a secret.
    pub fn set_secret(name: &str, value: &str) -> Self {
        Self::Set { key: Key::env(name), value: value.into(), secret: true }
    }

    /// The variable `name` of `env` must not be there.
    pub fn remove_env(name: &str) -> Self {
        Self::Remove { key: Key::env(name) }
    }

    /// Which key the edit is about.
    pub fn key(&self) -> &Key {
        match self {
            Self::Set { key, .. } | Self::Remove { key } => key,
        }
    }
}

impl Change {
    /// The exact text that the plan was made from; `None` when there was no file.
    pub fn before(&self) -> Option<&str> {
        self.before.as_deref()
    }

    /// The exact text to be; `None` when there is to be no file.
    pub fn after(&self) -> Option<&str> {
        self.after.as_deref()
    }

    /// What happens to each key that an edit named.
    pub fn keys(&self) -> &[KeyChange] {
        &self.keys
    }

    /// Whether the file is as wished already.
    pub fn is_noop(&self) -> bool {
        self.before == self.after
    }

    /// Whether a secret of the edits stands in the new text, so that the file must be private.
    pub fn holds_secret(&self) -> bool {
        self.keys.iter().any(|key| key.secret && key.value.is_some())
    }

    /// The change as a unified diff. Every value under a name that the change writes as a secret is
    /// redacted, whatever `redact` says.
    pub fn diff(&self, label: &str, redact: diff::Redact<'_>) -> String {
        let secret = |name: &str| self.keys.iter().any(|key| key.secret && key.key.name() == name);
        let redact = |name: &str, value: &str| {
            redact(name, value).or_else(|| secret(name).then(|| diff::REDACTED.to_owned()))
        };
        diff::unified(label, self.before(), self.after(), &redact)
    }
}

/// Values may be secrets, also those that were not written by this project.
impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set { key, secret: true, .. } => write!(f, "Set({key}, {})", diff::REDACTED),
            Self::Set { key, value, .. } => write!(f, "Set({key}, {value})"),
            Self::Remove { key } => write!(f, "Remove({key})"),
        }
    }
}

impl fmt::Debug for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({})", self.action, self.key)
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Change").field("keys", &self.keys).finish_non_exhaustive()
    }
}
