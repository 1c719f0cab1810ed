//! The repaired text for a settings file that cannot be edited as it is.

use jsonc_parser::tokens::Token;

use super::layout::{self, BLANK};
use super::splice::{self, quoted};
use super::tokens::{is_scalar, tokens};
use super::{Document, Key, Reason};

/// Rewrites text that is not strict JSON so that it can be edited; `None` also if it is JSON but not an object.
pub(crate) fn to_object(text: &str) -> Option<String> {
    let start = text.len() - text.strip_prefix('\u{feff}').unwrap_or(text).len();
    layout::check(&text[start..]).is_err().then(|| to_strict(text, start)).flatten()
}

/// The text as editable strict JSON: without comments and trailing commas, with double quotes,
/// quoted names and the missing commas. `None` if that is not enough.
fn to_strict(text: &str, start: usize) -> Option<String> {
    let body = &text[start..];
    let tokens = tokens(body)?;
    let mut out = text[..start].to_owned();
    let mut end = 0;
    let mut last: Option<(&Token<'_>, usize)> = None;
    for (i, (token, span)) in tokens.iter().enumerate() {
        out.extend(body[end..span.start].chars().map(|c| if BLANK.contains(&c) { c } else { ' ' }));
        end = span.end;
        let raw = &body[span.clone()];
        if is_comment(token) {
            end += drop_comment(&mut out, &body[end..]);
            continue;
        }
        let next = tokens[i + 1..].iter().map(|(token, _)| token).find(|token| !is_comment(token));
        let closes = matches!(next, Some(Token::CloseBrace | Token::CloseBracket));
        if matches!(token, Token::Comma) && closes {
            continue;
        }
        if let Some((before, at)) = last
            && ends_value(before)
            && starts_value(token)
        {
            out.insert(at, ',');
        }
        let is_name = matches!(next, Some(Token::Colon));
        match token {
            Token::String(value) if layout::check(raw).is_err() => out.push_str(&quoted(value)),
            Token::Word(_) | Token::Number(_) | Token::Boolean(_) | Token::Null if is_name => {
                out.push_str(&quoted(raw));
            }
            _ => out.push_str(raw),
        }
        last = Some((token, out.len()));
    }
    out.push_str(&body[end..]);
    // continue only with a text that parses: a parse error would ask for its repair
    layout::object(&out, start..out.len()).ok()?;
    to_acceptable(out)
}

/// An editable version of a text that the client may or may not accept, if possible.
pub(crate) fn to_acceptable(text: String) -> Option<String> {
    match Document::from_text(&text) {
        Ok(document) if document.flaw().is_none() => Some(text),
        Ok(_) => to_editable(&text),
        Err(_) => to_object(&text),
    }
}

/// The same settings without ambiguity: the last of several `env`, and values of `env` as the
/// client's text.
pub(crate) fn to_editable(text: &str) -> Option<String> {
    let mut text = without_shadowed(text, &Key::top("env"))?;
    let document = Document::from_text(&text).ok()?;
    for member in document.env.iter().flat_map(|env| &env.members).rev() {
        let raw = &text[member.value.clone()];
        match layout::kind(raw) {
            "string" => {}
            "object" | "array" => return None,
            _ => {
                let value = quoted(&super::document::as_text(raw));
                text = splice::replace(&text, member, &value);
            }
        }
    }
    Document::from_text(&text).is_ok_and(|document| document.flaw().is_none()).then_some(text)
}

/// The most values of a wrong type that are repaired in one file.
const MAX_MENDED: usize = 64;

/// The same settings with the intended values instead of those of a wrong type; `None` if one of
/// them is uncertain.
pub(crate) fn to_right_types(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..MAX_MENDED {
        let document = Document::from_text(&text).ok()?;
        let Some(void) = document.void() else { return to_acceptable(text) };
        let Reason::WrongType(flaw) = void.reason else { return None };
        let meant = flaw.meant.as_ref()?.to_string();
        let mut within = text.len() - text.trim_start_matches('\u{feff}').len()..text.len();
        for name in &flaw.path {
            within = layout::object(&text, within).ok()?.last_named(name)?.value.clone();
        }
        text.replace_range(within, &meant);
    }
    None
}

/// The same settings without members that a later one of the same name overrides.
pub(crate) fn without_shadowed(text: &str, key: &Key) -> Option<String> {
    let mut text = text.to_owned();
    loop {
        let document = Document::from_text(&text).ok()?;
        let object = document.object(key)?;
        let mut twins = object.named(key.name());
        match (twins.next(), twins.next()) {
            (Some((first, _)), Some(_)) => text = splice::remove(&text, object, first),
            _ => return Some(text),
        }
    }
}

/// The extent of a removed comment: a line with nothing else is removed completely, and a comment
/// at the end of a line takes the preceding white space along. Returns how many bytes of `rest` to
/// remove too.
fn drop_comment(out: &mut String, rest: &str) -> usize {
    let inline = [' ', '\t'];
    let blanks = rest.len() - rest.trim_start_matches(inline).len();
    let behind = &rest[blanks..];
    let eol = match behind.as_bytes() {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        [] => 0,
        _ => return 0,
    };
    let kept = out.trim_end_matches(inline).len();
    out.truncate(kept);
    let own_line = out.is_empty() || out.ends_with(['\n', '\r']);
    if own_line { blanks + eol } else { blanks }
}

fn is_comment(token: &Token<'_>) -> bool {
    matches!(token, Token::CommentLine(_) | Token::CommentBlock(_))
}

fn ends_value(token: &Token<'_>) -> bool {
    is_scalar(token) || matches!(token, Token::CloseBrace | Token::CloseBracket)
}

fn starts_value(token: &Token<'_>) -> bool {
    is_scalar(token) || matches!(token, Token::OpenBrace | Token::OpenBracket)
}
