//! Cuts text between tokens: a part of a token could be a part of a secret, which no longer looks like one.

use std::ops::Range;

fn is_token(byte: u8) -> bool {
    !byte.is_ascii_whitespace() && !b"\",'<>".contains(&byte)
}

/// A piece of the line without the partial tokens at the cuts.
pub(super) fn whole_tokens<'t>(text: &'t [u8], piece: Range<usize>, line: &Range<usize>) -> &'t [u8] {
    let (is_cut_before, is_cut_after) = (piece.start > line.start, piece.end < line.end);
    let piece = &text[piece];
    let from =
        if is_cut_before { piece.iter().position(|b| !is_token(*b)).unwrap_or(piece.len()) } else { 0 };
    let to =
        if is_cut_after { piece.iter().rposition(|b| !is_token(*b)).unwrap_or(from) } else { piece.len() };
    &piece[from..to.max(from)]
}

/// Removes the token at the end of a text that was cut there. In JSON, no escape and no string is left open by it that
/// was not before.
pub(super) fn drop_last_token(text: &mut String) {
    text.truncate(text.bytes().rposition(|byte| !is_token(byte)).map_or(0, |at| at + 1));
}

/// Adds a line to a text of at most `limit` bytes or so; true if the rest was left out.
pub(super) fn push_up_to(limit: usize, text: &mut String, line: &str) -> bool {
    let mut rest = line.chars();
    text.extend(rest.by_ref().take(limit.saturating_sub(text.len())));
    let is_cut = !rest.as_str().is_empty();
    if is_cut {
        drop_last_token(text);
    }
    is_cut
}
