//! `cf-aig run`: routes one process. Secrets go only into the child's environment.

use super::Run;
use super::flags::{RouteFlags, TrafficFlags};
use crate::base::error::{Error, Kind, Result};
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use crate::ui::note;
use std::ffi::OsString;
use std::io;
use std::process::Command;

const EXAMPLES: &str = "\
Examples:
  cf-aig run -- claude -p 'say hello'
  cf-aig run --auth stored-key -- python app.py";

/// What to run.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct RunArgs {
    /// Command and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "CMD")]
    command: Vec<OsString>,
    #[command(flatten)]
    traffic: TrafficFlags,
    #[command(flatten)]
    gateway: RouteFlags,
}

impl Run for RunArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let mut context = self.gateway.context(env);
        for file in settings_files(&self.command) {
            context.plugin.will_read(&UserSettings::of_command_line(file));
        }
        let route = super::env::route(&context)?;
        route.left_out().iter().for_each(note);
        let mut routed = route.for_programs(&context.config);
        routed.set.extend(self.traffic.quiet(env, &route));
        let mut command = Command::new(&self.command[0]);
        command.args(&self.command[1..]);
        for name in &routed.unset {
            command.env_remove(name);
        }
        for (name, value) in &routed.set {
            command.env(name, value.reveal());
        }
        let error = start(command);
        let name = self.command[0].to_string_lossy();
        let kind = if error.kind() == io::ErrorKind::NotFound { Kind::NotFound } else { Kind::Refused };
        Err(Error::new(kind, format!("could not start `{}`: {error}", name.escape_debug())).caused_by(error))
    }
}

/// The values of `--settings` on the command line: files, or JSON itself. Any command may pass them on to
/// the client.
fn settings_files(command: &[OsString]) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = command.iter().filter_map(|word| word.to_str()).collect();
    (0..words.len()).filter_map(move |at| match words[at].strip_prefix("--settings")? {
        "" => words.get(at + 1).copied(),
        rest => rest.strip_prefix('='),
    })
}

/// Replaces this process with the command, which keeps its exit code, signals and terminal. Returns
/// only if that fails.
#[cfg(unix)]
fn start(mut command: Command) -> io::Error {
    std::os::unix::process::CommandExt::exec(&mut command)
}

/// Waits for the command and exits with its exit code, which has 32 bits on Windows. Returns only if
/// the command cannot be started.
#[cfg(not(unix))]
#[expect(clippy::exit, reason = "this process stands for the command, and `ExitCode` has 8 bits")]
fn start(mut command: Command) -> io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}
