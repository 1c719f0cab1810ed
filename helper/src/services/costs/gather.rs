//! Collects figures from all sources for a period.

use super::analytics::Analytics;
use super::cache::Cached;
use super::cell::{By, Cell};
use super::limits::{self, Limit};
use super::logs;
use super::period::{Period, day_of, month_to, project};
use super::report::{self, CostsReport, CostsRow};
use super::transcripts::Transcripts;
use crate::base::error::{Error, Kind, Result};
use crate::base::text::clean;
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::prices;
use crate::services::client_files::config_dir;
use crate::services::context::Context;
use jiff::Timestamp;

/// The request for a report.
#[derive(Debug, Clone)]
pub struct CostsRequest {
    /// What rows are grouped by.
    pub by: By,
    /// The period.
    pub period: Period,
    /// Make no network requests: use only transcripts and the price list.
    pub offline: bool,
    /// All gateways of the account instead of the configured one.
    pub all: bool,
    /// Read the transcripts on this machine.
    pub transcripts: bool,
    /// Also gather rows by project and by session.
    pub compare: bool,
    /// The period ends now, by default.
    pub until_now: bool,
}

impl CostsRequest {
    /// What the page compares: projects and sessions, unless they are the rows themselves.
    fn compared(&self) -> impl Iterator<Item = By> {
        let (compare, rows) = (self.compare, self.by);
        [By::Project, By::Session].into_iter().filter(move |by| compare && *by != rows)
    }
}

/// Gathers the report. Stores the figures for the status line.
///
/// Errors: no token and not offline (auth), the API's refusals.
pub fn gather(context: &Context, wanted: &CostsRequest, now: Timestamp) -> Result<CostsReport> {
    let all = wanted.all || wanted.by == By::Gateway;
    let configured = context.config.url.as_ref().and_then(|url| url.value.gateway_id());
    let gateway = configured.filter(|_| !all);
    let mut report = CostsReport {
        by: wanted.by,
        period: wanted.period,
        gateway: gateway.map(GatewayId::to_string),
        online: !wanted.offline,
        transcripts: None,
        rows: Vec::new(),
        total: CostsRow::default(),
        days: Vec::new(),
        models: Vec::new(),
        compared: Vec::new(),
        limits: Vec::new(),
        projection: None,
        sources: Vec::new(),
        notes: Vec::new(),
    };
    let (cells, labelled) = match wanted.offline {
        true => (None, Vec::new()),
        false => {
            let (cells, labelled) = ask(context, wanted, gateway, now, &mut report)?;
            (Some(cells), labelled)
        }
    };
    let cells = cells.as_deref();
    let period = report.period;
    let mut transcripts = Transcripts::default();
    if wanted.transcripts {
        let folder = config_dir(&context.env);
        transcripts = folder.map(|dir| Transcripts::read(&dir, &period)).unwrap_or_default();
        let (count, unreadable) = (transcripts.files, transcripts.unreadable);
        let files = if count == 1 { "transcript" } else { "transcripts" };
        let source =
            format!("the client's own estimate, from {count} {files} on this machine, routed or not");
        report.transcripts = Some(count);
        report.sources.push(("Claude Code", source));
        if unreadable > 0 {
            report.notes.push(format!("{unreadable} transcripts could not be read completely"));
        }
    }
    report.sources.push((
        "list price",
        format!(
            "tokens times list prices of {} (npm @anthropic-ai/claude-code 2.1.330, PyPI litellm 1.109.1), including cache reads and writes if transcripts record them",
            prices::AS_OF
        ),
    ));
    let rows = |by: By, cells: Option<&[Cell]>| report::rows(by, cells, &transcripts, &period);
    report.models = rows(By::Model, cells);
    let has_no_figure = |row: &CostsRow| row.gateway.as_ref().is_some_and(|sum| sum.known_cost().is_none());
    let of_gateway = report::names(&report.models, has_no_figure);
    if !of_gateway.is_empty() {
        report.notes.push(format!("not in the gateway's totals (no figure): {}", first(&of_gateway)));
    }
    let unknown = report::names(&report.models, |row| row.unpriced() > 0);
    if !unknown.is_empty() {
        report.notes.push(format!("no list price, not included: {}", first(&unknown)));
    }
    let labelled = |by: By| labelled.iter().find(|(known, _)| *known == by).map(|(_, cells)| &cells[..]);
    let compared = wanted.compared().map(|by| (by, rows(by, labelled(by))));
    report.compared = compared.filter(|(_, rows)| !rows.is_empty()).collect();
    report.rows = rows(wanted.by, labelled(wanted.by).or(cells));
    if report.online && report.rows.iter().any(|row| row.gateway.is_none()) {
        report.notes.push(
            "rows without a gateway figure have requests and tokens from the transcripts; the total counts the gateway's"
                .to_owned(),
        );
    }
    report.total = report::total(cells, &transcripts);
    report.days = rows(By::Day, cells);
    Ok(report)
}

/// The first names of a list.
fn first(names: &[&str]) -> String {
    names.iter().take(8).map(|name| clean(name)).collect::<Vec<_>>().join(", ")
}

/// The same requests by metadata: as the rows are grouped, and as the page compares them.
type Labelled = Vec<(By, Vec<Cell>)>;

