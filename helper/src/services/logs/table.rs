//! Formats entries as a table that fits the terminal.

use crate::base::text::visible;
use crate::facts::gateway::resources::LogEntry;
use serde_json::Value;

/// A column: its heading, its alignment, and its priority when space is short.
struct Column {
    head: &'static str,
    right: bool,
    /// The column with the highest number is dropped first; 0 is never dropped.
    expendable: u8,
    cell: fn(&LogEntry) -> String,
}

const COLUMNS: &[Column] = &[
    Column { head: "TIME (UTC)", right: false, expendable: 0, cell: time },
    Column { head: "STATUS", right: false, expendable: 0, cell: status },
    Column { head: "PROVIDER", right: false, expendable: 6, cell: |item| visible(item.provider()) },
    Column { head: "MODEL", right: false, expendable: 1, cell: model },
    Column { head: "IN", right: true, expendable: 3, cell: |item| text(item.field("tokens_in")) },
    Column { head: "OUT", right: true, expendable: 3, cell: |item| text(item.field("tokens_out")) },
    Column { head: "COST", right: true, expendable: 2, cell: cost },
    Column { head: "MS", right: true, expendable: 4, cell: |item| text(item.field("duration")) },
    Column { head: "CACHE", right: false, expendable: 5, cell: cache },
    Column { head: ID, right: false, expendable: 0, cell: |item| visible(item.id()) },
];

/// The heading of the id column.
const ID: &str = "ID";
/// Model names are cut to this length before a column is dropped.
const MODEL: usize = 24;
/// Columns up to this priority matter more than one line per entry: if they do not fit next to the
/// id, the id gets its own line.
const ESSENTIAL: u8 = 3;
/// The indentation of an id on its own line.
const BELOW: &str = "  ";

/// Formats all entries at once, so that column widths fit the content.
pub fn render(entries: &[LogEntry], width: Option<usize>) -> String {
    let rows: Vec<Vec<String>> =
        entries.iter().map(|item| COLUMNS.iter().map(|column| (column.cell)(item)).collect()).collect();
    let widest = |at: usize| {
        let cells = rows.iter().map(|row: &Vec<String>| row[at].chars().count());
        cells.chain([COLUMNS[at].head.len()]).max().unwrap_or_default()
    };
    let layout = Layout::fit((0..COLUMNS.len()).map(widest).collect(), width);
    let mut out = layout.head();
    for row in &rows {
        out.push_str(&layout.entry(row));
    }
    out
}

/// Formats entry by entry, for a table of unknown length.
#[derive(Debug)]
pub struct Layout {
    widths: Vec<usize>,
    shown: Vec<bool>,
    /// The id is on its own line.
    below: bool,
}

impl Layout {
    /// Uses typical widths.
    pub fn usual(width: Option<usize>) -> Self {
        Self::fit(vec![14, 6, 10, 28, 7, 6, 8, 6, 5, 36], width)
    }

    fn fit(widths: Vec<usize>, width: Option<usize>) -> Self {
        let beside = Self::fit_with(widths.clone(), width, false);
        let whole = |at: usize| beside.shown[at] || COLUMNS[at].expendable > ESSENTIAL;
        if (0..COLUMNS.len()).all(whole) { beside } else { Self::fit_with(widths, width, true) }
    }

    fn fit_with(mut widths: Vec<usize>, width: Option<usize>, below: bool) -> Self {
        let mut shown: Vec<bool> = COLUMNS.iter().map(|column| !(below && column.head == ID)).collect();
        let Some(width) = width else { return Self { widths, shown, below } };
        let total = |widths: &[usize], shown: &[bool]| {
            let known = widths.iter().zip(shown).filter(|(_, shown)| **shown).map(|(width, _)| width + 2);
            known.sum::<usize>().saturating_sub(2)
        };
        let model = COLUMNS.iter().position(|column| column.head == "MODEL").unwrap_or_default();
        let over = total(&widths, &shown).saturating_sub(width);
        widths[model] = widths[model].saturating_sub(over).max(MODEL.min(widths[model]));
        for level in (1..=6).rev() {
            if total(&widths, &shown) <= width {
                break;
            }
            for (at, column) in COLUMNS.iter().enumerate() {
                if column.expendable == level {
                    shown[at] = false;
                }
            }
        }
        Self { widths, shown, below }
    }

