//! `cf-aig logs list`: lists the newest matching entries.

use super::elsewhere::elsewhere;
use super::wanted::{FIELDS_HELP, WantedArgs};
use crate::base::error::Result;
use crate::services::logs::{FoundEntries, LogReader, Order, Query, Range, table, time};
use crate::ui::{Screen, note, print_report};
use serde_json::json;

/// Which entries to list, and how to show them.
#[derive(Debug, clap::Args)]
#[command(after_help = FIELDS_HELP)]
pub(crate) struct LogsListArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// End: an age, a day (included) or a time (UTC)
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// Show at most this many entries
    #[arg(long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// Oldest first
    #[arg(long)]
    ascending: bool,
    /// Also print the link to this log in the dashboard
    #[arg(long)]
    link: bool,
    /// Print JSON: the entries as the API returns them
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &LogsListArgs, reader: &mut LogReader) -> Result<()> {
    let (query, range) = (args.wanted.query()?, args.wanted.range(args.until.as_deref(), time::now())?);
    let order = if args.ascending { Order::Oldest } else { Order::Newest };
    let some = |reader: &LogReader| reader.some(&query, &range, order, args.limit);
    let mut found = some(reader)?;
    let unfiltered = query == Query::default() && range == Range::default();
    if found.entries.is_empty() && args.limit > 0 && elsewhere(reader, unfiltered)? {
        found = some(reader)?;
    }
    let FoundEntries { entries, cut } = found;
    if let Some(why) = cut {
        note(why);
    }
    print_report(args.json, &json!({"schema": 1, "source": reader.store, "logs": entries}), || {
        let link = if args.link { format!("{}\n", reader.dashboard()) } else { String::new() };
        match entries.is_empty() {
            true => String::new(),
            false => table::render(&entries, Screen::stdout().width) + &link,
        }
    })?;
    if !args.json && entries.is_empty() && !unfiltered && args.limit > 0 {
        note("no matching entries");
    }
    Ok(())
}
