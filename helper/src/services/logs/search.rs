//! Finds the first or the newest entries that match, out of a limited number.

use super::reader::{LogReader, MOST_ENTRIES, Order, PER_PAGE, REPEATS, Store};
use super::walk::{LogWalk, Position};
use super::{Query, Range};
use crate::base::error::Result;
use crate::facts::gateway::resources::LogEntry;
use crate::ui::progress::Progress;
use std::collections::HashSet;

/// Entries that were found.
#[derive(Debug, Default)]
pub struct FoundEntries {
    /// In the requested order.
    pub entries: Vec<LogEntry>,
    /// Why the search ended before the end of the log, if it did.
    pub cut: Option<String>,
}

fn too_many() -> String {
    format!(
        "stopped after {MOST_ENTRIES} entries; narrow the range with --since and --until, or use `cf-aig logs export`"
    )
}

impl LogReader {
    /// The first `limit` matching entries by time, out of at most [`MOST_ENTRIES`] examined ones.
    pub fn some(&self, query: &Query, range: &Range, order: Order, limit: usize) -> Result<FoundEntries> {
        match self.store {
            Store::LogsApi => self.some_listed(query, range, order, limit),
            Store::Observability => self.some_events(query, range, order, limit),
        }
    }

    /// The newest entry, whatever it is; `None` if there is none.
    pub fn newest(&self) -> Result<Option<LogEntry>> {
        Ok(self.some(&Query::default(), &Range::default(), Order::Newest, 1)?.entries.pop())
    }

    /// Pages shift while entries arrive, so skip entries that were already seen.
    fn some_listed(&self, query: &Query, range: &Range, order: Order, limit: usize) -> Result<FoundEntries> {
        let per_page = if query.needs_a_look() { PER_PAGE } else { limit.clamp(1, PER_PAGE) };
        let (mut found, mut seen, mut looked) = (FoundEntries::default(), HashSet::new(), 0);
        let mut progress = Progress::new("entries looked at");
        for number in 1.. {
            let page = self.page(query, range, order, number, per_page)?;
            let (count, before) = (page.entries.len(), seen.len());
            looked += count;
            progress.at(looked as u64, page.total);
            for item in page.entries {
                if seen.insert(item.id().to_owned())
                    && found.entries.len() < limit
                    && query.admits_listed(&item)
                {
                    found.entries.push(item);
                }
            }
            if found.entries.len() >= limit || count < per_page {
                break;
            }
            if seen.len() == before {
                found.cut = Some(REPEATS.to_owned());
                break;
            }
            if looked >= MOST_ENTRIES {
                found.cut = Some(too_many());
                break;
            }
        }
        Ok(found)
    }

    /// Newest first is the only order known there, so the oldest need all entries.
    fn some_events(&self, query: &Query, range: &Range, order: Order, limit: usize) -> Result<FoundEntries> {
        let mut found = FoundEntries::default();
        let mut walk = LogWalk::new(self, query, *range, Position::default());
        while let Some(entries) = walk.step()? {
            found.entries.extend(entries);
            if order == Order::Newest && found.entries.len() >= limit {
                break;
            }
            if walk.are_too_many() {
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
