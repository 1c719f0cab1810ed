//! Hides values that are secret by their name, where the name and the value are known.

use super::marker::REDACTED;
use super::names::is_secret_name;
use crate::base::text::replaced;
use crate::base::url_parts::UrlParts;
use serde_json::Value;

/// Further parts of a setting's name that mark its value as secret. In running text they would hide too much.
const IN_SETTINGS: &[&str] = &["key", "token", "headers", "passw", "cookie"];

/// What to show in place of a named value of a settings file; `None` shows the value.
pub fn setting(name: &str, value: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let named = is_secret_name(&name) || IN_SETTINGS.iter().any(|part| name.contains(part));
    // a URL may contain a password
    let password = value.contains("://") && value.contains('@');
    ((named && !value.is_empty()) || password).then_some(REDACTED)
}

/// A JSON value of an API for display. `name` is the member that it stands in.
pub fn json(name: &str, value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let hide = |(member, value): (&String, &Value)| {
                let hidden = is_secret_member(name, member) && !value.is_null();
                (member.clone(), if hidden { REDACTED.into() } else { json(member, value) })
            };
            map.iter().map(hide).collect()
        }
        Value::Array(list) => list.iter().map(|item| json(name, item)).collect(),
        other => other.clone(),
    }
}

/// Whether a member of the object `parent` is a token for another service: an authorization, or any header.
pub fn is_secret_member(parent: &str, member: &str) -> bool {
    parent == "headers" || member.eq_ignore_ascii_case("authorization")
}

/// A URL without its login and query, and with a replacement for what a terminal would interpret.
pub fn url(text: &str) -> String {
    let parts = UrlParts::of(text);
    let login = parts.login.map_or(String::new(), |_| format!("{REDACTED}@"));
    let query = if parts.query.is_empty() { String::new() } else { format!("?{REDACTED}") };
    replaced(&format!("{}{login}{}{}{query}", parts.scheme, parts.authority, parts.path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_possible_credential_is_hidden_and_an_empty_value_counts_as_unset() {
        assert!(setting("ANTHROPIC_CUSTOM_HEADERS", "x").is_some() && setting("apiKey", "x").is_some());
        assert!(setting("HTTPS_PROXY", "http://me:pw@proxy").is_some());
        assert!(setting("ANTHROPIC_API_KEY", "").is_none() && setting("model", "opus").is_none());
    }

    #[test]
    fn tokens_of_other_services_are_not_shown() {
        let otel =
            json!([{"url": "https://o.example", "headers": {"x-key": "s3cret"}, "authorization": "s3cret"}]);
        assert!(!json("otel", &otel).to_string().contains("s3cret"));
        let stripe = json!({"authorization": "s3cret", "usage_events": [{"payload": "p"}]});
        assert!(!json("stripe", &stripe).to_string().contains("s3cret"));
        let plain = json!({"enabled": true, "authorization": null});
        assert_eq!(json("dlp", &plain), plain);
    }
}
