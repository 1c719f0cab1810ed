//! Finds new entries as they arrive.

use super::events::Events;
use super::reader::MOST_ENTRIES;
use super::walk::{Position, Walk};
use super::{Query, Range, Reader, Store};
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
    /// false. After an error, entries that were given are not repeated.
    pub fn look(
        &mut self,
        reader: &Reader,
        query: &Query,
        now: i64,
        give: &mut dyn FnMut(LogEntry) -> bool,
    ) -> Result<()> {
        let range = Range { since: Some(self.since), until: None };
        let mut new = |item: LogEntry| {
            let at = item.created().unwrap_or(range.since.unwrap_or_default());
            self.seen.insert(item.id().to_owned(), at).is_some() || give(item)
        };
        let complete = match reader.store {
            Store::LogsApi => {
                let mut walk = Walk::new(reader, query, range, Position::default());
                let mut wanted = true;
                while wanted && let Some(entries) = walk.step()? {
                    wanted = entries.into_iter().all(&mut new);
                }
                wanted
            }
            Store::Observability => {
                let (mut found, mut events) = (Vec::new(), Events::new(reader, query, range, None));
                while found.len() < MOST_ENTRIES
                    && let Some(entries) = events.step()?
                {
                    found.extend(entries);
                }
                found.into_iter().rev().all(new)
            }
        };
        if complete {
            let newest = self.seen.values().copied().max().unwrap_or(self.since).min(now);
            self.since = self.since.max(newest - LATE);
            self.seen.retain(|_, at| *at >= self.since);
        }
        Ok(())
    }
}
