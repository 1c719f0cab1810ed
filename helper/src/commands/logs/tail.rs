//! `cf-aig logs tail`: new entries as they come.

use super::wanted::{FIELDS_HELP, WantedArgs};
use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::LogEntry;
use crate::services::context::var;
use crate::services::logs::table::{self, Layout};
use crate::services::logs::{Order, Range, Reader, Store, Tail, time};
use serde_json::{Value, json};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Which entries, and until when.
#[derive(Debug, clap::Args)]
#[command(after_help = FIELDS_HELP)]
pub struct TailArgs {
    #[command(flatten)]
    wanted: WantedArgs,
    /// End after so long, such as 10m
    #[arg(long = "for", value_name = "TIME")]
    duration: Option<String>,
    /// End after so many entries
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Look so often; 250ms at least, which is what the API's rate limit allows
    #[arg(long, value_name = "TIME", default_value = "3s")]
    interval: String,
    /// One JSON object a line: "schema" and the entry as the API gives it
    #[arg(long)]
    json: bool,
}

/// The longest pause after failures.
const LONGEST: Duration = Duration::from_secs(30);

pub(super) fn run(args: &TailArgs, reader: &mut Reader) -> Result<ExitCode> {
    let query = args.wanted.query()?;
    let now = time::now();
    let range = args.wanted.range(now)?;
    if range.until.is_some() {
        return Err(Error::new(Kind::Usage, "--until has no meaning for what is still to come")
            .hinted("--for ends it"));
    }
    let interval = duration("interval", &args.interval)?.max(Duration::from_millis(250));
    let end = args.duration.as_deref().map(|text| duration("for", text)).transpose()?;
    let end = end.map(|limit| Instant::now() + limit);
    find(reader)?;
    let mut tail = Tail::new(range.since.unwrap_or(now));
    let mut out = Out::new(args.json, args.count);
    let mut failures = 0;
    loop {
        match tail.look(reader, &query, time::now(), &mut |item| out.give(&item)) {
            Ok(()) if failures > 0 => {
                eprintln!("cf-aig: the API answers again");
                failures = 0;
            }
            Ok(()) => {}
            Err(error) if error.kind == Kind::Network => failures += 1,
            Err(error) => return Err(error),
        }
        let pause = if failures > 0 { backoff(failures) } else { interval };
        let left = end.map(|end| end.saturating_duration_since(Instant::now()));
        if out.closed || left.is_some_and(|left| left.is_zero()) {
            return Ok(ExitCode::SUCCESS);
        }
        if failures > 0 {
            eprintln!("cf-aig: the API does not answer; trying again in {} s", pause.as_secs());
        }
        if !wait(left.map_or(pause, |left| pause.min(left))) {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// An account whose log is elsewhere is recognised at the start; a log that is only empty may fill.
fn find(reader: &mut Reader) -> Result<()> {
    let newest = reader.some(
        &crate::services::logs::Query::default(),
        &Range::default(),
        (Order::CreatedAt, false),
        1,
    );
    let empty = match newest {
        Ok(found) => found.entries.is_empty(),
        Err(error) if error.kind == Kind::NotFound => true,
        // a network that fails now may work in a moment
        Err(error) if error.kind == Kind::Network => false,
        Err(error) => return Err(error),
    };
    if empty && reader.locate()? == Store::Observability {
        eprintln!("cf-aig: {}", super::ELSEWHERE);
    }
    Ok(())
}

fn duration(name: &str, text: &str) -> Result<Duration> {
    time::duration(text).ok_or_else(|| {
        Error::new(Kind::Usage, format!("--{name} `{}` is no duration", text.escape_debug()))
            .hinted("such as 500ms, 30s, 10m, 1h")
    })
}

/// Waits; false as soon as nobody reads any more.
#[cfg(unix)]
fn wait(pause: Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let out = io::stdout();
    // nothing is asked for: that the other end of a pipe is closed is always told
    let mut fds = [PollFd::new(&out, PollFlags::empty())];
    let start = Instant::now();
    let timeout = Timespec::try_from(pause).ok();
    if poll(&mut fds, timeout.as_ref()).is_ok() {
        return fds[0].revents().is_empty();
    }
    thread::sleep(pause.saturating_sub(start.elapsed()));
    true
}

#[cfg(not(unix))]
fn wait(pause: Duration) -> bool {
    thread::sleep(pause);
    true
}

/// 1, 2, 4, … seconds.
fn backoff(failures: u32) -> Duration {
    Duration::from_secs(1 << (failures - 1).min(5)).min(LONGEST)
}

/// Where entries go, line by line.
struct Out {
    layout: Option<Layout>,
    headed: bool,
    left: Option<u64>,
    /// Nobody reads any more, or all that was asked for was given.
    closed: bool,
}

impl Out {
    fn new(json: bool, count: Option<u64>) -> Self {
        let columns = var("COLUMNS");
        let width = table::width(io::stdout().is_terminal(), columns.as_deref());
        let closed = count == Some(0);
        Self { layout: (!json).then(|| Layout::usual(width)), headed: false, left: count, closed }
    }

    /// True while more is wanted.
    fn give(&mut self, item: &LogEntry) -> bool {
        if self.closed {
            return false;
        }
        let mut text = String::new();
        match &self.layout {
            Some(layout) => {
                if !self.headed {
                    text.push_str(&layout.head());
                    self.headed = true;
                }
                text.push_str(&layout.line(item));
            }
            None => text = format!("{}\n", with_schema(item)),
        }
        let mut out = io::stdout().lock();
        self.left = self.left.map(|left| left - 1);
        self.closed =
            out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() || self.left == Some(0);
        !self.closed
    }
}

fn with_schema(item: &LogEntry) -> Value {
    let mut whole = json!({"schema": 1});
    if let Some(whole) = whole.as_object_mut() {
        whole.extend(item.0.clone());
    }
    whole
}
