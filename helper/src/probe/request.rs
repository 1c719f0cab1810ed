//! The probe's request: what is sent, and how the answer is read.

use super::denial;
use super::outcome::{Answer, NO_CREDITS, Outcome, classify};
use crate::gateway::GatewayUrl;
use crate::gateway::auth::AuthMode;
use crate::http::{Http, proxy_of};
use crate::secret::Secret;
use std::io::{self, Read};
use std::time::{Duration, Instant};

/// The header that a sandbox's proxy gives its reason in.
pub(super) const DENY_REASON: &str = "x-deny-reason";
/// An answer that matters is a small JSON body; the rest is cut.
const MAX_BODY: u64 = 16 << 10;

/// Where the probe goes, and what it may carry: the gateway's own token, never a provider's key.
#[derive(Debug, Clone)]
pub struct Target {
    /// The base URL that the session would use.
    pub url: GatewayUrl,
    /// The token of an authenticated gateway.
    pub gateway_token: Option<Secret>,
    /// `NODE_EXTRA_CA_CERTS`: more roots, as the client has them.
    pub extra_roots: Option<String>,
    /// Who pays for the session, when that is known.
    pub mode: Option<AuthMode>,
}

/// Sends it and reads the answer. Everything that can go wrong is an [`Outcome`].
///
/// The body is an empty object: every provider refuses it before it could cost anything, and
/// `cf-aig-collect-log: false` keeps it out of the log.
pub fn send(target: &Target, limit: Duration) -> Outcome {
    let start = Instant::now();
    let url = format!("{}/v1/messages", target.url);
    let http = match Http::new(&url, target.extra_roots.as_deref(), |builder| builder.timeout(limit)) {
        Ok(http) => http,
        Err(failure) => return failure.into(),
    };
    let mut request = http
        .client()
        .post(&url)
        .header("content-type", "application/json")
        .header("anthropic-version", "2023-06-01")
        .header("cf-aig-collect-log", "false")
        .body("{}");
    if target.mode != Some(AuthMode::UnifiedBilling) {
        // the probe has no key: without this the gateway would ask for credits in its place
        request = request.header("cf-aig-no-wholesale", "true");
    }
    if let Some(token) = &target.gateway_token {
        request = request.header("cf-aig-authorization", format!("Bearer {}", token.reveal()));
    }
    let mut outcome = match request.send() {
        Ok(response) => match read(response) {
            Ok(answer) => judge(&answer, target),
            Err(error) => http.cut_short(&error).into(),
        },
        Err(error) => http.failure(&error).into(),
    };
    if let Outcome::Proxy { wants_login: false, .. } = outcome
        && let Some(proxy) = proxy_of(&url)
    {
        let left = limit.saturating_sub(start.elapsed());
        let reason = denial::reason(&proxy, &target.url.origin().host_and_port(), left);
        outcome = reason.map_or(outcome, |reason| Outcome::denied(&reason));
    }
    // the client's thread may still wait for a name server; leaking it is cheaper than waiting too
    std::mem::forget(http);
    outcome
}

fn judge(answer: &Answer, target: &Target) -> Outcome {
    let brings_a_key = matches!(target.mode, Some(AuthMode::OwnKey | AuthMode::Subscription));
    match classify(answer, target.gateway_token.is_some()) {
        // the session needs no credits: its requests have the key that the probe must not carry
        Outcome::Gateway { code: NO_CREDITS, .. } if brings_a_key => Outcome::Good,
        outcome => outcome,
    }
}

fn read(response: reqwest::blocking::Response) -> io::Result<Answer> {
    let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let (status, content_type) = (response.status().as_u16(), header("content-type").unwrap_or_default());
    let (deny_reason, location) = (header(DENY_REASON), header("location"));
    let mut body = Vec::new();
    response.take(MAX_BODY).read_to_end(&mut body)?;
    Ok(Answer {
        status,
        content_type,
        deny_reason,
        location,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}
