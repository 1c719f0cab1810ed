//! Finds new entries as they arrive.

use super::reader::MOST_ENTRIES;
use super::walk::{LogWalk, Position};
use super::{LogReader, Query, Range, Store};
use crate::base::error::Result;
use crate::facts::gateway::resources::LogEntry;
use std::collections::HashMap;

/// Entries appear 30 to 60 seconds late (observed by a third party), so not always in chronological
/// order: each poll covers the last two minutes.
const LATE: i64 = 120_000;

/// Entries already shown, and the start of the next poll.
#[derive(Debug)]
pub struct Tail {
    since: i64,
    seen: HashMap<String, i64>,
}

impl Tail {
    /// Starts with entries from that moment (milliseconds since 1970) or later.
    pub fn new(since: i64) -> Self {
        Self { since, seen: HashMap::new() }
    }

    /// Calls `give` with each entry that is new since the last call, oldest first, until it returns
    /// false; returns what `give` returned last. After an error, entries that were given are not
    /// repeated.
    ///
    /// # Errors
    /// Errors of `give`, and of reading the log.
    pub fn look(
        &mut self,
        reader: &LogReader,
        query: &Query,
        now: i64,
        give: &mut dyn FnMut(LogEntry) -> Result<bool>,
    ) -> Result<bool> {
        let range = Range { since: Some(self.since), until: None };
        let mut new = |item: LogEntry| {
            let at = item.created().or(range.since).unwrap_or_default();
            if self.seen.insert(item.id().to_owned(), at).is_some() { Ok(true) } else { give(item) }
        };
        let mut wanted = true;
        let mut walk = LogWalk::new(reader, query, range, Position::default());
        if reader.store == Store::LogsApi {
            while wanted && let Some(entries) = walk.step()? {
                wanted = all(entries, &mut new)?;
            }
        } else {
            let mut found = Vec::new();
            while found.len() < MOST_ENTRIES
                && let Some(entries) = walk.step()?
            {
                found.extend(entries);
            }
            wanted = all(found.into_iter().rev(), &mut new)?;
        }
        if wanted {
            let newest = self.seen.values().copied().max().unwrap_or(self.since).min(now);
            self.since = self.since.max(newest - LATE);
            self.seen.retain(|_, at| *at >= self.since);
        }
        Ok(wanted)
    }
}

/// Gives entries while they are wanted.
fn all(
    entries: impl IntoIterator<Item = LogEntry>,
    give: &mut dyn FnMut(LogEntry) -> Result<bool>,
) -> Result<bool> {
    for entry in entries {
        if !give(entry)? {
            return Ok(false);
        }
    }
    Ok(true)
}
