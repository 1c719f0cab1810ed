//! Reads one gateway's log, wherever it is stored, page by page and within the rate limit.

use super::pacer::Pacer;
use super::{Query, Range, time};
use crate::base::error::{Error, Kind, Result};
use crate::base::named::named;
use crate::cloudflare::{Api, GatewayLog, RETENTION};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::LogEntry;
use std::io::Read;

/// The largest page of the Logs API.
pub(super) const PER_PAGE: usize = 50;

/// The entries of one query's page in Workers Observability.
pub(super) const PER_QUESTION: usize = 100;

/// The most entries that one search examines: 400 calls, a third of what the API allows in five
/// minutes.
pub const MOST_ENTRIES: usize = 20_000;
/// The error for a log that does not end.
pub(super) const REPEATS: &str = "the API repeats a page of the log: stopped";

named! {
    /// Where the log is stored.
    pub enum Store {
        /// The Logs API.
        LogsApi = "logs-api",
        /// Workers Observability.
        Observability = "workers-observability",
    }
}

named! {
    /// The order of entries, by time; the id is the API's direction.
    pub enum Order {
        /// The newest first.
        Newest = "desc",
        /// The oldest first.
        Oldest = "asc",
    }
}

/// A page of the Logs API.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) entries: Vec<LogEntry>,
    /// The total number of matching entries, if the API reports it.
    pub(super) total: Option<u64>,
}

/// Reads one gateway's log.
#[derive(Debug)]
pub struct LogReader {
    api: Api,
    gateway: GatewayId,
    pacer: Pacer,
    /// Where the log is, if known.
    pub store: Store,
}

impl LogReader {
    /// Creates a reader for that gateway. Sends no request.
    pub fn new(api: Api, gateway: GatewayId) -> Self {
        Self { api, gateway, pacer: Pacer::new(), store: Store::LogsApi }
    }

    /// Account and gateway, as a name for this log.
    pub fn name(&self) -> String {
        format!("{}/{}", self.api.account(), self.gateway)
    }

    /// The dashboard's page for this log.
    pub fn dashboard(&self) -> String {
        format!("{}/logs", self.gateway.dashboard(self.api.account()))
    }

    fn log(&self) -> GatewayLog<'_> {
        GatewayLog::new(&self.api, &self.gateway)
    }

    fn paced<T, E>(
        &self,
        call: impl FnOnce(GatewayLog<'_>) -> std::result::Result<T, E>,
    ) -> std::result::Result<T, E> {
        self.pacer.call(&self.api, || call(self.log()))
    }

    /// One page of the Logs API.
    pub(super) fn page(
        &self,
        query: &Query,
        range: &Range,
        order: Order,
        page: u64,
        per_page: usize,
    ) -> Result<Page> {
        let mut parameters = query.parameters(range);
        parameters.push(("order_by", "created_at".to_owned()));
        parameters.push(("order_by_direction", order.id().to_owned()));
        parameters.push(("page", page.to_string()));
        parameters.push(("per_page", per_page.to_string()));
        self.paced(|log| {
            let mut pages = log.pages(&parameters);
            let entries = pages.next_page().transpose()?.unwrap_or_default();
            Ok(Page { entries, total: pages.total() })
        })
    }

    /// Some entries of Workers Observability, and the cursor of the next ones.
    pub(super) fn events(
        &self,
        range: &Range,
        cursor: Option<&str>,
    ) -> Result<(Vec<LogEntry>, Option<String>)> {
        let to = range.until.unwrap_or_else(|| time::now() + 1);
        let from = range.since.unwrap_or(to - RETENTION).min(to - 1);
        let found = self.paced(|log| log.events("ai-gateway", (from, to), cursor, PER_QUESTION))?;
        Ok((self.log().entries(&found), found.next))
    }

    /// Finds out where the log is if the Logs API lists nothing: an empty list looks the same for a
    /// gateway that never logged and for one whose log is elsewhere.
    pub fn locate(&mut self) -> Result<Store> {
        let newest = self.page(&Query::default(), &Range::default(), Order::Newest, 1, 1);
        let absent = match newest {
            Ok(page) => page.entries.is_empty(),
            Err(error) if error.kind == Kind::NotFound => {
                // the gateway itself may not exist
                self.pacer.call(&self.api, || self.api.gateway(&self.gateway))?;
                true
            }
            Err(error) => return Err(error),
        };
        if absent && self.events(&Range::default(), None).is_ok_and(|(entries, _)| !entries.is_empty()) {
            self.store = Store::Observability;
        }
        Ok(self.store)
    }

    /// One entry.
    pub fn one(&self, id: &str) -> Result<LogEntry> {
        let path = self.entry_path(id)?;
        match self.pacer.call(&self.api, || self.api.get(&path, &[])) {
            Err(error) if error.kind == Kind::NotFound => {
                self.paced(|log| log.event(id)).ok().flatten().ok_or(error)
            }
            answer => answer,
        }
    }

    /// The body of an entry's `request` or `response`, as a stream.
    pub fn body(&self, id: &str, part: &str) -> Result<impl Read + use<>> {
        let path = self.entry_path(id)?;
        self.paced(|log| log.body(&path, part)).map_err(|error| {
            let is_elsewhere = || matches!(self.paced(|log| log.event(id)), Ok(Some(_)));
            if error.kind != Kind::NotFound || !is_elsewhere() {
                return error;
            }
            Error::new(
                Kind::NotFound,
                "this entry is in Workers Observability, from which bodies cannot be read",
            )
            .hinted("`cf-aig logs show ID` shows everything that is there")
        })
    }

    fn entry_path(&self, id: &str) -> Result<String> {
        self.log().entry_path(id).ok_or_else(|| Error::new(Kind::Usage, "the entry has no id"))
    }
}
