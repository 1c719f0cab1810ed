//! Lone surrogates, which JSON can escape and a Rust string cannot hold.

use std::borrow::Cow;

/// The text with U+FFFD for every escaped surrogate that is not part of a pair, as the client reads it (measured,
/// 2.1.332). Positions are unchanged.
pub fn well_formed(text: &str) -> Cow<'_, str> {
    let mut plain = Cow::Borrowed(text);
    let mut from = 0;
    while let Some(found) = text[from..].find('\\') {
        let at = from + found;
        from = match unit(text, at) {
            Some(0xd800..0xdc00) if matches!(unit(text, at + 6), Some(0xdc00..0xe000)) => at + 12,
            Some(0xd800..0xe000) => {
                plain.to_mut().replace_range(at + 2..at + 6, "fffd");
                at + 6
            }
            _ => at + 1 + text[at + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    plain
}

/// The UTF-16 code unit of the escape `\uXXXX` at this position.
fn unit(text: &str, at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix("\\u")?;
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::well_formed;

    #[test]
    fn only_surrogates_outside_a_pair_are_replaced() {
        for (text, plain) in [
            (r#""\ud800""#, r#""\ufffd""#),
            (r#""\uDC00\uD800""#, r#""\ufffd\ufffd""#),
            (r#""\ud83d\ude80\ude80""#, r#""\ud83d\ude80\ufffd""#),
            (r#""\ud83d\ud83d\ude80""#, r#""\ufffd\ud83d\ude80""#),
            (r#""\\ud800\\\udbff""#, r#""\\ud800\\\ufffd""#),
            (r#""\ud80""#, r#""\ud80""#),
            (r#""\ud8é""#, r#""\ud8é""#),
            ("\\", "\\"),
        ] {
            assert_eq!(well_formed(text), plain, "{text}");
        }
    }
}
