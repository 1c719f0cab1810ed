//! `cf-aig logs export`: writes all matching entries to a file.

use super::elsewhere::elsewhere;
use super::wanted::WantedArgs;
use crate::base::error::{Error, Result};
use crate::services::logs::export::{Done, ExportJob};
use crate::services::logs::rows::ExportFormat;
use crate::services::logs::{LogReader, time};
use crate::ui::out::Stream;
use crate::ui::{note, print_json};
use serde_json::json;
use std::path::{Path, PathBuf};

/// Which entries to export, and where.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// End: an age, a day (included) or a time (UTC)
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Output format
    #[arg(long, value_enum, default_value = "ndjson")]
    format: ExportFormat,
    /// File to write; - for stdout, where an interrupted export cannot be resumed [default: -]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print a summary of the export as JSON
    #[arg(long, requires = "output")]
    json: bool,
}

const AFTER_HELP: &str = "\
Entries are exported oldest first, each once. An export can be interrupted: FILE.progress records
how far it got, and the same command resumes there, with the time range of the first run. It reads
as fast as the API's rate limit allows (1200 calls in five minutes, 50 entries each), less a margin
for other users of the token.

Entries of the last minute may not be listed yet. CSV keeps values as they are: one that starts with
= + - or @ is quoted, but a spreadsheet may still read it as a formula, so import columns as text.

Examples:
  cf-aig logs export --since 7d --output week.ndjson
  cf-aig logs export --since 2026-11-01 --until 2026-11-30 --format csv --output november.csv
  cf-aig logs export failed --since 1d | jq -r .model | sort | uniq -c";

pub(super) fn run(args: &ExportArgs, reader: &mut LogReader) -> Result<()> {
    let query = args.wanted.query()?;
    let now = time::now();
    let mut range = args.wanted.range(args.until.as_deref(), now)?;
    // leave out entries that arrive during the export, or it would never end
    range.until.get_or_insert(now + 1);
    if !matches!(reader.newest(), Ok(Some(_))) {
        elsewhere(reader, true)?;
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let asked = format!("[{}..{}] {}", text(&args.wanted.since), text(&args.until), args.wanted.words());
    let job = ExportJob { reader, query: &query, range, format: args.format, asked };
    let file =
        args.output.as_ref().filter(|path| !["-", "/dev/stdout"].map(Path::new).contains(&path.as_path()));
    if args.json && file.is_none() {
        return Err(Error::usage("--json prints a summary of a file, and --output - is stdout"));
    }
    let Some(path) = file else {
        let mut out = Stream::stdout();
        return job.to_stream(|text| out.put(text.as_bytes()));
    };
    let Done { entries, range, resumed } = job.to_file(path)?;
    let (since, until) = (range.since.map(time::written), range.until.map(time::written));
    if args.json {
        print_json(&json!({
            "schema": 1, "file": path, "format": args.format, "entries": entries,
            "since": since, "until": until, "resumed": resumed, "source": reader.store,
        }))?;
    } else {
        let until = until.unwrap_or_default();
        note(format!("{entries} entries until {until} in {}", path.display()));
    }
    Ok(())
}
