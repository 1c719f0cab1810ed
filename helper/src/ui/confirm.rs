//! Decides whether a change is made: `--dry-run`, `--yes`, `--json`, or an answer at the terminal.

use super::ask;
use super::out::print;
use crate::base::error::{Error, Kind, Result};

/// How a command confirms a change and prints it.
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

/// The decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consent {
    /// Make the change.
    Go,
    /// Only show it (`--dry-run`).
    DryRun,
    /// Do not make it: a user said no.
    Declined,
    /// Do not make it: there is no terminal to ask on.
    Unasked,
}

impl Consent {
    /// The error of a command that was not allowed to make its change. If nobody could be asked, the
    /// hint names the flag: "add --yes to …".
    pub fn refusal(self, what: &str, to: &str) -> Error {
        let error = Error::new(Kind::Finding, what);
        if self == Self::Unasked { error.hinted(format!("add --yes to {to}")) } else { error }
    }
}

impl Confirm {
    /// True if a question can be asked: there is a user at the terminal, and no flag answers it.
    pub fn can_ask(self) -> bool {
        !self.dry_run && !self.yes && !self.json && ask::is_possible()
    }

    /// Prints text, unless the output is JSON.
    ///
    /// # Errors
    /// Errors of [`print`].
    pub fn show(self, text: impl AsRef<str>) -> Result<()> {
        if self.json { Ok(()) } else { print(text) }
    }

    /// Decides; asks the user if possible.
    pub fn consent(self, question: &str) -> Consent {
        match self {
            Self { dry_run: true, .. } => Consent::DryRun,
            Self { yes: true, .. } => Consent::Go,
            _ if !self.can_ask() => Consent::Unasked,
            _ if ask::yes(question) => Consent::Go,
            _ => Consent::Declined,
        }
    }

    /// Decides as [`Confirm::consent`] does, but does not ask if nothing would change.
    pub fn consent_unless(self, nothing: bool, question: &str) -> Consent {
        if nothing && !self.dry_run { Consent::Go } else { self.consent(question) }
    }

    /// Shows a change, asks, and makes it; `None` for `--dry-run`.
    ///
    /// # Errors
    /// The finding "nothing was changed" if the answer is no; errors of the change.
    pub fn make<T>(
        self,
        plan: impl AsRef<str>,
        question: &str,
        change: impl FnOnce() -> Result<T>,
    ) -> Result<Option<T>> {
        self.show(plan)?;
        match self.consent(question) {
            Consent::Go => change().map(Some),
            Consent::DryRun => Ok(None),
            no => Err(no.refusal("nothing was changed", "make the change")),
        }
    }
}
