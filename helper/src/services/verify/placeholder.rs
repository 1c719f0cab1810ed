//! The placeholder problem: the gateway token in place of a provider key.
//!
//! Cloudflare's pages contradict each other. Its Claude Code page puts the token into
//! `ANTHROPIC_API_KEY` and says that it is ignored; its Anthropic page says that an `x-api-key`
//! makes the request fail, and shows the token in `Authorization`. This plugin sends the latter. If
//! the provider refuses what reached it, the former is tried once, at no cost.

use super::answer::{self, Answer, Verdict};
use super::request::Errand;
use super::watch::Watch;
use crate::services::context::Context;
use serde::Serialize;

/// Whether the other form works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherForm {
    /// It works: the gateway forwards the token in `Authorization`, but not in `x-api-key`.
    Works,
    /// Refused too: most likely there is nothing to pay with.
    RefusedToo,
}

impl OtherForm {
    /// The meaning, without a full stop, and the next step.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            OtherForm::Works => (
                "the gateway forwards its own token as a key if it is in Authorization; with the token as ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the same request works",
                "set ANTHROPIC_API_KEY to the gateway token, and auth to own-key",
            ),
            OtherForm::RefusedToo => (
                "with the token as ANTHROPIC_API_KEY, as on Cloudflare's Claude Code page, the provider refuses it too: there is nothing to pay with",
                "store a provider key (`cf-aig key add anthropic`), or turn on Unified Billing and set auth to unified-billing",
            ),
        }
    }
}

/// Tries it if the provider refused the credential of a mode that uses the token in place of a key.
pub(super) fn try_other(
    errand: &Errand,
    answer: &Answer,
    context: &Context,
    watch: &dyn Watch,
) -> Option<OtherForm> {
    if answer.verdict != Verdict::CredentialRefused || errand.spends {
        return None;
    }
    let other = errand.other_form()?;
    watch.step("the provider refused the credential; trying the other form");
    Some(match answer::send(&other, context).ok()?.verdict {
        Verdict::CredentialRefused | Verdict::Stopped => OtherForm::RefusedToo,
        Verdict::Served | Verdict::ProviderRefused => OtherForm::Works,
    })
}
