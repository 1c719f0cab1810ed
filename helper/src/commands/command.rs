//! The list of subcommands.

use super::session_end::SessionEndArgs;
use super::session_env::SessionEnvArgs;
use super::session_start::SessionStartArgs;
use super::statusline::StatuslineArgs;
use super::{
    Run, completions, conformance, costs, diagnose, doctor, env, explain, gateway, iac, key, logs, off,
    provider, providers, route, run, send, setup, status, url, validate, verify,
};
use crate::base::error::Result;
use clap::Subcommand;

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// SessionStart hook of Claude Code: JSON on stdin, JSON on stdout, always exit 0
    #[command(hide = true)]
    SessionStart(SessionStartArgs),
    /// SessionEnd hook of Claude Code: removes what session-start wrote for Bash programs
    #[command(hide = true)]
    SessionEnd(SessionEndArgs),
    /// What the mod must set for this session, or why not (prints secrets, refuses a terminal)
    #[command(hide = true)]
    SessionEnv(SessionEnvArgs),
    /// Show where requests go, who pays, and if the gateway responds
    Status(status::StatusArgs),
    /// Route every session of a settings file; can be undone
    Setup(setup::SetupArgs),
    /// Check every layer from session to model; report the broken one
    Doctor(doctor::DoctorArgs),
    /// Show what requests cost, by model, day, project or session
    Costs(costs::CostsArgs),
    /// Undo setup: restore the settings file byte for byte
    Off(off::OffArgs),
    /// Run one command through the gateway; write nothing to disk
    Run(run::RunArgs),
    /// Print the variables that route a program, for a shell or a file
    Env(env::EnvArgs),
    /// Print the base URL of a provider behind the gateway
    Url(url::UrlArgs),
    /// Show every source of each routing variable, and which one wins
    Explain(explain::ExplainArgs),
    /// Prove the route at no cost: one request, found again in the log
    Verify(verify::VerifyArgs),
    /// Read an error, a dump or a log: who refused, why, what to do
    Diagnose(diagnose::DiagnoseArgs),
    /// Check a base URL; print its parts, or the corrected URL
    Validate(validate::ValidateArgs),
    /// Check any gateway against Anthropic's gateway contract
    Conformance(conformance::ConformanceArgs),
    /// List, show, create, update and delete gateways
    Gateway(gateway::GatewayArgs),
    /// List, add, rotate and remove provider keys stored at Cloudflare
    Key(key::KeyArgs),
    /// List, add and remove custom providers
    Provider(provider::ProviderArgs),
    /// List, create, deploy, roll back and delete dynamic routes
    Route(route::RouteArgs),
    /// List the providers that a gateway URL can name
    Providers(providers::ProvidersArgs),
    /// Print the gateway as Terraform or Pulumi code; check for drift
    Iac(iac::IacArgs),
    /// List, show, tail and export the gateway's log
    Logs(logs::LogsArgs),
    /// Print the route and the spend for Claude Code's status line
    Statusline(StatuslineArgs),
    /// Send one prompt: who responded, from which cache, at what cost
    Send(send::SendArgs),
    /// Print a completion script for a shell
    Completions(completions::CompletionsArgs),
    /// Print the manual page, or write one per command to a directory
    Man(completions::ManArgs),
}

impl Default for Command {
    fn default() -> Self {
        Command::Status(status::StatusArgs::default())
    }
}

impl Command {
    /// Runs the subcommand. `whole` is the command line that it belongs to.
    ///
    /// # Errors
    /// Errors of [`Run::run`].
    pub fn run(&self, whole: fn() -> clap::Command) -> Result<()> {
        match self {
            Command::SessionStart(args) => args.run(),
            Command::SessionEnd(args) => args.run(),
            Command::SessionEnv(args) => args.run(),
            Command::Status(args) => args.run(),
            Command::Setup(args) => args.run(),
            Command::Doctor(args) => args.run(),
            Command::Costs(args) => args.run(),
            Command::Off(args) => args.run(),
            Command::Run(args) => args.run(),
            Command::Env(args) => args.run(),
            Command::Url(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Verify(args) => args.run(),
            Command::Diagnose(args) => args.run(),
            Command::Validate(args) => args.run(),
            Command::Conformance(args) => args.run(),
            Command::Gateway(args) => args.run(),
            Command::Key(args) => args.run(),
            Command::Provider(args) => args.run(),
            Command::Route(args) => args.run(),
            Command::Providers(args) => args.run(),
            Command::Iac(args) => args.run(),
            Command::Logs(args) => args.run(),
            Command::Statusline(args) => args.run(),
            Command::Send(args) => args.run(),
            Command::Completions(args) => args.run(whole()),
            Command::Man(args) => args.run(whole()),
        }
    }
}
