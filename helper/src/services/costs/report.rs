//! Three figures side by side, and where they disagree. Pure: gets all data as arguments.

use super::cell::{By, Cell, Sums};
use super::limits::Limit;
use super::period::{Period, Projection};
use super::transcripts::Transcripts;
use crate::base::named::named;
use std::collections::{BTreeMap, BTreeSet};

/// Two figures that should be equal disagree if they differ by this part of the larger one …
pub const DRIFT: f64 = 0.10;
/// … and by at least this many dollars.
pub const DRIFT_FROM: f64 = 0.01;

/// The meaning of a star after a list price.
pub(super) const STAR: &str = "from the gateway's tokens, which do not show prompt caching";

/// One row.
#[derive(Debug, Clone, Default)]
pub struct CostsRow {
    /// The day, model, project, …; empty if a request has none.
    pub key: String,
    /// The gateway's sums.
    pub gateway: Option<Sums>,
    /// The sums of the transcripts on this machine.
    pub local: Option<Sums>,
    /// Where two figures disagree.
    pub drift: Vec<Disagreement>,
}

/// Two figures that disagree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Disagreement {
    /// Which two.
    pub kind: DriftKind,
    /// The first.
    pub a: f64,
    /// The second.
    pub b: f64,
}

named! {
    /// Which two figures.
    pub enum DriftKind {
        /// The gateway's figure, and the list price of the gateway's tokens.
        GatewayPrice = "gateway-price",
        /// Claude Code's estimate, and the list price of the transcripts' tokens.
        ClaudeCodePrice = "claude-code-price",
        /// Output tokens: the gateway's count, and the transcripts'.
        Coverage = "coverage",
    }
}

impl DriftKind {
    /// A possible reason.
    pub fn meaning(self) -> &'static str {
        match self {
            DriftKind::GatewayPrice => {
                "the gateway's figure differs from the list price of its tokens; possible reasons: prompt caching (analytics do not distinguish cache reads and writes), a custom cost, a model without a price, or changed prices"
            }
            DriftKind::ClaudeCodePrice => {
                "Claude Code's estimate differs from the list price of its tokens; possible reasons: running sessions have no estimate yet, or another client version has other prices"
            }
            DriftKind::Coverage => {
                "the gateway and this machine's transcripts saw different requests; possible reasons: other machines or programs use the gateway too, or some sessions were not routed"
            }
        }
    }
}

impl CostsRow {
    /// The list price: of the transcripts' tokens, which distinguish cache reads and writes, if
    /// they cover the gateway's requests or are the only data; otherwise of the gateway's tokens.
    pub fn list(&self) -> Option<(f64, &'static str)> {
        let local = self.local.as_ref().and_then(|local| local.list).map(|usd| (usd, "transcripts"));
        let gateway = self.gateway.as_ref().and_then(|g| g.list).map(|usd| (usd, "gateway tokens"));
        let same = !self.drift.iter().any(|drift| drift.kind == DriftKind::Coverage);
        if same { local.or(gateway) } else { gateway.or(local) }
    }

    /// Requests whose model is not on the list.
    pub fn unpriced(&self) -> u64 {
        let of_gateway = self.gateway.as_ref().map_or(0, |figures| figures.unpriced);
        self.local.as_ref().map_or(0, |local| local.unpriced).max(of_gateway)
    }

    /// What counts the requests and tokens: the gateway, else the transcripts; and which.
    pub(super) fn counts(&self) -> Option<(&Sums, &'static str)> {
        let of_gateway = self.gateway.as_ref().map(|sums| (sums, "gateway"));
        of_gateway.or_else(|| self.local.as_ref().map(|sums| (sums, "transcripts")))
    }

    /// Whether the list price is that of the gateway's tokens, which do not show prompt caching.
    pub(super) fn is_starred(&self) -> bool {
        self.list().is_some_and(|(_, from)| from != "transcripts")
    }

    /// Claude Code's own estimate.
    pub fn estimate(&self) -> Option<f64> {
        self.local.as_ref().and_then(Sums::known_cost)
    }

