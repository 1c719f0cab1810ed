//! Which permission a call needs, and where to create a token with it.

use super::request::ApiCall;
use crate::base::secret::Secret;
use reqwest::Method;

/// Where user tokens are created.
const TOKENS_PAGE: &str = "https://dash.cloudflare.com/profile/api-tokens";
/// Where account tokens (`cfat_`) are created.
const ACCOUNT_TOKENS_PAGE: &str = "https://dash.cloudflare.com/?to=/:account/api-tokens";

/// The permission that a call needs, by its name in the dashboard and the API; `None` if that is not
/// documented. Source: Cloudflare's documentation, "ai-gateway/configuration/authentication" and
/// "analytics/graphql-api".
pub(super) fn needed(call: &ApiCall) -> Option<&'static str> {
    match (&call.method, call.path.as_str()) {
        (_, "graphql") => Some("Account Analytics Read"),
        // reading policies needs Edit, too (documentation of about 2026-10-06)
        (&Method::GET, path) if path.starts_with("ai-gateway/") && !path.contains("/policies") => {
            Some("AI Gateway Read")
        }
        (_, path) if path.starts_with("ai-gateway/") => Some("AI Gateway Write (the dashboard's Edit)"),
        _ => None,
    }
}

/// The next step when a token lacks a permission.
pub fn advice(token: Option<&Secret>, needed: Option<&str>) -> String {
    let of_account = token.is_some_and(|token| token.reveal().starts_with("cfat_"));
    let page = if of_account { ACCOUNT_TOKENS_PAGE } else { TOKENS_PAGE };
    match needed {
        Some(needed) => format!("the token must be active and have {needed} on this account: {page}"),
        None => format!(
            "create one at {page} with AI Gateway Read, AI Gateway Edit for changes, and Account Analytics Read for costs"
        ),
    }
}
