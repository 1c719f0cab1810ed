//! The values of this process's own secrets, so that they are hidden wherever they appear.
//!
//! Every [`Secret`](crate::base::secret::Secret) registers its value when it is created. This
//! covers a server that echoes a token, a token set as the wrong option, and a log entry that
//! contains one: text is redacted regardless of its source. The list is global because the secrets
//! are those of the process.

use super::marker::REDACTED;
use crate::base::text::percent_encoded;
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{PoisonError, RwLock};

/// Shorter values would match ordinary words.
const SHORTEST: usize = 6;
/// More lines or words than a credential has. A text in a variable takes no place from another variable, nor
/// from a [`Secret`](crate::base::secret::Secret): their number has no limit.
const MOST_OF_A_VARIABLE: usize = 256;

/// The known values, and one search for every form in which they may be written.
struct KnownSecrets {
    values: BTreeSet<String>,
    search: Option<AhoCorasick>,
}

static KNOWN: RwLock<KnownSecrets> = RwLock::new(KnownSecrets { values: BTreeSet::new(), search: None });

/// Adds a value: a credential, a scheme and a credential, or header lines.
pub fn register(value: &str) {
    add(parts(value));
}

fn add<'a>(parts: impl Iterator<Item = &'a str>) {
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    for part in parts {
        if known.values.insert(part.to_owned()) {
            // rebuild lazily: values are added in bursts
            known.search = None;
        }
    }
}

/// The parts of a value that are hidden wherever they appear.
fn parts(value: &str) -> impl Iterator<Item = &str> {
    value.lines().flat_map(of_line).filter(|part| is_distinct(part))
}

/// Adds the credentials in this process's environment: variables named like secrets, and passwords
/// in URLs.
pub fn register_environment(variables: impl Iterator<Item = (String, String)>) {
    for (name, value) in variables {
        if super::names::is_secret_name(&name) {
            add(parts(&value).take(MOST_OF_A_VARIABLE));
        }
        for login in super::shapes::logins(&value).take(MOST_OF_A_VARIABLE) {
            register(login.split_once(':').map_or(login, |(_, password)| password));
        }
    }
}

/// The text with known values hidden.
pub fn hide(text: &str) -> Cow<'_, str> {
    match search() {
        Some(search) => replaced(&search, text),
        None => Cow::Borrowed(text),
    }
}

/// The text with known values hidden, and with these, whatever they look like: a response, and the
/// credentials of its request. A value is also looked for without its scheme.
pub fn hide_with<'v>(text: &str, values: impl IntoIterator<Item = &'v str>) -> String {
    let parts = values.into_iter().flat_map(|value| {
        let bare = value.split_once(' ').map(|(_, rest)| rest.trim());
        [Some(value), bare].into_iter().flatten()
    });
    let search = search_for(parts.flat_map(forms));
    hide(&replaced(&search, text)).into_owned()
}

/// The search for all forms of all values; `None` if none is registered.
fn search() -> Option<AhoCorasick> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if known.search.is_some() || known.values.is_empty() {
        return known.search.clone();
    }
    drop(known);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    let forms = known.values.iter().flat_map(|value| forms(value));
    let search = search_for(forms);
    Some(known.search.insert(search).clone())
}

fn search_for(forms: impl Iterator<Item = String>) -> AhoCorasick {
    // quick to build: a hook prints one line. The default takes ten times as long
    let kind = Some(AhoCorasickKind::ContiguousNFA);
    let search = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).kind(kind).build(forms);
    search.expect("far fewer bytes of patterns than 2 GB")
}

/// The length of the longest form of a value.
pub(super) fn longest() -> usize {
    search().map_or(0, |search| search.max_pattern_len())
}

/// Where known values occur in the text.
pub(super) fn spans(text: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let spans: Vec<_> = search().iter().flat_map(|s| s.find_iter(text).map(|found| found.range())).collect();
    spans.into_iter()
}

fn replaced<'a>(search: &AhoCorasick, text: &'a str) -> Cow<'a, str> {
    if !search.is_match(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    search.replace_all_with(text, &mut out, |_, _, out| {
        out.push_str(REDACTED);
        true
    });
    Cow::Owned(out)
}

/// How a value may be written: plain, in JSON, in a URL, in base64.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![value.to_owned(), json_escaped(value), percent_encoded(value)];
    forms.extend(base64(value));
    forms.retain(|form| form.len() >= SHORTEST);
    forms
}

