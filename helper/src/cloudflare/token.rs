//! Whether the token is alive.

use super::Api;
use super::call::{Call, Method};
use super::failed::Failed;
use serde::Deserialize;

/// What Cloudflare says about the token itself; permissions are not part of it.
#[derive(Debug, Clone, Deserialize)]
pub struct TokenState {
    /// Its id, which is not a secret.
    pub id: String,
    /// `active`, `disabled` or `expired`.
    pub status: String,
    /// RFC 3339; absent when it does not end.
    #[serde(default)]
    pub expires_on: Option<String>,
    /// RFC 3339; absent when it is valid since its creation.
    #[serde(default)]
    pub not_before: Option<String>,
}

impl Api {
    /// True for a token that belongs to the account and not to a user.
    pub fn token_is_the_accounts(&self) -> bool {
        self.token.reveal().starts_with("cfat_")
    }

    /// Asks for the token's state, an account's token at the account, which is the only place that
    /// knows it (Cloudflare's documentation, "token-formats"). A token of the old format may be
    /// either, so the account is asked when the user does not know it.
    pub fn verify_token(&self) -> Result<TokenState, Failed> {
        let of_account = Call::new(Method::Get, "tokens/verify");
        if self.token_is_the_accounts() {
            return self.attempt(&of_account);
        }
        let of_user = Call::new(Method::Get, "user/tokens/verify").rootless();
        match self.attempt(&of_user) {
            Err(Failed::Refused(_)) if !self.token.reveal().starts_with("cfut_") => self.attempt(&of_account),
            answer => answer,
        }
    }
}
