//! What remains of a secret that setup wrote, in a value that was changed since (pure).

use super::value::canonical;
use crate::facts::gateway::auth::{CUSTOM_HEADERS, is_our_header, token_in_headers};
use crate::services::settings_files::Key;

/// The value to leave once the secret is removed, as raw JSON; `Some(None)` removes the key. `None`
/// means that the value contains no secret.
///
/// In a list of headers, only the lines that setup writes are removed, and lines of the same name
/// in the value `before` setup are restored. Any other key returns to the value `before`.
pub(super) fn without_secret(key: &Key, now: &str, before: Option<&str>) -> Option<Option<String>> {
    let text = |raw: &str| serde_json::from_str::<String>(raw).ok();
    let now_text = text(now).filter(|text| !text.trim().is_empty())?;
    if !is_headers(key) {
        return Some(before.map(str::to_owned));
    }
    token_in_headers(&now_text)?;
    let before_text = before.and_then(text).unwrap_or_default();
    let theirs = now_text.lines().filter(|line| !is_our_header(line));
    let earlier = before_text.lines().filter(|line| is_our_header(line) && !line.trim().is_empty());
    let lines: Vec<&str> = theirs.chain(earlier).collect();
    if lines.is_empty() || lines.iter().copied().eq(before_text.lines()) {
        return Some(before.map(str::to_owned));
    }
    let rest = serde_json::Value::from(lines.join("\n")).to_string();
    (rest != canonical(now)).then_some(Some(rest))
}

/// True if the key is a list of headers, in which our secret is recognized by its name.
pub(super) fn is_headers(key: &Key) -> bool {
    matches!(key, Key::Env(name) if name == CUSTOM_HEADERS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lines_of_setup_are_removed_from_headers() {
        let of = |now: &str, before: Option<&str>| {
            let raw = |text: &str| serde_json::Value::from(text).to_string();
            let rest = without_secret(&Key::env(CUSTOM_HEADERS), &raw(now), before.map(raw).as_deref());
            rest.map(|rest| rest.map(|raw| serde_json::from_str::<String>(&raw).unwrap()))
        };
        let some = |text: &str| Some(Some(text.to_owned()));
        assert_eq!(of("CF-AIG-Authorization: Bearer t", None), Some(None));
        assert_eq!(
            of("x-a: 1\ncf-aig-authorization: t\ncf-aig-metadata: {}\nx-b: 2", None),
            some("x-a: 1\nx-b: 2")
        );
        assert_eq!(of("x-a: 1\ncf-aig-authorization: t", Some("x-a: 1")), some("x-a: 1"));
        let before = Some("x-a: 1\ncf-aig-metadata: {\"mine\":1}");
        assert_eq!(
            of("x-b: 1\ncf-aig-authorization: t", before),
            some("x-b: 1\ncf-aig-metadata: {\"mine\":1}")
        );
        assert_eq!(of("x-a: 1\ncf-aig-metadata: {}", None), None, "it contains no token");
        assert_eq!(of("", None), None);
        let token = Key::env("ANTHROPIC_AUTH_TOKEN");
        assert_eq!(without_secret(&token, "\"renewed\"", None), Some(None));
        assert_eq!(without_secret(&token, "\"renewed\"", Some("\"old\"")), some("\"old\""));
        assert_eq!(without_secret(&token, "\"\"", None), None);
    }
}
