//! The `cf-aig` command: parse, dispatch, exit code.

use cf_aig::cli::{Cli, Command};
use cf_aig::commands;
use cf_aig::services::config::Flags;
use clap::Parser;
use std::ffi::OsStr;
use std::process::ExitCode;

fn main() -> ExitCode {
    let (command, flags) = parse();
    match commands::run(command, &flags) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cf-aig: {error}");
            ExitCode::from(error.kind.exit_code())
        }
    }
}

/// The hooks are called at every session's start and end with one word and nothing else: they do not
/// wait until the whole command line is described.
fn parse() -> (Command, Flags) {
    let mut args = std::env::args_os().skip(1);
    let hook = match args.next().as_deref().and_then(OsStr::to_str) {
        Some("session-start") => Some(Command::SessionStart),
        Some("session-end") => Some(Command::SessionEnd),
        _ => None,
    };
    if let (Some(hook), None) = (hook, args.next()) {
        return (hook, Flags::default());
    }
    let cli = Cli::parse();
    (cli.command, cli.flags)
}
