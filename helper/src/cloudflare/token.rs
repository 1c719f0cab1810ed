//! Checks whether the API token is active.

use super::api::Api;
use super::failed::Failed;
use super::request::{ApiCall, Method};
use serde::Deserialize;

/// What Cloudflare returns about the token itself; permissions are not included.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenState {
    /// Its id, which is not a secret.
    pub id: String,
    /// `active`, `disabled` or `expired`.
    pub status: String,
    /// RFC 3339; absent if it does not expire.
    #[serde(default)]
    pub expires_on: Option<String>,
    /// RFC 3339; absent if it is valid from its creation.
    #[serde(default)]
    pub not_before: Option<String>,
}

impl Api {
    /// True for a token that belongs to the account and not to a user.
    pub fn token_is_the_accounts(&self) -> bool {
        self.token.reveal().starts_with("cfat_")
    }

    /// Fetches the token's state. An account token is verified at the account, the only place that
    /// knows it (Cloudflare's documentation, "token-formats"). A token in the old format may be
    /// either, so the account is tried if the user endpoint does not know it.
    pub fn verify_token(&self) -> Result<TokenState, Failed> {
        let of_account = ApiCall::new(Method::Get, "tokens/verify");
        if self.token_is_the_accounts() {
            return self.attempt(&of_account);
        }
        let of_user = ApiCall::new(Method::Get, "user/tokens/verify").rootless();
        match self.attempt(&of_user) {
            Err(Failed::Refused(_)) if !self.token.reveal().starts_with("cfut_") => self.attempt(&of_account),
            answer => answer,
        }
    }
}
