//! `cf-aig diagnose`: find out who refused a request, why, and what to do, from any evidence.

use super::Run;
use crate::base::error::{Kind, Result};
use crate::services::diagnose;
use crate::ui::input::{self, Input};
use crate::ui::print_report;
use std::path::{Path, PathBuf};

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
    fn run(&self) -> Result<()> {
        if self.list {
            return print_report(self.json, &diagnose::list(), diagnose::list_text);
        }
        let file = self.file.as_deref().unwrap_or(Path::new("-"));
        let Input { name, reader } = input::open(file, "paste the error, then press Ctrl-D:")?;
        let report = diagnose::read(reader).map_err(|cause| input::unreadable(&name, cause))?;
        print_report(self.json, &report, || report.text())?;
        super::found((!report.is_explained()).then_some(Kind::Finding))
    }
}
