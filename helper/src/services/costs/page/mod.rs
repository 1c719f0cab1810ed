//! The report as one self-contained HTML page: no requests, no scripts.
//!
//! The page's content security policy forbids scripts and all requests. Every chart has its figures
//! in a table.

mod chart;

use super::cell::By;
use super::figure::Figure;
use super::limits::Limit;
use super::number::{minute, percent, tokens, usd, whole};
use super::report::{CostsReport, CostsRow, DriftKind, STAR};
use crate::base::text::visible;
use chart::{bars, columns, name};
use maud::{DOCTYPE, Markup, PreEscaped, html};

const STYLE: &str = include_str!("style.css");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// How many rows get a bar; the table has all rows.
const MOST_BARS: usize = 12;
/// The most rows of a table: more would make the page slow.
const MOST_ROWS: usize = 500;

/// Renders the page.
pub fn html(report: &CostsReport) -> String {
    let title = match (&report.gateway, report.online) {
        (Some(id), true) => format!("AI Gateway {}", visible(id)),
        (None, true) => "All AI Gateways".to_owned(),
        (_, false) => "Claude Code on this machine".to_owned(),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="referrer" content="no-referrer";
                link rel="icon" href="data:,";
                title { (title) ": what it cost" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    header {
                        p.kicker { "Cost estimate" }
                        h1 { (title) }
                        p.period {
                            (minute(report.period.from)) " to " (minute(report.period.until)) " "
                            abbr title="Coordinated Universal Time" { "UTC" }
                        }
                        p.lead { "Estimates from three sources, side by side. None of them is a bill." }
                    }
                    (cards(report))
                    (sections(report))
                }
            }
        }
    };
    page.into_string()
}

fn sections(report: &CostsReport) -> Markup {
    let by = report.by.id();
    let of = |by: By, rows| (by != report.by).then(|| table(report, by, rows, None));
    let share = (report.by != By::Day).then(|| comparison(report.by, &report.rows)).flatten();
    let mut sections = vec![
        ("days", "Spend per day".to_owned(), Some(columns(report))),
        ("share", format!("Spend by {by}"), share),
    ];
    for (by, rows) in &report.compared {
        sections.push((by.id(), format!("Spend by {}", by.id()), comparison(*by, rows)));
    }
    let rows = table(report, report.by, &report.rows, Some(&report.total));
    sections.extend([
        ("limits", "Spend limits".to_owned(), list("limits", &report.limits, limit)),
        ("drift", "Where figures disagree".to_owned(), drift(report)),
        ("rows", format!("Figures by {by}"), Some(rows)),
        ("models", "Figures by model".to_owned(), of(By::Model, &report.models)),
        ("daily", "Figures by day".to_owned(), of(By::Day, &report.days)),
        ("sources", "Sources".to_owned(), Some(sources(report))),
    ]);
    html! {
        @for (id, heading, body) in &sections {
            @if let Some(body) = body {
                section aria-labelledby={ "h-" (id) } {
                    h2 id={ "h-" (id) } { (heading) }
                    (body)
                }
            }
        }
    }
}

fn cards(report: &CostsReport) -> Markup {
    let total = &report.total;
    let mut cards = Vec::new();
    let mut card = |class: &'static str, label: &'static str, value: String, more: String| {
        cards.push(html! {
            div.card.(class) { dt { (label) } dd { strong { (value) } span { (more) } } }
        });
    };
    if let Some(figures) = &total.gateway {
        card(
            "a",
            "Gateway",
            usd(figures.cost.unwrap_or_default()),
            "Cloudflare\u{2019}s estimate".to_owned(),
        );
    }
    if report.transcripts.is_some() {
        let value = total.estimate().map_or("\u{2013}".to_owned(), usd);
        card("b", "Claude Code", value, "the client\u{2019}s own estimate, this machine".to_owned());
    }
    if let Some((value, from)) = total.list() {
        let whose = if from == "transcripts" { "transcripts\u{2019}" } else { "gateway\u{2019}s" };
        card("c", "List price", usd(value), format!("of the {whose} tokens"));
    }
    if let Some(month) = &report.projection {
        let (value, label) = match month.at_end {
            Some(at_end) => {
                (usd(at_end), format!("projected for {}; {} so far", month.month, usd(month.so_far)))
            }
            None => (usd(month.so_far), format!("so far in {}", month.month)),
        };
        card("", "Month", value, label);
    }
    if let Some(figures) = total.gateway.as_ref().filter(|figures| figures.requests > 0) {
        let part = |count: u64| percent(count as f64 / figures.requests as f64);
        card("", "Requests", whole(figures.requests), format!("{} failed", part(figures.errors)));
        card("", "Cache hits", part(figures.cached), "of requests, by the gateway\u{2019}s cache".to_owned());
        let read = format!("{} written", tokens(figures.tokens.output));
        card("", "Tokens read", tokens(figures.tokens.input), read);
    }
    if let Some(local) = &total.local {
        let t = &local.tokens;
        let read = t.prompt();
        if read > 0 {
            let value = percent(t.cache_read as f64 / read as f64);
            card("", "Prompt cache", value, "of prompt tokens, by the provider\u{2019}s cache".to_owned());
        }
    }
    html! { dl.cards { @for card in &cards { (card) } } }
}

