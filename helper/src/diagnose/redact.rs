//! Takes secrets and control characters out of text before a person or a program sees it.
//!
//! It errs on the side of hiding: what looks like a credential by its name, its prefix or its
//! randomness is replaced, and words are kept so that an excerpt still proves something.

const HIDDEN: &str = "[redacted]";

/// Headers whose value is hidden to the end of the line or of the quotes around it.
const SECRET_HEADERS: &[&str] = &[
    "authorization",
    "x-api-key",
    "api-key",
    "apikey",
    "x-goog-api-key",
    "xi-api-key",
    "x-auth-key",
    "x-auth-token",
    "x-amz-security-token",
    "cf-access-token",
    "cf-access-client-secret",
    "cf-access-jwt-assertion",
    "cookie",
    "set-cookie",
    "anthropic_custom_headers",
];

/// Parts of a name that make it the name of a secret.
const SECRET_NAMES: &[&str] = &[
    "secret", "passwd", "password", "passphrase", "api_key", "api-key", "apikey", "access_key", "private_key",
    "client_key", "auth_key", "credential", "signature",
];

/// Names with "token" in them that count tokens of text.
const COUNTED_TOKENS: &[&str] = &["tokens", "token_count", "token-count", "token_type", "tokeniz", "per_token"];

/// What Claude Code says of a variable after its name and a colon, instead of its value.
const ABOUT_A_VALUE: &[&str] = &["it contains ", "it is ", "the HTTP runtime "];

/// Beginnings by which a credential is known wherever it stands, and how much must follow.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 8), ("sk_", 8), ("pk_", 8), ("rk_", 16), ("cfk_", 8), ("cfut_", 8), ("cfat_", 8), ("ghp_", 8),
    ("gho_", 8), ("ghs_", 8), ("ghu_", 8), ("ghr_", 8), ("github_pat_", 8), ("glpat-", 8), ("xoxb-", 8),
    ("xoxp-", 8), ("xoxa-", 8), ("AKIA", 16), ("ASIA", 16), ("AIza", 16), ("ya29.", 8), ("eyJ", 8),
    ("npm_", 16), ("hf_", 16), ("gsk_", 16), ("r8_", 16), ("xai-", 16), ("pplx-", 8), ("nvapi-", 8),
    ("fw_", 16), ("csk-", 8),
];

/// `text` on one line, without control characters, secrets replaced.
pub fn redact(text: &str) -> String {
    let clean = printable(text);
    let named = by_name(&clean);
    let urls = userinfo(&named);
    let tokens = by_shape(&urls);
    collapse(&tokens)
}

