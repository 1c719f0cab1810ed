//! Checks of the responses: from the gateway, from the provider, and the request's entry in the log.

use super::account::settings;
use super::network::at;
use crate::base::redact::redact;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::errors::{Cause, Judgement, Speaker};
use crate::services::doctor::account::NO_TOKEN;
use crate::services::doctor::facts::Facts;
use crate::services::doctor::finding::{Checked, Finding};
use crate::services::doctor::report::Layer;
use crate::services::doctor::wire::{Cut, Wire};
use crate::services::verify::{Absence, ResponseVerdict, SessionRequest, SessionResponse, payer};

/// The provider's response, if the request got that far.
fn heard(wire: &Wire) -> Result<&SessionResponse, Finding> {
    match (&wire.broken, &wire.heard) {
        (None, Some(heard)) => Ok(heard),
        // only the real message after it failed
        (Some(_), Some(heard)) if wire.paid.is_some() => Ok(heard),
        (Some(broken), _) => Err(Finding::skip(format!("not reached: {} is broken", broken.layer.id()))),
        (None, None) => Err(Finding::skip("no response")),
    }
}

/// The request that was sent.
fn session_request(facts: &Facts) -> Result<&SessionRequest, Finding> {
    match &facts.session_request {
        Ok(Ok(session_request)) => Ok(session_request),
        _ => Err(Finding::skip("no request was made")),
    }
}

pub(super) fn exists(facts: &Facts) -> Checked {
    let name = facts.context.config.url.as_ref().map_or("", |url| url.value.gateway_name());
    let by_api = facts.account.as_ref().ok().map(|account| account.gateway.as_ref().map(Option::is_some));
    let broken = at(facts, Layer::Gateway)?.broken.as_ref();
    let refused = broken.is_some_and(|broken| broken.layer == Layer::GatewayAuth);
    Ok(match by_api {
        Some(Ok(true)) => Finding::ok(format!("Cloudflare's API knows gateway `{name}` in this account")),
        // the gateway's own response looks the same as for a refused token
        Some(Ok(false)) if refused && name != "default" => {
            Finding::fail(format!("Cloudflare's API has no gateway `{name}` in this account"))
                .row(Cause::GatewayNotFound.row())
        }
        _ if refused => Finding::skip(
            "cannot tell whether the gateway exists: it refused the token, and the API was not queried or did not respond",
        ),
        _ => Finding::ok(format!("gateway `{name}` responds")),
    })
}

pub(super) fn let_in(facts: &Facts) -> Checked {
    at(facts, Layer::GatewayAuth)?;
    let session_request = session_request(facts)?;
    Ok(Finding::ok(if session_request.header("cf-aig-authorization").is_some() {
        "the gateway accepted the token (cf-aig-authorization)"
    } else if session_request.mode.row().token_as.is_some() {
        "the gateway accepted the token (Authorization)"
    } else {
        "the gateway accepted the request; no token was sent"
    }))
}

pub(super) fn reached(facts: &Facts) -> Checked {
    let answer = heard(at(facts, Layer::ProviderAuth)?)?;
    let answered = format!("the provider responded with {}", answer.status());
    Ok(match &answer.refusal {
        Some(found)
            if answer.verdict == ResponseVerdict::ProviderRefused && !is_about_key(found.row.cause) =>
        {
            Finding::fail(format!("{answered}: {}", found.evidence)).row(found.row)
        }
        Some(found) if answer.verdict == ResponseVerdict::Stopped => Finding::fail(format!(
            "something responded with {}, in another format than the provider's: {}",
            answer.status(),
            found.evidence
        ))
        .row(found.row),
        None => Finding::ok(format!("{answered}, as expected for an invalid message")),
        _ => Finding::ok(answered),
    })
}

/// Refusals that are about the key and not temporary.
fn is_about_key(cause: Cause) -> bool {
    matches!(cause, Cause::ProviderPermission | Cause::ProviderBilling)
}

