//! One file per subcommand: its arguments and the function that runs it.

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

pub use completions::{CompletionsArgs, ManArgs};
pub use conformance::ConformanceArgs;
pub use costs::CostsArgs;
pub use diagnose::DiagnoseArgs;
pub use doctor::DoctorArgs;
pub use env::EnvArgs;
pub use explain::ExplainArgs;
pub use gateway::GatewayArgs;
pub use iac::IacArgs;
pub use key::KeyArgs;
pub use logs::LogsArgs;
pub use off::OffArgs;
pub use provider::ProviderArgs;
pub use providers::ProvidersArgs;
pub use route::RouteArgs;
pub use run::RunArgs;
pub use send::SendArgs;
pub use session_end::SessionEndArgs;
pub use session_env::SessionEnvArgs;
pub use session_start::SessionStartArgs;
pub use setup::SetupArgs;
pub use status::StatusArgs;
pub use statusline::StatuslineArgs;
pub use url::UrlArgs;
pub use validate::ValidateArgs;
pub use verify::VerifyArgs;

use crate::base::error::{Kind, Result};
use std::process::ExitCode;

/// A parsed subcommand.
pub trait Run {
    /// Runs the command. Returns an exit code where a failure has no message.
    ///
    /// # Errors
    /// Why the command failed.
    fn run(&self) -> Result<ExitCode>;
}

/// The exit code of a command that has printed its result: success, or that of a finding.
fn exit(finding: Option<Kind>) -> ExitCode {
    finding.map_or(ExitCode::SUCCESS, |kind| ExitCode::from(kind.exit_code()))
}
