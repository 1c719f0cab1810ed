//! `cf-aig completions` and `cf-aig man`, generated from the same command definition as `--help`.

use crate::base::error::{Error, Kind, Result};
use crate::ui::{file, print};
use clap::Command;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  cf-aig completions zsh > ~/.zfunc/_cf-aig
  cf-aig completions bash > ~/.local/share/bash-completion/completions/cf-aig";

/// Which shell to write for.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// Shell
    shell: clap_complete::Shell,
}

/// Output of `cf-aig man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Write cf-aig.1 and one page per command to this directory
    #[arg(long, value_name = "DIR")]
    out_dir: Option<PathBuf>,
}

impl CompletionsArgs {
    /// Prints the completion script for `command`, the whole command line.
    pub(crate) fn run(&self, mut command: Command) -> Result<()> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "cf-aig", &mut script);
        print(String::from_utf8_lossy(&script))
    }
}

impl ManArgs {
    /// Prints the manual page of `command`, the whole command line, or writes one per subcommand.
    pub(crate) fn run(&self, command: Command) -> Result<()> {
        if let Some(dir) = &self.out_dir {
            let written = std::fs::create_dir_all(dir).and_then(|()| clap_mangen::generate_to(command, dir));
            written.map_err(|cause| file::unwritable(dir, cause))?;
            return Ok(());
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command.disable_help_subcommand(true)).render(&mut page).map_err(|cause| {
            Error::new(Kind::Finding, format!("could not render the page: {cause}")).caused_by(cause)
        })?;
        print(String::from_utf8_lossy(&page))
    }
}
