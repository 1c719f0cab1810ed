//! The report as text: a table that fits the width, bars and a sparkline; plain when piped.

use super::limits::Limit;
use super::number::{minute, percent, tokens, usd, whole};
use super::report::{COLUMNS, CostsReport, CostsRow, DriftKind, STAR};
use crate::base::text::{columns, visible};
use crate::ui::{Screen, Tone};

const FLAG: &str = "drift";
/// Longer names are cut.
const MAX_KEY: usize = 40;
const BAR: usize = 16;
/// The width of labels below the table.
const INDENT: usize = 11;
/// Sentences are no wider than this on any terminal.
const WIDEST: usize = 110;
/// The most rows to print; a note tells how to see the rest.
const MOST_ROWS: usize = 40;
/// Columns in the order in which they are dropped if the terminal is too narrow.
const EXPENDABLE: [usize; 5] = [3, 2, 4, 5, 1];

/// Renders the report.
pub fn text(report: &CostsReport, screen: Screen) -> String {
    let mut out = wrapped(&heading(report), 0, screen);
    out.push('\n');
    out.push_str(&table(report, screen));
    if let Some(line) = sparkline(report, screen) {
        out.push_str(&format!("\nper day    {line}\n"));
    } else {
        out.push('\n');
    }
    let mut lines = summary(report, screen);
    lines.extend(report.sources.iter().map(|(figure, source)| format!("source     {figure}: {source}")));
    lines.extend(report.notes.iter().map(|note| format!("note       {note}")));
    for line in lines {
        out.push_str(&wrapped(&line, INDENT, screen));
    }
    out
}

