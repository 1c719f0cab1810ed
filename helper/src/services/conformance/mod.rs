//! Anthropic's published gateway contract as executable checks, for any gateway.
//!
//! Sources: Anthropic's page "Gateway protocol reference" (llm-gateway-protocol, read as of Claude Code
//! 2.1.229), and what Claude Code 2.1.330 was seen to send. Two ways to look: as a black box, from the
//! answers of a real provider behind the gateway, and with an [`echo`] of our own as the provider, which
//! shows byte for byte what came through and costs nothing.

mod bench;
mod body;
mod check;
pub mod echo;
mod endpoints;
mod errors;
mod exchange;
mod headers;
mod junit;
mod report;
mod stream;
mod stream_script;
mod target;

pub use check::{Check, Finding, Outcome, checks};
pub use junit::junit;
pub use report::{Report, list, list_text};
pub use target::Target;

use crate::base::error::Result;
use bench::Bench;
use echo::Echo;

/// How to check.
#[derive(Debug)]
pub struct Options {
    /// The provider behind the gateway is this one.
    pub echo: Option<Echo>,
    /// Checks that cost tokens may be run.
    pub spend: bool,
    /// The model to ask for.
    pub model: String,
    /// Only these ids or groups; empty is all.
    pub only: Vec<String>,
}

/// Runs the checks in order; `seen` is told of each one before it is run.
///
/// # Errors
/// When the gateway cannot be reached, refuses the credential, or does not lead to the echo: then no check
/// could tell anything.
pub fn run(target: &Target, options: Options, seen: &mut dyn FnMut(&Check)) -> Result<Report> {
    let wanted = check::wanted(&options.only)?;
    let bench = Bench::open(target, options)?;
    let results = wanted
        .into_iter()
        .map(|check| {
            seen(check);
            (check, bench.run(check))
        })
        .collect();
    Ok(Report::new(target, &bench, results))
}
