//! GraphQL analytics. Cloudflare counts, so the number of requests does not matter. Limits are queried at
//! run time, as Cloudflare recommends.

use super::cell::{By, Cell, Sums, clip};
use super::period::Period;
use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::{AnalyticsRow, Api};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::prices::Tokens;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Defaults if Cloudflare reports no limits: the longest period of a query, and the rows of a
/// response.
const MAX_DURATION: i64 = 31 * 86_400;
const MAX_PAGE: u64 = 1000;
/// How many groups are kept: a year of a large account has about ten thousand.
const MOST_GROUPS: usize = 100_000;

/// The account's analytics.
#[derive(Debug)]
pub struct Analytics<'a> {
    api: &'a Api,
    /// The longest period of a query, in seconds.
    max_duration: i64,
    /// How long Cloudflare keeps data, in seconds.
    not_older_than: Option<i64>,
    /// The most rows of a response.
    max_page: u64,
    /// Whether requests can be grouped by their metadata.
    pub groups_metadata: bool,
    /// One gateway, or the whole account.
    pub gateway: Option<GatewayId>,
}

impl<'a> Analytics<'a> {
    /// Queries the limits.
    pub fn connect(api: &'a Api, gateway: Option<GatewayId>) -> Result<Self> {
        let limits = api.analytics_limits()?;
        Ok(Self {
            api,
            max_duration: limits.max_duration.filter(|s| *s >= 3600).unwrap_or(MAX_DURATION),
            not_older_than: limits.not_older_than.filter(|s| *s > 0),
            max_page: limits.max_page_size.filter(|n| *n > 0).unwrap_or(MAX_PAGE).min(10_000),
            groups_metadata: limits
                .available_fields
                .iter()
                .flatten()
                .any(|field| field.ends_with("metadataRaw")),
            gateway,
        })
    }

    /// The part of a period for which Cloudflare still has data; `None` if there is none.
    pub fn known(&self, period: Period, now: Timestamp) -> Option<Period> {
        match self.not_older_than {
            Some(seconds) => period.not_older_than(seconds, now),
            None => Some(period),
        }
    }

    /// The sums of a period by day, gateway, provider and model, and by one metadata entry if
    /// requested.
    pub fn cells(&self, period: &Period, by: Option<By>) -> Result<Vec<Cell>> {
        let mut cells = Vec::new();
        for piece in period.pieces(self.max_duration) {
            self.piece(&piece, by, &mut cells)?;
        }
        Ok(cells)
    }

    /// A full response may lack rows, so each half is then queried separately.
    fn piece(&self, period: &Period, by: Option<By>, cells: &mut Vec<Cell>) -> Result<()> {
        let rows = self.ask(period, by)?;
        if rows.len() as u64 >= self.max_page {
            let halves = period.halves().ok_or_else(|| {
                let message = format!("one hour has more than {} groups", self.max_page);
                Error::new(Kind::Finding, message).hinted("group by model or day instead")
            })?;
            return halves.iter().try_for_each(|half| self.piece(half, by, cells));
        }
        cells.extend(rows.into_iter().map(|row| cell(row, by)));
        if cells.len() > MOST_GROUPS {
            return Err(Error::new(Kind::Finding, format!("the period has more than {MOST_GROUPS} groups"))
                .hinted("choose a shorter period"));
        }
        Ok(())
    }

    fn ask(&self, period: &Period, by: Option<By>) -> Result<Vec<AnalyticsRow>> {
        let metadata = if by.is_some() { " metadataRaw" } else { "" };
        let fields = format!(
            "count sum {{ cachedRequests erroredRequests uncachedTokensIn uncachedTokensOut cachedTokensIn \
             cachedTokensOut cost }} dimensions {{ date gateway provider model{metadata} }}"
        );
        let (first, last) = period.hours();
        let mut filter = json!({"datetimeHour_geq": first.to_string(), "datetimeHour_leq": last.to_string()});
        if let Some(gateway) = &self.gateway {
            filter["gateway"] = json!(gateway.as_str());
        }
        self.api.analytics(&fields, &filter, self.max_page, ", orderBy: [date_ASC]")
    }
}

/// A group as a row of the report.
fn cell(row: AnalyticsRow, by: Option<By>) -> Cell {
    let AnalyticsRow { count, sum, dimensions } = row;
    let whole = |number: Option<f64>| number.unwrap_or_default().max(0.0).round() as u64;
    let tokens = Tokens {
        input: whole(sum.uncached_tokens_in),
        output: whole(sum.uncached_tokens_out),
        ..Tokens::default()
    };
    let sums = Sums {
        requests: whole(count),
        cached: whole(sum.cached_requests),
        errors: whole(sum.errored_requests),
        tokens,
        cached_tokens: whole(sum.cached_tokens_in).saturating_add(whole(sum.cached_tokens_out)),
        cost: Some(sum.cost.filter(|cost| cost.is_finite()).unwrap_or_default()),
        ..Sums::default()
    };
    let name = |name: Option<String>| clip(&name.unwrap_or_default());
    let model = name(dimensions.model);
    Cell {
        day: name(dimensions.date),
        gateway: name(dimensions.gateway),
        provider: name(dimensions.provider),
        label: by.map(|by| label(&dimensions.metadata_raw, by)).unwrap_or_default(),
        sums: sums.price(&model),
        model,
    }
}

/// One metadata entry, which is an object or the same object as text.
pub(super) fn label(metadata: &Value, by: By) -> String {
    let parsed: Option<Value> = metadata.as_str().and_then(|text| serde_json::from_str(text).ok());
    match &parsed.as_ref().unwrap_or(metadata)[by.id()] {
        Value::String(text) => clip(text),
        Value::Null => String::new(),
        other => clip(&other.to_string()),
    }
}
