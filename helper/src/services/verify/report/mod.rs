//! The report of `verify`: serialized as JSON, or written as text by [`text`].

mod text;

use super::absence::Explained;
use super::answer::{ResponseVerdict, SessionResponse};
use super::entry::LoggedRequest;
use super::log_search::LogSearch;
use super::payer::{Payer, Payment};
use super::request::SessionRequest;
use crate::base::error::Kind;
use crate::base::text::visible;
use crate::base::url_parts::UrlParts;
use crate::facts::claude_code::precedence::Source;
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::errors::{Cause, Row, Speaker};
use crate::services::config::ConfigSource;
use crate::services::context::Context;
use crate::services::explain::{around, elsewhere};
use crate::services::probe::ProbeOutcome;
use serde::Serialize;

/// The whole report. Serialized, it is the JSON output.
#[derive(Debug, Default, Serialize)]
pub struct Proof {
    schema: u8,
    /// `proved`, `partly` (a login that could not be sent), `unlogged`, `refused` or `unanswered`.
    verdict: &'static str,
    request: Sent,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<ResponseReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unanswered: Option<Unanswered>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<Logged>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pays: Option<Payment>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) other_form: Option<Further>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) gateway_token: Option<Further>,
    /// Where sessions send their requests, if not to the URL of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions_use: Option<String>,
    /// Notes.
    notes: Vec<&'static str>,
    /// The conclusion on one line.
    pub summary: String,
    /// Decides the exit code; `None` if everything is proved.
    #[serde(skip)]
    pub kind: Option<Kind>,
}

#[derive(Debug, Default, Serialize)]
struct Sent {
    url: String,
    mode: &'static str,
    credential: &'static str,
    model: String,
    spends_tokens: bool,
    nonce: String,
    /// Only names: values may be credentials.
    headers: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ResponseReport {
    status: u16,
    ms: u128,
    /// Who responded, as in `diagnose`.
    by: &'static str,
    says: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<Cause>,
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<String>,
}

#[derive(Debug, Serialize)]
struct Unanswered {
    is: String,
    fix: String,
}

#[derive(Debug, Serialize)]
struct Logged {
    found: bool,
    ms: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<LoggedRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    absence: Option<Explained>,
}

/// The result of a further request.
#[derive(Debug, PartialEq, Serialize)]
pub struct Further {
    /// Stable, for machines.
    pub result: &'static str,
    /// The meaning, without a full stop.
    pub means: String,
    /// The next step.
    pub next: &'static str,
}

const NO_LOGIN: &str = "cf-aig does not read the client's claude.ai login, so the request was sent without it; whether the provider accepts that login through the gateway is not proved";

impl Proof {
    /// Before the request is sent.
    pub(super) fn of(session_request: &SessionRequest) -> Self {
        let request = Sent {
            url: session_request.target(),
            mode: session_request.mode.id(),
            credential: session_request.credential.unwrap_or("claude.ai login (not sent)"),
            model: visible(session_request.body["model"].as_str().unwrap_or_default()),
            spends_tokens: session_request.spends,
            nonce: session_request.nonce.clone(),
            headers: session_request.headers.iter().map(|(name, _)| visible(name)).collect(),
        };
        Self { schema: 1, verdict: "unanswered", request, ..Self::default() }
    }

    /// What is proved for one gateway is not proved for sessions that use another.
    pub(super) fn about_sessions(self, context: &Context) -> Self {
        let config = &context.config;
        let picture = around(context, None);
        let Some(url) = elsewhere(&picture, config).and_then(Source::text) else { return self };
        let url = UrlParts::of(url).without_credentials();
        // a flag names the gateway to verify
        let intended = matches!(config.url.as_ref().map(|url| &url.source), Some(ConfigSource::Flag(_)));
        let summary =
            format!("{}; sessions started here do not use this gateway: they go to {url}", self.summary);
        let kind = self.kind.or((!intended).then_some(Kind::Finding));
        Self { summary, kind, sessions_use: Some(url), ..self }
    }

    /// Adds why there was no response.
    pub(super) fn unanswered(self, outcome: &ProbeOutcome, host: &str) -> Self {
        let is = outcome.sentence(host);
        let by_proxy = |row: &Row| matches!(row.speaker, Speaker::SandboxProxy | Speaker::CorporateProxy);
        let refused = outcome.row().is_some_and(by_proxy);
        let kind = Some(if refused { Kind::Refused } else { Kind::Network });
        let summary = format!("not proved: {is}");
        Self { unanswered: Some(Unanswered { is, fix: outcome.fix(host) }), summary, kind, ..self }
    }

    /// Adds the response and what followed from it.
    pub(super) fn answered(
        self,
        session_request: &SessionRequest,
        answer: &SessionResponse,
        trail: &LogSearch,
        payment: Payment,
    ) -> Self {
        let without_login = session_request.credential.is_none();
        // the client's login is missing: the provider must refuse, so nothing more can be proved
        let served = answer.verdict == ResponseVerdict::Served
            || (without_login && answer.verdict == ResponseVerdict::CredentialRefused);
        let log = logged(trail, &session_request.url);
        let (verdict, kind, summary) = match &log.absence {
            _ if !served => {
                let summary = match answer.verdict {
                    ResponseVerdict::Stopped => "not proved: the request did not reach the provider",
                    ResponseVerdict::CredentialRefused => "not proved: the provider refused the credential",
                    _ => "not proved: the provider refused the request",
                };
                ("refused", answer.kind().or(Some(Kind::Finding)), summary.to_owned())
            }
            None => {
                let verdict = if without_login { "partly" } else { "proved" };
                (verdict, (payment.agrees == Some(false)).then_some(Kind::Finding), in_log(&payment))
            }
            Some(Explained { kind, in_short, .. }) => {
                let (how, but) = if kind.is_some() { ("partially verified: ", ", but") } else { ("", ";") };
                ("unlogged", *kind, format!("{how}the request went through the gateway{but} {in_short}"))
            }
        };
        Self {
            verdict,
            answer: Some(heard(answer, session_request)),
            log: Some(log),
            pays: Some(payment),
            notes: if without_login { vec![NO_LOGIN] } else { Vec::new() },
            summary,
            kind,
            ..self
        }
    }

