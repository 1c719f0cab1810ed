//! Checks whether the API token is active.

use super::api::Api;
use super::failed::Failed;
use super::request::ApiCall;
use reqwest::Method;
use serde::Deserialize;

impl Api {
    /// True for an active token, false for a disabled or expired one. An account token is verified at
    /// the account, the only place that knows it (Cloudflare's documentation, "token-formats"). A token in the
    /// old format may be either, so the account is tried if the user endpoint does not know it.
    pub fn token_is_active(&self) -> Result<bool, Failed> {
        #[derive(Deserialize)]
        struct State {
            status: String,
        }
        let of_account = || self.attempt(&ApiCall::new(Method::GET, "tokens/verify"));
        let token = self.token.reveal();
        let state: State = if token.starts_with("cfat_") {
            of_account()?
        } else {
            match self.attempt(&ApiCall::new(Method::GET, "user/tokens/verify").rootless()) {
                Err(failed) if failed.refuses_the_token() && !token.starts_with("cfut_") => of_account()?,
                answer => answer?,
            }
        };
        Ok(state.status == "active")
    }
}