pub(super) fn credential(facts: &Facts) -> Checked {
    let answer = heard(at(facts, Layer::ProviderAuth)?)?;
    let session_request = session_request(facts)?;
    let by_token = session_request.mode.row().token_as.is_some();
    if session_request.credential.is_none() && !by_token {
        return Err(Finding::skip(
            "a claude.ai login belongs to the client and is not read, so the request was sent without it",
        ));
    }
    Ok(match (&answer.refusal, answer.verdict) {
        (_, ResponseVerdict::Served) => Finding::ok(match session_request.credential {
            Some(from) if !by_token => format!("the provider accepted the credential from {from}"),
            _ => format!("the provider accepted {}", session_request.mode.label()),
        }),
        (Some(found), ResponseVerdict::CredentialRefused) if by_token => refused(found).fix(
            "run `cf-aig verify`: it tries the gateway token in each header and reports which one works; or store a provider key: `cf-aig key add`",
        ),
        (Some(found), ResponseVerdict::CredentialRefused) => refused(found),
        (Some(found), _) if is_about_key(found.row.cause) => refused(found),
        _ => Finding::skip("the provider refused the request for another reason first"),
    })
}

fn refused(found: &Judgement) -> Finding {
    Finding::fail(&found.evidence).row(found.row)
}

pub(super) fn model(facts: &Facts) -> Checked {
    let names = [
        "ANTHROPIC_MODEL",
        "ANTHROPIC_DEFAULT_OPUS_MODEL",
        "ANTHROPIC_DEFAULT_SONNET_MODEL",
        "ANTHROPIC_DEFAULT_HAIKU_MODEL",
        "ANTHROPIC_SMALL_FAST_MODEL",
    ];
    let named: Vec<(&str, String)> = names
        .iter()
        .filter_map(|name| Some((*name, facts.context.env.var(name).filter(|m| !m.is_empty())?)))
        .collect();
    let native =
        facts.context.config.url.as_ref().is_some_and(|url| url.value.provider().to_string() == "anthropic");
    if let Some((name, model)) = named.iter().find(|(_, model)| native && is_dotted(model)) {
        return Ok(Finding::fail(format!("{name} is {}", redact(model))).row(Cause::ModelIdDotted.row()));
    }
    Ok(match &at(facts, Layer::Model)?.paid {
        Some(Err(_)) => Finding::skip("the test message got no complete response"),
        Some(Ok(heard)) => match &heard.refusal {
            None => Finding::ok("a message with one token got a response"),
            Some(found) => refused(found),
        },
        None if named.is_empty() => {
            Finding::skip("no variable sets a model; use --spend to check whether the client's default works")
        }
        None => {
            let all: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
            Finding::ok(format!(
                "the format of {} is valid; use --spend to check whether it works",
                all.join(", ")
            ))
        }
    })
}

/// `claude-haiku-4.5`, as Cloudflare's catalogue writes it.
fn is_dotted(model: &str) -> bool {
    let dotted = |part: &[u8]| part[0].is_ascii_digit() && part[1] == b'.' && part[2].is_ascii_digit();
    model.starts_with("claude-") && model.as_bytes().windows(3).any(dotted)
}

