//! Shows a change as a unified diff without secrets.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use cf_aig_json::well_formed;
use diffy::DiffOptions;
use jsonc_parser::tokens::Token;

use super::splice;
use super::tokens::{for_each, is_scalar};
use crate::base::redact::{self, REDACTED};
use crate::base::text::is_unseen;

/// `before` and `after` of one file, with three lines of context; `None` means that there is no
/// file. Values are hidden as [`redact::setting`] has it, and so is every value under a name in
/// `secrets`. A hidden value that changes is marked with ` (new)`. Control characters are replaced.
/// Empty if nothing changes.
pub fn unified(label: &str, before: Option<&str>, after: Option<&str>, secrets: &[&str]) -> String {
    if before == after {
        return String::new();
    }
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    let (Some(old_values), Some(new_values)) = (hidden(old, secrets), hidden(new, secrets)) else {
        return format!(
            "--- {label}\n+++ {label}\n(not shown: the file could not be parsed, so its secrets cannot be redacted)\n"
        );
    };
    let mut known: HashMap<&str, HashSet<&str>> = HashMap::new();
    for (name, span) in &old_values {
        known.entry(name).or_default().insert(&old[span.clone()]);
    }
    let is_new = |(name, span): &HiddenValue| {
        known.get(name.as_str()).is_some_and(|values| !values.contains(&new[span.clone()]))
    };
    let new_text = without(new, &new_values, |value| if is_new(value) { " (new)" } else { "" });
    let old_text = without(old, &old_values, |_| "");
    let name = |text: Option<&str>| text.map_or("/dev/null", |_| label).to_owned();
    let mut options = DiffOptions::new();
    options.set_context_len(3).set_original_filename(name(before)).set_modified_filename(name(after));
    printable(&options.create_patch(&old_text, &new_text).to_string())
}

/// A value that must not be shown: its name, and where it stands.
type HiddenValue = (String, Range<usize>);

fn hidden(text: &str, secrets: &[&str]) -> Option<Vec<HiddenValue>> {
    let is_hidden =
        |(name, value, _): &Named| secrets.contains(&name.as_str()) || redact::setting(name, value).is_some();
    let named = named_values(text)?;
    Some(named.into_iter().filter(is_hidden).map(|(name, _, span)| (name, span)).collect())
}

/// The text with the marker, and a note, in place of these values.
fn without(text: &str, values: &[HiddenValue], note: impl Fn(&HiddenValue) -> &'static str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for value in values {
        out.push_str(&text[end..value.1.start]);
        out.push_str(&splice::quoted(&format!("{REDACTED}{}", note(value))));
        end = value.1.end;
    }
    out + &text[end..]
}

/// A scalar in a text: its name, its value, and where it stands.
type Named = (String, String, Range<usize>);

/// Every `name: scalar` in a text, including invalid JSON.
fn named_values(text: &str) -> Option<Vec<Named>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.len() - body.len();
    named_from(body, mark).or_else(|| named_from(&well_formed(body), mark))
}

/// The same with positions counted from `mark`; `None` if the scanner fails.
fn named_from(text: &str, mark: usize) -> Option<Vec<Named>> {
    let mut named = Vec::new();
    // the two tokens before the next one
    let (mut name, mut colon) = (None, None);
    for_each(text, |token, span| {
        if matches!(token, Token::CommentLine(_) | Token::CommentBlock(_)) {
            return;
        }
        if let (Some(name), Some(Token::Colon)) = (&name, &colon)
            && is_scalar(&token)
        {
            let name: &Token<'_> = name;
            let span = span.start + mark..span.end + mark;
            named.push((name.as_str().to_owned(), token.as_str().to_owned(), span));
        }
        name = colon.replace(token);
    })?;
    Some(named)
}

fn printable(text: &str) -> String {
    let mut chars = text.chars().peekable();
    let mut out = String::with_capacity(text.len());
    while let Some(c) = chars.next() {
        let plain = !is_unseen(c) || matches!(c, '\n' | '\t') || (c == '\r' && chars.peek() == Some(&'\n'));
        out.push(if plain { c } else { '\u{fffd}' });
    }
    out
}
