//! The `cf-aig` command: parse, dispatch, exit code.

use cf_aig::cli::Cli;
use cf_aig::commands;
use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match commands::run(cli.command, &cli.flags) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("cf-aig: {error}");
            ExitCode::from(error.kind.exit_code())
        }
    }
}
