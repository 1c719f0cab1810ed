//! Parses `ANTHROPIC_CUSTOM_HEADERS` like the client, and finds common mistakes in it.
//!
//! Measured with 2.1.332: a line without a colon is silently dropped, `${NAME}` and the like are sent
//! literally, the last of a repeated name counts, and an invalid header name gives `Invalid header name`:
//! nothing is sent.

use crate::facts::metadata;

/// A line that is not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeaderLine<'a> {
    /// From 1.
    pub number: usize,
    /// The text before the colon; `None` for a line without one, which the client drops.
    pub name: Option<&'a str>,
    /// The text after it, or the whole line.
    pub value: &'a str,
}

impl HeaderLine<'_> {
    /// True if the name is a valid HTTP header name.
    fn is_header(&self) -> bool {
        self.name.is_some_and(|name| !name.is_empty() && name.bytes().all(is_token_byte))
    }
}

/// The lines that are not blank.
pub fn lines(text: &str) -> impl Iterator<Item = HeaderLine<'_>> {
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(|(at, line)| {
        let number = at + 1;
        match line.split_once(':') {
            Some((name, value)) => HeaderLine { number, name: Some(name.trim()), value: value.trim() },
            None => HeaderLine { number, name: None, value: line.trim() },
        }
    })
}

/// The headers that the client sends, or `None` if a name stops it from sending anything.
pub fn sent(text: &str) -> Option<Vec<(String, String)>> {
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines(text).filter(|line| line.name.is_some()) {
        let name = line.name.filter(|_| line.is_header())?;
        headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        headers.push((name.to_owned(), line.value.to_owned()));
    }
    Some(headers)
}

/// RFC 9110, `tchar`.
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A mistake in a line or a token, as the rest of a sentence about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    /// No colon.
    #[error("has no colon, so Claude Code silently drops it: write `Name: value`")]
    NoColon,
    /// An invalid header name.
    #[error("has an invalid header name, so Claude Code sends nothing")]
    BadName,
    /// Quotes around the line or its value.
    #[error("is in quotes, which are sent too")]
    Quoted,
    /// `\n` as two characters.
    #[error(
        "contains \\n as two characters, which does not start a new line: everything goes into one header"
    )]
    LiteralNewline,
    /// A second header on the same line.
    #[error("contains a second header: each header needs its own line")]
    TwoHeaders,
    /// `${NAME}`, `$NAME`, `%NAME%`, `${{ … }}` or `{{ … }}`.
    #[error("contains a variable, which Claude Code sends literally: write the value")]
    Unexpanded,
    /// `<TOKEN>` or another placeholder from an example.
    #[error("contains a placeholder from an example")]
    Placeholder,
    /// A credential without the word `Bearer`.
    #[error("lacks the word Bearer: write `Bearer TOKEN`")]
    NoBearer,
    /// `Bearer Bearer …`.
    #[error("contains Bearer twice")]
    DoubleBearer,
    /// `Bearer` in a token to which the client adds it.
    #[error("starts with Bearer, which Claude Code adds itself")]
    OwnBearer,
    /// `Bearer:`.
    #[error("has a colon after the word Bearer, which must be removed")]
    BearerColon,
    /// Nothing after the colon, or nothing after `Bearer`.
    #[error("has no value")]
    Empty,
    /// A provider key in place of the gateway token.
    #[error("contains a provider key in place of the gateway token")]
    ProviderKey,
    /// A Cloudflare token in place of a provider key.
    #[error(
        "contains a Cloudflare token in place of a provider key: it works only with a stored key or Unified Billing"
    )]
    CloudflareToken,
    /// Metadata that is not a flat JSON object.
    #[error("is not a JSON object of strings, numbers and booleans, so AI Gateway keeps none of it")]
    MetadataForm,
    /// More metadata than Cloudflare keeps.
    #[error("has {0} entries, but AI Gateway keeps only the first {max}", max = metadata::MAX_ENTRIES)]
    MetadataEntries(usize),
}

impl Mistake {
    /// True if requests still work as intended, or may.
    pub fn is_harmless(self) -> bool {
        matches!(self, Self::MetadataForm | Self::MetadataEntries(_) | Self::CloudflareToken)
    }
}

/// A mistake and its place, never the value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place} {mistake}")]
pub struct HeaderFault {
    /// The header, or the line if there is none.
    pub place: String,
    /// What is wrong.
    pub mistake: Mistake,
}

