//! Which permission a call needs, and where to create a token with it.

use super::request::{Call, Method};
use crate::base::secret::Secret;

/// Where user tokens are created.
pub const TOKENS_PAGE: &str = "https://dash.cloudflare.com/profile/api-tokens";
/// Where account tokens (`cfat_`) are created.
const ACCOUNT_TOKENS_PAGE: &str = "https://dash.cloudflare.com/?to=/:account/api-tokens";

/// A permission group, by its name in the dashboard and the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read gateways, logs, routes, keys, providers.
    Read,
    /// Change them (called Edit in the dashboard).
    Write,
    /// Query GraphQL.
    Analytics,
}

impl Permission {
    /// The name. Source: Cloudflare's documentation, "ai-gateway/configuration/authentication" and
    /// "analytics/graphql-api".
    pub fn name(self) -> &'static str {
        match self {
            Permission::Read => "AI Gateway Read",
            Permission::Write => "AI Gateway Write (the dashboard's Edit)",
            Permission::Analytics => "Account Analytics Read",
        }
    }

    /// The permission that a call needs, if it is documented.
    pub(super) fn of(call: &Call) -> Option<Self> {
        match (call.method, call.path.as_str()) {
            (_, "graphql") => Some(Permission::Analytics),
            // reading policies needs Edit, too (documentation of about 2026-10-06)
            (Method::Get, path) if path.starts_with("ai-gateway/") && !path.contains("/policies") => {
                Some(Permission::Read)
            }
            (_, path) if path.starts_with("ai-gateway/") => Some(Permission::Write),
            _ => None,
        }
    }
}

/// The next step when a token lacks a permission.
pub fn advice(token: Option<&Secret>, needed: Option<Permission>) -> String {
    let of_account = token.is_some_and(|token| token.reveal().starts_with("cfat_"));
    let page = if of_account { ACCOUNT_TOKENS_PAGE } else { TOKENS_PAGE };
    match needed {
        Some(needed) => {
            format!("the token must be active and have {} on this account: {page}", needed.name())
        }
        None => format!(
            "create one at {page} with AI Gateway Read, AI Gateway Write for changes, and Account Analytics Read for costs"
        ),
    }
}
