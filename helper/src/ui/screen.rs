//! The capabilities of stdout: width, colour and characters.

use crate::base::text::columns;
use anstyle::{AnsiColor, Style};
use std::io::IsTerminal;

/// The capabilities of stdout.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Screen {
    /// Columns; `None` if lines are not wrapped (a file, a pipe).
    pub width: Option<usize>,
    /// True to use colours.
    pub colour: bool,
    /// True if non-ASCII characters can be displayed.
    pub unicode: bool,
}

/// The meaning of a state word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good.
    Good,
    /// Needs attention.
    Notice,
    /// Broken.
    Bad,
    /// Unimportant.
    Faint,
}

fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Screen {
    /// The current stdout. `CF_AIG_COLUMNS` sets the width if stdout is not a terminal. Colours
    /// follow <https://no-color.org> and <https://bixense.com/clicolors>.
    pub fn stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let number = |name: &str| var(name).and_then(|text| text.parse().ok()).filter(|width| *width > 0);
        let size = || terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let width =
            if terminal { number("COLUMNS").or_else(size).or(Some(80)) } else { number("CF_AIG_COLUMNS") };
        let wanted =
            terminal && anstyle_query::clicolor() != Some(false) && anstyle_query::term_supports_color();
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| var(name));
        let utf8 = locale.is_some_and(|name| {
            let name = name.to_ascii_lowercase();
            name.contains("utf-8") || name.contains("utf8")
        });
        Self {
            width,
            colour: !anstyle_query::no_color() && (anstyle_query::clicolor_force() || wanted),
            unicode: utf8 || cfg!(windows),
        }
    }

    /// The text in the colour of its tone, if colours are used.
    pub fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colour {
            return text.to_owned();
        }
        let style = match tone {
            Tone::Good => Style::new().fg_color(Some(AnsiColor::Green.into())),
            Tone::Notice => Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            Tone::Bad => Style::new().fg_color(Some(AnsiColor::Red.into())).bold(),
            Tone::Faint => Style::new().dimmed(),
        };
        format!("{style}{text}{style:#}")
    }

    /// A label in a column of this many characters, and its text, wrapped with a hanging indent.
    pub fn row(&self, label: &str, column: usize, text: &str) -> String {
        format!("{label:<column$}{}", self.hanging(column, column, text))
    }

    /// A text that starts in column `start`, wrapped at the width; further lines start in column
    /// `rest`.
    pub fn hanging(&self, start: usize, rest: usize, text: &str) -> String {
        let end = self.width.map_or(usize::MAX, |width| width.max(rest + 20));
        let (mut out, mut used) = (String::new(), start);
        for (at, word) in text.split(' ').enumerate() {
            let wide = columns(word);
            if at > 0 && used + 1 + wide > end {
                out.push('\n');
                out.push_str(&" ".repeat(rest));
                used = rest;
            } else if at > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += wide;
        }
        out.push('\n');
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_breaks_below_its_text_and_keeps_long_words_whole() {
        let narrow = Screen { width: Some(30), ..Screen::default() };
        let row = narrow.row("fix", 6, "ask for a token with the permission AI-Gateway-Run-and-nothing-else");
        assert_eq!(
            row,
            "fix   ask for a token with the\n      permission\n      AI-Gateway-Run-and-nothing-else\n"
        );
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(Screen::default().row("x", 4, text), format!("x   {text}\n"));
    }

    #[test]
    fn without_colour_a_painted_text_is_itself() {
        assert_eq!(Screen::default().paint(Tone::Bad, "fail"), "fail");
        let colour = Screen { colour: true, ..Screen::default() };
        assert_eq!(colour.paint(Tone::Good, "ok"), "\u{1b}[32mok\u{1b}[0m");
    }
}
