//! The probe's request: what is sent, through which proxy, and how a failure to send reads.

use super::outcome::{Answer, NO_CREDITS, Outcome, classify};
use super::{denial, tls};
use crate::gateway::GatewayUrl;
use crate::gateway::auth::AuthMode;
use crate::secret::Secret;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use std::error::Error as _;
use std::fmt;
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
    let secure = url.starts_with("https:");
    let watch = tls::Watch::default();
    let config = match tls::config(secure, target.extra_roots.as_deref(), &watch) {
        Ok(config) => config,
        Err(reason) => return Outcome::NoRoots(reason),
    };
    let client = Client::builder()
        .tls_backend_preconfigured(config)
        .redirect(Policy::none())
        .timeout(limit)
        .user_agent(concat!("cf-aig/", env!("CARGO_PKG_VERSION")))
        .build();
    let Ok(client) = client else { return Outcome::Failed("no HTTP client could be made".to_owned()) };
    let mut request = client
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
    let proxy = proxy_of(target);
    let name = proxy.as_ref().map(ToString::to_string);
    let mut outcome = match request.send() {
        Ok(response) => match read(response) {
            Ok(answer) => judge(&answer, target),
            Err(error) => cut_short(&error, name),
        },
        Err(error) => failure(&error, &watch, name.as_deref()),
    };
    if let (Outcome::Proxy { wants_login: false, .. }, Some(proxy)) = (&outcome, &proxy) {
        let left = limit.saturating_sub(start.elapsed());
        let reason = denial::reason(proxy, &target.url.origin().host_and_port(), left);
        outcome = reason.map_or(outcome, |reason| Outcome::denied(&reason));
    }
    // the client's thread may still wait for a name server; leaking it is cheaper than waiting too
    std::mem::forget(client);
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

/// Why an answer that had begun did not end.
fn cut_short(error: &io::Error, proxy: Option<String>) -> Outcome {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
    let timed_out = error.kind() == io::ErrorKind::TimedOut || cause.is_some_and(reqwest::Error::is_timeout);
    if timed_out { Outcome::TimedOut { proxy } } else { Outcome::Reset }
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

/// A proxy between here and the gateway. It prints as `host:port`, without its login.
pub(super) struct ProxyHop(Intercept);

impl ProxyHop {
    fn authority(&self) -> &str {
        self.0.uri().authority().map_or("", |a| a.as_str().rsplit('@').next().unwrap_or_default())
    }

    /// Where to connect; `None` for a proxy that is not spoken to in plain HTTP.
    pub(super) fn address(&self) -> Option<String> {
        let plain = self.0.uri().scheme_str().is_none_or(|scheme| scheme == "http");
        let port = if self.0.uri().port().is_some() { "" } else { ":80" };
        plain.then(|| format!("{}{port}", self.authority()))
    }

    /// The value of `proxy-authorization`, if its URL holds a login.
    pub(super) fn login(&self) -> Option<&str> {
        self.0.basic_auth()?.to_str().ok()
    }
}

impl fmt::Display for ProxyHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.authority())
    }
}

/// The proxy that the environment sends this target's requests through.
pub(super) fn proxy_of(target: &Target) -> Option<ProxyHop> {
    let uri = target.url.to_string().parse().ok()?;
    Matcher::from_env().intercept(&uri).map(ProxyHop)
}

/// Which phase failed, from the chain of causes.
fn failure(error: &reqwest::Error, watch: &tls::Watch, proxy: Option<&str>) -> Outcome {
    if let Some(fault) = watch.fault() {
        return Outcome::Tls(fault);
    }
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        text.push_str(&current.to_string());
        text.push('\n');
        let found = current.downcast_ref::<io::Error>().and_then(|e| from_io(e, proxy));
        if let Some(outcome) = found {
            return outcome;
        }
        cause = current.source();
    }
    let lower = text.to_ascii_lowercase();
    let has = |needle: &str| lower.contains(needle);
    if error.is_timeout() {
        Outcome::TimedOut { proxy: proxy.map(str::to_owned) }
    } else if has("dns error") || has("failed to lookup address") {
        Outcome::NotResolved { proxy: proxy.map(str::to_owned) }
    } else if has("proxy authorization required") || has("proxy authentication required") {
        Outcome::Proxy { proxy: proxy.map(str::to_owned), wants_login: true }
    } else if has("tunnel") {
        Outcome::Proxy { proxy: proxy.map(str::to_owned), wants_login: false }
    } else if has("invalid http")
        || has("received fatal alert")
        || has("corrupt message")
        || has("peer is incompatible")
    {
        Outcome::Garbage
    } else if has("connection closed")
        || has("connection reset")
        || has("unexpected eof")
        || has("incomplete message")
    {
        Outcome::Reset
    } else {
        Outcome::Failed(text.lines().last().unwrap_or("the request could not be sent").to_owned())
    }
}

fn from_io(error: &io::Error, proxy: Option<&str>) -> Option<Outcome> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Outcome::Refused { proxy: proxy.map(str::to_owned) }),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(Outcome::Reset)
        }
        io::ErrorKind::TimedOut => Some(Outcome::TimedOut { proxy: proxy.map(str::to_owned) }),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            Some(Outcome::Unreachable)
        }
        _ => None,
    }
}
