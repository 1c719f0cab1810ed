//! One check of the contract: its description, and how to run it.

use super::contract_run::ContractRun;
use super::finding::{ContractFinding, ContractVerdict};
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
pub struct ContractCheck {
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
    pub(super) run: fn(&ContractRun) -> ContractVerdict,
}

impl ContractCheck {
    /// Runs one check, or reports why it cannot run.
    pub(super) fn look(&self, bench: &ContractRun) -> ContractFinding {
        if bench.options.echo.is_none() {
            let asks_provider = self.id != "hello";
            match self.black_box {
                BlackBox::No => return ContractFinding::skipped("needs an echo upstream: --echo"),
                _ if asks_provider && !bench.target.has_credential => {
                    return ContractFinding::skipped(
                        "no credential: set ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN",
                    );
                }
                BlackBox::Spends if !bench.options.spend => {
                    return ContractFinding::skipped(format!(
                        "needs a real response (about 20 input and 64 output tokens of {}, once for all such checks): --spend",
                        bench.model()
                    ));
                }
                BlackBox::Free | BlackBox::Spends => {}
            }
        }
        let finding = (self.run)(bench).unwrap_or_else(|finding| finding);
        // do not repeat a credential that a server echoes
        ContractFinding { evidence: masked(&finding.evidence, &bench.target.headers), ..finding }
    }
}
