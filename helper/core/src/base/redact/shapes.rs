//! Hides whatever looks like a credential by itself: prefixes, random runs, user info in URLs.

use super::marker::REDACTED;
use super::names::quoted_len;
use crate::base::url_parts::login_len;
use std::borrow::Cow;

/// Prefixes of credentials, with the minimum length of what must follow.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 8),
    ("sk_", 8),
    ("pk_", 8),
    ("rk_", 16),
    ("cfk_", 8),
    ("cfut_", 8),
    ("cfat_", 8),
    ("ghp_", 8),
    ("gho_", 8),
    ("ghs_", 8),
    ("ghu_", 8),
    ("ghr_", 8),
    ("github_pat_", 8),
    ("glpat-", 8),
    ("xoxb-", 8),
    ("xoxp-", 8),
    ("xoxa-", 8),
    ("AKIA", 16),
    ("ASIA", 16),
    ("AIza", 16),
    ("ya29.", 8),
    ("eyJ", 8),
    ("npm_", 16),
    ("hf_", 16),
    ("gsk_", 16),
    ("r8_", 16),
    ("xai-", 16),
    ("pplx-", 8),
    ("nvapi-", 8),
    ("fw_", 16),
    ("csk-", 8),
];

/// Hides only credentials that are recognized by prefix.
pub(super) fn hide_prefixed(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut kept = 0;
    let mut inside = false;
    for (at, byte) in bytes.iter().enumerate() {
        let starts = !std::mem::replace(&mut inside, byte.is_ascii_alphanumeric());
        if !starts || !inside || at < kept {
            continue;
        }
        // almost every word has another first letter
        let mut prefixes = PREFIXES.iter().filter(|(beginning, _)| beginning.as_bytes()[0] == *byte);
        let found = prefixes.find(|(beginning, _)| bytes[at..].starts_with(beginning.as_bytes()));
        let Some((beginning, least)) = found else { continue };
        let end = at + beginning.len();
        let behind = bytes[end..].iter().take_while(|byte| is_key_byte(**byte)).count();
        if behind >= *least {
            out.push_str(&text[kept..at]);
            out.push_str(REDACTED);
            kept = end + behind;
        }
    }
    if kept == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[kept..]);
    Cow::Owned(out)
}

fn is_key_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// A prefix is recognized within this many bytes.
pub(super) const LONGEST_BEGINNING: usize = 32;

/// True if a recognizable credential may start here, as far as the text shows.
pub(super) fn may_begin(text: &[u8]) -> bool {
    PREFIXES
        .iter()
        .any(|(prefix, _)| text.starts_with(prefix.as_bytes()) || prefix.as_bytes().starts_with(text))
}

/// A byte of a credential that is recognized by prefix.
pub(super) fn is_key_byte(byte: u8) -> bool {
    is_key_char(char::from(byte))
}

/// The part before the host in each URL of a text.
pub(super) fn logins(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("://").filter_map(|(at, mark)| {
        let tail = &text[at + mark.len()..];
        userinfo_len(tail).map(|end| &tail[..end])
    })
}

/// Hides `user:password` in URLs.
pub(super) fn hide_userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        rest = match userinfo_len(tail) {
            Some(end) => {
                out.push_str(REDACTED);
                &tail[end..]
            }
            None => tail,
        };
    }
    out.push_str(rest);
    out
}

/// Hides the password after the option of curl: `-u user:password`, `-uuser:password`, `--user=user:password`.
pub(super) fn hide_user_option(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("-u") {
        out.push_str(&rest[..at]);
        let value = user_option(&out, &rest[at + 2..]);
        let (skipped, hidden) = value.and_then(password_span).map_or((0, 0), |(from, to)| {
            let start = rest.len() - value.map_or(0, str::len);
            (start + from - at, to - from)
        });
        let shown = at + skipped.max(2);
        out.push_str(&rest[at..shown]);
        if hidden > 0 {
            out.push_str(REDACTED);
        }
        rest = &rest[shown + hidden..];
    }
    out.push_str(rest);
    out
}

