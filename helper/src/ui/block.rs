//! Text for people, built line by line.

use super::screen::{Screen, Tone};
use crate::base::text::columns;
use std::fmt::{Display, Write};

/// The text under construction: plain lines, and rows whose labels share a column. Every method adds
/// whole lines. Text from outside must be safe for a terminal already.
#[derive(Debug, Clone)]
pub struct TextBlock {
    text: String,
    column: usize,
    screen: Screen,
}

impl Default for TextBlock {
    fn default() -> Self {
        Self::with_column(Self::COLUMN)
    }
}

impl TextBlock {
    /// The column of most commands' values.
    pub const COLUMN: usize = 11;

    /// An empty text whose values begin in [`Self::COLUMN`].
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty text whose values begin in this column.
    pub fn with_column(column: usize) -> Self {
        Self { text: String::new(), column, screen: Screen::default() }
    }

    /// A text that begins with this row.
    pub fn of(label: &str, value: impl Display) -> Self {
        let mut block = Self::new();
        block.row(label, value);
        block
    }

    /// Wraps rows to fit this screen, and colours their labels if it does.
    pub fn on(self, screen: Screen) -> Self {
        Self { screen, ..self }
    }

    /// The values of the rows that follow begin in this column.
    pub fn column(&mut self, column: usize) -> &mut Self {
        self.column = column;
        self
    }

    /// A line.
    pub fn line(&mut self, text: impl Display) -> &mut Self {
        let _ = writeln!(self.text, "{text}");
        self
    }

    /// An empty line, unless the text is empty.
    pub fn gap(&mut self) -> &mut Self {
        if self.text.is_empty() { self } else { self.line("") }
    }

    /// A label and its value.
    pub fn row(&mut self, label: &str, value: impl Display) -> &mut Self {
        let label = self.label(label);
        self.value(&label, columns(&label), value)
    }

    /// A row whose label has the colour of a state.
    pub fn row_in(&mut self, tone: Tone, label: &str, value: impl Display) -> &mut Self {
        let label = self.label(label);
        self.value(&self.screen.paint(tone, &label), columns(&label), value)
    }

    fn label(&self, label: &str) -> String {
        format!("{label:<width$} ", width = self.column - 1)
    }

    fn value(&mut self, label: &str, width: usize, value: impl Display) -> &mut Self {
        self.text.push_str(label);
        self.text.push_str(&self.screen.hanging(width, self.column, &value.to_string()));
        self
    }

    /// A row for each value, all with this label.
    pub fn rows<T: Display>(&mut self, label: &str, values: impl IntoIterator<Item = T>) -> &mut Self {
        for value in values {
            self.row(label, value);
        }
        self
    }

    /// A row for each value, of which the first has the label.
    pub fn list<T: Display>(&mut self, label: &str, values: impl IntoIterator<Item = T>) -> &mut Self {
        let mut label = label;
        for value in values {
            self.row(std::mem::take(&mut label), value);
        }
        self
    }

    /// A row without a label: more about the row above.
    pub fn more(&mut self, value: impl Display) -> &mut Self {
        self.row("", value)
    }

    /// Lines that are complete already, such as a table or a diff.
    pub fn lines(&mut self, lines: impl AsRef<str>) -> &mut Self {
        self.text.push_str(lines.as_ref());
        self
    }

    /// True if nothing was added.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl AsRef<str> for TextBlock {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl From<TextBlock> for String {
    fn from(block: TextBlock) -> Self {
        block.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_share_a_column_and_wrap_below_it() {
        let mut block = TextBlock::with_column(6).on(Screen { width: Some(26), ..Screen::default() });
        block.gap().line("gateway dev").gap();
        block.row("fix", "ask for another token, soon").more(7).rows("note", ["a", "b"]).lines("- x\n+ y\n");
        let expected =
            "gateway dev\n\nfix   ask for another\n      token, soon\n      7\nnote  a\nnote  b\n- x\n+ y\n";
        assert_eq!(block.as_ref(), expected);
        assert!(TextBlock::new().is_empty());
    }

    #[test]
    fn a_label_is_coloured_only_where_the_screen_is() {
        let row = |colour| {
            let mut block = TextBlock::with_column(6).on(Screen { colour, ..Screen::default() });
            String::from(block.row_in(Tone::Good, "ok", "it works").clone())
        };
        assert_eq!(row(false), "ok    it works\n");
        assert_eq!(row(true), "\u{1b}[32mok    \u{1b}[0mit works\n");
    }
}
