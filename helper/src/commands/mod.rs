//! The subcommands. One file for each: its arguments and the function that runs it.

mod command;
mod completions;
mod conformance;
mod costs;
mod diagnose;
mod doctor;
mod env;
mod explain;
mod flags;
mod gateway;
mod iac;
mod key;
mod logs;
mod off;
mod provider;
mod providers;
mod route;
mod run;
mod send;
mod session_end;
mod session_env;
mod session_start;
mod setup;
mod status;
mod statusline;
mod url;
mod validate;
mod verify;

pub use command::Command;
pub use session_end::SessionEndArgs;
pub use session_env::SessionEnvArgs;
pub use session_start::SessionStartArgs;
pub use statusline::StatuslineArgs;

use crate::base::error::{Error, Kind, Result};
use crate::system::env::ProcessEnv;

/// A parsed command.
pub trait Run {
    /// Runs the command.
    ///
    /// # Errors
    /// Why the command failed. An error without a message is already shown.
    fn run(&self, env: &ProcessEnv) -> Result<()>;
}

/// The result of a command that has printed what it found: an error if that is a finding.
fn found(finding: Option<Kind>) -> Result<()> {
    finding.map_or(Ok(()), |kind| Err(Error::shown(kind)))
}
