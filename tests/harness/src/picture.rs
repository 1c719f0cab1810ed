//! Renders a terminal's screen as an SVG, for the documents.

use std::fmt::Write;
use std::ops::Range;
use vt100::{Cell, Color, Screen};

/// The width of one column and the height of one row, in the SVG's units.
const COLUMN: f64 = 8.4;
const ROW: f64 = 19.0;
const MARGIN: f64 = 16.0;
/// The title bar above the screen.
const BAR: f64 = 34.0;
const BACKGROUND: &str = "#16181d";
const FOREGROUND: &str = "#d7dae0";
const FONT: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/// The sixteen colours that a terminal theme defines.
const THEME: [&str; 16] = [
    "#3b4048", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0", "#7f848e",
    "#f0808a", "#b1d991", "#f0d197", "#7cc0f7", "#d490e8", "#6fd0dc", "#ffffff",
];

/// The appearance of a cell.
#[derive(PartialEq)]
struct Look {
    front: String,
    back: Option<String>,
    bold: bool,
    italic: bool,
    underline: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut front, mut back) = (colour(cell.fgcolor()), colour(cell.bgcolor()));
        if cell.inverse() {
            let behind = back.unwrap_or_else(|| BACKGROUND.to_owned());
            back = Some(front.unwrap_or_else(|| FOREGROUND.to_owned()));
            front = Some(behind);
        }
        let front = front.unwrap_or_else(|| FOREGROUND.to_owned());
        let front = if cell.dim() { format!("{front}\" fill-opacity=\"0.6") } else { front };
        Self { front, back, bold: cell.bold(), italic: cell.italic(), underline: cell.underline() }
    }
}

fn colour(colour: Color) -> Option<String> {
    match colour {
        Color::Default => None,
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Idx(index) => Some(match index {
            0..=15 => THEME[usize::from(index)].to_owned(),
            16..=231 => {
                let level = |step: u8| if step == 0 { 0 } else { 55 + 40 * step };
                let at = index - 16;
                format!("#{:02x}{:02x}{:02x}", level(at / 36), level(at / 6 % 6), level(at % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                format!("#{grey:02x}{grey:02x}{grey:02x}")
            }
        }),
    }
}

/// Draws these rows of a screen as a window with a title. `description` is the alternative text.
pub fn svg(screen: &Screen, rows: Range<u16>, title: &str, description: &str) -> String {
    let columns = screen.size().1;
    let width = f64::from(columns).mul_add(COLUMN, 2.0 * MARGIN);
    let height = (rows.len() as f64).mul_add(ROW, BAR + MARGIN);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         role=\"img\" aria-labelledby=\"t d\">\n<title id=\"t\">{}</title>\n<desc id=\"d\">{}</desc>\n\
         <rect width=\"100%\" height=\"100%\" rx=\"9\" fill=\"{BACKGROUND}\"/>\n",
        escape(title),
        escape(description)
    );
    for (at, fill) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let _ = writeln!(out, "<circle cx=\"{}\" cy=\"17\" r=\"5.5\" fill=\"{fill}\"/>", 20 + 18 * at);
    }
    let _ = writeln!(
        out,
        "<text x=\"{:.0}\" y=\"21\" fill=\"#9aa0aa\" font-family=\"system-ui, sans-serif\" font-size=\"12\" \
         text-anchor=\"middle\">{}</text>\n<g font-family=\"{FONT}\" font-size=\"14\">",
        width / 2.0,
        escape(title)
    );
    for (line, row) in rows.enumerate() {
        let top = (line as f64).mul_add(ROW, BAR);
        for (start, text, look) in runs(screen, row, columns) {
            draw(&mut out, start, top, &text, &look);
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// The row as runs of equal appearance: first column, text, appearance.
fn runs(screen: &Screen, row: u16, columns: u16) -> Vec<(u16, String, Look)> {
    let mut found: Vec<(u16, String, Look)> = Vec::new();
    for column in 0..columns {
        let Some(cell) = screen.cell(row, column).filter(|cell| !cell.is_wide_continuation()) else {
            continue;
        };
        let look = Look::of(cell);
        let text = if cell.has_contents() { cell.contents() } else { " " };
        match found.last_mut() {
            Some((_, run, known)) if *known == look => run.push_str(text),
            _ => found.push((column, text.to_owned(), look)),
        }
    }
    found
}

fn draw(out: &mut String, start: u16, top: f64, text: &str, look: &Look) {
    let long = text.chars().count() as f64 * COLUMN;
    let left = f64::from(start).mul_add(COLUMN, MARGIN);
    if let Some(back) = &look.back {
        let _ = writeln!(
            out,
            "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{long:.1}\" height=\"{ROW}\" fill=\"{back}\"/>"
        );
    }
    // leave out spaces at both ends, because the position says where the text starts; spaces between words
    // do not break or collapse
    let shown = text.trim();
    if shown.is_empty() {
        return;
    }
    let skipped = text.chars().take_while(|c| *c == ' ').count() as f64;
    let bold = if look.bold { " font-weight=\"600\"" } else { "" };
    let italic = if look.italic { " font-style=\"italic\"" } else { "" };
    let underline = if look.underline { " text-decoration=\"underline\"" } else { "" };
    let _ = writeln!(
        out,
        "<text x=\"{:.1}\" y=\"{:.1}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{bold}{italic}{underline}>{}</text>",
        skipped.mul_add(COLUMN, left),
        top + 14.0,
        shown.chars().count() as f64 * COLUMN,
        look.front,
        escape(shown).replace(' ', "\u{a0}")
    );
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn text_keeps_its_place_and_colour() {
        let mut parser = vt100::Parser::new(2, 20, 0);
        parser.process(b"ab\x1b[31m<red>\x1b[0m\r\n   x & y");
        let drawn = svg(parser.screen(), 0..2, "a title", "what it shows");
        assert!(drawn.contains(">ab</text>"), "{drawn}");
        assert!(drawn.contains("fill=\"#e06c75\">&lt;red&gt;</text>"), "{drawn}");
        // three columns in: 16 + 3 * 8.4
        assert!(
            drawn.contains("<text x=\"41.2\"") && drawn.contains(">x\u{a0}&amp;\u{a0}y</text>"),
            "{drawn}"
        );
    }
}
