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
use chart::{bars, columns};

const STYLE: &str = include_str!("style.css");
/// How many rows get a bar; the table has all rows.
const MOST_BARS: usize = 12;
/// The most rows of a table: more would make the page slow.
const MOST_ROWS: usize = 500;

/// Renders the page.
pub fn html(report: &CostsReport) -> String {
    let title = match (&report.gateway, report.online) {
        (Some(id), true) => format!("AI Gateway {}", escape(id)),
        (None, true) => "All AI Gateways".to_owned(),
        (_, false) => "Claude Code on this machine".to_owned(),
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<link rel=\"icon\" href=\"data:,\">\n\
         <title>{title}: what it cost</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    );
    out.push_str(&format!(
        "<header>\n<p class=\"kicker\">Cost estimate</p>\n<h1>{title}</h1>\n<p class=\"period\">{} to {} <abbr title=\"Coordinated Universal Time\">UTC</abbr></p>\n\
         <p class=\"lead\">Estimates from three sources, side by side. None of them is a bill.</p>\n</header>\n",
        minute(report.period.from),
        minute(report.period.until)
    ));
    out.push_str(&cards(report));
    let by = report.by.id();
    let of = |grouping: &str, rows| match by == grouping {
        true => String::new(),
        false => table(report, grouping, rows, false),
    };
    let share = if by == "day" { String::new() } else { comparison(report.by, &report.rows) };
    let mut sections = vec![
        ("days", "Spend per day".to_owned(), columns(report)),
        ("share", format!("Spend by {by}"), share),
    ];
    for (by, rows) in &report.compared {
        sections.push((by.id(), format!("Spend by {}", by.id()), comparison(*by, rows)));
    }
    sections.extend([
        ("limits", "Spend limits".to_owned(), limits(&report.limits)),
        ("drift", "Where figures disagree".to_owned(), drift(report)),
        ("rows", format!("Figures by {by}"), table(report, by, &report.rows, true)),
        ("models", "Figures by model".to_owned(), of("model", &report.models)),
        ("daily", "Figures by day".to_owned(), of("day", &report.days)),
        ("sources", "Sources".to_owned(), sources(report)),
    ]);
    for (id, heading, body) in sections.into_iter().filter(|(.., body)| !body.is_empty()) {
        out.push_str(&format!(
            "<section aria-labelledby=\"h-{id}\">\n<h2 id=\"h-{id}\">{heading}</h2>\n{body}</section>\n"
        ));
    }
    out + "</main>\n</body>\n</html>\n"
}

/// Escapes text from outside for content and attributes.
fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A row's name; a request may have none.
fn name(row: &CostsRow) -> String {
    if row.key.is_empty() { "(no label)".to_owned() } else { escape(&row.key) }
}

fn cards(report: &CostsReport) -> String {
    let total = &report.total;
    let mut cards = Vec::new();
    let mut card = |class: &str, label: &str, value: String, more: String| {
        cards.push(format!(
            "<div class=\"card {class}\"><dt>{label}</dt><dd><strong>{value}</strong><span>{more}</span></dd></div>\n"
        ));
    };
    if let Some(figures) = &total.gateway {
        card("a", "Gateway", usd(figures.cost), "Cloudflare\u{2019}s estimate".to_owned());
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
        let read = format!("{} written", tokens(figures.tokens_out));
        card("", "Tokens read", tokens(figures.tokens_in), read);
    }
    if let Some(local) = &total.local {
        let t = &local.tokens;
        let read = t.prompt();
        if read > 0 {
            let value = percent(t.cache_read as f64 / read as f64);
            card("", "Prompt cache", value, "of prompt tokens, by the provider\u{2019}s cache".to_owned());
        }
    }
    format!("<dl class=\"cards\">\n{}</dl>\n", cards.concat())
}

/// The most expensive rows as bars, and how many more there are.
fn comparison(by: By, rows: &[CostsRow]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut out = bars(&rows[..rows.len().min(MOST_BARS)]);
    if rows.len() > MOST_BARS {
        let (more, word) = (rows.len() - MOST_BARS, by.id());
        out.push_str(&format!(
            "<p class=\"more\">And {more} more; cf-aig costs --by {word} lists all.</p>\n"
        ));
    }
    out
}

fn limits(limits: &[Limit]) -> String {
    let mut out = String::new();
    for limit in limits {
        let what = escape(&limit.words());
        match (limit.spent, limit.part()) {
            (Some(spent), Some(part)) => out.push_str(&format!(
                "<li><p><strong>{}</strong> of {what}</p><meter min=\"0\" max=\"1\" low=\"0.7\" high=\"0.9\" optimum=\"0\" value=\"{:.4}\" \
                 aria-label=\"spent of the limit\">{}</meter><span>{}</span></li>\n",
                usd(spent),
                part.min(1.0),
                percent(part),
                percent(part)
            )),
            _ => out.push_str(&format!(
                "<li><p>{what}</p><span>{}</span></li>\n",
                limit.why.unwrap_or("spend unknown")
            )),
        }
    }
    list("limits", &out)
}

fn drift(report: &CostsReport) -> String {
    let mut out = String::new();
    for kind in report.drift_kinds() {
        let rows = report.rows.iter().filter(|row| row.drift.iter().any(|drift| drift.kind == kind));
        let names: Vec<String> = rows.take(6).map(name).collect();
        let of = if names.is_empty() { "the total".to_owned() } else { names.join(", ") };
        let (a, b) = match kind {
            DriftKind::GatewayPrice => ("Gateway", "list price of its tokens"),
            DriftKind::ClaudeCodePrice => ("Claude Code", "list price of its tokens"),
            DriftKind::Coverage => ("Gateway\u{2019}s tokens", "transcripts\u{2019} tokens"),
        };
        out.push_str(&format!(
            "<li><strong>{a} and {b}</strong> <span class=\"of\">{of}</span><p>{}.</p></li>\n",
            escape(&sentence(kind.meaning()))
        ));
    }
    list("drift", &out)
}

/// A list of these items, if there are any.
fn list(class: &str, items: &str) -> String {
    if items.is_empty() { String::new() } else { format!("<ul class=\"{class}\">\n{items}</ul>\n") }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn table(report: &CostsReport, by: &str, rows: &[CostsRow], total: bool) -> String {
    if rows.is_empty() {
        return "<p>No requests in this period.</p>\n".to_owned();
    }
    let mut out = format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Figures by {by}\" tabindex=\"0\">\n<table>\n<thead><tr><th scope=\"col\">{}</th>",
        sentence(by)
    );
    for figure in Figure::of(report) {
        let name = match figure {
            Figure::Requests if !report.online => "answers",
            Figure::Errors => "failed",
            _ => figure.name(),
        };
        out.push_str(&format!("<th scope=\"col\">{}</th>", sentence(name)));
    }
    out.push_str("</tr></thead>\n<tbody>\n");
    for row in &rows[..rows.len().min(MOST_ROWS)] {
        out.push_str(&line(row, report));
    }
    out.push_str("</tbody>\n");
    if total {
        out.push_str(&format!("<tfoot>\n{}</tfoot>\n", line(&report.total, report)));
    }
    out.push_str("</table>\n</div>\n");
    if rows.len() > MOST_ROWS {
        let more = rows.len() - MOST_ROWS;
        out.push_str(&format!("<p class=\"more\">And {more} more; cf-aig costs --json lists all.</p>\n"));
    }
    out
}

fn line(row: &CostsRow, report: &CostsReport) -> String {
    let cell = |figure: Figure| {
        let none = || "<span aria-label=\"unknown\">\u{2013}</span>".to_owned();
        let star = match figure {
            Figure::ListPrice if row.is_starred() => {
                format!("<abbr title=\"{}\">*</abbr>", STAR.replace('\'', "\u{2019}"))
            }
            _ => String::new(),
        };
        format!("<td>{}{star}</td>", figure.in_row(row).unwrap_or_else(none))
    };
    let flag = if row.drift.is_empty() { "" } else { " <span class=\"flag\">drift</span>" };
    let cells: String = Figure::of(report).into_iter().map(cell).collect();
    format!("<tr><th scope=\"row\">{}{flag}</th>{cells}</tr>\n", name(row))
}

fn sources(report: &CostsReport) -> String {
    let mut out = String::from("<dl class=\"sources\">\n");
    for (figure, source) in &report.sources {
        out.push_str(&format!("<div><dt>{}</dt><dd>{}</dd></div>\n", sentence(figure), escape(source)));
    }
    out.push_str("</dl>\n");
    let star = report.has_stars().then(|| format!("* {STAR}"));
    let notes = star.iter().chain(&report.notes);
    let notes: String = notes.map(|note| format!("<li>{}.</li>\n", escape(&sentence(note)))).collect();
    out + &list("notes", &notes)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn text_from_outside_cannot_become_markup() {
        assert_eq!(
            escape("<b a=\"1\" c='2'>&\u{1b}\u{202e}x"),
            "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;x"
        );
    }
}
