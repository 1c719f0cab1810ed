//! Which permission a call needs, and where a token that has it is made.

use super::call::{Call, Method};
use crate::base::secret::Secret;

/// Where a user's tokens are made.
pub const TOKENS_PAGE: &str = "https://dash.cloudflare.com/profile/api-tokens";
/// Where an account's tokens (`cfat_`) are made.
const ACCOUNT_TOKENS_PAGE: &str = "https://dash.cloudflare.com/?to=/:account/api-tokens";

/// A permission group, by the name that the dashboard and the API give it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Read gateways, logs, routes, keys, providers.
    Read,
    /// Change them (the dashboard calls it Edit).
    Write,
    /// GraphQL.
    Analytics,
}

impl Permission {
    /// The name. Source: Cloudflare's documentation, "ai-gateway/configuration/authentication", and
    /// "analytics/graphql-api".
    pub fn name(self) -> &'static str {
        match self {
            Permission::Read => "AI Gateway Read",
            Permission::Write => "AI Gateway Write (the dashboard's Edit)",
            Permission::Analytics => "Account Analytics Read",
        }
    }

    /// What a call needs, where that is documented.
    pub(super) fn of(call: &Call) -> Option<Self> {
        match (call.method, call.path.as_str()) {
            (_, "graphql") => Some(Permission::Analytics),
            // policies are read with Edit, too (documentation of about 2026-10-06)
            (Method::Get, path) if path.starts_with("ai-gateway/") && !path.contains("/policies") => {
                Some(Permission::Read)
            }
            (_, path) if path.starts_with("ai-gateway/") => Some(Permission::Write),
            _ => None,
        }
    }
}

/// The next step for someone whose token lacks something.
pub fn advice(token: Option<&Secret>, needed: Option<Permission>) -> String {
    let of_account = token.is_some_and(|token| token.reveal().starts_with("cfat_"));
    let page = if of_account { ACCOUNT_TOKENS_PAGE } else { TOKENS_PAGE };
    match needed {
        Some(needed) => {
            format!("the token must be alive and have {} on this account: {page}", needed.name())
        }
        None => format!(
            "create one at {page} with AI Gateway Read, AI Gateway Write to change something, and Account Analytics Read for costs"
        ),
    }
}
