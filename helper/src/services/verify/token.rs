//! The gateway token and the account of the URL, checked apart from each other: the gateway answers a
//! missing, wrong, expired and foreign token with the same 401 (2009).
//!
//! The token is Cloudflare's own, so Cloudflare's API may be asked about it. An account's token
//! (`cfat_`) is known to its own account only. No endpoint tells whether a token may *run* AI Gateway.

use super::answer::Answer;
use super::request::Errand;
use crate::cloudflare::{Access, Api};
use crate::facts::gateway::errors::Cause;
use crate::services::context::Context;
use serde::Serialize;
use std::time::Duration;

/// How long the rate limit may hold up the question.
const PATIENCE: Duration = Duration::from_secs(5);

/// What Cloudflare says of a refused token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TokenCheck {
    /// It is alive: so it is of another account than the URL's, or lacks AI Gateway Run.
    Alive,
    /// It is known, and expired or disabled.
    NotAlive,
    /// It is not known: mistyped, deleted, or an account's token of another account.
    Unknown,
}

impl TokenCheck {
    /// What it means, without a full stop.
    pub fn meaning(&self) -> &'static str {
        match self {
            TokenCheck::Alive => {
                "Cloudflare knows the token and it is active: it belongs to another account than the URL names, or lacks AI Gateway Run"
            }
            TokenCheck::NotAlive => "Cloudflare knows the token, and it is expired or disabled",
            TokenCheck::Unknown => {
                "Cloudflare does not know the token: it is mistyped, deleted, or of another account"
            }
        }
    }

    /// The next step.
    pub fn next(&self) -> &'static str {
        match self {
            TokenCheck::Alive => {
                "compare the account id of the URL with the dashboard's, then give the token AI Gateway Run"
            }
            TokenCheck::NotAlive | TokenCheck::Unknown => {
                "create one under the gateway's settings and enter it: /plugin configure cloudflare, gateway_token"
            }
        }
    }
}

/// Asks, where the gateway refused a token that was sent; `None` where that is not the case or no answer came.
pub(super) fn check(errand: &Errand, answer: &Answer, context: &Context) -> Option<TokenCheck> {
    let refused = answer.finding.as_ref()?.cause == Cause::GatewayTokenRejected;
    let token = context.config.gateway_token.as_ref().filter(|_| refused)?;
    let api = Api::new(Access {
        origin: context.config.api_origin.clone(),
        account: errand.url.account_id()?.clone(),
        token: token.value.clone(),
        extra_roots: context.extra_roots().map(str::to_owned),
    });
    match api.ok()?.with_patience(PATIENCE).verify_token() {
        Ok(state) if state.status == "active" => Some(TokenCheck::Alive),
        Ok(_) => Some(TokenCheck::NotAlive),
        Err(failed) if failed.status().is_some_and(|status| matches!(status, 400..=404)) => {
            Some(TokenCheck::Unknown)
        }
        Err(_) => None,
    }
}