    /// The figure that determines row order and bar length.
    pub fn weight(&self) -> f64 {
        let of_gateway = self.gateway.as_ref().and_then(Sums::known_cost).filter(|cost| *cost > 0.0);
        of_gateway.or_else(|| self.estimate()).or_else(|| self.list().map(|(usd, _)| usd)).unwrap_or_default()
    }

    /// Whether any of the three figures is known.
    pub fn has_figure(&self) -> bool {
        let of_gateway = self.gateway.as_ref().and_then(Sums::known_cost);
        of_gateway.or_else(|| self.estimate()).is_some() || self.list().is_some()
    }

    fn judge(&mut self) {
        let mut add = |kind, a: Option<f64>, b: Option<f64>, from: f64| {
            if let (Some(a), Some(b)) = (a, b)
                && a.max(b) >= from
                && (a - b).abs() > DRIFT * a.max(b)
            {
                self.drift.push(Disagreement { kind, a, b });
            }
        };
        if let Some(figures) = self.gateway.as_ref().filter(|figures| figures.unpriced == 0) {
            add(DriftKind::GatewayPrice, figures.known_cost(), figures.list, DRIFT_FROM);
        }
        if let Some(local) = self.local.as_ref().filter(|local| local.unpriced == 0) {
            add(DriftKind::ClaudeCodePrice, local.known_cost(), local.list, DRIFT_FROM);
        }
        if let (Some(figures), Some(local)) = (&self.gateway, &self.local) {
            let (ours, theirs) = (figures.tokens.output as f64, local.tokens.output as f64);
            add(DriftKind::Coverage, Some(ours), Some(theirs), 1000.0);
        }
    }
}

/// The complete report.
#[derive(Debug)]
pub struct CostsReport {
    /// What rows are grouped by.
    pub by: By,
    /// The requested period, as far as data exists.
    pub period: Period,
    /// The gateway's id; `None` for the whole account.
    pub gateway: Option<String>,
    /// Whether Cloudflare was queried.
    pub online: bool,
    /// Whether transcripts were read.
    pub transcripts: Option<u64>,
    /// Most expensive first; days in chronological order.
    pub rows: Vec<CostsRow>,
    /// The total.
    pub total: CostsRow,
    /// One per day of the period.
    pub days: Vec<CostsRow>,
    /// One per model.
    pub models: Vec<CostsRow>,
    /// Rows per project and per session, for the page; empty if not requested.
    pub compared: Vec<(By, Vec<CostsRow>)>,
    /// The gateway's spend limits.
    pub limits: Vec<Limit>,
    /// The month.
    pub projection: Option<Projection>,
    /// The source of each figure.
    pub sources: Vec<(&'static str, String)>,
    /// Notes for the reader.
    pub notes: Vec<String>,
}

impl CostsReport {
    /// Whether a row of the table, or the total, has a star.
    pub(super) fn has_stars(&self) -> bool {
        self.rows.iter().chain([&self.total]).any(CostsRow::is_starred)
    }

    /// The kinds of drift in any row or in the total, each once.
    pub(super) fn drift_kinds(&self) -> BTreeSet<DriftKind> {
        let rows = self.rows.iter().chain([&self.total]);
        rows.flat_map(|row| &row.drift).map(|drift| drift.kind).collect()
    }
}

/// Combines Cloudflare's cells, if it was queried, and transcripts.
pub fn rows(by: By, cells: Option<&[Cell]>, local: &Transcripts, period: &Period) -> Vec<CostsRow> {
    let mut rows: BTreeMap<String, CostsRow> = BTreeMap::new();
    if by == By::Day {
        for day in period.days() {
            let gateway = cells.map(|_| Sums::none_of_gateway());
            rows.insert(day.clone(), CostsRow { key: day, gateway, ..CostsRow::default() });
        }
    }
    for cell in cells.unwrap_or_default() {
        let key = cell.key(by);
        let row = rows.entry(key.clone()).or_insert_with(|| CostsRow { key, ..CostsRow::default() });
        *row.gateway.get_or_insert_with(Sums::default) += &cell.sums;
    }
    for (key, sum) in &local.sums {
        let Some(name) = by.of_local(key) else { continue };
        let row = rows
            .entry(name.to_owned())
            .or_insert_with(|| CostsRow { key: name.to_owned(), ..CostsRow::default() });
        *row.local.get_or_insert_with(Sums::default) += sum;
    }
    let mut rows: Vec<CostsRow> = rows.into_values().collect();
    rows.iter_mut().for_each(CostsRow::judge);
    if by != By::Day {
        rows.sort_by(|a, b| b.weight().total_cmp(&a.weight()).then_with(|| a.key.cmp(&b.key)));
    }
    rows
}

/// The total as one row.
pub fn total(cells: Option<&[Cell]>, local: &Transcripts) -> CostsRow {
    let gateway = cells.map(|cells| {
        let mut sum = Sums::none_of_gateway();
        cells.iter().for_each(|cell| sum += &cell.sums);
        sum
    });
    let mut total = CostsRow { key: "total".to_owned(), gateway, ..CostsRow::default() };
    for sum in local.sums.values() {
        *total.local.get_or_insert_with(Sums::default) += sum;
    }
    total.judge();
    total
}

/// The names of the rows for which this holds, in order.
pub fn names(rows: &[CostsRow], holds: impl Fn(&CostsRow) -> bool) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().filter(|row| holds(row)).map(|row| row.key.as_str()).collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::super::cell::GroupKey;
    use super::*;
    use crate::facts::gateway::prices::Tokens;
    use jiff::Timestamp;

