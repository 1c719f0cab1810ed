//! The report as text: a table that fits the width, bars and a sparkline; plain when piped.

use super::figure::Figure;
use super::limits::Limit;
use super::number::{minute, percent, tokens, usd, whole};
use super::report::{CostsReport, CostsRow, DriftKind, STAR};
use crate::base::text::visible;
use crate::ui::table::TableLayout;
use crate::ui::{Column, Screen, TextBlock, Tone};

const FLAG: &str = "drift";
/// Longer names are cut.
const MAX_KEY: usize = 40;
const BAR: usize = 16;
/// Sentences are no wider than this on any terminal.
const WIDEST: usize = 110;
/// The most rows to print; a note tells how to see the rest.
const MOST_ROWS: usize = 40;
/// Renders the report.
pub fn text(report: &CostsReport, screen: Screen) -> String {
    let narrow = Screen { width: screen.width.map(|width| width.min(WIDEST)), ..screen };
    let mut out = TextBlock::new().on(narrow);
    out.lines(narrow.hanging(0, 0, &heading(report))).gap();
    out.lines(table(report, screen)).gap();
    if let Some(line) = sparkline(report, screen) {
        out.line(format_args!("per day    {line}"));
    }
    summary(report, screen, &mut out);
    out.rows("source", report.sources.iter().map(|(figure, source)| format!("{figure}: {source}")));
    out.rows("note", &report.notes);
    out.into()
}

fn heading(report: &CostsReport) -> String {
    let scope = match (&report.gateway, report.online) {
        (Some(id), true) => format!("AI Gateway `{}`", visible(id)),
        (None, true) => "all AI Gateways of the account".to_owned(),
        (_, false) => "Claude Code on this machine".to_owned(),
    };
    format!(
        "{scope}, {} to {} UTC, by {}: estimates, not a bill",
        minute(report.period.from),
        minute(report.period.until),
        report.by.id()
    )
}

/// The order in which columns are dropped if the terminal is too narrow, highest first.
fn rank(figure: Figure) -> u8 {
    match figure {
        Figure::Cached => 5,
        Figure::Errors => 4,
        Figure::TokensIn => 3,
        Figure::TokensOut => 2,
        Figure::Requests => 1,
        Figure::Gateway | Figure::ClaudeCode | Figure::ListPrice => 0,
    }
}

/// The cells of a row.
fn cells(row: &CostsRow, figures: &[Figure], screen: Screen) -> Vec<String> {
    let none = if screen.unicode { "\u{2013}" } else { "-" };
    let key: String = visible(&row.key).chars().take(MAX_KEY).collect();
    let cell = |figure: &Figure| {
        let shown = figure.in_row(row);
        // a price without a star is aligned with those that have one
        let star = match (figure, &shown) {
            (Figure::ListPrice, Some(_)) if row.is_starred() => "*",
            (Figure::ListPrice, Some(_)) => " ",
            _ => "",
        };
        shown.unwrap_or_else(|| none.to_owned()) + star
    };
    [if key.is_empty() { "(none)".to_owned() } else { key }]
        .into_iter()
        .chain(figures.iter().map(cell))
        .collect()
}

fn table(report: &CostsReport, screen: Screen) -> String {
    let figures = Figure::of(report);
    let column = |figure: &Figure| {
        // the space is below it the place of the star
        let head = if *figure == Figure::ListPrice { "list price " } else { figure.id() };
        Column::right(head).dropped(rank(*figure))
    };
    let columns: Vec<Column> =
        [Column::left(report.by.id())].into_iter().chain(figures.iter().map(column)).collect();
    let shown = &report.rows[..report.rows.len().min(MOST_ROWS)];
    let rows: Vec<&CostsRow> = shown.iter().chain([&report.total]).collect();
    let lines: Vec<Vec<String>> = rows.iter().map(|row| cells(row, &figures, screen)).collect();
    let is_flagged = report.rows.iter().chain([&report.total]).any(|row| !row.drift.is_empty());
    let flag = if is_flagged { FLAG.len() + 2 } else { 0 };
    let room = screen.width.map(|width| width.saturating_sub(flag));
    let layout = TableLayout::of(&columns, &lines, room);
    let has_bars = shown.len() > 1 && room.is_some_and(|room| layout.width() + 2 + BAR <= room);
    let most = report.rows.iter().map(CostsRow::weight).fold(0.0, f64::max);
    let mut out = TextBlock::new();
    out.lines(layout.head());
    for (at, (row, line)) in rows.iter().zip(&lines).enumerate() {
        let is_total = at == shown.len();
        if is_total {
            let more = report.rows.len() - shown.len();
            if more > 0 {
                out.line(format_args!("and {more} more; --json and --csv list all"));
            }
            out.line(if screen.unicode { "\u{2500}" } else { "-" }.repeat(layout.width()));
        }
        let mut text = layout.padded(line);
        if has_bars && !is_total {
            text = format!("{text}  {}", bar(row.weight(), most, screen));
        }
        let text = text.trim_end();
        match row.drift.is_empty() {
            true => out.line(text),
            false => out.line(format_args!("{text}  {}", screen.paint(Tone::Notice, FLAG))),
        };
    }
    let counted = report.total.counts().is_some_and(|(sums, _)| sums.requests > 0);
    match (report.rows.is_empty(), counted) {
        (true, true) => {
            out.line(format_args!("none of these requests can be grouped by {}", report.by.id()));
        }
        (true, false) => {
            out.line("no requests in this period");
        }
        (false, _) => {}
    }
    out.into()
}

