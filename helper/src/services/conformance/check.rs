//! One check of the contract: its description, and how to run it.

use super::bench::Bench;
use super::finding::{Finding, Verdict};
use crate::base::named::named;
use crate::facts::gateway::auth::masked;
use serde::Serialize;

named! {
    /// How a check can run without an echo.
    pub enum BlackBox {
        /// Not at all: the provider's response does not show it.
        No = "echo",
        /// From a response that costs nothing.
        Free = "free",
        /// From a response that costs tokens.
        Spends = "tokens",
    }
}

/// A row of the table of checks.
#[derive(Debug, Serialize)]
pub struct Check {
    /// Stable kebab-case id.
    pub id: &'static str,
    /// The group it belongs to.
    pub group: &'static str,
    /// What must be true.
    pub title: &'static str,
    /// What Claude Code does otherwise.
    pub otherwise: &'static str,
    /// How it runs without an echo.
    pub black_box: BlackBox,
    #[serde(skip)]
    pub(super) run: fn(&Bench) -> Verdict,
}

impl Check {
    /// Runs one check, or reports why it cannot run.
    pub(super) fn look(&self, bench: &Bench) -> Finding {
        if bench.options.echo.is_none() {
            let asks_provider = self.id != "hello";
            match self.black_box {
                BlackBox::No => return Finding::skipped("needs an echo upstream: --echo"),
                _ if asks_provider && !bench.target.has_credential => {
                    return Finding::skipped("no credential: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN");
                }
                BlackBox::Spends if !bench.options.spend => {
                    return Finding::skipped(format!(
                        "needs a real response (about 20 input and 64 output tokens of {}, once for all such checks): --spend",
                        bench.model()
                    ));
                }
                BlackBox::Free | BlackBox::Spends => {}
            }
        }
        let finding = (self.run)(bench).unwrap_or_else(|finding| finding);
        // do not repeat a credential that a server echoes
        Finding { evidence: masked(&finding.evidence, &bench.target.headers), ..finding }
    }
}
