//! Collects a JSON value or a page that spans lines, up to a limit.

use crate::facts::gateway::errors::is_html;

/// The size limit.
const LIMIT: usize = 64 * 1024;

/// What is being collected.
#[derive(Debug, Default)]
pub(super) struct Gather {
    /// The text so far.
    pub text: String,
    /// The line where it began.
    pub from: u64,
    html: bool,
    depth: i64,
    in_string: bool,
    escaped: bool,
}

impl Gather {
    /// Starts with a line that opens a JSON value or a page and does not close it.
    pub(super) fn open(line: &str, number: u64) -> Option<Self> {
        let mut gather = Self { from: number, html: is_html(line), ..Self::default() };
        let opens = gather.html || line.starts_with('{') || line == "[" || line.starts_with("[{");
        (opens && !gather.push(line)).then_some(gather)
    }

    /// Adds a line; true if the value is complete or the limit is reached.
    pub(super) fn push(&mut self, line: &str) -> bool {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        let room = LIMIT.saturating_sub(self.text.len());
        self.text.extend(line.chars().take(room));
        if self.html {
            line.to_ascii_lowercase().contains("</html>") || self.text.len() >= LIMIT
        } else {
            line.bytes().for_each(|b| self.count(b));
            self.in_string = false;
            self.depth <= 0 || self.text.len() >= LIMIT
        }
    }

    fn count(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' if self.in_string => self.escaped = true,
            b'"' => self.in_string = !self.in_string,
            b'{' | b'[' if !self.in_string => self.depth += 1,
            b'}' | b']' if !self.in_string => self.depth -= 1,
            _ => {}
        }
    }
}
