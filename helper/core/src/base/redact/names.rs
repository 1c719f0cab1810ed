//! Hides values whose name marks them as secret.

use super::marker::REDACTED;

/// Headers whose value is hidden up to the end of the line or of the surrounding quotes.
const SECRET_HEADERS: &str = "\
    authorization x-api-key api-key apikey x-goog-api-key xi-api-key x-auth-key x-auth-token \
    x-amz-security-token cf-access-token cf-access-client-secret cf-access-jwt-assertion cookie set-cookie \
    anthropic_custom_headers";

/// Parts of a name that mark it as the name of a secret.
const SECRET_NAMES: &str = "\
    secret passwd password passphrase api_key api-key apikey access_key private_key client_key auth_key \
    credential signature";

/// Names that are those of a secret as a whole.
const WHOLE_NAMES: &[&str] = &["pass", "pwd", "bearer", "Bearer"];

/// Names with "token" in them that count text tokens.
const COUNTED_TOKENS: &[&str] =
    &["tokens", "token_count", "token-count", "token_type", "tokeniz", "per_token"];

/// What Claude Code prints after a variable's name and a colon in place of its value.
const ABOUT_A_VALUE: &[&str] = &["it contains ", "it is ", "the HTTP runtime "];

/// Hides values that follow the name of a secret: `Name: value`, `NAME=value`, `"name": "value"`.
pub(super) fn hide(text: &str) -> String {
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
                out.push_str(REDACTED);
                &after[to..]
            }
            None => after,
        };
    }
    out.push_str(rest);
    out
}

/// The next name of a secret: its start and its length.
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

/// Whether a variable, header or field of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    is_secret_header(&lower)
        || WHOLE_NAMES.contains(&name)
        || SECRET_NAMES.split(' ').any(|part| lower.contains(part))
        || (lower.contains("token") && !COUNTED_TOKENS.iter().any(|part| lower.contains(part)))
}

fn is_secret_header(lower: &str) -> bool {
    lower.ends_with("authorization") || SECRET_HEADERS.split(' ').any(|header| header == lower)
}

/// Where the value after a name is: `from..to` in `after`. `before` is the line up to the name.
fn value_span(name: &str, after: &str, before: &str) -> Option<(usize, usize)> {
    // an element of XML
    if let Some(value) = after.strip_prefix('>').filter(|_| before.ends_with('<')) {
        let len = value.find('<').unwrap_or(value.len());
        return (len > 0).then_some((1, 1 + len));
    }
    let value = value_after(name, after)?.trim_start_matches([' ', '\t', '[']);
    // bytes of Python
    let value = value.strip_prefix('b').filter(|bytes| bytes.starts_with(['"', '\''])).unwrap_or(value);
    if ABOUT_A_VALUE.iter().any(|words| value.starts_with(words)) {
        return None;
    }
    if name == "pass" && is_count(value) {
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

/// Whether a value is a bare number: of tests that pass.
fn is_count(value: &str) -> bool {
    let rest = value.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < value.len() && rest.chars().next().is_none_or(|c| c.is_whitespace() || ",;)}]".contains(c))
}

/// Skips the name's separator; a list of quoted names and values has a comma there.
fn value_after<'a>(name: &str, after: &'a str) -> Option<&'a str> {
    let open = after.trim_start_matches(['\\', '"', '\'', ']']);
    let separated = open.trim_start_matches([' ', '\t']);
    if let Some(value) = separated.strip_prefix([':', '=', '：']) {
        return Some(value);
    }
    // <add key="ApiKey" value="…"/>
    if let Some(value) = separated.strip_prefix("value=").filter(|_| open.len() < after.len()) {
        return Some(value);
    }
    let listed = separated.strip_prefix(',').filter(|_| open.len() < after.len())?;
    if !is_secret_header(&name.to_ascii_lowercase()) {
        return None;
    }
    // HAR: {"name": "authorization", "value": "…"}.
    let word = listed.trim_start_matches([' ', '\t', '\\', '"', '\'']);
    let har = word.strip_prefix("value").map(|rest| rest.trim_start_matches(['\\', '"', '\'', ' ']));
    Some(har.and_then(|rest| rest.strip_prefix(':')).unwrap_or(listed))
}

/// The length up to the quote that closes a string opened after `escapes` backslashes.
pub(super) fn quoted_len(text: &str, quote: char, escapes: usize) -> usize {
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
            // A header extends to the end of its line, or of the quotes around its name.
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
