//! `cf-aig diagnose`: find out who refused a request, why, and what to do, from any evidence.

use super::Run;
use crate::base::error::{Error, Kind, Result};
use crate::services::diagnose;
use crate::system::env::ProcessEnv;
use crate::ui::input::{self, Input};
use crate::ui::print_report;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is read to see whether there is any input.
const START: u64 = 4096;

const EXAMPLES: &str = "\
Examples:
  cf-aig diagnose < error.json
  claude -p hello --output-format json | cf-aig diagnose
  curl -sv \"$ANTHROPIC_BASE_URL/v1/models\" 2>&1 | cf-aig diagnose
  cf-aig diagnose ~/.claude/debug/latest --json
  cf-aig diagnose --list";

/// What to read.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct DiagnoseArgs {
    /// An error body, a `curl -i` or `-v` dump, an `API Error: …` line, a debug log, a headless
    /// result or a transcript of Claude Code [default: stdin]
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Print JSON: speaker, cause, confidence, meaning, evidence, fix and doc of each finding
    #[arg(long)]
    json: bool,
    /// List every cause that can be recognized, without reading anything
    #[arg(long, conflicts_with = "file")]
    list: bool,
}

impl Run for DiagnoseArgs {
    fn run(&self, _: &ProcessEnv) -> Result<()> {
        if self.list {
            return print_report(self.json, &diagnose::list(), diagnose::list_text);
        }
        let file = self.file.as_deref().unwrap_or(Path::new("-"));
        let Input { name, mut reader } = input::open(file, "paste the error, then press Ctrl-D:")?;
        let mut start = Vec::new();
        let unreadable = |cause| input::unreadable(&name, cause);
        reader.by_ref().take(START).read_to_end(&mut start).map_err(unreadable)?;
        if start.trim_ascii().is_empty() && (start.len() as u64) < START {
            return Err(Error::new(Kind::Usage, format!("no input: {name} is empty"))
                .hinted("pass the error as a file or on stdin; `cf-aig diagnose --help` has examples"));
        }
        let report = diagnose::read(start.as_slice().chain(reader)).map_err(unreadable)?;
        print_report(self.json, &report, || report.text())?;
        super::found((!report.is_explained()).then_some(Kind::Finding))
    }
}