/// What follows the option `-u` or `--user` and its separator; `before` and `after` are the text around the `-u`.
fn user_option<'a>(before: &str, after: &'a str) -> Option<&'a str> {
    let long = before.strip_suffix('-').zip(after.strip_prefix("ser"));
    let (before, after) = long.unwrap_or((before, after));
    let value = after.trim_start();
    let value = if long.is_some() { value.strip_prefix('=').unwrap_or(value) } else { value };
    let is_attached = value.len() == after.len();
    let may_be_attached = long.is_none()
        && value.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '"' | '\'' | '\\'));
    let begins = before.ends_with(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
    ((begins || before.is_empty()) && (!is_attached || may_be_attached)).then_some(value)
}

/// Where the password is in `user:password`, with quotes around all of it or around the password. Not in a URL, nor in
/// the numbers of a user and a group.
fn password_span(value: &str) -> Option<(usize, usize)> {
    let (open, end) = word(value);
    let colon = open + value[open..end].find(':')?;
    let user = &value[open..colon];
    let (from, end) = if open == 0 {
        let (open, end) = word(&value[colon + 1..]);
        (colon + 1 + open, colon + 1 + end)
    } else {
        (colon + 1, end)
    };
    let password = &value[from..end];
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_none = password.is_empty()
        || password.starts_with("//")
        || user.starts_with(char::is_whitespace)
        || is_number(user) && is_number(password);
    (!is_none).then_some((from, end))
}

/// The first word of a text, without the quotes around it.
fn word(text: &str) -> (usize, usize) {
    let escapes = text.bytes().take_while(|b| *b == b'\\').count();
    match text[escapes..].chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let open = escapes + 1;
            (open, open + quoted_len(&text[open..], quote, escapes))
        }
        _ => (
            0,
            text.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\\')).unwrap_or(text.len()),
        ),
    }
}

/// The length of the user info in a URL's authority, up to the `@`. The URL ends where text around it goes on.
fn userinfo_len(tail: &str) -> Option<usize> {
    let end = tail.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'));
    login_len(&tail[..end.unwrap_or(tail.len())])
}

/// Hides whatever looks like a credential by itself.
pub(super) fn hide(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_token_char) {
        let (before, tail) = rest.split_at(start);
        out.push_str(before);
        let end = tail.find(|c| !is_token_char(c)).unwrap_or(tail.len());
        let (run, next) = tail.split_at(end);
        let follows_scheme = after_scheme(&out);
        if follows_scheme && looks_like_value(run) || is_secret_run(run) {
            out.push_str(REDACTED);
        } else {
            hide_parts(&mut out, run);
        }
        rest = next;
    }
    out.push_str(rest);
    out
}

fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '=' | '~' | '%')
}

/// True if the text ends with an authorization scheme and white space.
fn after_scheme(text: &str) -> bool {
    let head = text.trim_end();
    let word = head.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    head.len() < text.len()
        && ["bearer", "basic", "digest", "negotiate"].iter().any(|s| word.eq_ignore_ascii_case(s))
}

/// Not a plain word, as in "bearer token" or "Basic realm=".
fn looks_like_value(run: &str) -> bool {
    !run.starts_with("realm=")
        && (run.len() >= 16 || !run.bytes().all(|b| b.is_ascii_lowercase() || b == b'.'))
}

/// The whole run is a secret: AWS secret keys and base64 contain slashes.
fn is_secret_run(run: &str) -> bool {
    let run = run.trim_matches(['.', '/', '%']);
    let mixed =
        has(run, u8::is_ascii_uppercase) && has(run, u8::is_ascii_lowercase) && has(run, u8::is_ascii_digit);
    run.len() >= 40 && mixed && run.contains(['/', '+', '=']) && !is_path_of_words(run)
}

fn is_path_of_words(run: &str) -> bool {
    run.contains('/') && run.split(['/', '=']).all(|part| part.len() < 24 && is_wordlike(part))
}

