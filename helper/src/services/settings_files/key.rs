//! The key of a setting: a variable in `env`, or a key of the file itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The setting that an edit or a ledger entry is about.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// A variable in the `env` object.
    Env(String),
    /// A key of the top-level object, for example `statusLine`.
    Top(String),
}

impl Key {
    /// A variable in the `env` object.
    pub fn env(name: impl Into<String>) -> Self {
        Self::Env(name.into())
    }

    /// A key of the top-level object.
    pub fn top(name: impl Into<String>) -> Self {
        Self::Top(name.into())
    }

    /// The name as in the file, without the surrounding `env`.
    pub fn name(&self) -> &str {
        match self {
            Self::Env(name) | Self::Top(name) => name,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(name) => write!(f, "env.{name}"),
            Self::Top(name) => f.write_str(name),
        }
    }
}
