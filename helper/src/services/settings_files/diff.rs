//! Shows a change as a unified diff without secrets.

use std::collections::HashMap;
use std::ops::Range;

use diffy::DiffOptions;
use jsonc_parser::tokens::Token;

use super::splice;
use super::tokens::{is_scalar, tokens as tokens_of};

pub use crate::base::redact::REDACTED;

/// Called for every named string of a file, at any depth, with its name and value: returns what to
/// show instead, or `None` to show the value.
pub type Redact<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// `before` and `after` of one file, with three lines of context; `None` means that there is no
/// file. A redacted value that changes is marked with ` (new)`. Control characters are replaced.
pub fn unified(label: &str, before: Option<&str>, after: Option<&str>, redact: Redact<'_>) -> String {
    let mut seen = HashMap::new();
    let (Some(old), Some(new)) = (
        shown(before.unwrap_or_default(), redact, &mut seen, true),
        shown(after.unwrap_or_default(), redact, &mut seen, false),
    ) else {
        return format!(
            "--- {label}\n+++ {label}\n(not shown: the file could not be parsed, so its secrets cannot be redacted)\n"
        );
    };
    let name = |text: Option<&str>| text.map_or("/dev/null", |_| label).to_owned();
    let mut options = DiffOptions::new();
    options.set_context_len(3).set_original_filename(name(before)).set_modified_filename(name(after));
    printable(&options.create_patch(&old, &new).to_string())
}

/// The text with redacted values. `seen` maps what is shown to the raw values of the old text.
fn shown(
    text: &str,
    redact: Redact<'_>,
    seen: &mut HashMap<(String, String), Vec<String>>,
    old: bool,
) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for (name, value, span) in named_values(text)? {
        let Some(mut instead) = redact(&name, &value) else {
            continue;
        };
        let raw = text[span.clone()].to_owned();
        let known = seen.entry((name, instead.clone())).or_default();
        if old {
            known.push(raw);
        } else if !known.is_empty() && !known.contains(&raw) {
            instead.push_str(" (new)");
        }
        out.push_str(&text[end..span.start]);
        out.push_str(&splice::quoted(&instead));
        end = span.end;
    }
    out.push_str(&text[end..]);
    Some(out)
}

/// Every `name: scalar` in a text, including invalid JSON.
fn named_values(text: &str) -> Option<Vec<(String, String, Range<usize>)>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.len() - body.len();
    let plain;
    let tokens = if let Some(tokens) = tokens_of(body) {
        tokens
    } else {
        plain = without_surrogates(body);
        tokens_of(&plain)?
    };
    let solid: Vec<_> = tokens
        .into_iter()
        .filter(|(token, _)| !matches!(token, Token::CommentLine(_) | Token::CommentBlock(_)))
        .collect();
    let named = solid.windows(3).filter_map(|three| match three {
        [(name, _), (Token::Colon, _), (value, span)] if is_scalar(value) => {
            let span = span.start + mark..span.end + mark;
            Some((name.as_str().to_owned(), value.as_str().to_owned(), span))
        }
        _ => None,
    });
    Some(named.collect())
}

/// The text with a space for every escaped surrogate, with positions unchanged: JSON allows a lone
/// one, but the scanner does not.
fn without_surrogates(text: &str) -> String {
    let surrogate = |at: &usize| {
        let digits = text.get(at + 2..at + 6).and_then(|digits| u16::from_str_radix(digits, 16).ok());
        digits.is_some_and(|unit| (0xd800..0xe000).contains(&unit))
    };
    let mut plain = text.to_owned();
    for at in text.match_indices("\\u").map(|(at, _)| at).filter(surrogate) {
        plain.replace_range(at + 2..at + 6, "0020");
    }
    plain
}

fn printable(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let plain = !c.is_control() || matches!(c, '\n' | '\t') || (c == '\r' && chars.peek() == Some(&'\n'));
        out.push(if plain { c } else { '\u{fffd}' });
    }
    out
}
