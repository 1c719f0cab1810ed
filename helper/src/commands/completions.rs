//! `cf-aig completions` and `cf-aig man`: made from the same command definition as `--help`.

use super::print;
use crate::base::error::{Error, Kind, Result};
use crate::cli::Cli;
use clap::CommandFactory;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  cf-aig completions zsh > ~/.zfunc/_cf-aig
  cf-aig completions bash > ~/.local/share/bash-completion/completions/cf-aig";

/// Which shell.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell to complete in
    shell: clap_complete::Shell,
}

/// Where to.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Write cf-aig.1 and a page per command into this folder
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
}

pub(super) fn completions(args: &CompletionsArgs) -> Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "cf-aig", &mut script);
    print(&String::from_utf8_lossy(&script));
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(args: &ManArgs) -> Result<ExitCode> {
    let command = Cli::command();
    let failed = |e: std::io::Error| Error::new(Kind::Finding, format!("could not write the manual: {e}"));
    if let Some(dir) = &args.out_dir {
        std::fs::create_dir_all(dir).map_err(failed)?;
        clap_mangen::generate_to(command, dir).map_err(failed)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(command.disable_help_subcommand(true)).render(&mut page).map_err(failed)?;
    print(&String::from_utf8_lossy(&page));
    Ok(ExitCode::SUCCESS)
}