/// Every mistake in a value of `ANTHROPIC_CUSTOM_HEADERS`, line by line.
pub fn mistakes(text: &str) -> Vec<HeaderFault> {
    let of_line = |line: HeaderLine<'_>| {
        let header = line.name.filter(|_| line.is_header()).map(str::to_owned);
        let place = header.unwrap_or_else(|| format!("line {}", line.number));
        of_line(&line).into_iter().map(move |mistake| HeaderFault { place: place.clone(), mistake })
    };
    lines(text).flat_map(of_line).collect()
}

fn of_line(line: &HeaderLine<'_>) -> Vec<Mistake> {
    let Some(name) = line.name else {
        let quoted = is_quoted(line.value).then_some(Mistake::Quoted);
        return quoted.into_iter().chain([Mistake::NoColon]).collect();
    };
    if !line.is_header() {
        let quoted = name.starts_with(['"', '\'']).then_some(Mistake::Quoted);
        return quoted.into_iter().chain([Mistake::BadName]).collect();
    }
    // an apostrophe is allowed in a name
    let mut found = Vec::new();
    if name.starts_with('\'') || is_quoted(line.value) {
        found.push(Mistake::Quoted);
    }
    if line.value.contains("\\n") {
        found.push(Mistake::LiteralNewline);
    }
    if holds_a_header(line.value) {
        found.push(Mistake::TwoHeaders);
    }
    found.extend(of_text(line.value));
    let is = |other: &str| name.eq_ignore_ascii_case(other);
    if is(GATEWAY_AUTH) {
        found.extend(of_gateway_auth(line.value));
    } else if is("authorization") {
        // the provider's own header: another scheme and its credential are two words
        found.extend(of_bearer(line.value, 2));
    } else if is("x-api-key") && is_cloudflare_token(line.value) {
        found.push(Mistake::CloudflareToken);
    } else if is(metadata::HEADER) {
        found.extend(of_metadata(line.value));
    }
    found
}

const GATEWAY_AUTH: &str = "cf-aig-authorization";

/// Every mistake in `ANTHROPIC_AUTH_TOKEN`, to which the client prepends `Bearer `.
pub fn mistakes_of_token(value: &str) -> Vec<Mistake> {
    let value = value.trim();
    let mut found = Vec::new();
    if value.is_empty() {
        return found;
    }
    if is_quoted(value) {
        found.push(Mistake::Quoted);
    }
    found.extend(of_text(value));
    match scheme(value.trim_matches(['"', '\''])) {
        Some((_, true)) => found.push(Mistake::BearerColon),
        Some((_, false)) => found.push(Mistake::OwnBearer),
        None => {}
    }
    found
}

/// Mistakes that any value can have.
fn of_text(value: &str) -> Option<Mistake> {
    if is_unexpanded(value) {
        return Some(Mistake::Unexpanded);
    }
    is_placeholder(credential(value)).then_some(Mistake::Placeholder)
}

/// Mistakes in the credential that the gateway reads.
fn of_gateway_auth(value: &str) -> Vec<Mistake> {
    let mut found = of_bearer(value, 0);
    found.extend(credential(value).starts_with("sk-").then_some(Mistake::ProviderKey));
    found
}

/// Mistakes in a credential that needs `Bearer`, unless it consists of this many words.
fn of_bearer(value: &str, other_scheme: usize) -> Vec<Mistake> {
    let value = value.trim_matches(['"', '\'']).trim();
    let mut found = Vec::new();
    let rest = match scheme(value) {
        Some((rest, colon)) => {
            found.extend(colon.then_some(Mistake::BearerColon));
            found.extend(scheme(rest).map(|_| Mistake::DoubleBearer));
            rest
        }
        None if value.is_empty() => value,
        None => {
            let is_other = value.split_whitespace().count() == other_scheme;
            found.extend((!is_other).then_some(Mistake::NoBearer));
            value
        }
    };
    found.extend(rest.is_empty().then_some(Mistake::Empty));
    found
}

/// The text after `Bearer`, and whether a colon precedes it.
fn scheme(value: &str) -> Option<(&str, bool)> {
    let (word, rest) = value.split_at_checked(6)?;
    if !word.eq_ignore_ascii_case("bearer") {
        return None;
    }
    match rest.strip_prefix(':') {
        Some(rest) => Some((rest.trim(), true)),
        None => (rest.is_empty() || rest.starts_with([' ', '\t'])).then(|| (rest.trim(), false)),
    }
}

/// The value without its schemes and quotes.
fn credential(value: &str) -> &str {
    let mut rest = value.trim_matches(['"', '\'']).trim();
    while let Some((after, _)) = scheme(rest) {
        rest = after;
    }
    rest
}

