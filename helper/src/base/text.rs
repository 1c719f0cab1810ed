//! Text from elsewhere, made fit to be shown.

/// Server text, fit to be shown in a sentence: cut, and without a full stop of its own.
pub fn clean(text: &str) -> String {
    let text: String = visible(text).chars().take(160).collect();
    text.trim().trim_end_matches('.').to_owned()
}

/// A text without control characters, and without those that show nothing but turn the direction of what follows.
pub fn visible(text: &str) -> String {
    text.chars().filter(|c| !is_unseen(*c)).collect()
}

/// True for a character that shows nothing: a control character, or one that turns the direction of text.
pub fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The beginning of a text, of at most so many bytes.
pub fn up_to(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}