    fn cell(day: &str, model: &str, cost: f64, tokens: u64) -> Cell {
        let tokens = Tokens { input: tokens, output: tokens, ..Tokens::default() };
        let sums = Sums { requests: 10, tokens, cost: Some(cost), ..Sums::default() };
        Cell { day: day.into(), model: model.into(), sums: sums.price(model), ..Cell::default() }
    }

    fn local(model: &str, estimate: f64, list: f64, output: u64) -> Transcripts {
        let mut found = Transcripts::default();
        let key = GroupKey { day: "2026-11-02".into(), model: model.into(), ..GroupKey::default() };
        let mut sum = Sums { requests: 1, cost: Some(estimate), list: Some(list), ..Sums::default() };
        sum.tokens.output = output;
        found.sums.insert(key, sum);
        found
    }

    fn period() -> Period {
        Period::parse("2026-11-01", Some("2026-11-03"), Timestamp::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_model_has_one_row_whatever_it_is_called() {
        let cells = [cell("2026-11-01", "anthropic/claude-opus-5-5", 0.024, 1000)];
        let rows = rows(By::Model, Some(&cells), &local("claude-opus-5-5", 0.02, 0.02, 1000), &period());
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].list(), Some((0.02, "transcripts")));
        assert!(rows[0].drift.is_empty(), "{:?}", rows[0].drift);
    }

    #[test]
    fn each_pair_of_figures_that_disagree_is_flagged() {
        let cells = [cell("2026-11-01", "claude-opus-5-5", 0.048, 1000)];
        let rows = rows(By::Model, Some(&cells), &local("claude-opus-5-5", 0.02, 0.03, 200), &period());
        let kinds: Vec<_> = rows[0].drift.iter().map(|drift| drift.kind).collect();
        assert_eq!(kinds, [DriftKind::GatewayPrice, DriftKind::ClaudeCodePrice, DriftKind::Coverage]);
    }

    #[test]
    fn a_model_without_a_price_has_no_figure_and_is_named() {
        let cells = [cell("2026-11-01", "openai/gpt-99", 0.0, 1000)];
        let none = Transcripts::default();
        let rows = rows(By::Model, Some(&cells), &none, &period());
        let row = &rows[0];
        assert_eq!((row.list(), row.unpriced(), row.drift.len()), (None, 10, 0));
        assert_eq!(names(&rows, |row| row.unpriced() > 0), ["gpt-99"]);
    }

    #[test]
    fn every_day_has_a_row_and_other_rows_begin_with_the_dearest() {
        let cells = [cell("2026-11-02", "a", 1.0, 1), cell("2026-11-02", "b", 2.0, 1)];
        let days = rows(By::Day, Some(&cells), &Transcripts::default(), &period());
        let of = |rows: &[CostsRow]| rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
        assert_eq!(of(&days), ["2026-11-01", "2026-11-02", "2026-11-03"]);
        assert_eq!(of(&rows(By::Model, Some(&cells), &Transcripts::default(), &period())), ["b", "a"]);
    }
}