fn of_metadata(value: &str) -> Option<Mistake> {
    let parsed: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(value).ok();
    match parsed {
        Some(entries) if entries.values().all(|v| v.is_string() || v.is_number() || v.is_boolean()) => {
            (entries.len() > metadata::MAX_ENTRIES).then_some(Mistake::MetadataEntries(entries.len()))
        }
        _ => Some(Mistake::MetadataForm),
    }
}

fn is_quoted(value: &str) -> bool {
    ['"', '\''].iter().any(|q| value.len() > 1 && value.starts_with(*q) && value.ends_with(*q))
}

/// A header after another on the same line: one of AI Gateway's, or one that carries credentials.
fn holds_a_header(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    let starts = lower.match_indices("cf-aig-").chain(lower.match_indices("authorization:"));
    let mut starts = starts.chain(lower.match_indices("x-api-key:"));
    starts.any(|(at, _)| {
        let apart = lower[..at].ends_with([' ', '\t', ',', ';', 'n']);
        let name = lower[at..].bytes().take_while(|b| is_token_byte(*b)).count();
        apart && lower[at + name..].trim_start().starts_with(':')
    })
}

/// A variable that was not expanded.
fn is_unexpanded(value: &str) -> bool {
    let after = |mark: &'static str| value.match_indices(mark).map(|(at, _)| &value[at + mark.len()..]);
    let name = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let windows = |rest: &str| {
        rest.find('%').is_some_and(|end| {
            end > 1 && rest[..end].bytes().all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
        })
    };
    after("$").any(|rest| rest.starts_with(['{', '(']) || name(rest))
        || after("{{").any(|rest| rest.contains("}}"))
        || after("%").any(windows)
}

/// Placeholders from examples. `dummy` and the like are intentional and not reported.
pub fn is_placeholder(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let bare: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
    (value.starts_with('<') && value.ends_with('>'))
        || (value.starts_with('{') && value.ends_with('}') && !value.contains('"'))
        || value.ends_with("...")
        || value.ends_with('…')
        || ["your", "xxxx", "changeme", "placeholder", "skantxxx", "insert"]
            .iter()
            .any(|p| bare.starts_with(p))
}

/// The prefixes that Cloudflare gives its tokens.
pub fn is_cloudflare_token(value: &str) -> bool {
    ["cfut_", "cfat_"].iter().any(|prefix| value.starts_with(prefix))
}

