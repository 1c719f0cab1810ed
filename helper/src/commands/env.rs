//! `cf-aig env`: the variables that route a program, for a shell or a file.

use super::Run;
use super::flags::{RouteFlags, TrafficFlags};
use crate::base::error::{Error, Kind, Result};
use crate::base::quote::Shell;
use crate::base::redact::REDACTED;
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::{Environment, Value};
use crate::services::context::Context;
use crate::services::session::{NotRouted, Route};
use crate::system::env::ProcessEnv;
use crate::ui::{note, out, print, print_secrets};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use serde_json::{Map, json};

const EXAMPLES: &str = "\
Examples:
  eval \"$(cf-aig env --shell bash)\"     this shell
  cf-aig env --shell powershell          for Invoke-Expression in PowerShell
  cf-aig env --format dotenv > .env      a file; it may hold secrets
  cf-aig env --format github             lines for $GITHUB_ENV";

/// How to print the variables.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct EnvArgs {
    /// Print commands for this shell
    #[arg(long, value_parser = shells(), conflicts_with = "format")]
    shell: Option<Shell>,
    /// Print a file in this format
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Print secrets even to a terminal
    #[arg(long)]
    show_secrets: bool,
    #[command(flatten)]
    traffic: TrafficFlags,
    #[command(flatten)]
    gateway: RouteFlags,
}

/// The shells by their names, with the same words in `--help` as an enum of clap's has.
fn shells() -> impl TypedValueParser<Value = Shell> {
    let names = Shell::ALL.map(|shell| PossibleValue::new(shell.id()).help(shell.label()));
    PossibleValuesParser::new(names).map(|name| Shell::parse(&name).expect("one of the names"))
}

/// File formats for variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FileFormat {
    /// A .env file
    Dotenv,
    /// The `env` object of a Claude Code settings file
    Json,
    /// For the file in GITHUB_ENV
    Github,
    /// For docker run --env-file
    Docker,
}

impl Run for EnvArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let context = self.gateway.context(env);
        let route = route(&context)?;
        let quiet = self.traffic.quiet(env, &route).into_iter().collect();
        let left_out = route.left_out();
        let routed = Environment {
            set: [route.anthropic.set, route.others, quiet].concat(),
            unset: route.anthropic.unset,
            left_out: Vec::new(),
        };
        let asked_for = self.shell.is_some() || self.format.is_some();
        let show = self.show_secrets || (asked_for && !out::is_terminal());
        let secrets = if show { SecretValues::Shown } else { SecretValues::Hidden };
        let text = match self.format {
            Some(format) => in_format(format, &routed, secrets)?,
            None => in_shell(self.shell.unwrap_or_else(|| usual_shell(env)), &routed, secrets),
        };
        if show {
            print_secrets(&text)?
        } else {
            print(&text)?
        }
        left_out.iter().for_each(note);
        if !show && routed.holds_a_secret() {
            note("secrets are hidden; --show-secrets prints them");
        }
        if self.format.is_some() && !routed.unset.is_empty() {
            let names = routed.unset.join(", ");
            note(format!(
                "this format cannot unset variables: make sure that {names} is not set where the file is used"
            ));
        }
        Ok(())
    }
}

/// How the values of secrets are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SecretValues {
    Shown,
    Hidden,
}

fn usual_shell(env: &ProcessEnv) -> Shell {
    if cfg!(windows) { usual_shell_on_windows(env) } else { Shell::Bash }
}

/// PowerShell, except in Git Bash.
fn usual_shell_on_windows(env: &ProcessEnv) -> Shell {
    let posix = ["MSYSTEM", "SHELL"].iter().any(|name| env.filled(name).is_some());
    if posix { Shell::Bash } else { Shell::Powershell }
}

/// The route for an environment, or an error with its exit code.
pub(super) fn route(context: &Context) -> Result<Route> {
    Ok(context.decide().for_environment().map_err(Clone::clone)?.clone())
}

