//! Shows a change as a unified diff without secrets.

use std::collections::HashMap;
use std::ops::Range;

use diffy::DiffOptions;
use jsonc_parser::tokens::Token;

use super::tokens::{for_each, is_scalar};
use super::{layout, splice};
use crate::base::text::is_unseen;
use crate::base::text::up_to;

pub use crate::base::redact::REDACTED;

/// Called for every named string of a file, at any depth, with its name and value: returns what to
/// show instead, or `None` to show the value.
pub type Redact<'a> = &'a dyn Fn(&str, &str) -> Option<String>;

/// `before` and `after` of one file, with three lines of context; `None` means that there is no
/// file. Every value under a name in `secrets` is redacted, whatever `redact` returns. A redacted
/// value that changes is marked with ` (new)`. Control characters are replaced. Empty if nothing
/// changes.
pub fn unified(
    label: &str,
    before: Option<&str>,
    after: Option<&str>,
    secrets: &[&str],
    redact: Redact<'_>,
) -> String {
    if before == after {
        return String::new();
    }
    let redact = &|name: &str, value: &str| {
        redact(name, value).or_else(|| secrets.contains(&name).then(|| REDACTED.to_owned()))
    };
    let (old, new) = (before.unwrap_or_default(), after.unwrap_or_default());
    let (old, new, lines) = differing(old, new).unwrap_or((old, new, 0));
    let mut seen = HashMap::new();
    let (Some(old), Some(new)) = (shown(old, redact, &mut seen, true), shown(new, redact, &mut seen, false))
    else {
        return format!(
            "--- {label}\n+++ {label}\n(not shown: the file could not be parsed, so its secrets cannot be redacted)\n"
        );
    };
    let name = |text: Option<&str>| text.map_or("/dev/null", |_| label).to_owned();
    let mut options = DiffOptions::new();
    options.set_context_len(CONTEXT).set_original_filename(name(before)).set_modified_filename(name(after));
    printable(&moved_down(&options.create_patch(&old, &new).to_string(), lines))
}

/// Lines around a change.
const CONTEXT: usize = 3;

/// The lines of two JSON texts in which they may differ, with their context, and how many lines
/// come before them. Settings files have up to 2 MB, and a change has a few lines. `None` if
/// either text is not strict JSON: only there does no token reach over the end of a line.
fn differing<'a>(old: &'a str, new: &'a str) -> Option<(&'a str, &'a str, usize)> {
    let strict = |text: &str| layout::check(text.strip_prefix('\u{feff}').unwrap_or(text)).is_ok();
    if !strict(old) || !strict(new) {
        return None;
    }
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let start = beginning(up_to(old, start));
    let rest = a[start..].iter().rev().zip(b[start..].iter().rev());
    let same = rest.take_while(|(a, b)| a == b).count();
    // the line that the common end begins in, and the lines around the change
    let end = &a[a.len() - same..];
    let context = memchr::memchr_iter(b'\n', end).nth(CONTEXT).map_or(end.len(), |at| at + 1);
    let same = same - context;
    let lines = memchr::memchr_iter(b'\n', &a[..start]).count();
    Some((&old[start..old.len() - same], &new[start..new.len() - same], lines))
}

/// Where the last lines of a text begin, as many as the context has; further up if the name of a
/// value would stand before that.
fn beginning(text: &str) -> usize {
    let mut starts = memchr::memrchr_iter(b'\n', text.as_bytes()).map(|at| at + 1).skip(CONTEXT);
    let is_between =
        |start: &usize| text[..*start].trim_end_matches(layout::BLANK).ends_with([',', '{', '[']);
    starts.find(is_between).unwrap_or_default()
}

