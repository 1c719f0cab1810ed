//! Persistent routing: what `setup` writes to a settings file, and how `off` undoes it.
//!
//! Gather ([`place`], [`request`]), plan ([`plan`], [`off`]), apply, print a receipt ([`report`]). The
//! editor, the write protocol and the ledger are in [`crate::services::settings_files`] and
//! [`crate::services::ledger`].

pub mod addition;
mod conflicts;
mod draft;
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
use crate::services::settings_files::write;

/// The purpose and the side effects of `CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC`, as text after its name.
const NONESSENTIAL_TRAFFIC_EFFECT: &str = "keeps Claude Code from sending the gateway token (ANTHROPIC_CUSTOM_HEADERS) to api.anthropic.com at startup; it also disables automatic updates, telemetry and /feedback";

/// Whether a plan is outdated and has to be made again.
fn is_stale(error: &ledger::LedgerError) -> bool {
    matches!(
        error,
        ledger::LedgerError::Changed | ledger::LedgerError::File(write::WriteError::Changed { .. })
    )
}

/// How often a plan is made again if other writers keep changing the file.
const PLANS: usize = 8;