/// The configured gateway, whoever pays.
pub(super) fn configured_url(context: &Context) -> Result<&GatewayUrl> {
    if let Some(problem) = context.config.problems.first() {
        return Err(Error::new(Kind::Usage, problem.to_string()));
    }
    Ok(&context.config.url.as_ref().ok_or(NotRouted::NotConfigured)?.value)
}

/// Hidden values go into a comment, so that no shell sets the placeholder as the value.
fn in_shell(shell: Shell, env: &Environment, secrets: SecretValues) -> String {
    let set = env.set.iter().map(|(name, value)| match value {
        Value::Secret(_) if secrets == SecretValues::Hidden => format!("# {}", shell.export(name, REDACTED)),
        value => shell.export(name, value.reveal()),
    });
    let unset = env.unset.iter().map(|name| shell.unset(name));
    set.chain(unset).map(|line| line + "\n").collect()
}

/// Hidden values go into a comment if the format has comments.
///
/// # Errors
/// Usage, if the format cannot hide a secret or hold a value.
fn in_format(format: FileFormat, env: &Environment, secrets: SecretValues) -> Result<String> {
    let mut out = String::new();
    if secrets == SecretValues::Hidden
        && env.holds_a_secret()
        && matches!(format, FileFormat::Json | FileFormat::Github)
    {
        return Err(Error::new(Kind::Usage, "stdout is a terminal, and this format cannot hide a secret")
            .hinted("write it to a file, or add --show-secrets"));
    }
    if format == FileFormat::Json {
        let map: Map<_, _> =
            env.set.iter().map(|(name, value)| ((*name).to_owned(), json!(value.reveal()))).collect();
        return Ok(serde_json::to_string_pretty(&json!({ "env": map })).unwrap_or_default() + "\n");
    }
    for (name, value) in &env.set {
        if matches!(value, Value::Secret(_)) && secrets == SecretValues::Hidden {
            out.push_str(&format!("# {name}={REDACTED}\n"));
            continue;
        }
        let value = value.reveal();
        match format {
            FileFormat::Dotenv => out.push_str(&format!("{name}={}\n", dotenv(name, value)?)),
            FileFormat::Github => {
                let mut mark = "CF_AIG_END".to_owned();
                while value.contains(&mark) {
                    mark.push('_');
                }
                out.push_str(&format!("{name}<<{mark}\n{value}\n{mark}\n"));
            }
            FileFormat::Docker if value.contains(['\n', '\r']) => {
                return Err(Error::new(
                    Kind::Usage,
                    format!("{name} has several lines, which a docker env file does not support"),
                )
                .hinted("CF_AIG_METADATA=none makes it one line if the token is the only header")
                .hinted(
                    "or `cf-aig run -- docker run -e ANTHROPIC_BASE_URL -e ANTHROPIC_CUSTOM_HEADERS …`",
                ));
            }
            FileFormat::Docker => out.push_str(&format!("{name}={value}\n")),
            FileFormat::Json => {}
        }
    }
    Ok(out)
}

/// Quotes for the common readers (Node, npm's and Python's dotenv). They all read single quotes as
/// literal, except that Python's interprets some backslashes. In double quotes, a line break is the
/// only escape that all of them know.
fn dotenv(name: &str, value: &str) -> Result<String> {
    let literal = !value.contains('\'') && !value.contains(r"\\") && !value.ends_with('\\');
    if literal {
        return Ok(format!("'{value}'"));
    }
    if value.contains(['"', '$', '`', '\\']) {
        return Err(Error::new(Kind::Usage, format!("{name} has a character that .env readers disagree on"))
            .hinted("use --format json or --shell"));
    }
    Ok(format!("\"{}\"", value.replace('\n', "\\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_means_powershell_except_in_git_bash() {
        let with = |name: &str| ProcessEnv::from_iter([(name, "x")]);
        assert_eq!(usual_shell_on_windows(&with("")), Shell::Powershell);
        assert_eq!(usual_shell_on_windows(&with("MSYSTEM")), Shell::Bash);
        #[cfg(unix)]
        assert_eq!(usual_shell(&with("")), Shell::Bash);
    }
}
