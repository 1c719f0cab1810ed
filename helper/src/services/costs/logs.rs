//! Groups the gateway's log by fields that analytics lack: entry by entry, newest first, up to a limit.

use super::analytics::label;
use super::cell::{By, Cell, Sums, clip};
use super::period::{Period, day_of};
use crate::base::error::Result;
use crate::cloudflare::{Api, GatewayLog};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::prices::Tokens;
use crate::facts::gateway::resources::LogEntry;
use crate::ui::progress::Progress;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::collections::BTreeMap;

/// The most entries to read: 400 calls, a third of what the API allows in five minutes.
pub const MOST: u64 = 20_000;

/// What was read.
#[derive(Debug)]
pub struct LogsRead {
    /// Sums by label, day and model.
    pub cells: Vec<Cell>,
    /// Entries that were read.
    pub entries: u64,
    /// Entries that exist, according to the API.
    pub total: Option<u64>,
}

/// Reads the entries of a period of one gateway.
pub fn read(api: &Api, gateway: &GatewayId, period: &Period, by: By) -> Result<LogsRead> {
    // the API has no inclusive start, and the first millisecond belongs to the period
    let before = period.from.checked_sub(SignedDuration::from_millis(1)).unwrap_or(period.from);
    let filters = json!([
        {"key": "created_at", "operator": "gt", "value": [format!("{before:.3}")]},
        {"key": "created_at", "operator": "lt", "value": [format!("{:.3}", period.until)]},
    ]);
    let query = [
        ("order_by", "created_at".to_owned()),
        ("order_by_direction", "desc".to_owned()),
        ("filters", filters.to_string()),
    ];
    let mut pages = GatewayLog::new(api, gateway).pages::<LogEntry>(&query);
    let mut progress = Progress::new("log entries");
    let mut sums: BTreeMap<(String, String, String), Cell> = BTreeMap::new();
    let mut entries = 0;
    while entries < MOST {
        let Some(page) = pages.next_page().transpose()? else { break };
        if page.is_empty() {
            break;
        }
        for entry in &page {
            add(&mut sums, entry, gateway.as_str(), by);
        }
        entries += page.len() as u64;
        progress.at(entries, pages.total());
    }
    let priced = |cell: Cell| Cell { sums: cell.sums.price(&cell.model), ..cell };
    Ok(LogsRead { cells: sums.into_values().map(priced).collect(), entries, total: pages.total() })
}

fn add(sums: &mut BTreeMap<(String, String, String), Cell>, entry: &LogEntry, gateway: &str, by: By) {
    let at = entry.created().and_then(|at| Timestamp::from_millisecond(at).ok());
    let day = at.map(|at| day_of(at).to_string()).unwrap_or_default();
    let (label, model) = (label(entry.field("metadata"), by), clip(entry.model()));
    let cell = sums.entry((label.clone(), day.clone(), model.clone())).or_insert_with(|| Cell {
        day,
        gateway: gateway.to_owned(),
        provider: clip(entry.provider()),
        model,
        label,
        sums: Sums::default(),
    });
    let cached = entry.cached() == Some(true);
    let (tokens_in, tokens_out) =
        (entry.tokens_in().unwrap_or_default(), entry.tokens_out().unwrap_or_default());
    let paid = Tokens { input: tokens_in, output: tokens_out, ..Tokens::default() };
    cell.sums += &Sums {
        requests: 1,
        cached: u64::from(cached),
        errors: u64::from(entry.success() == Some(false)),
        tokens: if cached { Tokens::default() } else { paid },
        cached_tokens: if cached { tokens_in.saturating_add(tokens_out) } else { 0 },
        cost: Some(entry.cost().unwrap_or_default()),
        ..Sums::default()
    };
}