/// A patch of the text below these lines, as a patch of the whole text.
fn moved_down(patch: &str, lines: usize) -> String {
    let number = |range: &str| {
        let (start, length) = range.split_once(',').map_or((range, None), |(s, l)| (s, Some(l)));
        let start = start.parse::<usize>().unwrap_or_default() + lines;
        length.map_or_else(|| start.to_string(), |length| format!("{start},{length}"))
    };
    // every other line of a patch begins with another character
    let header = |line: &str| {
        let (old, new) = line.strip_prefix("@@ -")?.strip_suffix(" @@\n")?.split_once(" +")?;
        Some(format!("@@ -{} +{} @@\n", number(old), number(new)))
    };
    patch.split_inclusive('\n').map(|line| header(line).unwrap_or_else(|| line.to_owned())).collect()
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

/// A scalar in a text: its name, its value, and where it stands.
type Named = (String, String, Range<usize>);

/// Every `name: scalar` in a text, including invalid JSON.
fn named_values(text: &str) -> Option<Vec<Named>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mark = text.len() - body.len();
    named_from(body, mark).or_else(|| named_from(&without_surrogates(body), mark))
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
        let plain = !is_unseen(c) || matches!(c, '\n' | '\t') || (c == '\r' && chars.peek() == Some(&'\n'));
        out.push(if plain { c } else { '\u{fffd}' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The patch of two whole texts.
    fn whole(old: &str, new: &str) -> String {
        let mut options = DiffOptions::new();
        options.set_context_len(CONTEXT).set_original_filename("f").set_modified_filename("f");
        printable(&options.create_patch(old, new).to_string())
    }

    fn object(members: &[(String, String)], gap: &str) -> String {
        let members: Vec<String> =
            members.iter().map(|(name, value)| format!("\"{name}\":{gap}{value}")).collect();
        format!("{{\n  {}\n}}\n", members.join(",\n  "))
    }

    fn members() -> impl Strategy<Value = Vec<(String, String)>> {
        let value = prop_oneof![
            "\"[1-9é]{0,3}\"",
            "[1-9]{1,3}",
            Just("{\n  }".to_owned()),
            Just("[\n\n]".to_owned())
        ];
        prop::collection::vec(("[a-d]{1,2}", value), 0..24)
    }

    /// The members with some of them, from `at`, replaced by others.
    fn edited(
        members: &[(String, String)],
        (at, count): (usize, usize),
        others: &[(String, String)],
    ) -> Vec<(String, String)> {
        let at = at.min(members.len());
        let end = (at + count).min(members.len());
        [&members[..at], &others[..count.min(others.len())], &members[end..]].concat()
    }

    proptest! {
        #[test]
        fn the_lines_that_differ_give_a_patch_of_the_whole(
            members in members(), others in members(), edit in (0..24usize, 0..4usize), gap in "( |\n)?",
        ) {
            let (old, new) = (object(&members, &gap), object(&edited(&members, edit, &others), &gap));
            prop_assume!(old != new);
            let shown = unified("f", Some(&old), Some(&new), &[], &|_, _| None);
            let patch = diffy::Patch::from_str(&shown).unwrap();
            prop_assert_eq!(diffy::apply(&old, &patch).unwrap(), new);
        }

        #[test]
        fn if_no_line_occurs_twice_it_is_the_patch_of_the_whole(
            count in 0..24usize, others in 0..4usize, edit in (0..24usize, 0..4usize), gap in "( |\n)?",
        ) {
            let numbered = |letter: &str, count: usize| -> Vec<(String, String)> {
                (0..count).map(|at| (format!("{letter}{at}"), format!("\"{letter}-{at}\""))).collect()
            };
            let members = numbered("a", count);
            let (old, new) = (object(&members, &gap), object(&edited(&members, edit, &numbered("b", others)), &gap));
            let shown = unified("f", Some(&old), Some(&new), &[], &|_, _| None);
            prop_assert_eq!(shown, if old == new { String::new() } else { whole(&old, &new) });
        }

        #[test]
        fn no_value_is_cut_off_its_name(
            members in members(), others in members(), edit in (0..24usize, 0..4usize), gap in "\n{0,5}",
        ) {
            let (old, new) = (object(&members, &gap), object(&edited(&members, edit, &others), &gap));
            let hide = |_: &str, _: &str| Some("*".to_owned());
            let shown = unified("f", Some(&old), Some(&new), &[], &hide);
            let lines = || shown.lines().filter(|line| !line.starts_with("@@"));
            let values: Vec<_> = lines().filter(|line| line.contains(|c: char| c.is_ascii_digit() || c == 'é')).collect();
            prop_assert!(values.is_empty(), "{:?}", values);
        }
    }
}
