//! Anthropic's published gateway contract as executable checks for any gateway.
//!
//! Sources: Anthropic's page "Gateway protocol reference" (llm-gateway-protocol, read as of Claude
//! Code 2.1.229), and the requests that Claude Code 2.1.330 was seen to send. A gateway is tested
//! as a black box, from the responses of a real provider behind it, or with an [`echo`] as the
//! provider, which shows byte for byte what came through and costs nothing.

mod body;
mod check;
mod contract_run;
pub mod echo;
mod endpoints;
mod errors;
mod finding;
mod headers;
mod report;
mod requests;
mod stream;
mod stream_script;
mod table;
mod target;

pub use check::{BlackBox, ContractCheck};
pub use contract_run::ContractOptions;
pub use finding::{ContractFinding, ContractOutcome};
pub use report::{ContractReport, junit, list, list_text};
pub use table::checks;
pub use target::ContractTarget;

use crate::base::error::Result;
use contract_run::ContractRun;

/// Runs the checks in order; calls `seen` before each.
///
/// # Errors
/// If the gateway cannot be reached, refuses the credential, or does not lead to the echo: then no
/// check can produce a result.
pub fn run(
    target: &ContractTarget,
    options: ContractOptions,
    seen: &mut dyn FnMut(&ContractCheck),
) -> Result<ContractReport> {
    let wanted = table::wanted(&options.only)?;
    let bench = ContractRun::open(target, options)?;
    let results = wanted
        .into_iter()
        .map(|check| {
            seen(check);
            (check, check.look(&bench))
        })
        .collect();
    Ok(ContractReport::new(target, &bench, results))
}
