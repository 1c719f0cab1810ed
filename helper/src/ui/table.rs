//! Tables for people: aligned columns under a heading, as many as fit.

use super::screen::Screen;
use crate::base::text::columns as width_of;

/// A column: its heading, its alignment, and what becomes of it when space is short.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    head: &'static str,
    right: bool,
    rank: u8,
    least: Option<usize>,
}

impl Column {
    /// A column of text, which is always shown in full.
    pub const fn left(head: &'static str) -> Self {
        Self { head, right: false, rank: 0, least: None }
    }

    /// A column of numbers, which is always shown in full.
    pub const fn right(head: &'static str) -> Self {
        Self { right: true, ..Self::left(head) }
    }

    /// The same column, dropped when space is short: those with the highest rank first.
    pub const fn dropped(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// The same column, cut to no less than this width before any column is dropped.
    pub const fn cut(self, least: usize) -> Self {
        Self { least: Some(least), ..self }
    }
}

/// Between two columns.
const GAP: usize = 2;

/// The columns that fit, with their widths.
#[derive(Debug)]
pub struct TableLayout {
    columns: Vec<Column>,
    widths: Vec<usize>,
    shown: Vec<bool>,
}

impl TableLayout {
    /// Columns as wide as their longest cell, in this width.
    pub fn of(columns: &[Column], rows: &[Vec<String>], room: Option<usize>) -> Self {
        let widest = |(at, column): (usize, &Column)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width_of(cell));
            cells.chain([width_of(column.head)]).max().unwrap_or_default()
        };
        Self::with(columns, columns.iter().enumerate().map(widest).collect(), room)
    }

    /// Columns of these widths, in this width.
    pub fn with(columns: &[Column], widths: Vec<usize>, room: Option<usize>) -> Self {
        let mut layout = Self { columns: columns.to_vec(), shown: vec![true; widths.len()], widths };
        let over = |layout: &Self| room.map_or(0, |room| layout.width().saturating_sub(room));
        for (at, column) in columns.iter().enumerate() {
            let spare = layout.widths[at].saturating_sub(column.least.unwrap_or(usize::MAX));
            layout.widths[at] -= spare.min(over(&layout));
        }
        let mut rank = columns.iter().map(|column| column.rank).max().unwrap_or_default();
        while rank > 0 && over(&layout) > 0 {
            for (shown, column) in layout.shown.iter_mut().zip(columns) {
                *shown &= column.rank != rank;
            }
            rank -= 1;
        }
        layout
    }

    /// The width of a row.
    pub fn width(&self) -> usize {
        let shown = self.widths.iter().zip(&self.shown).filter(|(_, shown)| **shown);
        shown.map(|(width, _)| width + GAP).sum::<usize>().saturating_sub(GAP)
    }

    /// True if every column of this rank or a lower one is shown.
    pub fn keeps(&self, rank: u8) -> bool {
        self.columns.iter().zip(&self.shown).all(|(column, shown)| *shown || column.rank > rank)
    }

    /// The headings, as a line.
    pub fn head(&self) -> String {
        self.row(&self.columns.iter().map(|column| column.head).collect::<Vec<_>>())
    }

    /// A row, as a line.
    pub fn row(&self, cells: &[impl AsRef<str>]) -> String {
        self.padded(cells).trim_end().to_owned() + "\n"
    }

    /// A row as wide as the table, without a line break.
    pub fn padded(&self, cells: &[impl AsRef<str>]) -> String {
        let columns = self.columns.iter().zip(&self.widths).zip(&self.shown).zip(cells);
        let shown = columns.filter(|((_, shown), _)| **shown).map(|(((column, width), _), cell)| {
            let may_be_cut = column.rank > 0 || column.least.is_some();
            let cell = if may_be_cut { cut(cell.as_ref(), *width) } else { cell.as_ref().to_owned() };
            let space = " ".repeat(width.saturating_sub(width_of(&cell)));
            if column.right { space + &cell } else { cell + &space }
        });
        shown.collect::<Vec<_>>().join(&" ".repeat(GAP))
    }
}

/// A text of at most this width; an ellipsis stands for what is left out.
fn cut(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if width_of(&out) + width_of(c.encode_utf8(&mut [0; 4])) >= width {
            break;
        }
        out.push(c);
    }
    out + "\u{2026}"
}

/// All rows under their headings, as wide as stdout is. Text from outside must be safe for a terminal
/// already.
pub fn table<const N: usize>(columns: [Column; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let rows: Vec<Vec<String>> = rows.into_iter().map(Vec::from).collect();
    let layout = TableLayout::of(&columns, &rows, Screen::stdout().width);
    layout.head() + &rows.iter().map(|row| layout.row(row)).collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] =
        [Column::left("ID"), Column::right("COUNT").dropped(2), Column::left("NAME").dropped(1).cut(6)];

    fn shown(room: Option<usize>) -> String {
        let rows = [["a-long-id", "7", "the first of two"], ["\u{fc}", "12", "\u{65e5}\u{672c}"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        let layout = TableLayout::of(&COLUMNS, &rows, room);
        layout.head() + &rows.iter().map(|row| layout.row(row)).collect::<String>()
    }

    #[test]
    fn columns_are_as_wide_as_their_longest_cell() {
        let expected = "ID         COUNT  NAME\na-long-id      7  the first of two\n\u{fc}             12  \u{65e5}\u{672c}\n";
        assert_eq!(shown(None), expected);
        assert_eq!(shown(Some(34)), expected);
    }

    #[test]
    fn a_narrow_table_cuts_text_first_and_then_drops_columns_by_rank() {
        assert!(shown(Some(30)).contains("\na-long-id      7  the first o\u{2026}\n"), "{}", shown(Some(30)));
        assert!(
            shown(Some(23)).starts_with("ID         NAME\na-long-id  the f\u{2026}\n"),
            "{}",
            shown(Some(23))
        );
        assert_eq!(shown(Some(5)), "ID\na-long-id\n\u{fc}\n");
    }

    #[test]
    fn a_table_fits_unless_what_is_always_shown_is_wider() {
        for room in 9..60 {
            let text = shown(Some(room));
            assert!(text.lines().all(|line| width_of(line) <= room), "{room}\n{text}");
        }
    }
}
