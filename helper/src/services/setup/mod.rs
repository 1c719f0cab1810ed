//! Persistent routing: what `setup` writes to a settings file, and how `off` undoes it.
//!
//! Gather ([`place`], [`wish`]), plan ([`plan`], [`off`]), apply, print a receipt ([`report`]). The
//! editor, the write protocol and the ledger are in [`crate::services::settings_files`] and
//! [`crate::services::ledger`].

pub mod addition;
mod conflicts;
pub mod found;
pub mod managed;
pub mod off;
pub mod offer;
pub mod place;
pub mod plan;
pub mod prints;
pub mod report;
pub mod script;
pub mod statusline;
mod upstream;
pub mod web;
pub mod wish;

use crate::base::error::{Error, Kind};
use crate::services::ledger;
use crate::services::settings_files::write;
use crate::services::settings_files::{PlanError, diff};

/// The purpose and the side effects of `CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC`, as text after its name.
const QUIET_DOES: &str = "keeps Claude Code from sending the gateway token (ANTHROPIC_CUSTOM_HEADERS) to api.anthropic.com at startup; it also disables automatic updates, telemetry and /feedback";

/// Parts of a name whose value must be hidden.
const SECRET_NAMES: &[&str] =
    &["key", "token", "secret", "passw", "passphrase", "headers", "credential", "authorization", "cookie"];

/// What to show in place of a named value of a settings file; `None` shows the value.
pub fn hide(name: &str, value: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let named = SECRET_NAMES.iter().any(|part| name.contains(part));
    // a URL may contain a password
    let password = value.contains("://") && value.contains('@');
    ((named && !value.is_empty()) || password).then(|| diff::REDACTED.to_owned())
}

fn of_ledger(error: ledger::Error) -> Error {
    let told = |kind| Error::new(kind, error.to_string());
    match &error {
        ledger::Error::File(file) => of_write(file),
        ledger::Error::Settings { source: PlanError::Rejected(rejected), .. }
            if rejected.repaired.is_some() =>
        {
            told(Kind::Conflict).hinted("`cf-aig setup --repair` repairs the file")
        }
        ledger::Error::Unfinished { .. } => told(Kind::Refused).hinted("run `cf-aig off` again to finish"),
        ledger::Error::Damaged { .. } | ledger::Error::Corrupt { .. } | ledger::Error::KeyLost { .. } => {
            told(Kind::Conflict).hinted(
                "no settings file was changed; restore the ledger from a backup, or remove the keys that it \
                 lists from the settings files by hand and then delete its folder",
            )
        }
        _ => told(Kind::Conflict),
    }
}

/// Whether a plan is outdated and has to be made again.
fn is_stale(error: &ledger::Error) -> bool {
    matches!(error, ledger::Error::Changed | ledger::Error::File(write::Error::Changed { .. }))
}

/// How often a plan is made again if other writers keep changing the file.
const PLANS: usize = 8;

fn of_write(error: &write::Error) -> Error {
    let told = |kind| Error::new(kind, error.to_string());
    match error {
        write::Error::Changed { .. } | write::Error::Locked { .. } => {
            told(Kind::Conflict).hinted("the file was not changed; run the command again")
        }
        _ => told(Kind::Refused).hinted("nothing was written there"),
    }
}

#[cfg(test)]
mod tests {
    use super::hide;

    #[test]
    fn a_possible_credential_is_hidden_and_an_empty_value_counts_as_unset() {
        assert!(hide("ANTHROPIC_CUSTOM_HEADERS", "x").is_some() && hide("apiKey", "x").is_some());
        assert!(hide("HTTPS_PROXY", "http://me:pw@proxy").is_some());
        assert!(hide("ANTHROPIC_API_KEY", "").is_none() && hide("model", "opus").is_none());
    }
}
