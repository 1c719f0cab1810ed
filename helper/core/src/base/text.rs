//! Sanitizes external text for display.

use std::iter::Peekable;
use std::str::Chars;

/// Server text as part of a sentence: shortened, and without its final full stop.
pub fn clean(text: &str) -> String {
    let text: String = visible(text).chars().take(160).collect();
    text.trim().trim_end_matches('.').to_owned()
}

/// The words of a table's field that has several, with ` | ` between them.
pub fn items(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split(" | ").filter(|word| !word.is_empty())
}

/// The text on one line, without terminal escapes and without control and invisible characters.
pub fn visible(text: &str) -> String {
    printable(text).replace(['\n', '\t'], "")
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
            c if is_unseen(c) => {}
            c => out.push(c),
        }
    }
    out
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

/// The text with a replacement character for each control and invisible character.
pub fn replaced(text: &str) -> String {
    text.chars().map(|c| if is_unseen(c) { '\u{fffd}' } else { c }).collect()
}

/// True for a control character and for an invisible one: it takes no space, changes the direction of the
/// text, or is a tag, which spells text that only a program reads.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The text in a URL, where everything but RFC 3986's unreserved characters is escaped.
pub fn percent_encoded(text: &str) -> String {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    text.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// JSON with escapes for the characters that are not kept, which only texts in it can have.
pub fn json_escaped(json: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if keep(c) {
            out.push(c);
        } else {
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// JSON that is safe for a terminal and means the same: invisible characters are escaped.
pub fn visible_json(json: &str) -> String {
    json_escaped(json, |c| c == '\n' || !is_unseen(c))
}

/// The start of a text, at most this many bytes.
pub fn up_to(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}

/// Columns on screen: wide characters (East Asian, emoji) take two.
pub fn columns(text: &str) -> usize {
    let of = |c: char| match u32::from(c) {
        0x300..=0x36f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(of).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

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

    proptest! {
        #[test]
        fn json_without_invisible_characters_means_the_same(text in "\\PC{0,8}[\u{1}-\u{9f}\u{200b}-\u{206f}\u{e0000}-\u{e007f}\u{1f600}]{0,8}") {
            let value = json!({"a": [text]});
            let shown = visible_json(&serde_json::to_string_pretty(&value).unwrap());
            prop_assert!(shown.chars().all(|c| c == '\n' || !is_unseen(c)), "{shown:?}");
            prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        }
    }
}
