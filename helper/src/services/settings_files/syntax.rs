//! What is wrong with a text that is not a strict JSON object.

use super::layout::{self, BLANK};
use super::rejected::offset_of;
use super::{Reason, Rejected};
use crate::base::text::up_to;

/// Why `text[start..]` is not an object.
pub(super) fn diagnose(text: &str, start: usize) -> Rejected {
    let body = &text[start..];
    let Err(syntax) = layout::check(body) else {
        let value = body.trim_start_matches(BLANK);
        let reason = Reason::NotAnObject(layout::kind(value));
        return Rejected::at(text, text.len() - value.len(), reason);
    };
    let (offset, reason) = classify(body, &syntax);
    Rejected::at(text, start + offset, reason)
}

fn classify(body: &str, error: &serde_json::Error) -> (usize, Reason) {
    let offset = offset_of(body, error);
    let (before, rest) = body.split_at(up_to(body, offset).len());
    let solid = before.trim_end_matches(BLANK);
    let message = error.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    if message.starts_with("control character") {
        // the position is that of the last valid character
        let further = rest.find(|c: char| c.is_ascii_control()).unwrap_or(0);
        return (before.len() + further, Reason::ControlCharacter);
    }
    let between = message.starts_with("expected `,`");
    let reason = match rest.chars().next() {
        Some('/') if rest.starts_with("//") || rest.starts_with("/*") => Reason::Comment,
        Some('\'') => Reason::SingleQuotes,
        Some('}' | ']') if solid.ends_with(',') => return (solid.len() - 1, Reason::TrailingComma),
        Some(c) if message.starts_with("key must be") && (c.is_alphanumeric() || "_$".contains(c)) => {
            Reason::UnquotedName
        }
        Some(c) if between && (c.is_alphanumeric() || "\"{[-".contains(c)) => {
            return (solid.len(), Reason::MissingComma);
        }
        _ => Reason::Syntax(message.to_owned()),
    };
    (offset, reason)
}

/// UTF-16 with its byte order mark: whether it is little-endian, and the text. As in the client (2.1.332), a lone
/// surrogate is U+FFFD and an odd byte at the end is ignored.
pub(crate) fn utf16(bytes: &[u8]) -> Option<(bool, String)> {
    let (little, unit): (bool, fn([u8; 2]) -> u16) = match bytes {
        [0xff, 0xfe, ..] => (true, u16::from_le_bytes),
        [0xfe, 0xff, ..] => (false, u16::from_be_bytes),
        _ => return None,
    };
    let (pairs, _) = bytes[2..].as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().copied().map(unit).collect();
    Some((little, String::from_utf16_lossy(&units)))
}
