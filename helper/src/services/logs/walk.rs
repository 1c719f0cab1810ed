//! Walks all entries of a range without duplicates or gaps, while the log grows and shrinks: those of the Logs API
//! oldest first, those of Workers Observability newest first.
//!
//! In Workers Observability, a cursor leads from one page to the next. In the Logs API, page numbers shift when entries arrive or disappear, so the walk is based on entries: each step
//! requests entries that are not older than the last one, and skips those already seen from that
//! moment. A step fetches a few pages at once. Later pages count only if nothing moved in the
//! meantime, that is, if all report the same total and no two pages meet in one moment.

use super::reader::{LogReader, MOST_ENTRIES, Order, PER_PAGE, PER_QUESTION, Page, REPEATS, Store};
use super::{Query, Range};
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::resources::LogEntry;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::thread;

/// Pages fetched at once: enough for the rate limit's four calls a second if each takes one second.
const LANES: u64 = 4;
/// How often a moment that fills whole pages and keeps changing is restarted.
const AGAIN: u32 = 5;

/// Page limit for one millisecond: 20,000 entries.
const MAX_PAGES_OF_A_MOMENT: u64 = 400;

/// The position of a walk; everything older was returned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The moment of the last entry, in milliseconds since 1970.
    pub(super) at: Option<i64>,
    /// The entries of that moment that were returned.
    pub(super) seen: HashSet<String>,
    /// Workers Observability: where the next page begins; `None` for the first page.
    pub(super) cursor: Option<String>,
}

/// A walk through the log.
pub(super) struct LogWalk<'a> {
    reader: &'a LogReader,
    query: &'a Query,
    range: Range,
    /// The position.
    pub(super) position: Position,
    /// The page of the next step: not 1 only within a moment that fills whole pages.
    page: u64,
    /// The total number of entries in the last step's query.
    total: Option<u64>,
    /// Approximately how many of them are left.
    pub(super) ahead: Option<u64>,
    /// How often this moment was restarted.
    again: u32,
    /// A hash of the last step's entries.
    last_step: u64,
    /// The cursors of the pages that were read.
    read: HashSet<Option<String>>,
    done: bool,
}

impl<'a> LogWalk<'a> {
    pub(super) fn new(reader: &'a LogReader, query: &'a Query, range: Range, position: Position) -> Self {
        Self {
            reader,
            query,
            range,
            position,
            page: 1,
            total: None,
            ahead: None,
            again: 0,
            last_step: 0,
            read: HashSet::new(),
            done: false,
        }
    }

    /// The matching entries of the next step, possibly none; `None` after the last step. After an
    /// error the same step can be retried.
    pub(super) fn step(&mut self) -> Result<Option<Vec<LogEntry>>> {
        match self.reader.store {
            _ if self.done => Ok(None),
            Store::LogsApi => self.listed().map(Some),
            Store::Observability => self.events().map(Some),
        }
    }

    fn events(&mut self) -> Result<Vec<LogEntry>> {
        if self.read.contains(&self.position.cursor) {
            return Err(Error::new(Kind::Finding, "Workers Observability repeats a page: stopped"));
        }
        let (mut entries, next) = self.reader.events(&self.range, self.position.cursor.as_deref())?;
        self.read.insert(self.position.cursor.clone());
        self.done = next.is_none();
        self.position.cursor = next.or(self.position.cursor.take());
        entries.retain(|entry| self.query.admits(entry));
        Ok(entries)
    }

    /// True if there are more events than one search examines.
    pub(super) fn are_too_many(&self) -> bool {
        !self.done && self.read.len() * PER_QUESTION >= MOST_ENTRIES
    }

    fn listed(&mut self) -> Result<Vec<LogEntry>> {
        let range = Range { since: self.position.at.or(self.range.since), until: self.range.until };
        let pages = self.fetch(&range)?;
        let total = pages.first().and_then(|page| page.total);
        if self.page > 1 && total != self.total && self.again < AGAIN {
            // something moved within the moment: restart it
            self.again += 1;
            self.page = 1;
            return Ok(Vec::new());
        }
        let sound = sound(&pages);
        let read = (self.page - 1 + sound as u64) * PER_PAGE as u64;
        self.total = total;
        self.ahead = total.map(|total| total.saturating_sub(read));
        let last_page = pages[sound - 1].entries.len() < PER_PAGE;
        let items: Vec<LogEntry> = pages.into_iter().take(sound).flat_map(|page| page.entries).collect();
        // check before changing state, so that a failed step can be retried
        let times: Option<Vec<i64>> = items.iter().map(LogEntry::created).collect();
        let times = times
            .ok_or_else(|| Error::new(Kind::Finding, "the Logs API returned an entry without a time"))?;
        let (early, late) =
            (|at| range.since.is_some_and(|s| at < s), |at| range.until.is_some_and(|u| at >= u));
        if !times.is_sorted() || !last_page && times.iter().all(|at| early(*at)) {
            return Err(Error::new(
                Kind::Finding,
                "the Logs API returned entries from a different time range or in a different order than requested",
            ));
        }
        let before = self.position.at;
        let step = BuildHasherDefault::<DefaultHasher>::default()
            .hash_one(items.iter().map(LogEntry::id).collect::<Vec<_>>());
        let mut wanted = Vec::new();
        let mut over = last_page;
        for (item, at) in items.into_iter().zip(times) {
            over |= late(at);
            if !range.holds(at) {
                continue;
            }
            if self.position.at != Some(at) {
                self.position.at = Some(at);
                self.position.seen.clear();
            }
            if self.position.seen.insert(item.id().to_owned()) && self.query.admits_listed(&item) {
                wanted.push(item);
            }
        }
        if self.position.at != before {
            (self.page, self.again) = (1, 0);
        } else {
            let repeats = self.page > 1 && self.last_step == step;
            if !over && (repeats || self.page >= MAX_PAGES_OF_A_MOMENT) {
                return Err(Error::new(Kind::Finding, REPEATS));
            }
            self.page += sound as u64;
        }
        self.last_step = step;
        self.done = over;
        Ok(wanted)
    }

    fn fetch(&self, range: &Range) -> Result<Vec<Page>> {
        let page = |number| self.reader.page(self.query, range, Order::Oldest, number, PER_PAGE);
        // before the first step it is unknown whether there is a second page
        let rest = self.ahead.map_or(0, |ahead| ahead + self.position.seen.len() as u64);
        let lanes = if self.page > 1 { 1 } else { rest.div_ceil(PER_PAGE as u64).clamp(1, LANES) };
        thread::scope(|scope| {
            let others: Vec<_> = (1..lanes).map(|lane| scope.spawn(move || page(self.page + lane))).collect();
            let mut pages = vec![page(self.page)?];
            for other in others {
                let Ok(Ok(page)) = other.join() else { break };
                pages.push(page);
            }
            Ok(pages)
        })
    }
}

/// How many of the pages are known to follow each other without a gap.
fn sound(pages: &[Page]) -> usize {
    let follows = |pair: &[Page]| {
        let [first, second] = pair else { return false };
        let same = first.total.is_some() && first.total == second.total;
        let last = first.entries.last().and_then(LogEntry::created);
        let next = second.entries.first().and_then(LogEntry::created);
        same && first.entries.len() == PER_PAGE && last < next.or(Some(i64::MAX))
    };
    1 + pages.windows(2).take_while(|pair| follows(pair)).count()
}