/// Hides the secret parts of a run of token characters and keeps the rest.
fn hide_parts(out: &mut String, run: &str) {
    for part in run.split_inclusive(['/', '=', '+', '%', '~']) {
        let cut = part.trim_end_matches(['/', '=', '+', '%', '~']).len();
        let (body, tail) = part.split_at(cut);
        let core = body.trim_end_matches('.');
        if is_secret_part(core) {
            out.push_str(REDACTED);
            out.push_str(&body[core.len()..]);
        } else {
            out.push_str(body);
        }
        out.push_str(tail);
    }
}

fn is_secret_part(part: &str) -> bool {
    if has_prefix(part) {
        return true;
    }
    let digits = has(part, u8::is_ascii_digit);
    let (upper, lower) = (has(part, u8::is_ascii_uppercase), has(part, u8::is_ascii_lowercase));
    if part.starts_with("req_") || is_wordlike(part) {
        return false;
    }
    match part.len() {
        0..24 => false,
        24..32 => digits && upper && lower,
        _ => (digits && (upper || lower)) || case_changes(part) >= 8,
    }
}

/// A known prefix at the start of a word in the run, followed by enough characters for a secret.
fn has_prefix(part: &str) -> bool {
    PREFIXES.iter().any(|(prefix, behind)| {
        part.match_indices(prefix).any(|(at, _)| {
            let starts = at == 0 || !part.as_bytes()[at - 1].is_ascii_alphanumeric();
            starts && part.len() - at - prefix.len() >= *behind
        })
    })
}

/// Consists of words and numbers, as `mid-conversation-tool-changes-2026-07-01` does.
fn is_wordlike(part: &str) -> bool {
    part.split(['-', '_', '.', '=', '~', '%']).all(|word| {
        let all = |test: fn(&u8) -> bool| word.as_bytes().iter().all(test);
        word.len() <= 8 && all(u8::is_ascii_digit)
            || word.len() <= 20 && (all(u8::is_ascii_lowercase) || all(u8::is_ascii_uppercase))
            || word.len() <= 20 && is_capitalised(word)
            || word.len() <= 4
    })
}

fn is_capitalised(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_alphabetic()) && case_changes(word) <= 6
}

fn case_changes(text: &str) -> usize {
    text.as_bytes()
        .windows(2)
        .filter(|pair| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase())
        .count()
}

fn has(text: &str, test: fn(&u8) -> bool) -> bool {
    text.as_bytes().iter().any(test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_curls_option_is_hidden_however_it_is_written() {
        let values = [
            ("bob:@", "pw"),
            ("bob:\"@\"", "my secret pw"),
            ("\"bob:@\"", "my secret pw"),
            ("'bob:@'", "my \"secret\" pw"),
            ("\\\"bob:@\\\"", "my secret pw"),
            ("bob:\\\"@\\\"", "my secret pw"),
            ("$USER:@", "p:w"),
        ];
        for option in ["-u ", "-u", "--user ", "--user=", "-u  "] {
            for (value, password) in values {
                if option == "-u" && value.starts_with('$') {
                    continue;
                }
                for around in ["curl #", "curl -s # https://example.com", "#", "# -u 1:1"] {
                    let line = around.replace('#', &format!("{option}{value}"));
                    let hidden = hide_user_option(&line.replace('@', password));
                    assert_eq!(hidden, line.replace('@', REDACTED));
                }
            }
        }
        for line in [
            "git push -u https://github.com/a/b",
            "git push -u origin main: done",
            "docker run -u 1000:1000 image",
            "docker run --user=\"0:0\" image",
            "docker run -u $(id -u):$(id -g) image",
            "chrome --user-data-dir=/a:b --user-agent \"a: b\"",
            "run \"x -u\" and key: \"value\"",
            "non-user:name a-u b:c -u",
            "-u bob: x",
        ] {
            assert_eq!(hide_user_option(line), line);
        }
    }

    #[test]
    fn every_prefix_is_found_at_the_start_of_a_word_with_enough_behind_it() {
        for (beginning, least) in PREFIXES {
            let key = format!("{beginning}{}", "k".repeat(*least));
            assert_eq!(hide_prefixed(&format!("see {key}, then")), format!("see {REDACTED}, then"));
            let within = format!("word{key}");
            assert_eq!(hide_prefixed(&within), within);
        }
    }
}
