//! Persistent routing: what `setup` writes to a settings file, and how `off` undoes it.
//!
//! Gather ([`place`], [`request`]), plan ([`plan`], [`off`]), apply, print a receipt ([`report`]). The
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
pub mod request;
pub mod script;
pub mod statusline;
mod upstream;
pub mod web;

use crate::services::ledger;
use crate::services::settings_files::diff;
use crate::services::settings_files::write;

/// The purpose and the side effects of `CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC`, as text after its name.
const NONESSENTIAL_TRAFFIC_EFFECT: &str = "keeps Claude Code from sending the gateway token (ANTHROPIC_CUSTOM_HEADERS) to api.anthropic.com at startup; it also disables automatic updates, telemetry and /feedback";

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

/// Whether a plan is outdated and has to be made again.
fn is_stale(error: &ledger::LedgerError) -> bool {
    matches!(
        error,
        ledger::LedgerError::Changed | ledger::LedgerError::File(write::WriteError::Changed { .. })
    )
}

/// How often a plan is made again if other writers keep changing the file.
const PLANS: usize = 8;

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
