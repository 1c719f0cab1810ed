//! The command line as it is typed.

use crate::base::error::Result;
use crate::commands::{self, Run};
use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// Routes Claude Code through Cloudflare AI Gateway, proves it and explains it.
#[derive(Debug, Parser)]
#[command(name = "cf-aig", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

impl Run for Cli {
    fn run(&self) -> Result<ExitCode> {
        match &self.command {
            Command::SessionStart(args) => args.run(),
            Command::SessionEnd(args) => args.run(),
            Command::SessionEnv(args) => args.run(),
            Command::Status(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Run(args) => args.run(),
            Command::Env(args) => args.run(),
            Command::Url(args) => args.run(),
            Command::Providers(args) => args.run(),
            Command::Validate(args) => args.run(),
            Command::Doctor(args) => args.run(),
            Command::Diagnose(args) => args.run(),
            Command::Verify(args) => args.run(),
            Command::Conformance(args) => args.run(),
            Command::Logs(args) => args.run(),
            Command::Setup(args) => args.run(),
            Command::Off(args) => args.run(),
            Command::Gateway(args) => args.run(),
            Command::Iac(args) => args.run(),
            Command::Provider(args) => args.run(),
            Command::Key(args) => args.run(),
            Command::Route(args) => args.run(),
            Command::Send(args) => args.run(),
            Command::Costs(args) => args.run(),
            Command::Statusline(args) => args.run(),
            Command::Completions(args) => args.run(Self::command()),
            Command::Man(args) => args.run(Self::command()),
        }
    }
}

const AFTER_HELP: &str = "\
The gateway is found, first match wins, in: flags; CLOUDFLARE_ACCOUNT_ID, CF_AIG_GATEWAY_ID,
CF_AIG_TOKEN; the plugin's options; a gateway URL in ANTHROPIC_BASE_URL. Secrets are never taken
from the command line.

Exit codes: 0 ok, 1 findings or failure, 2 usage, 3 auth, 4 not found, 5 conflict, 6 network,
7 refused by the platform.

Examples:
  cf-aig status                        where requests go, who pays, does the gateway answer
  cf-aig validate \"$ANTHROPIC_BASE_URL\"
  cf-aig run -- claude                 one routed session, nothing written anywhere
  eval \"$(cf-aig env --shell bash)\"    this shell";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// SessionStart hook of Claude Code: JSON on stdin, JSON on stdout, always exit 0
    SessionStart(commands::SessionStartArgs),
    /// SessionEnd hook of Claude Code: takes out what session-start wrote for Bash programs
    SessionEnd(commands::SessionEndArgs),
    /// What the mod must set for this session, or why not (prints secrets, refuses a terminal)
    SessionEnv(commands::SessionEnvArgs),
    /// Where requests go, who decides that, who pays, does the gateway answer
    Status(commands::StatusArgs),
    /// Every place that sets a routing variable, which one wins and why, and what routing switches off
    Explain(commands::ExplainArgs),
    /// Run one command routed through the gateway; nothing is written anywhere
    Run(commands::RunArgs),
    /// The variables that route a program, for a shell or a file
    Env(commands::EnvArgs),
    /// The base URL of a provider behind the gateway
    Url(commands::UrlArgs),
    /// The providers that a gateway URL can name
    Providers(commands::ProvidersArgs),
    /// Is this a good base URL? Its parts, or what is wrong and the corrected URL
    Validate(commands::ValidateArgs),
    /// Every layer between a session and its model: the first broken one, why, and what to do
    Doctor(commands::DoctorArgs),
    /// Who said no? Reads an error, a dump or a log, and names the speaker, the cause, the next step
    Diagnose(commands::DiagnoseArgs),
    /// Proof at no cost: one request through the gateway, who answered, its entry in the log, who pays
    Verify(commands::VerifyArgs),
    /// Anthropic's gateway contract as checks, for any gateway: works, degraded or broken, and what helps
    Conformance(commands::ConformanceArgs),
    /// What the gateway logged: list, show, follow, export
    Logs(commands::LogsArgs),
    /// Route every session of a settings scope: shows the change, asks, writes, can be undone
    Setup(commands::SetupArgs),
    /// Take out what setup wrote; every byte is as before
    Off(commands::OffArgs),
    /// The account's gateways: list, show, create, update, delete
    Gateway(commands::GatewayArgs),
    /// The gateway as code: Terraform or Pulumi, with import and a check for drift
    Iac(commands::IacArgs),
    /// Custom providers: list, add, remove
    Provider(commands::ProviderArgs),
    /// Provider keys stored at Cloudflare: list, add, rotate, remove
    Key(commands::KeyArgs),
    /// Cloudflare's dynamic routes: list, show, create, deploy, versions, rollback, delete
    Route(commands::RouteArgs),
    /// One prompt through a provider, a dynamic route or a chain: who answered, from which cache, at what cost
    Send(commands::SendArgs),
    /// What the requests cost: the gateway's figure, Claude Code's own, and the list price
    Costs(commands::CostsArgs),
    /// One segment for Claude Code's status line: what was spent, as of when
    Statusline(commands::StatuslineArgs),
    /// Print a completion script for a shell
    Completions(commands::CompletionsArgs),
    /// Print the manual page, or write one per command into a folder
    Man(commands::ManArgs),
}
