//! Whether a change is made: `--dry-run`, `--yes`, `--json`, or an answer at the terminal.

use super::{ask, print};
use crate::base::error::{Error, Kind, Result};

/// How a command that changes something is confirmed and shown.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct Confirm {
    /// Show the change without making it
    #[arg(long)]
    pub dry_run: bool,
    /// Skip confirmation
    #[arg(long, short)]
    pub yes: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Make the change.
    Go,
    /// Only show it: `--dry-run`.
    DryRun,
    /// Leave it: the answer was no, or there was nobody to ask.
    No {
        /// True when a person gave the answer.
        asked: bool,
    },
}

impl Confirm {
    /// True when a question can be put: a person is at the terminal, and no flag answers for them.
    pub fn can_ask(self) -> bool {
        !self.dry_run && !self.yes && !self.json && ask::is_possible()
    }

    /// Prints text, unless the output is JSON.
    ///
    /// # Errors
    /// Those of [`print`].
    pub fn show(self, text: impl AsRef<str>) -> Result<()> {
        if self.json { Ok(()) } else { print(text) }
    }

    /// Decides, asking where a person can be asked.
    pub fn consent(self, question: &str) -> Consent {
        match self {
            Self { dry_run: true, .. } => Consent::DryRun,
            Self { yes: true, .. } => Consent::Go,
            _ if !self.can_ask() => Consent::No { asked: false },
            _ if ask::yes(question) => Consent::Go,
            _ => Consent::No { asked: true },
        }
    }

    /// Decides as [`Confirm::consent`] does, without a question where nothing would change.
    pub fn consent_unless(self, nothing: bool, question: &str) -> Consent {
        if nothing && !self.dry_run { Consent::Go } else { self.consent(question) }
    }

    /// Decides; true to make the change, false for `--dry-run`.
    ///
    /// # Errors
    /// A finding, "nothing was changed", when the answer is no.
    pub fn agreed(self, question: &str) -> Result<bool> {
        match self.consent(question) {
            Consent::Go => Ok(true),
            Consent::DryRun => Ok(false),
            Consent::No { asked } => Err(declined("nothing was changed", asked, "do it")),
        }
    }
}

/// The failure of a command that was not allowed to make its change. Where nobody could be asked, it
/// names the flag: "add --yes to …".
pub fn declined(what: &str, asked: bool, to: &str) -> Error {
    let error = Error::new(Kind::Finding, what);
    if asked { error } else { error.hinted(format!("add --yes to {to}, or --dry-run to see the change")) }
}