/// True for the name of a header with a credential for a service other than Cloudflare and the provider
/// whose header is `of_provider`, such as other gateways' own (`x-portkey-api-key`, `helicone-auth`).
pub fn is_foreign_credential(name: &str, of_provider: &str) -> bool {
    let name = name.to_ascii_lowercase();
    // Cloudflare's own: those of AI Gateway and of Access
    if name.starts_with("cf-") || [of_provider, "authorization", "x-api-key"].contains(&name.as_str()) {
        return false;
    }
    let is_credential = |part: &str| {
        matches!(part, "authorization" | "token" | "secret" | "password")
            || part.starts_with("auth") && !part.starts_with("author")
    };
    ["api-key", "apikey", "api_key"].iter().any(|key| name.contains(key))
        || name.split(['-', '_']).any(is_credential)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Mistake as M;

    fn of(text: &str) -> Vec<Mistake> {
        mistakes(text).into_iter().map(|found| found.mistake).collect()
    }

    #[test]
    fn each_mistake_is_named() {
        let cases: &[(&str, &[Mistake])] = &[
            ("cf-aig-authorization: Bearer abc", &[]),
            ("cf-aig-authorization=Bearer abc", &[M::NoColon]),
            ("\"cf-aig-authorization: Bearer abc\"", &[M::Quoted, M::BadName]),
            ("'cf-aig-authorization: Bearer abc'", &[M::Quoted]),
            ("cf-aig-authorization: \"Bearer abc\"", &[M::Quoted]),
            ("my header: 1", &[M::BadName]),
            (": 1", &[M::BadName]),
            ("cf-aig-authorization: abc", &[M::NoBearer]),
            ("cf-aig-authorization: bearer abc", &[]),
            ("cf-aig-authorization: Bearer Bearer abc", &[M::DoubleBearer]),
            ("cf-aig-authorization: Bearer: abc", &[M::BearerColon]),
            ("cf-aig-authorization: Bearer", &[M::Empty]),
            ("cf-aig-authorization:", &[M::Empty]),
            ("cf-aig-authorization: Bearer ${CF_AIG_TOKEN}", &[M::Unexpanded]),
            ("cf-aig-authorization: Bearer $CF_AIG_TOKEN", &[M::Unexpanded]),
            ("cf-aig-authorization: Bearer ${{ secrets.TOKEN }}", &[M::Unexpanded]),
            ("cf-aig-authorization: Bearer {{token}}", &[M::Unexpanded]),
            ("cf-aig-authorization: Bearer %CF_AIG_TOKEN%", &[M::Unexpanded]),
            ("cf-aig-authorization: Bearer <CF_AIG_TOKEN>", &[M::Placeholder]),
            ("cf-aig-authorization: Bearer {cf_aig_token}", &[M::Placeholder]),
            ("cf-aig-authorization: Bearer sk-ant-api03-abc", &[M::ProviderKey]),
            ("authorization: Basic YTpi", &[]),
            ("authorization: abc", &[M::NoBearer]),
            ("x-api-key: sk-ant-api03-abc", &[]),
            ("x-api-key: cfut_abc", &[M::CloudflareToken]),
            ("cf-aig-metadata: {\"a\":1,\"b\":\"x\",\"c\":true}", &[]),
            ("cf-aig-metadata: {\"a\":{\"b\":1}}", &[M::MetadataForm]),
            ("cf-aig-metadata: team=a", &[M::MetadataForm]),
            ("cf-aig-metadata: {\"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1}", &[M::MetadataEntries(6)]),
            ("x-a: 1, cf-aig-authorization: Bearer abc", &[M::TwoHeaders]),
            ("x-a: 1 cf-aig-authorization: Bearer abc", &[M::TwoHeaders]),
            ("x-a: 1\\ncf-aig-authorization: Bearer abc", &[M::LiteralNewline, M::TwoHeaders]),
            ("x-a: 1\nx-b: 2", &[]),
            ("x-a: https://example.com/a?b=100%25", &[]),
            ("x-price: 5$", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(of(text), *expected, "{text}");
        }
    }

    #[test]
    fn the_mistakes_of_a_token_are_named() {
        let cases: &[(&str, &[Mistake])] = &[
            ("abc", &[]),
            ("", &[]),
            ("Bearer abc", &[M::OwnBearer]),
            ("Bearer: abc", &[M::BearerColon]),
            ("\"abc\"", &[M::Quoted]),
            ("${TOKEN}", &[M::Unexpanded]),
            ("<TOKEN>", &[M::Placeholder]),
            ("bearerabc", &[]),
        ];
        for (value, expected) in cases {
            assert_eq!(mistakes_of_token(value), *expected, "{value}");
        }
    }

    #[test]
    fn other_vendors_credentials_are_recognized_by_header_name() {
        for name in [
            "x-portkey-api-key",
            "X-LiteLLM-API-Key",
            "helicone-auth",
            "x-auth-token",
            "x-goog-api-key",
            "proxy-authorization",
            "apikey",
        ] {
            assert!(is_foreign_credential(name, "x-api-key"), "{name}");
        }
        for name in [
            "x-api-key",
            "authorization",
            "cf-aig-authorization",
            "cf-access-client-secret",
            "x-team",
            "x-author",
        ] {
            assert!(!is_foreign_credential(name, "x-api-key"), "{name}");
        }
        assert!(!is_foreign_credential("x-goog-api-key", "x-goog-api-key"));
    }

    /// Random text, built from significant pieces.
    #[test]
    fn any_header_text_is_sent_as_its_lines_say_and_reports_repeat_no_value() {
        const PIECES: [&str; 18] = [
            "cf-aig-authorization",
            ":",
            ": ",
            " ",
            "\n",
            "\r\n",
            "Bearer ",
            "bearer:",
            "hunter2",
            "\"",
            "'",
            "${",
            "}",
            "\\n",
            "=",
            "é",
            "x-api-key",
            "{\"a\":",
        ];
        let mut state = 7_u64;
        let mut next = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(state >> 33).unwrap() % limit
        };
        for _ in 0..20_000 {
            let text: String = (0..1 + next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
            let found = mistakes(&text);
            let names: Vec<_> = lines(&text).filter_map(|line| line.name).collect();
            for one in &found {
                // a header's name may be anything, but its value must not be shown
                let in_name = names.iter().any(|name| name.contains("hunter2"));
                assert!(in_name || !one.to_string().contains("hunter2"), "{text:?}: {one}");
            }
            let refused = lines(&text).any(|line| line.name.is_some() && !line.is_header());
            assert_eq!(sent(&text).is_none(), refused, "{text:?}");
            assert_eq!(refused, found.iter().any(|one| one.mistake == Mistake::BadName), "{text:?}");
            let dropped = lines(&text).any(|line| line.name.is_none());
            assert_eq!(dropped, found.iter().any(|one| one.mistake == Mistake::NoColon), "{text:?}");
            assert!(mistakes_of_token(&text).len() <= 3);
        }
    }
}
