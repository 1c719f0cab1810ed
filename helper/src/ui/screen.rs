//! The capabilities of stdout: width, colour and characters.
//!
//! They are facts of the terminal, like its size, so they are read here, where a line is drawn, and not passed
//! to everything that prints: `TERM`, `COLUMNS`, the locale, and (in `anstyle_query`) `NO_COLOR` and `CLICOLOR`.

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

/// What becomes of a word that is wider than a line.
#[derive(Clone, Copy)]
enum LongWord {
    Keep,
    Break,
}

pub(super) fn var(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn number(name: &str) -> Option<usize> {
    var(name).and_then(|text| text.parse().ok()).filter(|width| *width > 0)
}

impl Screen {
    /// The current stderr; only the width of a terminal.
    pub fn stderr() -> Self {
        let size =
            || terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
        let width = std::io::stderr().is_terminal().then(|| number("COLUMNS").or_else(size).unwrap_or(80));
        Self { width, ..Self::default() }
    }

    /// The current stdout. `CF_AIG_COLUMNS` sets the width if stdout is not a terminal. Colours
    /// follow <https://no-color.org> and <https://bixense.com/clicolors>.
    pub fn stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
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

    /// A text that starts in column `start`, wrapped at the width between words, which stay whole;
    /// further lines start in column `rest`.
    pub fn hanging(&self, start: usize, rest: usize, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + 1);
        self.wrap(text, (start, rest), LongWord::Keep, &mut out);
        out.push('\n');
        out
    }

    /// The text with its lines broken at the width: at a space, or within a word that is wider than a line.
    /// The rest of a broken line starts at column `indent`.
    pub fn fold(&self, text: &str, indent: usize) -> String {
        let mut out = String::with_capacity(text.len());
        text.split_inclusive('\n').for_each(|line| self.wrap(line, (0, indent), LongWord::Break, &mut out));
        out
    }

    /// One line that starts in the first of these columns; its rest starts in the second.
    fn wrap(&self, line: &str, (start, indent): (usize, usize), long: LongWord, out: &mut String) {
        let width = self.width.map_or(usize::MAX, |width| width.max(indent + 20));
        let (mut rest, mut used) = (line, start);
        while columns(rest.trim_end()) > width.saturating_sub(used) {
            let room = within(rest, width.saturating_sub(used));
            // leading spaces stay with the first word
            let text_from = rest.len() - rest.trim_start().len();
            let until = if rest[room..].starts_with(' ') { room + 1 } else { room };
            let space = rest[..until].rfind(' ').filter(|at| *at > text_from);
            let end = match long {
                LongWord::Keep => space.or_else(|| rest[room..].find(' ').map(|at| room + at)),
                LongWord::Break => {
                    // a URL is broken at a slash
                    let slash = || rest[..room].rfind('/').filter(|at| *at > room / 2);
                    space.or_else(slash).or(Some(room))
                }
            };
            let Some(end) = end else { break };
            out.push_str(rest[..end].trim_end());
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            rest = rest[end..].trim_start_matches(' ');
            used = indent;
        }
        out.push_str(rest);
    }
}

/// The number of bytes that fit into `width` columns; at least one character.
fn within(text: &str, width: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += columns(text.get(at..at + c.len_utf8()).unwrap_or_default());
        if used > width && at > 0 {
            return at;
        }
    }
    text.len()
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
    fn a_folded_text_fits_and_loses_nothing_but_blanks() {
        let narrow = Screen { width: Some(30), ..Screen::default() };
        let text = "short\n+    \"URL\": \"https://gateway.example/v1/0123456789abcdef0123456789abcdef/dev\",\n\npays      your own key, and it goes the whole way \u{4e2d}\u{6587}\u{4e2d}\u{6587}\u{4e2d}\u{6587}\n";
        let bare = |text: &str| text.replace([' ', '\n'], "");
        for indent in [0, 4, 10] {
            let folded = narrow.fold(text, indent);
            assert!(folded.lines().all(|line| columns(line) <= 30), "{folded}");
            assert_eq!(bare(&folded), bare(text));
        }
        assert_eq!(Screen::default().fold(text, 4), text);
    }

    #[test]
    fn without_colour_a_painted_text_is_itself() {
        assert_eq!(Screen::default().paint(Tone::Bad, "fail"), "fail");
        let colour = Screen { colour: true, ..Screen::default() };
        assert_eq!(colour.paint(Tone::Good, "ok"), "\u{1b}[32mok\u{1b}[0m");
    }
}