/// A line wrapped at the width of the terminal, with a hanging indent.
fn wrapped(line: &str, indent: usize, screen: Screen) -> String {
    // the label and the spaces after it stay unchanged
    let (label, text) = line.split_at(line.char_indices().nth(indent).map_or(0, |(at, _)| at));
    let screen = Screen { width: screen.width.map(|width| width.min(WIDEST)), ..screen };
    format!("{label}{}", screen.hanging(columns(label), indent, text))
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

/// The cells of a row.
fn cells(row: &CostsRow, unicode: bool) -> Vec<String> {
    let none = if unicode { "\u{2013}" } else { "-" };
    let key: String = visible(&row.key).chars().take(MAX_KEY).collect();
    let mut cells = vec![if key.is_empty() { "(none)".to_owned() } else { key }];
    cells.extend(row.shown().map(|cell| cell.unwrap_or_else(|| none.to_owned())));
    // a price without a star is aligned with those that have one
    match row.list() {
        Some(_) if row.is_starred() => cells[8].push('*'),
        Some(_) => cells[8].push(' '),
        None => {}
    }
    cells
}

fn table(report: &CostsReport, screen: Screen) -> String {
    let mut lines = vec![[report.by.id()].into_iter().chain(COLUMNS).map(str::to_owned).collect::<Vec<_>>()];
    lines[0][8].push(' ');
    let shown_rows = &report.rows[..report.rows.len().min(MOST_ROWS)];
    lines.extend(shown_rows.iter().chain([&report.total]).map(|row| cells(row, screen.unicode)));
    let widths: Vec<usize> = (0..=COLUMNS.len())
        .map(|at| lines.iter().map(|line| columns(&line[at])).max().unwrap_or_default())
        .collect();
    let mut shown: Vec<usize> =
        (0..widths.len()).filter(|at| *at == 0 || report.has_column(at - 1)).collect();
    let flags = report.rows.iter().chain([&report.total]).any(|row| !row.drift.is_empty());
    let flag = if flags { FLAG.len() + 2 } else { 0 };
    let wide = |shown: &[usize]| shown.iter().map(|at| widths[*at] + 2).sum::<usize>();
    for at in EXPENDABLE {
        if screen.width.is_some_and(|room| wide(&shown) + flag > room) {
            shown.retain(|column| *column != at);
        }
    }
    let bars = screen.width.is_some_and(|room| wide(&shown) + flag + BAR <= room) && shown_rows.len() > 1;
    let most = report.rows.iter().map(CostsRow::weight).fold(0.0, f64::max);
    let mut out = String::new();
    let rule_at = lines.len() - 1;
    for (number, line) in lines.iter().enumerate() {
        if number == rule_at {
            if report.rows.len() > MOST_ROWS {
                let more = report.rows.len() - MOST_ROWS;
                out.push_str(&format!("and {more} more; --json and --csv list all\n"));
            }
            let rule = if screen.unicode { "\u{2500}" } else { "-" };
            out.push_str(&rule.repeat(wide(&shown) - 2));
            out.push('\n');
        }
        let mut text = String::new();
        for at in &shown {
            let gap = " ".repeat(widths[*at] - columns(&line[*at]));
            text.push_str(&if *at == 0 {
                format!("{}{gap}  ", line[0])
            } else {
                format!("{gap}{}  ", line[*at])
            });
        }
        if bars && number > 0 && number < rule_at {
            text.push_str(&bar(report.rows[number - 1].weight(), most, screen.unicode));
        }
        let row = (number > 0).then(|| shown_rows.get(number - 1).unwrap_or(&report.total));
        let text = text.trim_end();
        match row.filter(|row| !row.drift.is_empty()) {
            Some(_) => out.push_str(&format!("{text}  {}", screen.paint(Tone::Notice, FLAG))),
            None => out.push_str(text),
        }
        out.push('\n');
    }
    let counted = report.total.counts().is_some_and(|(counts, _)| counts[0] > 0);
    match (report.rows.is_empty(), counted) {
        (true, true) => {
            out.push_str(&format!("none of these requests can be grouped by {}\n", report.by.id()));
        }
        (true, false) => out.push_str("no requests in this period\n"),
        (false, _) => {}
    }
    out
}

fn bar(value: f64, most: f64, unicode: bool) -> String {
    if most <= 0.0 || value <= 0.0 {
        return String::new();
    }
    let part = (value / most).clamp(0.0, 1.0);
    if !unicode {
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

fn summary(report: &CostsReport, screen: Screen) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(figures) = report.total.gateway.as_ref().filter(|figures| figures.requests > 0) {
        let part = |count: u64| percent(count as f64 / figures.requests as f64);
        lines.push(format!(
            "requests   {}: {} failed, {} served from the gateway's cache",
            whole(figures.requests),
            part(figures.errors),
            part(figures.cached)
        ));
    }
    if let Some(local) = &report.total.local {
        let t = &local.tokens;
        let read = t.prompt();
        if read > 0 {
            lines.push(format!(
                "prompts    {} tokens in the transcripts: {} from the provider's prompt cache, {} written into it",
                tokens(read),
                percent(t.cache_read as f64 / read as f64),
                percent((t.cache_write_5m + t.cache_write_1h) as f64 / read as f64)
            ));
        }
    }
    lines.extend(report.limits.iter().map(|limit| limit_line(limit, screen)));
    if let Some(month) = &report.projection {
        let end = match month.at_end {
            Some(at_end) => format!("; about {} by its end at this pace", usd(at_end)),
            None => "; too early to project".to_owned(),
        };
        lines.push(format!("month      {} so far in {}{end}", usd(month.so_far), month.month));
    }
    for kind in report.drift_kinds() {
        let total = report.total.drift.iter().find(|drift| drift.kind == kind);
        let numbers = total.map(|drift| match kind {
            DriftKind::Coverage => {
                format!(" ({} against {} tokens in total)", tokens(drift.a as u64), tokens(drift.b as u64))
            }
            _ => format!(" ({} against {} in total)", usd(drift.a), usd(drift.b)),
        });
        lines.push(format!("{FLAG:<INDENT$}{}{}", kind.meaning(), numbers.unwrap_or_default()));
    }
    if report.has_stars() {
        lines.push(format!("*          {STAR}"));
    }
    lines
}

fn limit_line(limit: &Limit, screen: Screen) -> String {
    let what = limit.words();
    match (limit.spent, limit.part()) {
        (Some(spent), Some(part)) => {
            let bar = screen.width.map_or(String::new(), |_| format!("  {}", bar(part, 1.0, screen.unicode)));
            format!("limit      {} of {what}, {}{bar}", usd(spent), percent(part))
        }
        _ => format!("limit      {what}: {}", limit.why.unwrap_or("spend unknown")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_quite_nothing() {
        assert_eq!(columns(&bar(1.0, 1.0, true)), BAR);
        assert_eq!(bar(0.5, 1.0, false), "########");
        assert_eq!((bar(0.0001, 1.0, true).as_str(), bar(0.0001, 1.0, false).as_str()), ("\u{258f}", "#"));
        assert_eq!((bar(0.0, 1.0, true), bar(1.0, 0.0, true)), (String::new(), String::new()));
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!((columns("abc"), columns("\u{65e5}\u{672c}"), columns("e\u{301}")), (3, 4, 1));
    }
}
