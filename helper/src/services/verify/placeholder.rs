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
use crate::services::context::Context;

const WORKS: Further = Further {
    result: "works",
    means: "the gateway forwards the gateway token as a provider key if it is in Authorization; with the token in ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the same request works",
    next: "set ANTHROPIC_API_KEY to the gateway token, and auth to own-key",
};
/// Most likely there is nothing to pay with.
const REFUSED_TOO: Further = Further {
    result: "refused-too",
    means: "with the token as ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the provider refuses it too: there is nothing to pay with",
    next: "store a provider key (`cf-aig key add anthropic`), or turn on Unified Billing and set auth to unified-billing",
};

/// Tries it if the provider refused the credential of a mode that uses the token in place of a key.
pub(super) fn try_other(
    session_request: &SessionRequest,
    answer: &SessionResponse,
    context: &Context,
    watch: &Watch,
) -> Option<&'static Further> {
    if answer.verdict != ResponseVerdict::CredentialRefused || session_request.spends {
        return None;
    }
    let other = session_request.other_form()?;
    watch.step("the provider refused the credential; trying the gateway token in the other header");
    Some(match answer::ask(&other, context.extra_roots.as_deref()).ok()?.verdict {
        ResponseVerdict::CredentialRefused | ResponseVerdict::Stopped => &REFUSED_TOO,
        ResponseVerdict::Served | ResponseVerdict::ProviderRefused => &WORKS,
    })
}
