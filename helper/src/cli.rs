//! The command line: subcommands, groups and help.

use crate::base::error::Result;
use crate::commands::{Command, Run};
use crate::system::env::ProcessEnv;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser};
use std::ffi::OsString;
use std::fmt::Write;

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
        let args: Vec<OsString> = args.into_iter().map(Into::into).collect();
        let matches = command().try_get_matches_from(&args).or_else(|error| {
            // `--limit -1`: a negative value is invalid, not an unknown flag
            if is_negative(&error) { with_hyphens(command()).try_get_matches_from(&args) } else { Err(error) }
        })?;
        Self::from_arg_matches(&matches)
    }
}

impl Run for Cli {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        self.command.as_ref().unwrap_or(&Command::default()).run(env, command)
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

/// True if the unknown argument is a minus sign and a digit.
fn is_negative(error: &clap::Error) -> bool {
    let unknown = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    error.kind() == ErrorKind::UnknownArgument
        && unknown.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// The same command line, whose options take values that start with a minus sign.
fn with_hyphens(command: clap::Command) -> clap::Command {
    let takes = |arg: &clap::Arg| arg.get_action().takes_values() && !arg.is_positional();
    command
        .mut_args(|arg| if takes(&arg) { arg.allow_hyphen_values(true) } else { arg })
        .mut_subcommands(with_hyphens)
}

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
  7  blocked by a sandbox, a proxy, a policy, Claude Code or the system; or output that cannot be written

Examples:
  cf-aig status                        where requests go, who pays, if the gateway responds
  cf-aig validate \"$ANTHROPIC_BASE_URL\"
  cf-aig run -- claude                 one routed session, nothing written to disk
  eval \"$(cf-aig env --shell bash)\"    this shell";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_in_one_group_and_its_line_fits_a_terminal() {
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
