//! Checks the gateway token and the account of the URL separately: the gateway returns the same 401
//! (2009) for a missing, wrong, expired or foreign token.
//!
//! The token is Cloudflare's own, so it may be sent to Cloudflare's API. An account token (`cfat_`)
//! is known only to its own account. No endpoint reports whether a token may *run* AI Gateway.

use super::answer::SessionResponse;
use super::report::Further;
use super::request::SessionRequest;
use crate::cloudflare::{Access, Api};
use crate::facts::gateway::errors::Cause;
use crate::services::context::Context;
use std::time::Duration;

/// How long the rate limit may delay the check.
const PATIENCE: Duration = Duration::from_secs(5);

/// The stable id, the meaning and the next step.
type Told = (&'static str, &'static str, &'static str);

const ALIVE: Told = (
    "alive",
    "the token is active, but belongs to an account other than the one in the URL, or lacks AI Gateway Run",
    "compare the account id in the URL with the dashboard, then give the token AI Gateway Run",
);
const NOT_ALIVE: Told = ("not-alive", "the token is expired or disabled", CREATE);
const UNKNOWN: Told = (
    "unknown",
    "Cloudflare does not know the token: it is mistyped, deleted, or belongs to another account",
    CREATE,
);
const CREATE: &str =
    "create one under the gateway's settings and enter it: /plugin configure cloudflare, gateway_token";

/// Checks the token if the gateway refused one that was sent; `None` otherwise, or if there was no
/// response.
pub(super) fn check(
    session_request: &SessionRequest,
    answer: &SessionResponse,
    context: &Context,
) -> Option<Further> {
    let refused = answer.refusal.as_ref()?.row.cause == Cause::GatewayTokenRejected;
    let token = context.config.gateway_token.as_ref().filter(|_| refused)?;
    let api = Api::new(Access {
        origin: context.config.api_origin.clone(),
        account: session_request.url.account_id()?.clone(),
        token: token.value.clone(),
        extra_roots: context.extra_roots.clone(),
    });
    let (result, means, next) = match api.ok()?.with_patience(PATIENCE).token_is_active() {
        Ok(true) => ALIVE,
        Ok(false) => NOT_ALIVE,
        Err(failed) if failed.refuses_the_token() => UNKNOWN,
        Err(_) => return None,
    };
    Some(Further { result, means: means.to_owned(), next })
}