    /// The headings.
    pub fn head(&self) -> String {
        let heads: Vec<String> = COLUMNS.iter().map(|column| column.head.to_owned()).collect();
        self.row(&heads)
    }

    /// One entry.
    pub fn line(&self, item: &LogEntry) -> String {
        self.entry(&COLUMNS.iter().map(|column| (column.cell)(item)).collect::<Vec<_>>())
    }

    fn entry(&self, cells: &[String]) -> String {
        let id = COLUMNS.iter().zip(cells).find(|(column, _)| self.below && column.head == ID);
        self.row(cells) + &id.map_or(String::new(), |(_, id)| format!("{BELOW}{id}\n"))
    }

    fn row(&self, cells: &[String]) -> String {
        let mut line = String::new();
        for (at, cell) in cells.iter().enumerate().filter(|(at, _)| self.shown[*at]) {
            let width = self.widths[at];
            let cut = cut(cell, width, COLUMNS[at].expendable > 0);
            let padded = if COLUMNS[at].right { format!("{cut:>width$}") } else { format!("{cut:<width$}") };
            if !line.is_empty() {
                line.push_str("  ");
            }
            line.push_str(&padded);
        }
        line.trim_end().to_owned() + "\n"
    }
}

/// Ids are never cut, because `logs show` needs them.
fn cut(text: &str, width: usize, may: bool) -> String {
    if !may || text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

/// `11-22 19:07:01`
fn time(item: &LogEntry) -> String {
    let at = item.created().map(super::time::written);
    at.map_or_else(|| visible(item.created_at()), |at| at[5..19].replace('T', " "))
}

fn status(item: &LogEntry) -> String {
    match (item.field("status_code"), item.success()) {
        (Value::Null, Some(true)) => "ok".to_owned(),
        (Value::Null, _) => "failed".to_owned(),
        (code, _) => text(code),
    }
}

/// `anthropic/claude-opus-5-5` repeats its provider.
fn model(item: &LogEntry) -> String {
    let (model, provider) = (visible(item.model()), visible(item.provider()));
    model.strip_prefix(&format!("{provider}/")).unwrap_or(&model).to_owned()
}

fn cost(item: &LogEntry) -> String {
    item.cost().map_or(String::new(), |cost| format!("${cost:.4}"))
}

fn cache(item: &LogEntry) -> String {
    if item.cached() == Some(true) { "hit".to_owned() } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn entry(json: Value) -> LogEntry {
        serde_json::from_value(json).unwrap()
    }

    fn entries() -> Vec<LogEntry> {
        let entry = |model: &str, id: &str| {
            entry(
                json!({"id": id, "created_at": "2026-11-22T19:07:01.5Z", "provider": "anthropic", "model": model,
                "status_code": 200, "tokens_in": 12345, "tokens_out": 67, "cost": 0.12345, "duration": 2100, "cached": true}),
            )
        };
        let id = "0196f0c0-0000-7000-8000-000000000001";
        vec![entry("anthropic/claude-opus-5-5", id), entry(&"long".repeat(20), id)]
    }

    #[test]
    fn a_table_is_as_wide_as_the_terminal_and_ids_are_whole() {
        for width in [60, 74, 80, 100, 120, 200] {
            let shown = render(&entries(), Some(width));
            assert!(shown.lines().all(|line| line.chars().count() <= width), "{width}\n{shown}");
            assert!(shown.matches("0196f0c0-0000-7000-8000-000000000001").count() == 2, "{shown}");
            let has = |text: &str| shown.contains(text);
            assert!(
                has("claude-opus-5-5") && (width < 74 || has("$0.1235") && has("12345")),
                "{width}\n{shown}"
            );
        }
        let all = render(&entries(), None);
        assert!(
            all.contains(&"long".repeat(20)) && all.contains("$0.1235") && all.contains("11-22 19:07:01"),
            "{all}"
        );
    }

    #[test]
    fn control_characters_from_a_server_do_not_reach_the_terminal() {
        let shown =
            render(&[entry(json!({"id": "a\u{1b}[2J", "model": "\u{202e}x", "created_at": "\u{7}"}))], None);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n'), "{shown:?}");
    }
}
