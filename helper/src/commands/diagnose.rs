//! `cf-aig diagnose`: who said no? Any evidence in, speaker, cause and next step out.

use crate::base::error::{Error, Kind, Result};
use crate::services::diagnose::{self, Format};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::PathBuf;
use std::process::ExitCode;

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
    /// result or a transcript of Claude Code; - or nothing reads stdin
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Machine-readable: speaker, cause, confidence, meaning, evidence, fix and doc of each finding
    #[arg(long)]
    json: bool,
    /// Every cause that can be found, instead of reading anything
    #[arg(long, conflicts_with = "file")]
    list: bool,
}

pub(super) fn run(args: &DiagnoseArgs) -> Result<ExitCode> {
    let format = if args.json { Format::Json } else { Format::Text };
    let mut out = Vec::new();
    let failed =
        |what: &str, e: &io::Error| Error::new(Kind::NotFound, format!("could not read {what}: {e}"));
    if args.list {
        diagnose::list(&mut out, format).map_err(|e| failed("the table", &e))?;
        super::print(&String::from_utf8_lossy(&out));
        return Ok(ExitCode::SUCCESS);
    }
    let (input, name): (Box<dyn Read>, String) = match args.file.as_deref().filter(|f| f.as_os_str() != "-") {
        Some(file) => {
            let name = file.display().to_string();
            (Box::new(File::open(file).map_err(|e| failed(&name, &e))?), name)
        }
        None => {
            if io::stdin().is_terminal() {
                eprintln!("paste the error, then Ctrl-D:");
            }
            (Box::new(io::stdin()), "stdin".to_owned())
        }
    };
    let report = diagnose::run(input, &mut out, format).map_err(|e| failed(&name, &e))?;
    super::print(&String::from_utf8_lossy(&out));
    Ok(if report.is_explained() { ExitCode::SUCCESS } else { ExitCode::from(Kind::Finding.exit_code()) })
}
