//! The placeholder problem: the gateway token where a provider's key is expected.
//!
//! Cloudflare's pages contradict each other. Its Claude Code page puts the token into
//! `ANTHROPIC_API_KEY` and says that it is ignored; its Anthropic page says that an `x-api-key` makes the
//! request fail, and shows the token in `Authorization`. This plugin sends the latter. Where the provider
//! refuses what reached it, the former is tried once, at no cost.

use super::answer::{self, Answer, Verdict};
use super::request::Errand;
use super::watch::Watch;
use crate::services::context::Context;
use serde::Serialize;

/// How the other form fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OtherForm {
    /// It is served: the gateway forwards the token in `Authorization`, and not in `x-api-key`.
    Works,
    /// Refused too: most probably nothing is there to pay with.
    RefusedToo,
}

impl OtherForm {
    /// What it means, without a full stop.
    pub fn meaning(self) -> &'static str {
        match self {
            OtherForm::Works => {
                "the gateway passes its own token on as a key when it stands in Authorization; with the token as ANTHROPIC_API_KEY, as Cloudflare's Claude Code page has it, the same request is served"
            }
            OtherForm::RefusedToo => {
                "with the token as ANTHROPIC_API_KEY, as Cloudflare's Claude Code page has it, the provider refuses it too: nothing is there to pay with"
            }
        }
    }

    /// The next step.
    pub fn next(self) -> &'static str {
        match self {
            OtherForm::Works => {
                "set ANTHROPIC_API_KEY to the gateway token, and auth to own-key: that sends it so"
            }
            OtherForm::RefusedToo => {
                "store a provider key (`cf-aig key add anthropic`), or switch on Unified Billing and set auth to unified-billing"
            }
        }
    }
}

/// Tries it where the provider refused the credential of a mode that has the token in a key's place.
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
