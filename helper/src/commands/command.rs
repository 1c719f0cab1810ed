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
use crate::system::env::ProcessEnv;
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
    /// Print what the mod must set for this session, or why nothing is set (prints secrets, refuses a terminal)
    #[command(hide = true)]
    SessionEnv(SessionEnvArgs),
    /// Show where requests go, who pays, and if the gateway responds
    Status(status::StatusArgs),
    /// Route every session by writing a settings file; can be undone
    Setup(setup::SetupArgs),
    /// Check every layer from session to model; report what is broken
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
    /// Prove routing at no cost: send one request, find it in the log
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
    /// Print routing and spend for Claude Code's status line
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
    pub fn run(&self, env: &ProcessEnv, whole: fn() -> clap::Command) -> Result<()> {
        match self {
            Command::SessionStart(args) => args.run(env),
            Command::SessionEnd(args) => args.run(env),
            Command::SessionEnv(args) => args.run(env),
            Command::Status(args) => args.run(env),
            Command::Setup(args) => args.run(env),
            Command::Doctor(args) => args.run(env),
            Command::Costs(args) => args.run(env),
            Command::Off(args) => args.run(env),
            Command::Run(args) => args.run(env),
            Command::Env(args) => args.run(env),
            Command::Url(args) => args.run(env),
            Command::Explain(args) => args.run(env),
            Command::Verify(args) => args.run(env),
            Command::Diagnose(args) => args.run(env),
            Command::Validate(args) => args.run(env),
            Command::Conformance(args) => args.run(env),
            Command::Gateway(args) => args.run(env),
            Command::Key(args) => args.run(env),
            Command::Provider(args) => args.run(env),
            Command::Route(args) => args.run(env),
            Command::Providers(args) => args.run(env),
            Command::Iac(args) => args.run(env),
            Command::Logs(args) => args.run(env),
            Command::Statusline(args) => args.run(env),
            Command::Send(args) => args.run(env),
            Command::Completions(args) => args.run(whole()),
            Command::Man(args) => args.run(whole()),
        }
    }
}