/// The credentials in one line: its words, or the words of a header's value.
fn of_line(line: &str) -> Vec<&str> {
    let value = match line.split_once(": ") {
        Some((name, _)) if name.starts_with("cf-aig-") && name != "cf-aig-authorization" => "",
        Some((name, value)) if !name.contains(char::is_whitespace) => value,
        _ => line,
    };
    let mut parts: Vec<&str> = value.split_whitespace().collect();
    if parts.len() > 1 && !is_scheme(parts[0]) {
        parts.push(value.trim());
    }
    parts
}

fn is_scheme(word: &str) -> bool {
    ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme))
}

/// Hiding a plain word or a short number would hide ordinary text.
fn is_distinct(part: &str) -> bool {
    let plain_word = part.bytes().all(|b| b.is_ascii_lowercase());
    let short_number = part.len() < 10 && part.bytes().all(|b| b.is_ascii_digit());
    part.len() >= SHORTEST && !is_scheme(part) && !plain_word && !short_number
}

fn json_escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// The part that every base64 text containing the value shares, for each of the three offsets at
/// which the value can start, in both alphabets.
fn base64(value: &str) -> Vec<String> {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut forms = Vec::new();
    for lead in 0..3_usize {
        let bits = [&[0; 2][..lead.min(2)], value.as_bytes()].concat();
        let digit = |at: usize| {
            let bit = at * 6;
            let pair = u16::from(bits[bit / 8]) << 8 | u16::from(*bits.get(bit / 8 + 1).unwrap_or(&0));
            char::from(DIGITS[usize::from(pair >> (10 - bit % 8) & 63)])
        };
        let whole = (lead * 8).div_ceil(6)..bits.len() * 8 / 6;
        let form: String = whole.map(digit).collect();
        forms.push(form.replace('+', "-").replace('/', "_"));
        forms.push(form);
    }
    forms.retain(|form| form.len() >= 2 * SHORTEST);
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_known_value_is_hidden() {
        register("k-n0wn \"value\"/1");
        let all = [
            "k-n0wn \"value\"/1",
            "k-n0wn \\\"value\\\"/1",
            "k-n0wn%20%22value%22%2F1",
            "ay1uMHduICJ2YWx1ZSIvMQ==", // alone
            "eGstbjB3biAidmFsdWUiLzE=", // behind one byte
            "eHhrLW4wd24gInZhbHVlIi8x", // behind two
        ];
        for form in all {
            let text = format!("<{form}>");
            let hidden = hide(&text);
            assert!(
                hidden.contains(REDACTED) && !hidden.contains("value") && hidden.len() < 24,
                "{form}: {hidden}"
            );
        }
    }

    #[test]
    fn the_values_of_a_request_are_hidden_even_if_they_are_words_or_numbers() {
        let sent = ["plainlowercasekey", "Bearer 123456789", "true"];
        let text = "no plainlowercasekey, no 123456789: true, cGxhaW5sb3dlcmNhc2VrZXk=";
        assert_eq!(hide_with(text, sent), "no [redacted], no [redacted]: true, [redacted]k=");
        assert_eq!(hide(text), text);
    }

    #[test]
    fn no_secret_is_left_out_after_a_variable_with_many_words() {
        let words: Vec<String> = (0..300).map(|number| format!("m4ny-words-{number:03}")).collect();
        let many = ("A_TOKEN".to_owned(), words.join(" "));
        let other = ("B_TOKEN".to_owned(), "0f-another-variable".to_owned());
        register_environment([many, other].into_iter());
        crate::base::secret::Secret::new("pr1nted-by-a-helper");
        assert_eq!(hide("0f-another-variable pr1nted-by-a-helper"), "[redacted] [redacted]");
        assert_eq!(hide("m4ny-words-255 m4ny-words-256"), "[redacted] m4ny-words-256");
        let more: Vec<String> = (0..300).map(|number| format!("m4ny-secrets-{number:03}")).collect();
        more.iter().for_each(|secret| register(secret));
        assert!(more.iter().all(|secret| hide(secret) == REDACTED));
    }

    #[test]
    fn a_header_is_hidden_by_its_value_and_a_plain_word_is_not() {
        register("x-team: blueteam\nx-key: h3ader-value\ncf-aig-metadata: {\"project\":\"sh0p-window\"}");
        register("Bearer t0ken-of-header");
        register("default");
        register("12345678");
        let text = "blueteam x-key sh0p-window default 12345678 bearer of news";
        assert_eq!(hide(text), text);
        assert_eq!(hide("h3ader-value t0ken-of-header."), "[redacted] [redacted].");
    }
}
