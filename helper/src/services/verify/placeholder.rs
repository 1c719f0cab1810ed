//! The placeholder problem: the gateway token in place of a provider key.
//!
//! Cloudflare's pages contradict each other. Its Claude Code page puts the token into
//! `ANTHROPIC_API_KEY` and says that it is ignored; its Anthropic page says that an `x-api-key`
//! makes the request fail, and shows the token in `Authorization`. This plugin sends the latter. If
//! the provider refuses what reached it, the former is tried once, at no cost.

use super::answer::{self, ResponseVerdict, SessionResponse};
use super::report::Further;
use super::request::SessionRequest;
use super::watch::Watch;
use crate::facts::gateway::errors::Cause;
use crate::services::context::Context;

/// The request succeeds with the token as a key. [`SessionRequest::of`] recognises these variables.
const WORKS: (&str, &str) = (
    "the gateway forwards the gateway token as a provider key if it is in Authorization; with the token in ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the same request works",
    "set the variables of that page yourself: ANTHROPIC_BASE_URL; ANTHROPIC_API_KEY with the gateway token; ANTHROPIC_CUSTOM_HEADERS with cf-aig-authorization; and set the plugin option routing to settings",
);
/// No key reached the provider, or only the token did.
const NO_PAYER: (&str, &str) = (
    "with the token as ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the provider refuses it too: there is nothing to pay with",
    "store a provider key (`cf-aig key add anthropic`), or turn on Unified Billing and set auth to unified-billing",
);
/// A key reached the provider although none was sent, so most likely the stored one.
const KEY_REFUSED: (&str, &str) = (
    "with the token as ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the provider refuses it too: it does not accept the stored key, or there is none",
    "replace the stored key (`cf-aig key rotate anthropic`), or store one (`cf-aig key add anthropic`)",
);

/// Tries it if the provider refused the credential of a mode that uses the token in place of a key.
pub(super) fn try_other(
    session_request: &SessionRequest,
    answer: &SessionResponse,
    context: &Context,
    watch: &Watch,
) -> Option<Further> {
    if answer.verdict != ResponseVerdict::CredentialRefused || session_request.spends {
        return None;
    }
    let other = session_request.other_form()?;
    watch.step("the provider refused the credential; trying the gateway token in the other header");
    let second = answer::ask(&other, context.extra_roots.as_deref()).ok()?;
    let cause = |answer: &SessionResponse| answer.refusal.as_ref().map(|refusal| refusal.row.cause);
    let says = |result, (means, next): (&str, _)| Some(Further { result, means: means.to_owned(), next });
    match second.verdict {
        ResponseVerdict::Served | ResponseVerdict::ProviderRefused => says("works", WORKS),
        ResponseVerdict::CredentialRefused if cause(answer) == Some(Cause::ProviderKeyRejected) => {
            says("refused-too", KEY_REFUSED)
        }
        ResponseVerdict::CredentialRefused => says("refused-too", NO_PAYER),
        ResponseVerdict::Stopped => {
            let row = second.refusal?.row;
            let why = row.meaning.trim_end_matches('.');
            let means = format!(
                "the token as ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, could not be tried ({}): {why}",
                row.cause
            );
            Some(Further { result: "untried", means, next: row.fix })
        }
    }
}
