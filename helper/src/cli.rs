//! The command line: subcommands, groups and help.

use crate::base::error::Result;
use crate::commands::{self, Run};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use std::ffi::OsString;
use std::fmt::Write;
use std::process::ExitCode;

/// Routes Claude Code through Cloudflare AI Gateway, proves it and explains it.
#[derive(Debug, Parser)]
#[command(name = "cf-aig", version, about, max_term_width = 100, after_help = AFTER_HELP)]
pub struct Cli {
    /// What to do; without it, status
    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// Parses the process's arguments.
    ///
    /// # Errors
    /// Help or version was requested, or the usage is wrong.
    pub fn parse_from<T: Into<OsString> + Clone>(
        args: impl IntoIterator<Item = T>,
    ) -> Result<Self, clap::Error> {
        Self::from_arg_matches(&command().try_get_matches_from(args)?)
    }
}

impl Run for Cli {
    fn run(&self) -> Result<ExitCode> {
        let Some(subcommand) = &self.command else {
            return commands::StatusArgs::default().run();
        };
        match subcommand {
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
            Command::Completions(args) => args.run(command()),
            Command::Man(args) => args.run(command()),
        }
    }
}

/// The subcommands by purpose, in the order of `--help`. Hooks are left out.
const GROUPS: &[(&str, &[&str])] = &[
    ("Everyday", &["status", "setup", "doctor", "costs", "off"]),
    ("Session", &["run", "env", "url", "explain"]),
    ("Proof and diagnosis", &["verify", "diagnose", "validate", "conformance"]),
    ("Gateway", &["gateway", "key", "provider", "route", "providers", "iac"]),
    ("Costs and logs", &["logs", "statusline"]),
    ("Tools", &["send", "completions", "man", "help"]),
];

/// The whole command line, with its subcommands in groups.
pub fn command() -> clap::Command {
    let command = Cli::command();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{}\nOptions:\n{{options}}{{after-help}}",
        groups(&command)
    );
    command.help_template(template)
}

fn groups(command: &clap::Command) -> String {
    let mut out = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(out, "\n{title}:");
        for name in *names {
            let found = command.find_subcommand(name).and_then(clap::Command::get_about);
            let about = found.map_or_else(|| HELP.to_owned(), ToString::to_string);
            let _ = writeln!(out, "  {name:<11}  {about}");
        }
    }
    out
}

const HELP: &str = "Print the help of a command";

const AFTER_HELP: &str = "\
The gateway comes from the first of these: flags; CLOUDFLARE_ACCOUNT_ID, CF_AIG_GATEWAY_ID and
CF_AIG_TOKEN; the plugin's options; a gateway URL in ANTHROPIC_BASE_URL. Secrets are never read from
the command line.

Exit codes:
  0  success
  1  findings, or a change that was not confirmed
  2  usage error, or malformed input
  3  a credential is missing or was refused
  4  not found, or an input file that cannot be read
  5  conflict, such as an output file that already exists
  6  network failure
  7  refused by the platform, or output that cannot be written

Examples:
  cf-aig status                        where requests go, who pays, if the gateway responds
  cf-aig validate \"$ANTHROPIC_BASE_URL\"
  cf-aig run -- claude                 one routed session, nothing written to disk
  eval \"$(cf-aig env --shell bash)\"    this shell";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// SessionStart hook of Claude Code: JSON on stdin, JSON on stdout, always exit 0
    #[command(hide = true)]
    SessionStart(commands::SessionStartArgs),
    /// SessionEnd hook of Claude Code: removes what session-start wrote for Bash programs
    #[command(hide = true)]
    SessionEnd(commands::SessionEndArgs),
    /// What the mod must set for this session, or why not (prints secrets, refuses a terminal)
    #[command(hide = true)]
    SessionEnv(commands::SessionEnvArgs),
    /// Show where requests go, who pays, and if the gateway responds
    Status(commands::StatusArgs),
    /// Route every session of a settings file; can be undone
    Setup(commands::SetupArgs),
    /// Check every layer from session to model; report the broken one
    Doctor(commands::DoctorArgs),
    /// Show what requests cost, by model, day, project or session
    Costs(commands::CostsArgs),
    /// Undo setup: restore the settings file byte for byte
    Off(commands::OffArgs),
    /// Run one command through the gateway; write nothing to disk
    Run(commands::RunArgs),
    /// Print the variables that route a program, for a shell or a file
    Env(commands::EnvArgs),
    /// Print the base URL of a provider behind the gateway
    Url(commands::UrlArgs),
    /// Show every source of each routing variable, and which one wins
    Explain(commands::ExplainArgs),
    /// Prove the route at no cost: one request, found again in the log
    Verify(commands::VerifyArgs),
    /// Read an error, a dump or a log: who refused, why, what to do
    Diagnose(commands::DiagnoseArgs),
    /// Check a base URL; print its parts, or the corrected URL
    Validate(commands::ValidateArgs),
    /// Check any gateway against Anthropic's gateway contract
    Conformance(commands::ConformanceArgs),
    /// List, show, create, update and delete gateways
    Gateway(commands::GatewayArgs),
    /// List, add, rotate and remove provider keys stored at Cloudflare
    Key(commands::KeyArgs),
    /// List, add and remove custom providers
    Provider(commands::ProviderArgs),
    /// List, create, deploy, roll back and delete dynamic routes
    Route(commands::RouteArgs),
    /// List the providers that a gateway URL can name
    Providers(commands::ProvidersArgs),
    /// Print the gateway as Terraform or Pulumi code; check for drift
    Iac(commands::IacArgs),
    /// List, show, follow and export the gateway's log
    Logs(commands::LogsArgs),
    /// Print the route and the spend for Claude Code's status line
    Statusline(commands::StatuslineArgs),
    /// Send one prompt: who responded, from which cache, at what cost
    Send(commands::SendArgs),
    /// Print a completion script for a shell
    Completions(commands::CompletionsArgs),
    /// Print the manual page, or write one per command to a directory
    Man(commands::ManArgs),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_stands_in_one_group_and_fits_a_terminal() {
        let command = Cli::command();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        grouped.sort_unstable();
        let visible = command.get_subcommands().filter(|command| !command.is_hide_set());
        let mut names: Vec<&str> = visible.map(clap::Command::get_name).chain(["help"]).collect();
        names.sort_unstable();
        assert_eq!(grouped, names);
        for line in groups(&command).lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