pub(super) fn pieces(facts: &Facts) -> Checked {
    let buffered = |seen: String| Finding::warn(seen).row(Cause::ResponseBuffered.row());
    let refused = || Err(Finding::skip("the test message was refused"));
    match facts.wire.as_ref().ok().and_then(|wire| wire.paid.as_ref()) {
        Some(Err(Cut::Within)) => {
            at(facts, Layer::Streaming).map_err(|found| match found.cause {
                Some(Cause::NoAnswer) => found.row(Cause::StreamStalled.row()),
                Some(Cause::ConnectionLost) => found.row(Cause::StreamCut.row()),
                _ => found,
            })?;
            return refused();
        }
        Some(Err(Cut::Before)) => return at(facts, Layer::Streaming).and_then(|_| refused()),
        Some(Ok(heard)) if heard.refusal.is_none() => {
            let whole = heard.header("content-length").is_some();
            let pieces = heard.received.pieces;
            if whole || pieces < 2 {
                return Ok(buffered(format!(
                    "the stream of one token arrived in {pieces} piece, all at once"
                )));
            }
            return Ok(Finding::ok(format!("the stream of one token arrived in {pieces} pieces")));
        }
        Some(Ok(_)) => return refused(),
        None => {}
    }
    let gateway = settings(facts).map_err(|finding| match finding.evidence == NO_TOKEN {
        true => Finding::skip(
            "needs a message with one token (--spend), or the gateway's settings, for which there is no API token",
        ),
        false => finding,
    })?;
    Ok(match gateway.holds_back() {
        Some(what) => buffered(format!("{what}, which delays the whole response")),
        None => Finding::ok("no gateway setting delays responses; --spend measures it"),
    })
}

pub(super) fn logged(facts: &Facts) -> Checked {
    let trail = facts.trail.as_ref()?;
    let absence = match &trail.found {
        Ok(entry) => {
            let id = entry.id.as_ref().map_or(String::new(), |id| format!(" as {id}"));
            return Ok(Finding::ok(format!("found in {}{id}, by its {}", entry.store.label(), entry.by)));
        }
        Err(absence) => absence,
    };
    let given = facts.heard().and_then(|heard| heard.header("cf-aig-log-id"));
    let said = absence.explained("the gateway's page in the dashboard");
    Ok(match (absence, given) {
        (
            Absence::NoApiToken
            | Absence::CustomDomain
            | Absence::NotYet(_)
            | Absence::TokenLacksRead(_)
            | Absence::Unasked(_),
            Some(id),
        ) => Finding::ok(format!("the gateway gave it the log id {id}")),
        (Absence::LogsOff | Absence::CollectLogFalse, _) => {
            let by = match absence {
                Absence::LogsOff => Speaker::GatewayPolicy,
                _ => Speaker::ClaudeCode,
            };
            Finding::warn(said.because).by(by).fix(said.next)
        }
        _ => Finding::skip(said.because).fix(said.next),
    })
}

pub(super) fn pays(facts: &Facts) -> Checked {
    let heard = heard(at(facts, Layer::Pays)?)?;
    let session_request = session_request(facts)?;
    let mode = session_request.mode;
    if mode == AuthMode::Subscription {
        let says = format!("{}, as expected for auth {}; {}", mode.label(), mode, mode.row().evidence);
        return Ok(Finding::ok(says));
    }
    let entry = facts.trail.as_ref().ok().and_then(|trail| trail.found.as_ref().ok());
    let paid = payer::payment(session_request, heard, entry);
    let seen = format!("{}, according to {}; auth is {}", paid.payer.label(), paid.says, mode);
    Ok(match paid.agrees {
        Some(false) => Finding::warn(seen)
            .means(format!("Expected: {}.", mode.label()))
            .by(Speaker::AiGateway)
            .fix("`cf-aig explain` shows which credential is sent; `cf-aig key list` which are stored"),
        _ => Finding::ok(seen),
    })
}

pub(super) fn limits(facts: &Facts) -> Checked {
    heard(at(facts, Layer::Limits)?)?;
    Ok(Finding::ok("no gateway limit refused the request"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::errors::Level;

    #[test]
    fn the_rows_that_are_named_here_exist() {
        for cause in
            ["gateway-not-found", "model-id-dotted", "response-buffered", "stream-stalled", "stream-cut"]
        {
            assert!(
                Cause::parse(cause).is_some_and(|cause| cause.row().level != Level::Unverified),
                "{cause}"
            );
        }
    }

    #[test]
    fn a_dot_in_a_version_is_seen() {
        assert!(is_dotted("claude-haiku-4.5") && !is_dotted("claude-haiku-4-5") && !is_dotted("gpt-4.1"));
    }
}