fn bar(value: f64, most: f64, screen: Screen) -> String {
    if most <= 0.0 || value <= 0.0 {
        return String::new();
    }
    let part = (value / most).clamp(0.0, 1.0);
    if !screen.unicode {
        return "#".repeat(((part * BAR as f64).round() as usize).max(1));
    }
    const EIGHTHS: [&str; 8] =
        ["", "\u{258f}", "\u{258e}", "\u{258d}", "\u{258c}", "\u{258b}", "\u{258a}", "\u{2589}"];
    let eighths = ((part * BAR as f64 * 8.0).round() as usize).max(1);
    format!("{}{}", "\u{2588}".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// One character per day; `None` if piped or empty.
fn sparkline(report: &CostsReport, screen: Screen) -> Option<String> {
    let room = screen.width?.saturating_sub(12).max(8);
    let values: Vec<f64> = report.days.iter().map(CostsRow::weight).collect();
    let values = &values[values.len().saturating_sub(room)..];
    let most = values.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 || values.len() < 2 {
        return None;
    }
    let signs: Vec<char> =
        if screen.unicode { ('\u{2581}'..='\u{2588}').collect() } else { "_.-=+*#@".chars().collect() };
    let sign = |value: &f64| match *value {
        v if v <= 0.0 => ' ',
        v => signs[((v / most * signs.len() as f64).ceil() as usize).clamp(1, signs.len()) - 1],
    };
    let line: String = values.iter().map(sign).collect();
    Some(format!("{line} up to {}", usd(most)))
}

fn summary(report: &CostsReport, screen: Screen, out: &mut TextBlock) {
    if let Some(figures) = report.total.gateway.as_ref().filter(|figures| figures.requests > 0) {
        let part = |count: u64| percent(count as f64 / figures.requests as f64);
        let (requests, failed, cached) =
            (whole(figures.requests), part(figures.errors), part(figures.cached));
        out.row(
            "requests",
            format_args!("{requests}: {failed} failed, {cached} served from the gateway's cache"),
        );
    }
    if let Some(local) = &report.total.local {
        let t = &local.tokens;
        let read = t.prompt();
        if read > 0 {
            let part = |count: u64| percent(count as f64 / read as f64);
            out.row(
                "prompts",
                format_args!(
                    "{} tokens in the transcripts: {} from the provider's prompt cache, {} written into it",
                    tokens(read),
                    part(t.cache_read),
                    part(t.cache_write_5m.saturating_add(t.cache_write_1h))
                ),
            );
        }
    }
    out.rows("limit", report.limits.iter().map(|limit| in_words(limit, screen)));
    if let Some(month) = &report.projection {
        let end = match month.at_end {
            Some(at_end) => format!("; about {} by its end at this pace", usd(at_end)),
            None => "; too early to project".to_owned(),
        };
        out.row("month", format_args!("{} so far in {}{end}", usd(month.so_far), month.month));
    }
    for kind in report.drift_kinds() {
        let total = report.total.drift.iter().find(|drift| drift.kind == kind);
        let numbers = total.map(|drift| match kind {
            DriftKind::Coverage => {
                format!(" ({} against {} tokens in total)", tokens(drift.a as u64), tokens(drift.b as u64))
            }
            _ => format!(" ({} against {} in total)", usd(drift.a), usd(drift.b)),
        });
        out.row(FLAG, format_args!("{}{}", kind.meaning(), numbers.unwrap_or_default()));
    }
    if report.has_stars() {
        out.row("*", STAR);
    }
}

/// A limit, and how much of it is spent.
fn in_words(limit: &Limit, screen: Screen) -> String {
    let what = limit.words();
    match (limit.spent, limit.part()) {
        (Some(spent), Some(part)) => {
            let bar = screen.width.map_or(String::new(), |_| format!("  {}", bar(part, 1.0, screen)));
            format!("{} of {what}, {}{bar}", usd(spent), percent(part))
        }
        _ => format!("{what}: {}", limit.why.unwrap_or("spend unknown")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::text::columns;

    #[test]
    fn bars_are_in_proportion_and_never_quite_nothing() {
        let unicode = Screen { unicode: true, ..Screen::default() };
        let ascii = Screen::default();
        assert_eq!(columns(&bar(1.0, 1.0, unicode)), BAR);
        assert_eq!(bar(0.5, 1.0, ascii), "########");
        assert_eq!((bar(0.0001, 1.0, unicode).as_str(), bar(0.0001, 1.0, ascii).as_str()), ("\u{258f}", "#"));
        assert_eq!((bar(0.0, 1.0, unicode), bar(1.0, 0.0, unicode)), (String::new(), String::new()));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!((columns("abc"), columns("\u{65e5}\u{672c}"), columns("e\u{301}")), (3, 4, 1));
    }
}
