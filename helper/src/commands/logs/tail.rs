//! `cf-aig logs tail`: prints new entries as they arrive.

use super::elsewhere::elsewhere;
use super::wanted::{FIELDS_HELP, WantedArgs};
use crate::base::error::{Error, Kind, Result};
use crate::base::text::visible_json;
use crate::commands::flags::duration;
use crate::facts::gateway::resources::LogEntry;
use crate::services::logs::table::LogTable;
use crate::services::logs::{LogReader, Tail, time};
use crate::ui::out::{self, Stream};
use crate::ui::{Screen, note};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Which entries to print, and when to stop.
#[derive(Debug, clap::Args)]
#[command(after_help = FIELDS_HELP)]
pub(crate) struct TailArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// Stop after this long, such as 10m
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    duration: Option<Duration>,
    /// Stop after this many entries
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// Polling interval (minimum 250ms, which the API's rate limit allows)
    #[arg(long, value_name = "TIME", default_value = "3s", value_parser = duration)]
    interval: Duration,
    /// Print one JSON object per line: "schema" and the entry as the API returns it
    #[arg(long)]
    json: bool,
}

/// The shortest polling interval.
const SHORTEST: Duration = Duration::from_millis(250);
/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(30);

pub(super) fn run(args: &TailArgs, reader: &mut LogReader) -> Result<()> {
    let query = args.wanted.query()?;
    let now = time::now();
    let range = args.wanted.range(None, now)?;
    if args.interval < SHORTEST {
        return Err(Error::new(Kind::Usage, "--interval must be at least 250ms"));
    }
    let end = args.duration.map(|limit| Instant::now() + limit);
    find(reader)?;
    let mut tail = Tail::new(range.since.unwrap_or(now));
    let layout = (!args.json).then(|| LogTable::usual(Screen::stdout().width));
    let mut rows = Rows { layout, headed: false, left: args.count };
    let mut failures = 0;
    loop {
        let wanted = match tail.look(reader, &query, time::now(), &mut |item| rows.give(&item)) {
            Ok(wanted) => {
                if failures > 0 {
                    note("the API is responding again");
                }
                failures = 0;
                wanted
            }
            Err(error) if error.kind == Kind::Network => {
                failures += 1;
                true
            }
            Err(error) => return Err(error),
        };
        let pause = if failures > 0 { backoff(failures) } else { args.interval };
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if !wanted || left.is_some_and(|left| left.is_zero()) {
            return Ok(());
        }
        if failures > 0 {
            note(format!("the API does not respond; retrying in {} s", pause.as_secs()));
        }
        if !out::wait_for_reader(left.map_or(pause, |left| pause.min(left))) {
            return Ok(());
        }
    }
}

/// Detects at the start whether the account's log is elsewhere. A log that is just empty may fill
/// up.
fn find(reader: &mut LogReader) -> Result<()> {
    match reader.newest() {
        Ok(Some(_)) => Ok(()),
        // network failures may be temporary
        Err(error) if error.kind == Kind::Network => Ok(()),
        Err(error) if error.kind != Kind::NotFound => Err(error),
        _ => elsewhere(reader, false).map(drop),
    }
}

/// 1, 2, 4, … seconds.
fn backoff(failures: u32) -> Duration {
    Duration::from_secs(1 << (failures - 1).min(5)).min(LONGEST)
}

/// Prints entries, line by line.
struct Rows {
    layout: Option<LogTable>,
    headed: bool,
    /// How many entries are still wanted, if not all.
    left: Option<u64>,
}

impl Rows {
    /// True while more entries are wanted and the reader has not closed the pipe.
    fn give(&mut self, item: &LogEntry) -> Result<bool> {
        let text = match &self.layout {
            Some(layout) if self.headed => layout.line(item),
            Some(layout) => layout.head() + &layout.line(item),
            None => visible_json(&with_schema(item).to_string()) + "\n",
        };
        self.headed = true;
        self.left = self.left.map(|left| left - 1);
        Ok(Stream::stdout().put(text.as_bytes())? && self.left != Some(0))
    }
}

fn with_schema(item: &LogEntry) -> Value {
    let mut whole = Map::from_iter([("schema".to_owned(), json!(1))]);
    whole.extend(item.0.clone());
    whole.into()
}
