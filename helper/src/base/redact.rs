//! Takes secrets and control characters out of text before a person or a program sees it.
//!
//! It errs on the side of hiding: what looks like a credential by its name, its prefix or its
//! randomness is replaced, and words are kept so that an excerpt still proves something.

mod names;
mod shapes;

use std::iter::Peekable;
use std::str::Chars;

/// What stands in place of a secret.
const HIDDEN: &str = "[redacted]";

/// `text` on one line, without control characters, secrets replaced.
pub fn redact(text: &str) -> String {
    let clean = printable(text);
    let named = names::hide(&clean);
    let urls = shapes::hide_userinfo(&named);
    let tokens = shapes::hide(&urls);
    collapse(&tokens)
}

/// Removes terminal escapes, control and invisible characters; keeps line breaks and tabs.
pub fn printable(text: &str) -> String {
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
        // An operating system command ends with BEL or ESC \; a title or link is not worth keeping.
        Some(']') => {
            for c in chars.by_ref() {
                if matches!(c, '\u{7}' | '\u{1b}' | '\n') {
                    break;
                }
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
