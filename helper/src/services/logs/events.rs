//! Reads all entries of a range from Workers Observability, newest first.

use super::reader::{FoundEntries, LogReader, MOST_ENTRIES, Order, PER_QUESTION, too_many};
use super::{Query, Range};
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::resources::LogEntry;
use std::collections::HashSet;

/// The pages of a range, one after another.
pub(super) struct EventPages<'a> {
    reader: &'a LogReader,
    query: &'a Query,
    range: Range,
    /// Where the next page begins; `None` for the first page.
    pub(super) cursor: Option<String>,
    /// The cursors of the pages that were read.
    read: HashSet<Option<String>>,
    is_last: bool,
}

impl<'a> EventPages<'a> {
    /// Starts at this cursor.
    pub(super) fn new(reader: &'a LogReader, query: &'a Query, range: Range, cursor: Option<String>) -> Self {
        Self { reader, query, range, cursor, read: HashSet::new(), is_last: false }
    }

    /// The matching entries of the next page, possibly none; `None` after the last page. After an
    /// error the same page can be read again.
    pub(super) fn step(&mut self) -> Result<Option<Vec<LogEntry>>> {
        if self.is_last {
            return Ok(None);
        }
        if self.read.contains(&self.cursor) {
            return Err(Error::new(Kind::Finding, "Workers Observability repeats a page: stopped"));
        }
        let (mut entries, next) = self.reader.events(&self.range, self.cursor.as_deref())?;
        self.read.insert(self.cursor.clone());
        match next {
            Some(next) => self.cursor = Some(next),
            None => self.is_last = true,
        }
        entries.retain(|entry| self.query.admits(entry));
        Ok(Some(entries))
    }

    /// True if there are more entries than one search examines.
    pub(super) fn are_too_many(&self) -> bool {
        !self.is_last && self.read.len() * PER_QUESTION >= MOST_ENTRIES
    }
}

impl LogReader {
    /// Newest first is the only order known there, so the oldest need all entries.
    pub(super) fn some_events(
        &self,
        query: &Query,
        range: &Range,
        order: Order,
        limit: usize,
    ) -> Result<FoundEntries> {
        let mut found = FoundEntries::default();
        let mut events = EventPages::new(self, query, *range, None);
        while let Some(entries) = events.step()? {
            found.entries.extend(entries);
            if order == Order::Newest && found.entries.len() >= limit {
                break;
            }
            if events.are_too_many() {
                found.cut = Some(too_many());
                break;
            }
        }
        if order == Order::Oldest {
            found.entries.sort_by(|a, b| a.created_at().cmp(b.created_at()));
        }
        found.entries.truncate(limit);
        Ok(found)
    }
}