/// The most expensive rows as bars, and how many more there are.
fn comparison(by: By, rows: &[CostsRow]) -> Option<Markup> {
    let (shown, rest) = rows.split_at(rows.len().min(MOST_BARS));
    (!rows.is_empty()).then(|| {
        html! {
            (bars(shown))
            @if !rest.is_empty() {
                p.more { "And " (rest.len()) " more; cf-aig costs --by " (by.id()) " lists all." }
            }
        }
    })
}

fn limit(limit: &Limit) -> Markup {
    match (limit.spent, limit.part()) {
        (Some(spent), Some(part)) => html! {
            p { strong { (usd(spent)) } " of " (visible(&limit.words())) }
            meter min="0" max="1" low="0.7" high="0.9" optimum="0" value=(format_args!("{:.4}", part.min(1.0)))
                aria-label="spent of the limit" { (percent(part)) }
            span { (percent(part)) }
        },
        _ => html! {
            p { (visible(&limit.words())) }
            span { (limit.why.unwrap_or("spend unknown")) }
        },
    }
}

fn drift(report: &CostsReport) -> Option<Markup> {
    let kinds: Vec<DriftKind> = report.drift_kinds().into_iter().collect();
    list("drift", &kinds, |kind| {
        let rows = report.rows.iter().filter(|row| row.drift.iter().any(|drift| drift.kind == *kind));
        let names: Vec<String> = rows.take(6).map(name).collect();
        let of = if names.is_empty() { "the total".to_owned() } else { names.join(", ") };
        let (a, b) = match kind {
            DriftKind::GatewayPrice => ("Gateway", "list price of its tokens"),
            DriftKind::ClaudeCodePrice => ("Claude Code", "list price of its tokens"),
            DriftKind::Coverage => ("Gateway\u{2019}s tokens", "transcripts\u{2019} tokens"),
        };
        html! {
            strong { (a) " and " (b) } " "
            span.of { (of) }
            p { (sentence(kind.meaning())) "." }
        }
    })
}

/// A list of these items, if there are any.
fn list<T>(class: &str, items: &[T], item: impl Fn(&T) -> Markup) -> Option<Markup> {
    (!items.is_empty()).then(|| html! { ul.(class) { @for one in items { li { (item(one)) } } } })
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn table(report: &CostsReport, by: By, rows: &[CostsRow], total: Option<&CostsRow>) -> Markup {
    if rows.is_empty() {
        return html! { p { "No requests in this period." } };
    }
    let figures = Figure::of(report);
    let head = |figure: Figure| match figure {
        Figure::Requests if !report.online => "answers",
        Figure::Errors => "failed",
        _ => figure.id(),
    };
    let (shown, rest) = rows.split_at(rows.len().min(MOST_ROWS));
    html! {
        div.scroll role="region" aria-label={ "Figures by " (by.id()) } tabindex="0" {
            table {
                thead {
                    tr {
                        th scope="col" { (sentence(by.id())) }
                        @for figure in &figures { th scope="col" { (sentence(head(*figure))) } }
                    }
                }
                tbody { @for row in shown { (line(row, &figures)) } }
                @if let Some(total) = total { tfoot { (line(total, &figures)) } }
            }
        }
        @if !rest.is_empty() {
            p.more { "And " (rest.len()) " more; cf-aig costs --json lists all." }
        }
    }
}

fn line(row: &CostsRow, figures: &[Figure]) -> Markup {
    html! {
        tr {
            th scope="row" {
                (name(row))
                @if !row.drift.is_empty() { " " span.flag { "drift" } }
            }
            @for figure in figures {
                td {
                    @match figure.in_row(row) {
                        Some(shown) => { (shown) }
                        None => { span aria-label="unknown" { "\u{2013}" } }
                    }
                    @if *figure == Figure::ListPrice && row.is_starred() {
                        abbr title=(STAR.replace('\'', "\u{2019}")) { "*" }
                    }
                }
            }
        }
    }
}

fn sources(report: &CostsReport) -> Markup {
    let star = report.has_stars().then(|| format!("* {STAR}"));
    let notes: Vec<&String> = star.iter().chain(&report.notes).collect();
    html! {
        dl.sources {
            @for (figure, source) in &report.sources {
                div { dt { (sentence(figure)) } dd { (visible(source)) } }
            }
        }
        @if let Some(notes) = list("notes", &notes, |note| html! { (visible(&sentence(note))) "." }) { (notes) }
    }
}