/// Asks for Cloudflare's figures.
fn ask(
    context: &Context,
    wanted: &CostsRequest,
    gateway: Option<&GatewayId>,
    now: Timestamp,
    report: &mut CostsReport,
) -> Result<(Vec<Cell>, Labelled)> {
    let offline = "`cf-aig costs --offline` reports from this machine's transcripts only";
    let api = Api::connect(context).map_err(|error| error.hinted(offline))?;
    let analytics = Analytics::connect(&api, gateway.cloned()).map_err(|error| error.hinted(offline))?;
    let known = analytics.known(report.period, now).ok_or_else(|| {
        Error::new(Kind::NotFound, "Cloudflare no longer has analytics for this period").hinted(offline)
    })?;
    if known.from > report.period.from {
        let from = known.from;
        report
            .notes
            .push(format!("Cloudflare has no analytics from before {from}, so the report starts there"));
        report.period = known;
    }
    let period = report.period;
    let cells = analytics.cells(&period, None)?;
    let month = month_cells(&analytics, &period, &cells)?;
    let mut source = "GraphQL analytics (aiGatewayRequestsAdaptiveGroups)".to_owned();
    let mut labelled = Vec::new();
    if wanted.by.is_metadata() {
        let (found, from) = by_metadata(&api, &analytics, &period, wanted.by, &cells, &mut report.notes)?;
        labelled.push((wanted.by, found));
        source.push_str(from);
    }
    for by in wanted.compared() {
        let mut said = Vec::new();
        match by_metadata(&api, &analytics, &period, by, &cells, &mut said) {
            Ok((found, _)) => labelled.push((by, found)),
            // without a comparison the report is still whole
            Err(error) => said.push(format!("spend by {} is missing: {}", by.id(), error.message)),
        }
        said.retain(|note| !report.notes.contains(note));
        report.notes.append(&mut said);
    }
    if let Some(id) = gateway {
        report.limits = limits_of(&api, &analytics, id, period.until, &mut report.notes);
    }
    let so_far = spent(&mut month.iter());
    report.projection = project(so_far, period.until);
    // the status line shows today, so figures of a specific period are not stored
    if wanted.until_now {
        let today = day_of(period.until).to_string();
        let cached = Cached {
            at: now.as_second(),
            gateway: gateway.map_or_else(|| "all gateways".to_owned(), GatewayId::to_string),
            day: today.clone(),
            today: spent(&mut month.iter().filter(|cell| cell.day == today)),
            month: so_far,
            limit: report.limits.iter().filter_map(Limit::part).reduce(f64::max),
        };
        cached.remember(&context.state);
        // measured to lag 139 to 365 seconds (by third parties)
        report
            .notes
            .push("Cloudflare counts requests some minutes late, so its newest may be missing".to_owned());
    }
    let scope = gateway.map_or("all gateways of the account".to_owned(), |id| format!("gateway `{id}`"));
    report.sources.push(("gateway", format!("Cloudflare's estimate for {scope}: {source}")));
    Ok((cells, labelled))
}

fn spent(cells: &mut dyn Iterator<Item = &Cell>) -> f64 {
    cells.filter_map(|cell| cell.sums.cost).sum::<f64>().min(f64::MAX)
}

/// The month up to the period's end; does not query again what is already known.
fn month_cells(analytics: &Analytics<'_>, period: &Period, cells: &[Cell]) -> Result<Vec<Cell>> {
    let Some(month) = month_to(period.until) else { return Ok(Vec::new()) };
    if period.from > month.from {
        return analytics.cells(&month, None);
    }
    let first = day_of(month.from).to_string();
    Ok(cells.iter().filter(|cell| cell.day >= first).cloned().collect())
}

fn by_metadata(
    api: &Api,
    analytics: &Analytics<'_>,
    period: &Period,
    by: By,
    cells: &[Cell],
    notes: &mut Vec<String>,
) -> Result<(Vec<Cell>, &'static str)> {
    if analytics.groups_metadata {
        let found = analytics.cells(period, Some(by))?;
        // third-party code groups by it, but its contents are not documented
        if found.iter().any(|cell| !cell.label.is_empty()) {
            return Ok((found, ", grouped by the requests' metadata"));
        }
    }
    let Some(gateway) = &analytics.gateway else {
        return Err(Error::new(Kind::Usage, format!("--by {} reads one gateway's log", by.id()))
            .hinted("pass --gateway-id, without --all-gateways"));
    };
    let read = logs::read(api, gateway, period, by)?;
    let requests: u64 = cells.iter().fold(0, |sum, cell| cell.sums.requests.saturating_add(sum));
    if read.total.is_some_and(|total| total > read.entries) {
        let (entries, total) = (read.entries, read.total.unwrap_or_default());
        notes.push(format!(
            "rows cover only the newest {entries} of {total} log entries; the total covers all requests"
        ));
    } else if read.entries == 0 && requests > 0 {
        notes.push(format!(
            "the gateway's log has none of the {requests} requests: logs are off, were deleted, or are in Workers Observability, as for accounts since 2026-09-24"
        ));
    }
    if read.cells.iter().all(|cell| cell.label.is_empty()) && read.entries > 0 {
        notes.push(format!(
            "no request has the metadata entry `{}`; cf-aig sends it if the option metadata includes it",
            by.id()
        ));
    }
    Ok((read.cells, "; rows from the gateway's log"))
}

fn limits_of(
    api: &Api,
    analytics: &Analytics<'_>,
    gateway: &GatewayId,
    until: Timestamp,
    notes: &mut Vec<String>,
) -> Vec<Limit> {
    let mut rules = match api.gateway(gateway) {
        Ok(gateway) => limits::rules(&gateway),
        Err(failed) => {
            let error = Error::from(failed);
            notes.push(format!("could not read the spend limits: {}", error.message));
            return Vec::new();
        }
    };
    for rule in &mut rules {
        let Some(window) = rule.period(until) else { continue };
        match analytics.cells(&window, None) {
            Ok(cells) => rule.spent = Some(spent(&mut cells.iter())),
            Err(error) => notes.push(format!("could not read the spend of a limit: {}", error.message)),
        }
    }
    rules
}
