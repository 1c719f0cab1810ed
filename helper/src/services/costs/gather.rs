//! Collects figures from all sources for a period.

use super::analytics::Analytics;
use super::cache::Cached;
use super::cell::{By, Cell};
use super::limits::{self, Limit};
use super::logs;
use super::period::{Period, day_of, month_to, project};
use super::report::{self, CostsReport};
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
    let mut wanted = wanted.clone();
    let mut notes = Vec::new();
    let mut sources = Vec::new();
    let url = context.config.url.as_ref().map(|url| &url.value);
    let all = wanted.all || wanted.by == By::Gateway;
    let gateway = url.and_then(|url| url.gateway_id()).filter(|_| !all).cloned();
    let online = !wanted.offline;
    let asked = online.then(|| ask(context, &mut wanted, gateway.clone(), now, &mut notes)).transpose()?;
    let cells = asked.as_ref().map(|asked| &asked.cells[..]);
    let labelled =
        |by: By| asked.as_ref()?.labelled.iter().find(|(known, _)| *known == by).map(|(_, cells)| &cells[..]);
    let transcripts = match wanted.transcripts {
        true => {
            config_dir(&context.env).map(|dir| Transcripts::read(&dir, &wanted.period)).unwrap_or_default()
        }
        false => Transcripts::default(),
    };
    if let Some(asked) = &asked {
        let scope =
            gateway.as_ref().map_or("all gateways of the account".to_owned(), |id| format!("gateway `{id}`"));
        sources.push(("gateway", format!("Cloudflare's estimate for {scope}: {}", asked.source)));
        if wanted.until_now {
            // measured to lag 139 to 365 seconds (by third parties)
            notes.push(
                "Cloudflare counts requests some minutes late, so its newest may be missing".to_owned(),
            );
        }
    }
    if wanted.transcripts {
        let files = if transcripts.files == 1 { "transcript" } else { "transcripts" };
        sources.push((
            "Claude Code",
            format!(
                "the client's own estimate, from {} {files} on this machine, routed or not",
                transcripts.files
            ),
        ));
        if transcripts.unreadable > 0 {
            notes.push(format!("{} transcripts could not be read completely", transcripts.unreadable));
        }
    }
    sources.push((
        "list price",
        format!(
            "tokens times list prices of {} (npm @anthropic-ai/claude-code 2.1.330, PyPI litellm 1.109.1), including cache reads and writes if transcripts record them",
            prices::AS_OF
        ),
    ));
    let of_gateway = report::without_figure(cells.unwrap_or_default());
    if !of_gateway.is_empty() {
        notes.push(format!("not in the gateway's totals (no figure): {}", first(&of_gateway)));
    }
    let unknown = report::unpriced(cells.unwrap_or_default(), &transcripts);
    if !unknown.is_empty() {
        notes.push(format!("no list price, not included: {}", first(&unknown)));
    }
    let rows = |by: By, cells: Option<&[Cell]>| report::rows(by, cells, &transcripts, &wanted.period);
    let compared = wanted.compared().map(|by| (by, rows(by, labelled(by))));
    let compared = compared.filter(|(_, rows)| !rows.is_empty()).collect();
    let grouped = rows(wanted.by, labelled(wanted.by).or(cells));
    if online && grouped.iter().any(|row| row.gateway.is_none()) {
        notes.push(
            "rows without a gateway figure have requests and tokens from the transcripts; the total counts the gateway's"
                .to_owned(),
        );
    }
    Ok(CostsReport {
        by: wanted.by,
        period: wanted.period,
        online,
        transcripts: wanted.transcripts.then_some(transcripts.files),
        rows: grouped,
        total: report::total(cells, &transcripts),
        days: rows(By::Day, cells),
        models: rows(By::Model, cells),
        compared,
        projection: asked.as_ref().and_then(|asked| project(asked.month, wanted.period.until)),
        limits: asked.map(|asked| asked.limits).unwrap_or_default(),
        gateway: gateway.map(|id| id.to_string()),
        sources,
        notes,
    })
}

/// The first names of a list.
fn first(names: &[String]) -> String {
    names.iter().take(8).map(|name| clean(name)).collect::<Vec<_>>().join(", ")
}

/// Cloudflare's figures.
struct Asked {
    cells: Vec<Cell>,
    /// The same requests by metadata: as the rows are grouped, and as the page compares them.
    labelled: Vec<(By, Vec<Cell>)>,
    /// Spent in the month in which the period ends.
    month: f64,
    limits: Vec<Limit>,
    source: String,
}

