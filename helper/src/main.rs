//! The `cf-aig` command: parse, dispatch, exit code.

use cf_aig::cli::{Cli, Command};
use cf_aig::commands;
use cf_aig::config::Flags;
use clap::Parser;
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

/// The hook is called at every session start with one word and nothing else: it does not wait until
/// the whole command line is described.
fn parse() -> (Command, Flags) {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|word| word == "session-start") && args.next().is_none() {
        return (Command::SessionStart, Flags::default());
    }
    let cli = Cli::parse();
    (cli.command, cli.flags)
}