    /// The next step, where something is not as it should be.
    pub fn fix(&self) -> Option<&str> {
        let unanswered = self.unanswered.as_ref().map(|unanswered| unanswered.fix.as_str());
        let token = self.gateway_token.as_ref().map(|token| token.next);
        let answer = || self.answer.as_ref().and_then(|answer| answer.fix.as_deref());
        let fix = unanswered.or(token).or_else(answer);
        fix.filter(|fix| !fix.is_empty())
    }
}

fn heard(answer: &SessionResponse, session_request: &SessionRequest) -> ResponseReport {
    let without_login = session_request.credential.is_none();
    let shown = |name: &str| answer.header(name).map(visible);
    let says = match (answer.verdict, &answer.refusal) {
        (ResponseVerdict::Served, _) if session_request.spends => "it responded",
        (ResponseVerdict::Served, _) => "it accepted the credential and refused the made-up request",
        (ResponseVerdict::CredentialRefused, _) if without_login => {
            "it requires the login, which was not sent"
        }
        (_, Some(refusal)) => refusal.row.meaning,
        (_, None) => "an unknown response",
    };
    let refusal = answer
        .refusal
        .as_ref()
        .filter(|_| !(without_login && answer.verdict == ResponseVerdict::CredentialRefused));
    ResponseReport {
        status: answer.status(),
        ms: answer.received.whole.as_millis(),
        by: answer.refusal.as_ref().map_or("provider", |refusal| refusal.speaker().id()),
        says: says.trim_end_matches('.').to_owned(),
        cause: refusal.map(|refusal| refusal.row.cause),
        evidence: refusal.map(|refusal| refusal.evidence.clone()),
        fix: refusal
            .map(|refusal| fix(answer, session_request).unwrap_or_else(|| refusal.row.fix.to_owned())),
        log_id: shown("cf-aig-log-id"),
        cache: shown("cf-aig-cache-status"),
        step: shown("cf-aig-step"),
    }
}

/// The next step after a refused credential. The catalogue's fix would send the reader here, or to
/// a form that this mode does not use.
fn fix(answer: &SessionResponse, session_request: &SessionRequest) -> Option<String> {
    let cause = answer.refusal.as_ref().map(|refusal| refusal.row.cause);
    if cause == Some(Cause::GatewayTokenRejected) {
        return Some("enter a token of this account that has AI Gateway Run: /plugin configure cloudflare, gateway_token".to_owned());
    }
    if answer.verdict != ResponseVerdict::CredentialRefused {
        return None;
    }
    let from = session_request.credential.unwrap_or_default();
    let arrived = cause != Some(Cause::ProviderCredentialMissing);
    Some(match session_request.mode {
        AuthMode::OwnKey if !arrived && session_request.header("x-api-key").is_some() => {
            format!(
                "the credential in {from} did not arrive: `cf-aig conformance` shows what is lost on the way"
            )
        }
        AuthMode::OwnKey if !arrived => {
            format!("put the key into ANTHROPIC_API_KEY: what {from} sends is not a key to the provider")
        }
        AuthMode::Subscription if !arrived => {
            "the login did not arrive: it is not documented that Cloudflare forwards one".to_owned()
        }
        AuthMode::OwnKey => {
            format!("renew the credential in {from}: it arrived, but the provider does not accept it")
        }
        AuthMode::Subscription => {
            format!(
                "renew the credential in {from}; it is not documented that Cloudflare forwards a claude.ai login"
            )
        }
        AuthMode::StoredKey => "`cf-aig key list` lists the keys that are stored for this gateway".to_owned(),
        AuthMode::UnifiedBilling => {
            "check in the dashboard that Unified Billing is on and offers this model".to_owned()
        }
    })
}

fn logged(trail: &LogSearch, url: &GatewayUrl) -> Logged {
    let (entry, absence) = match &trail.found {
        Ok(entry) => (Some(entry.clone()), None),
        Err(absence) => (None, Some(absence.explained(&dashboard(url)))),
    };
    Logged { found: entry.is_some(), ms: trail.took.as_millis(), entry, absence }
}

/// The gateway's page, or the index.
fn dashboard(url: &GatewayUrl) -> String {
    match (url.account_id(), url.gateway_id()) {
        (Some(account), Some(gateway)) => gateway.dashboard(account),
        _ => "https://dash.cloudflare.com/?to=/:account/ai/ai-gateway".to_owned(),
    }
}

/// The conclusion about a request that is in the log.
fn in_log(payment: &Payment) -> String {
    if payment.agrees == Some(false) {
        let (payer, mode) = (payment.payer.label(), payment.mode);
        return format!("proved, but requests are charged to {payer}, although {mode} is configured");
    }
    let how = if payment.payer == Payer::Unknown { "partly proved" } else { "proved" };
    format!("{how}: the request went through the gateway and is in its log")
}
