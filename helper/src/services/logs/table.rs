//! Formats entries as a table that fits the terminal.

use crate::base::text::visible;
use crate::facts::gateway::resources::LogEntry;
use crate::ui::Column;
use crate::ui::table::TableLayout;
use serde_json::Value;

/// The cell of an entry in one column.
type CellText = fn(&LogEntry) -> String;

/// The last one is the id.
const COLUMNS: [(Column, CellText); 10] = [
    (Column::left("TIME (UTC)"), time),
    (Column::left("STATUS"), status),
    (Column::left("PROVIDER").dropped(6), |item| visible(item.provider())),
    (Column::left("MODEL").dropped(1).cut(24), model),
    (Column::right("IN").dropped(3), |item| text(item.field("tokens_in"))),
    (Column::right("OUT").dropped(3), |item| text(item.field("tokens_out"))),
    (Column::right("COST").dropped(2), cost),
    (Column::right("MS").dropped(4), |item| text(item.field("duration"))),
    (Column::left("CACHE").dropped(5), cache),
    (Column::left("ID"), |item| visible(item.id())),
];
/// Typical widths, for a table of unknown length.
const USUAL: [usize; 10] = [14, 6, 10, 28, 7, 6, 8, 6, 5, 36];

/// Columns up to this rank matter more than one line per entry: if they do not fit next to the id, the
/// id gets its own line.
const ESSENTIAL: u8 = 3;
/// The indentation of an id on its own line.
const BELOW: &str = "  ";

/// Formats all entries at once, so that column widths fit the content.
pub fn render(entries: &[LogEntry], width: Option<usize>) -> String {
    let rows: Vec<Vec<String>> = entries.iter().map(cells).collect();
    let layout = LogTable::fit(|columns| TableLayout::of(columns, &rows, width));
    layout.head() + &rows.iter().map(|row| layout.entry(row)).collect::<String>()
}

fn cells(item: &LogEntry) -> Vec<String> {
    COLUMNS.iter().map(|(_, cell)| cell(item)).collect()
}

/// Formats entry by entry.
#[derive(Debug)]
pub struct LogTable {
    layout: TableLayout,
    /// The id is on its own line.
    below: bool,
}

impl LogTable {
    /// A table of unknown length.
    pub fn usual(width: Option<usize>) -> Self {
        Self::fit(|columns| TableLayout::with(columns, USUAL[..columns.len()].to_vec(), width))
    }

    fn fit(layout: impl Fn(&[Column]) -> TableLayout) -> Self {
        let columns = COLUMNS.map(|(column, _)| column);
        let beside = layout(&columns);
        if beside.keeps(ESSENTIAL) {
            return Self { layout: beside, below: false };
        }
        Self { layout: layout(&columns[..columns.len() - 1]), below: true }
    }

    /// The headings.
    pub fn head(&self) -> String {
        self.layout.head()
    }

    /// One entry.
    pub fn line(&self, item: &LogEntry) -> String {
        self.entry(&cells(item))
    }

    fn entry(&self, cells: &[String]) -> String {
        let id = cells.last().filter(|_| self.below);
        self.layout.row(cells) + &id.map_or(String::new(), |id| format!("{BELOW}{id}\n"))
    }
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
