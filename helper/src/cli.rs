//! The command line as it is typed.

use crate::commands;
use crate::services::config::Flags;
use clap::{Parser, Subcommand};

/// Routes Claude Code through Cloudflare AI Gateway, proves it and explains it.
#[derive(Debug, Parser)]
#[command(name = "cf-aig", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do
    #[command(subcommand)]
    pub command: Command,
    /// Which gateway, and who pays
    #[command(flatten)]
    pub flags: Flags,
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
    SessionStart,
    /// SessionEnd hook of Claude Code: takes out what session-start wrote for Bash programs
    SessionEnd,
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
    #[command(subcommand)]
    Logs(Box<commands::LogsCommand>),
    /// Route every session of a settings scope: shows the change, asks, writes, can be undone
    Setup(commands::SetupArgs),
    /// Take out what setup wrote; every byte is as before
    Off(commands::OffArgs),
    /// The account's gateways: list, show, create, update, delete
    #[command(after_help = commands::GATEWAY_HELP)]
    Gateway {
        /// What to do
        #[command(subcommand)]
        command: commands::GatewayCommand,
    },
    /// The gateway as code: Terraform or Pulumi, with import and a check for drift
    Iac {
        /// In which language
        #[command(subcommand)]
        command: commands::IacCommand,
    },
    /// Custom providers: list, add, remove
    #[command(after_help = commands::PROVIDER_HELP)]
    Provider {
        /// What to do
        #[command(subcommand)]
        command: commands::ProviderCommand,
    },
    /// Provider keys stored at Cloudflare: list, add, rotate, remove
    #[command(after_help = commands::KEY_HELP)]
    Key {
        /// What to do
        #[command(subcommand)]
        command: commands::KeyCommand,
    },
    /// Cloudflare's dynamic routes: list, show, create, deploy, versions, rollback, delete
    #[command(after_help = crate::facts::gateway::route_file::FORMAT)]
    Route {
        /// What to do
        #[command(subcommand)]
        command: commands::RouteCommand,
    },
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
