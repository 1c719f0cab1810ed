//! Makes text from outside fit to be shown.

/// Server text as part of a sentence: shortened, and without its final full stop.
pub fn clean(text: &str) -> String {
    let text: String = visible(text).chars().take(160).collect();
    text.trim().trim_end_matches('.').to_owned()
}

/// The words of a table's field that has several, with ` | ` between them.
pub(crate) fn items(words: &'static str) -> impl Iterator<Item = &'static str> {
    words.split(" | ").filter(|word| !word.is_empty())
}

/// The text without control characters and without invisible characters that change text direction.
pub fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_unseen(*c)).collect()
}

/// True for an invisible character: a control character, or one that changes text direction.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
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

    proptest! {
        #[test]
        fn json_without_invisible_characters_means_the_same(text in "\\PC{0,8}[\u{1}-\u{9f}\u{200b}-\u{2069}\u{1f600}]{0,8}") {
            let value = json!({"a": [text]});
            let shown = visible_json(&serde_json::to_string_pretty(&value).unwrap());
            prop_assert!(shown.chars().all(|c| c == '\n' || !is_unseen(c)), "{shown:?}");
            prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        }
    }
}