fn ask(
    context: &Context,
    wanted: &mut CostsRequest,
    gateway: Option<GatewayId>,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Asked> {
    let offline = "`cf-aig costs --offline` reports from this machine's transcripts only";
    let api = Api::connect(context).map_err(|error| error.hinted(offline))?;
    let analytics = Analytics::connect(&api, gateway.clone()).map_err(|error| error.hinted(offline))?;
    let known = analytics.known(wanted.period, now).ok_or_else(|| {
        Error::new(Kind::NotFound, "Cloudflare no longer has analytics for this period").hinted(offline)
    })?;
    if known.from > wanted.period.from {
        notes.push(format!(
            "Cloudflare has no analytics from before {}, so the report starts there",
            known.from
        ));
        wanted.period = known;
    }
    let cells = analytics.cells(&wanted.period, None)?;
    let month = month_cells(&analytics, wanted, &cells)?;
    let mut source = "GraphQL analytics (aiGatewayRequestsAdaptiveGroups)".to_owned();
    let mut labelled = Vec::new();
    if wanted.by.is_metadata() {
        let (found, from) = by_metadata(&api, &analytics, wanted, wanted.by, &cells, notes)?;
        labelled.push((wanted.by, found));
        source.push_str(from);
    }
    for by in wanted.compared() {
        let mut said = Vec::new();
        match by_metadata(&api, &analytics, wanted, by, &cells, &mut said) {
            Ok((found, _)) => labelled.push((by, found)),
            // without a comparison the report is still whole
            Err(error) => said.push(format!("spend by {} is missing: {}", by.id(), error.message)),
        }
        said.retain(|note| !notes.contains(note));
        notes.append(&mut said);
    }
    let limits = gateway.as_ref().map_or_else(Vec::new, |id| limits_of(&api, &analytics, id, wanted, notes));
    // the status line shows today, so figures of a specific period are not stored
    if wanted.until_now {
        let today = day_of(wanted.period.until).to_string();
        let cached = Cached {
            at: now.as_second(),
            gateway: gateway.map_or_else(|| "all gateways".to_owned(), |id| id.to_string()),
            day: today.clone(),
            today: spent(&mut month.iter().filter(|cell| cell.day == today)),
            month: spent(&mut month.iter()),
            limit: limits.iter().filter_map(Limit::part).reduce(f64::max),
        };
        cached.remember(&context.state);
    }
    let month = spent(&mut month.iter());
    Ok(Asked { cells, labelled, month, limits, source })
}

fn spent(cells: &mut dyn Iterator<Item = &Cell>) -> f64 {
    cells.map(|cell| cell.figures.cost).sum::<f64>().min(f64::MAX)
}

/// The month up to the period's end; does not query again what is already known.
fn month_cells(analytics: &Analytics<'_>, wanted: &CostsRequest, cells: &[Cell]) -> Result<Vec<Cell>> {
    let Some(month) = month_to(wanted.period.until) else { return Ok(Vec::new()) };
    if wanted.period.from > month.from {
        return analytics.cells(&month, None);
    }
    let first = day_of(month.from).to_string();
    Ok(cells.iter().filter(|cell| cell.day >= first).cloned().collect())
}

fn by_metadata(
    api: &Api,
    analytics: &Analytics<'_>,
    wanted: &CostsRequest,
    by: By,
    cells: &[Cell],
    notes: &mut Vec<String>,
) -> Result<(Vec<Cell>, &'static str)> {
    if analytics.groups_metadata() {
        let found = analytics.cells(&wanted.period, Some(by))?;
        // third-party code groups by it, but its contents are not documented
        if found.iter().any(|cell| !cell.label.is_empty()) {
            return Ok((found, ", grouped by the requests' metadata"));
        }
    }
    let Some(gateway) = &analytics.gateway else {
        return Err(Error::new(Kind::Usage, format!("--by {} reads one gateway's log", by.id()))
            .hinted("pass --gateway-id, without --all-gateways"));
    };
    let read = logs::read(api, gateway, &wanted.period, by)?;
    let requests: u64 = cells.iter().fold(0, |sum, cell| cell.figures.requests.saturating_add(sum));
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
    wanted: &CostsRequest,
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
        let Some(window) = rule.period(wanted.period.until) else { continue };
        match analytics.cells(&window, None) {
            Ok(cells) => rule.spent = Some(spent(&mut cells.iter())),
            Err(error) => notes.push(format!("could not read the spend of a limit: {}", error.message)),
        }
    }
    rules
}
