//! The probe's request: what is sent, and how the response is read.

use super::outcome::ProbeOutcome;
use crate::base::secret::Secret;
use crate::facts::gateway::GatewayUrl;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::errors::{Cause, Judgement, Response};
use crate::http::{Certificate, Failure, Http, Received, denial};
use reqwest::header::{HeaderName, HeaderValue};
use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A relevant response is a small JSON body; the rest is cut off.
const MAX_BODY: u64 = 64 << 10;

/// Where the probe goes and what it may carry: the gateway's own token, never a provider key.
#[derive(Debug, Clone)]
pub struct ProbeTarget {
    /// The base URL that the session would use.
    pub url: GatewayUrl,
    /// The token of an authenticated gateway.
    pub gateway_token: Option<Secret>,
    /// `NODE_EXTRA_CA_CERTS`: additional roots, as in the client.
    pub extra_roots: Option<String>,
    /// Who pays for the session, if known.
    pub mode: Option<AuthMode>,
}

/// Sends it and reads the response. Every failure is a [`ProbeOutcome`].
///
/// The body is an empty object, which every provider refuses before it could cost anything.
/// `cf-aig-collect-log: false` keeps the request out of the log.
pub(super) fn send(target: &ProbeTarget, limit: Duration) -> ProbeOutcome {
    let line = match ProbeConnection::open(&target.url, target.extra_roots.as_deref(), limit, &[]) {
        Ok(line) => line,
        Err(outcome) => return outcome,
    };
    let token = target.gateway_token.as_ref().map(|token| format!("Bearer {}", token.reveal()));
    let mut headers = vec![
        ("content-type", "application/json"),
        ("anthropic-version", VERSION),
        ("cf-aig-collect-log", "false"),
    ];
    if target.mode != Some(AuthMode::UnifiedBilling) {
        // the probe has no key: without this, the gateway would use credits instead
        headers.push(("cf-aig-no-wholesale", "true"));
    }
    headers.extend(token.as_deref().map(|token| ("cf-aig-authorization", token)));
    match line.post("/v1/messages", &headers, "{}") {
        Ok(reply) => judge(&reply.response, &headers, target),
        Err(outcome) => outcome,
    }
}

fn judge(answer: &Response, headers: &[(&str, &str)], target: &ProbeTarget) -> ProbeOutcome {
    let brings_a_key = matches!(target.mode, Some(AuthMode::OwnKey | AuthMode::Subscription));
    let judged = Judgement::of_exchange(answer, headers.iter().map(|(name, _)| *name));
    match ProbeOutcome::of(answer, judged) {
        // the session needs no credits: its requests have the key that the probe must not carry
        ProbeOutcome::Said(said) if said.row.cause == Cause::NoCredits && brings_a_key => ProbeOutcome::Good,
        outcome => outcome,
    }
}

/// The version of Anthropic's API that Claude Code uses.
const VERSION: &str = "2023-06-01";

/// A persistent connection to the gateway, with a deadline.
pub(crate) struct ProbeConnection {
    base: String,
    // the client's thread may still wait for a name server; leaking it is cheaper than waiting too
    http: ManuallyDrop<Http>,
    end: Instant,
    has_begun: Cell<bool>,
}

impl ProbeConnection {
    /// Opens no connection yet. All requests together end within `limit`. If the `addresses` of the
    /// host (or of the proxy) are already resolved, details of the certificate are recorded too.
    pub(crate) fn open(
        url: &GatewayUrl,
        extra_roots: Option<&str>,
        limit: Duration,
        addresses: &[SocketAddr],
    ) -> Result<Self, ProbeOutcome> {
        let base = url.to_string();
        let http = if addresses.is_empty() {
            Http::new(&base, extra_roots, |builder| builder)
        } else {
            Http::looked_up(&base, extra_roots, addresses)
        };
        Ok(Self {
            base,
            http: ManuallyDrop::new(http?),
            end: Instant::now() + limit,
            has_begun: Cell::new(false),
        })
    }

    /// Sends a JSON body to a path after the base URL, and reads the response.
    pub(crate) fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Received, ProbeOutcome> {
        let started = Instant::now();
        let left = self.end.saturating_duration_since(started);
        let mut request =
            self.http.client().post(format!("{}{path}", self.base)).timeout(left).body(body.to_owned());
        for (name, value) in headers {
            let (Ok(name), Ok(mut value)) =
                (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
            else {
                let why = format!("the header {name} has a character that is not allowed in an HTTP header");
                return Err(Failure::Failed(why).into());
            };
            // any of them may be a credential
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        self.has_begun.set(false);
        let failure = match self.http.send(request) {
            Ok(response) => {
                self.has_begun.set(true);
                return Ok(self.http.receive(response, started, MAX_BODY, &mut |_| {}).complete()?);
            }
            Err(failure) => failure,
        };
        if matches!(failure, Failure::Proxy { wants_login: false, .. })
            && let Some(refusal) = denial(&self.base, self.end.saturating_duration_since(Instant::now()))
        {
            return Err(ProbeOutcome::Said(Judgement::of(&refusal)));
        }
        Err(failure.into())
    }

    /// Whether the last request's response started, however it ended.
    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.get()
    }

    /// The certificate that was presented, valid or not.
    pub(crate) fn certificate(&self) -> Option<Certificate> {
        self.http.certificate()
    }
}
