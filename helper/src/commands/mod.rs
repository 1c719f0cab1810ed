//! One file per subcommand; each reads top to bottom as a story.

mod completions;
mod conformance;
mod costs;
mod diagnose;
mod doctor;
mod env;
mod explain;
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

use crate::base::error::Result;
use crate::cli::Command;
use crate::services::config::Flags;
use std::io::{self, Write};
use std::process::ExitCode;

/// Runs a parsed command.
pub fn run(command: Command, flags: &Flags) -> Result<ExitCode> {
    match command {
        Command::SessionStart => Ok(session_start::run(flags)),
        Command::SessionEnd => Ok(session_end::run()),
        Command::SessionEnv(args) => session_env::run(&args, flags),
        Command::Status(args) => status::run(&args, flags),
        Command::Explain(args) => explain::run(&args, flags),
        Command::Run(args) => run::run(&args, flags),
        Command::Env(args) => env::run(&args, flags),
        Command::Url(args) => url::run(&args, flags),
        Command::Providers(args) => providers::run(&args),
        Command::Validate(args) => validate::run(&args),
        Command::Doctor(args) => doctor::run(&args, flags),
        Command::Diagnose(args) => diagnose::run(&args),
        Command::Conformance(args) => conformance::run(&args, flags),
        Command::Verify(args) => verify::run(&args, flags),
        Command::Logs(command) => logs::run(&command, flags),
        Command::Setup(args) => setup::run(&args, flags),
        Command::Off(args) => off::run(&args),
        Command::Gateway { command } => gateway::run(&command, flags),
        Command::Iac { command } => iac::run(&command, flags),
        Command::Provider { command } => provider::run(&command, flags),
        Command::Key { command } => key::run(&command, flags),
        Command::Route { command } => route::run(&command, flags),
        Command::Send(args) => send::run(&args, flags),
        Command::Costs(args) => costs::run(&args, flags),
        Command::Statusline(args) => statusline::run(&args),
        Command::Completions(args) => completions::completions(&args),
        Command::Man(args) => completions::man(&args),
    }
}

/// Writes to stdout. A reader that went away (`| head`) is no failure.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Writes one JSON document and a line end.
fn print_json(value: &impl serde::Serialize) {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    print(&text);
}

pub use completions::{CompletionsArgs, ManArgs};
pub use conformance::ConformanceArgs;
pub use costs::CostsArgs;
pub use diagnose::DiagnoseArgs;
pub use doctor::DoctorArgs;
pub use env::EnvArgs;
pub use explain::ExplainArgs;
pub use gateway::{AFTER_HELP as GATEWAY_HELP, GatewayCommand};
pub use iac::IacCommand;
pub use key::{GROUP_HELP as KEY_HELP, KeyCommand};
pub use logs::LogsCommand;
pub use off::OffArgs;
pub use provider::{GROUP_HELP as PROVIDER_HELP, ProviderCommand};
pub use providers::ProvidersArgs;
pub use route::RouteCommand;
pub use run::RunArgs;
pub use send::SendArgs;
pub use session_env::SessionEnvArgs;
pub use setup::SetupArgs;
pub use status::StatusArgs;
pub use statusline::StatuslineArgs;
pub use url::UrlArgs;
pub use validate::ValidateArgs;
pub use verify::VerifyArgs;
