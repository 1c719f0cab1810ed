//! API calls for what no Terraform or Pulumi resource covers: stored keys, custom providers, custom
//! domains, some routes.
//!
//! The resources missing from the provider are cloudflare/terraform-provider-cloudflare#7332
//! (stored keys) and #7333 (custom domains); custom providers have no issue.

use super::live::{Live, part};
use crate::base::quote::posix;
use crate::base::text::{json_escaped, visible};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::Route;
use serde::Serialize;
use serde_json::Value;

/// An API call.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Call {
    /// What it creates, on one line.
    pub makes: String,
    /// The variable that must hold its secret.
    pub secret: Option<String>,
    /// The command for a POSIX shell, on several lines. ASCII without control characters, so that
    /// it fits in a comment of any language.
    pub command: String,
}

const BASE: &str = "https://api.cloudflare.com/client/v4/accounts/$CLOUDFLARE_ACCOUNT_ID/ai-gateway";

/// The calls, in a working order. `routes` are those that the provider cannot express.
pub(super) fn calls(live: &Live, gateway: &GatewayId, routes: &[&Route]) -> Vec<Call> {
    let below = |what: &str| format!("{BASE}/gateways/{gateway}/{what}");
    let mut all = Vec::new();
    for provider in &live.custom_providers {
        let body = part(&provider.0, CUSTOM_PROVIDER).into();
        let slug = provider.slug();
        // extra headers may hold a credential
        let has_headers = !provider.headers().is_empty();
        let secret = has_headers.then(|| ("headers", variable(&["CUSTOM", slug, "HEADERS"])));
        all.push(call(
            format!("custom provider custom-{slug}"),
            &format!("{BASE}/custom-providers"),
            &body,
            secret,
        ));
    }
    for key in &live.keys {
        let (provider, alias) = (key.provider_slug(), key.alias());
        let secret = ("secret", variable(&[provider, alias, "KEY"]));
        let makes = format!("stored key for {provider}, alias {alias}");
        all.push(call(makes, &below("provider_configs"), &part(&key.0, STORED_KEY).into(), Some(secret)));
    }
    for route in routes {
        let makes = format!("dynamic route {}", route.name());
        all.push(call(makes, &below("routes"), &part(&route.0, &["name", "elements"]).into(), None));
    }
    for domain in &live.domains {
        let host = domain.hostname();
        let body = serde_json::json!({"domain": host});
        // the list response does not include the zone
        let zone = ("zone_id", "CLOUDFLARE_ZONE_ID".to_owned());
        all.push(call(format!("custom domain {host}"), &below("custom-domains"), &body, Some(zone)));
    }
    all
}

const CUSTOM_PROVIDER: &[&str] = &[
    "name",
    "slug",
    "base_url",
    "enable",
    "beta",
    "description",
    "link",
    "position",
    "curl_example",
    "js_example",
];

const STORED_KEY: &[&str] = &["provider_slug", "alias", "default_config", "rate_limit", "rate_limit_period"];

/// A POST of JSON. A secret goes from the environment into the body, never onto a command line.
fn call(makes: String, url: &str, body: &Value, secret: Option<(&str, String)>) -> Call {
    let body = posix(&ascii(&body.to_string()));
    let post = format!(
        "curl -sS \"{url}\" \\\n    -H \"Authorization: Bearer $CLOUDFLARE_API_TOKEN\" -H \"Content-Type: application/json\""
    );
    let command = match &secret {
        Some((field, variable)) => {
            // the body is jq's program: an object, and a field added to it
            let program = body.strip_suffix('\'').unwrap_or(&body);
            format!("jq -n {program} + {{{field}: env.{variable}}}' |\n  {post} --data-binary @-")
        }
        None => format!("{post} \\\n    -d {body}"),
    };
    Call { makes: ascii(&visible(&makes)), secret: secret.map(|(_, variable)| variable), command }
}

/// The name of an environment variable.
fn variable(parts: &[&str]) -> String {
    let name = parts.join("_").to_ascii_uppercase();
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}

/// JSON with escapes for everything that is not ASCII: comments end at more characters than a line
/// feed.
fn ascii(json: &str) -> String {
    json_escaped(json, |c| c.is_ascii() && !c.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_comes_from_the_environment() {
        let key = serde_json::from_value(json!({"id": "x", "provider_slug": "anthropic", "alias": "default",
            "default_config": true, "secret_preview": "...abcd"}))
        .unwrap();
        let live = Live { keys: vec![key], ..Live::default() };
        let gateway = GatewayId::parse("dev").unwrap();
        let made = calls(&live, &gateway, &[]);
        assert_eq!(made[0].secret.as_deref(), Some("ANTHROPIC_DEFAULT_KEY"));
        assert!(made[0].command.starts_with(
            r#"jq -n '{"provider_slug":"anthropic","alias":"default","default_config":true} + {secret: env.ANTHROPIC_DEFAULT_KEY}' |"#
        ));
        assert!(!made[0].command.contains("abcd"));
    }

    #[test]
    fn a_command_in_a_comment_cannot_end_the_comment() {
        let provider =
            json!({"slug": "x", "name": "it's\n\u{2028}\u{202e}\u{1f600}", "base_url": "https://x"});
        let provider = serde_json::from_value(provider).unwrap();
        let live = Live { custom_providers: vec![provider], ..Live::default() };
        let made = &calls(&live, &GatewayId::parse("dev").unwrap(), &[])[0];
        assert!(made.command.chars().all(|c| c.is_ascii() && (c == '\n' || !c.is_control())));
        assert!(made.command.contains(r#"it'\''s\n\u2028\u202e\ud83d\ude00"#), "{}", made.command);
    }
}
