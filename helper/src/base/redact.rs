//! Removes secrets and control characters from text before it is shown or written.
//!
//! When in doubt it hides: it replaces whatever looks like a credential by its name, prefix or
//! randomness, and keeps words, so that an excerpt stays useful as evidence.

mod filter;
pub mod known;
mod names;
mod shapes;

pub use filter::Filter;

use std::borrow::Cow;
use std::iter::Peekable;
use std::str::Chars;

/// Replaces every secret.
pub const REDACTED: &str = "[redacted]";

/// Text for output, without this process's secrets and without credentials that are recognized by
/// prefix. Everything else is unchanged.
pub fn output(text: &str) -> Cow<'_, str> {
    match known::hide(text) {
        Cow::Borrowed(text) => shapes::hide_prefixed(text),
        Cow::Owned(text) => Cow::Owned(shapes::hide_prefixed(&text).into_owned()),
    }
}

/// `text` on one line, without control characters, with secrets replaced.
pub fn redact(text: &str) -> String {
    let clean = known::hide(text);
    let clean = printable(&clean);
    let named = names::hide(&clean);
    let urls = shapes::hide_userinfo(&named);
    let tokens = shapes::hide(&urls);
    collapse(&tokens)
}

/// Removes terminal escapes and control and invisible characters; keeps line breaks and tabs.
pub fn printable(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n' | b'\t')) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_csi(&mut chars),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        // An operating system command ends with BEL or ESC \; drop its content (a title or a link).
        Some(']') => {
            let end = chars.find(|c| matches!(c, '\u{7}' | '\u{1b}' | '\n'));
            if end == Some('\u{1b}') {
                chars.next_if_eq(&'\\');
            }
        }
        _ => {}
    }
}

fn skip_csi(chars: &mut Peekable<Chars<'_>>) {
    while let Some(c) = chars.peek() {
        let parameter = matches!(c, '0'..='9' | ';' | ':' | '?' | '<' | '=' | '>' | ' '..='/');
        let end = matches!(c, '@'..='~');
        if !parameter && !end {
            break;
        }
        chars.next();
        if end {
            break;
        }
    }
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn printable_text_has_no_control_sequence_and_keeps_every_script() {
        let cases = [
            ("é 日本 🚀 ü", "é 日本 🚀 ü"),
            ("\u{1b}]0;a title\u{7}text", "text"),
            ("\u{1b}]8;;https://x\u{1b}\\link", "link"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{9b}31mred", "red"),
            ("a\u{202e}b\u{200b}c\u{ad}d", "abcd"),
            ("a\r\u{8}b\n\tc", "ab\n\tc"),
        ];
        for (text, expected) in cases {
            assert_eq!(printable(text), expected, "{text:?}");
        }
    }
}