/// Removes terminal escapes, control and invisible characters; keeps line breaks and tabs.
pub(super) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_csi(&mut chars),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || is_invisible(c) => {}
            c => out.push(c),
        }
    }
    out
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_csi(chars);
        }
        // An operating system command ends with BEL or ESC \; a title or link is not worth keeping.
        Some(']') => {
            for c in chars.by_ref() {
                if matches!(c, '\u{7}' | '\u{1b}' | '\n') {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_csi(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    while let Some(c) = chars.peek() {
        let parameter = matches!(c, '0'..='9' | ';' | ':' | '?' | '<' | '=' | '>' | ' '..='/');
        let end = matches!(c, '@'..='~');
        if !parameter && !end {
            break;
        }
        chars.next();
        if end {
            break;
        }
    }
}

/// Hides values that follow the name of a secret: `Name: value`, `NAME=value`, `"name": "value"`.
fn by_name(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut line_start = 0;
    while let Some((name_len, skip)) = next_name(rest) {
        let (name, after) = (&rest[skip..skip + name_len], &rest[skip + name_len..]);
        out.push_str(&rest[..skip + name_len]);
        if let Some(newline) = out.rfind('\n') {
            line_start = newline + 1;
        }
        rest = match value_span(name, after, &out[line_start..out.len() - name_len]) {
            Some((from, to)) => {
                out.push_str(&after[..from]);
                out.push_str(HIDDEN);
                &after[to..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// The next name of a secret: its length and where it begins.
fn next_name(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while from < text.len() {
        let start = from + text[from..].find(is_name_char)?;
        let end = start + text[start..].find(|c| !is_name_char(c)).unwrap_or(text.len() - start);
        if is_secret_name(&text[start..end]) {
            return Some((end - start, start));
        }
        from = end;
    }
    None
}

fn is_name_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_header(&lower)
        || SECRET_NAMES.iter().any(|part| lower.contains(part))
        || (lower.contains("token") && !COUNTED_TOKENS.iter().any(|part| lower.contains(part)))
}

fn is_secret_header(lower: &str) -> bool {
    lower.ends_with("authorization") || SECRET_HEADERS.contains(&lower)
}

/// Where the value after a name lies: `from..to` in `after`. `before` is the line up to the name.
fn value_span(name: &str, after: &str, before: &str) -> Option<(usize, usize)> {
    let open = after.trim_start_matches(['\\', '"', '\'', ']']);
    let separated = open.trim_start_matches([' ', '\t']);
    let value = separated.strip_prefix([':', '='])?.trim_start_matches([' ', '\t']);
    if ABOUT_A_VALUE.iter().any(|words| value.starts_with(words)) {
        return None;
    }
    let from = after.len() - value.len();
    let escapes = value.bytes().take_while(|b| *b == b'\\').count();
    let to = match value[escapes..].chars().next() {
        Some(quote @ ('"' | '\'')) => from + escapes + 1 + quoted_len(&value[escapes + 1..], quote, escapes),
        _ => from + bare_len(name, value, before),
    };
    (to > from).then_some((from, to))
}

/// Length up to the quote that closes a string opened after `escapes` backslashes.
fn quoted_len(text: &str, quote: char, escapes: usize) -> usize {
    let mut slashes = 0;
    for (at, c) in text.char_indices() {
        match c {
            '\\' => slashes += 1,
            c if c == quote && slashes <= escapes => return at - slashes,
            '\n' if escapes == 0 => return at,
            _ => slashes = 0,
        }
    }
    text.len()
}

fn bare_len(name: &str, value: &str, before: &str) -> usize {
    let lower = name.to_ascii_lowercase();
    let ends = |c: char| {
        if is_secret_header(&lower) {
            // A header goes to the end of its line, or of the quotes that its name stands in.
            c == '\n' || (matches!(c, '"' | '\'') && odd(before, c))
        } else {
            c.is_whitespace() || matches!(c, '&' | '"' | '\'' | ',' | ';' | ')' | '}' | ']' | '<')
        }
    };
    value.find(ends).unwrap_or(value.len())
}

fn odd(text: &str, quote: char) -> bool {
    text.matches(quote).count() % 2 == 1
}

/// Hides `user:password` in URLs.
fn userinfo(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        rest = match userinfo_len(tail) {
            Some(end) => {
                out.push_str(HIDDEN);
                &tail[end..]
            }
            None => tail,
        };
    }
    out.push_str(rest);
    out
}

/// Length of what stands before the `@` of a URL's authority.
fn userinfo_len(tail: &str) -> Option<usize> {
    let end_at = |ends: fn(char) -> bool| tail.find(ends).unwrap_or(tail.len());
    let url = end_at(|c| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>'));
    let authority = end_at(|c| c.is_whitespace() || matches!(c, '/' | '"' | '\'' | '?' | '#' | '<' | '>'));
    // A password with a slash in it ends the authority too early; a port is digits, a password seldom.
    let (_, port) = tail[..authority].split_once(':').unwrap_or(("", ""));
    let broken = !port.is_empty() && !port.bytes().all(|b| b.is_ascii_digit());
    tail[..if broken { url } else { authority }].rfind('@')
}

/// Hides what looks like a credential by itself.
fn by_shape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(is_token_char) {
        let (before, tail) = rest.split_at(start);
        out.push_str(before);
        let end = tail.find(|c| !is_token_char(c)).unwrap_or(tail.len());
        let (run, next) = tail.split_at(end);
        let follows_scheme = after_scheme(&out);
        if follows_scheme && looks_like_value(run) || is_secret_run(run) {
            out.push_str(HIDDEN);
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

/// The text ends with an authorization scheme and white space.
fn after_scheme(text: &str) -> bool {
    let head = text.trim_end();
    let word = head.rsplit(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
    head.len() < text.len() && ["bearer", "basic", "digest", "negotiate"].iter().any(|s| word.eq_ignore_ascii_case(s))
}

/// Not a plain word, as in "bearer token" or "Basic realm=".
fn looks_like_value(run: &str) -> bool {
    !run.starts_with("realm=") && (run.len() >= 16 || !run.bytes().all(|b| b.is_ascii_lowercase() || b == b'.'))
}

/// The whole run is a secret: AWS secret keys and base64 have slashes in them.
fn is_secret_run(run: &str) -> bool {
    let run = run.trim_matches(['.', '/', '%']);
    let mixed = has(run, u8::is_ascii_uppercase) && has(run, u8::is_ascii_lowercase) && has(run, u8::is_ascii_digit);
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
            out.push_str(HIDDEN);
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

/// A known beginning, at a word's start in the run, with enough behind it to be a secret.
fn has_prefix(part: &str) -> bool {
    PREFIXES.iter().any(|(prefix, behind)| {
        part.match_indices(prefix).any(|(at, _)| {
            let starts = at == 0 || !part.as_bytes()[at - 1].is_ascii_alphanumeric();
            starts && part.len() - at - prefix.len() >= *behind
        })
    })
}

/// Made of words and numbers, as `mid-conversation-tool-changes-2026-07-01` is.
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

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
