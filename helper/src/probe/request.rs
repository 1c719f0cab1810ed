//! The probe's request: what is sent, through which proxy, and how a failure to send reads.

use super::outcome::{Outcome, classify};
use super::{denial, tls};
use crate::gateway::GatewayUrl;
use crate::gateway::auth::AuthMode;
use crate::gateway::errors::Response;
use crate::secret::Secret;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use reqwest::blocking::Client;
use reqwest::redirect::Policy;
use std::error::Error as _;
use std::fmt;
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

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
    let line = match Line::open(&target.url, target.extra_roots.as_deref(), limit, &[]) {
        Ok(line) => line,
        Err(outcome) => return outcome,
    };
    let mut headers = vec![("anthropic-version", VERSION.to_owned()), ("cf-aig-collect-log", "false".into())];
    if target.mode != Some(AuthMode::UnifiedBilling) {
        // the probe has no key: without this the gateway would ask for credits in its place
        headers.push(("cf-aig-no-wholesale", "true".to_owned()));
    }
    if let Some(token) = &target.gateway_token {
        headers.push(("cf-aig-authorization", format!("Bearer {}", token.reveal())));
    }
    match line.post("/v1/messages", &headers, "{}") {
        Ok(reply) => judge(&reply.response, &headers, target),
        Err(outcome) => outcome,
    }
}

fn judge(answer: &Response, headers: &[(&str, String)], target: &Target) -> Outcome {
    let brings_a_key = matches!(target.mode, Some(AuthMode::OwnKey | AuthMode::Subscription));
    let sent: Vec<&str> = headers.iter().map(|(name, _)| *name).collect();
    match classify(answer, &sent) {
        // the session needs no credits: its requests have the key that the probe must not carry
        Outcome::Said(said) if said.row.cause == "no-credits" && brings_a_key => Outcome::Good,
        outcome => outcome,
    }
}

/// The version of Anthropic's API that Claude Code speaks.
pub(crate) const VERSION: &str = "2023-06-01";

/// A way to the gateway: its proxy, the roots that count, and one connection that is kept.
pub(crate) struct Line {
    base: String,
    target: String,
    // the client's thread may still wait for a name server; leaking it is cheaper than waiting too
    client: ManuallyDrop<Client>,
    watch: tls::Watch,
    proxy: Option<ProxyHop>,
    end: Instant,
}

/// An answer, and how it came.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) response: Response,
    /// Who answered: the gateway, or the proxy in between.
    pub(crate) peer: Option<SocketAddr>,
    /// In how many pieces the body arrived, as far as this end can tell.
    pub(crate) pieces: usize,
    /// Until the head of the answer was there.
    pub(crate) head: Duration,
    /// Until its end.
    pub(crate) whole: Duration,
}

impl Line {
    /// Opens nothing yet. All requests together end within `limit`. Whoever has looked up the
    /// `addresses` of the host (or of the proxy) wants to know more of its certificate, too.
    pub(crate) fn open(
        url: &GatewayUrl,
        extra_roots: Option<&str>,
        limit: Duration,
        addresses: &[SocketAddr],
    ) -> Result<Self, Outcome> {
        let base = url.to_string();
        let mut watch = tls::Watch::default();
        watch.closely = !addresses.is_empty();
        let secure = base.starts_with("https:");
        let config = tls::config(secure, extra_roots, &watch).map_err(Outcome::NoRoots)?;
        let proxy = proxy_to(url);
        let mut builder = Client::builder()
            .tls_backend_preconfigured(config)
            .redirect(Policy::none())
            .user_agent(concat!("cf-aig/", env!("CARGO_PKG_VERSION")));
        if !addresses.is_empty() {
            let (host, _) = next_hop(url, proxy.as_ref());
            builder = builder.resolve_to_addrs(&host, addresses);
        }
        let no_client = |_| Outcome::Failed("no HTTP client could be made".to_owned());
        Ok(Self {
            base,
            target: url.origin().host_and_port(),
            client: ManuallyDrop::new(builder.build().map_err(no_client)?),
            watch,
            proxy,
            end: Instant::now() + limit,
        })
    }

    /// Sends a body of JSON to a path behind the base URL, and reads the answer.
    pub(crate) fn post(&self, path: &str, headers: &[(&str, String)], body: &str) -> Result<Reply, Outcome> {
        let started = Instant::now();
        let left = self.end.saturating_duration_since(started);
        let mut request = self
            .client
            .post(format!("{}{path}", self.base))
            .timeout(left)
            .header("content-type", "application/json")
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let proxy = self.proxy.as_ref().map(ToString::to_string);
        let outcome = match request.send() {
            Ok(response) => {
                return read(response, started).map_err(|error| cut_short(&error, proxy));
            }
            Err(error) => failure(&error, &self.watch, proxy.as_deref()),
        };
        let (Outcome::Proxy { wants_login: false, .. }, Some(proxy)) = (&outcome, &self.proxy) else {
            return Err(outcome);
        };
        let left = self.end.saturating_duration_since(Instant::now());
        Err(denial::reason(proxy, &self.target, left).map_or(outcome, |reason| Outcome::denied(&reason)))
    }

    /// The certificate that was shown, good or not.
    pub(crate) fn certificate(&self) -> Option<tls::Certificate> {
        self.watch.certificate()
    }
}

/// Why an answer that had begun did not end.
fn cut_short(error: &io::Error, proxy: Option<String>) -> Outcome {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
    let timed_out = error.kind() == io::ErrorKind::TimedOut || cause.is_some_and(reqwest::Error::is_timeout);
    if timed_out { Outcome::TimedOut { proxy } } else { Outcome::Reset }
}

fn read(response: reqwest::blocking::Response, started: Instant) -> io::Result<Reply> {
    let head = started.elapsed();
    let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let (status, peer) = (response.status().as_u16(), response.remote_addr());
    let mut body = Vec::new();
    let mut part = vec![0; 4 << 10];
    let mut pieces = 0;
    let mut response = response.take(MAX_BODY);
    loop {
        match response.read(&mut part) {
            Ok(0) => break,
            Ok(count) => {
                pieces += 1;
                body.extend_from_slice(&part[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let response = Response { status: Some(status), headers, body };
    Ok(Reply { response, peer, pieces, head, whole: started.elapsed() })
}

/// A proxy between here and the gateway. It prints as `host:port`, without its login.
pub(crate) struct ProxyHop(Intercept);

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

/// Host and port that are connected to first.
pub(crate) fn next_hop(url: &GatewayUrl, proxy: Option<&ProxyHop>) -> (String, u16) {
    let origin = url.origin().host_and_port();
    let (authority, default) = proxy.map_or((origin.as_str(), 443), |proxy| (proxy.authority(), 80));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(default)),
        _ => (authority, default),
    };
    (host.trim_matches(['[', ']']).to_owned(), port)
}

/// The proxy that the environment sends requests to this URL through.
pub(crate) fn proxy_to(url: &GatewayUrl) -> Option<ProxyHop> {
    let uri = url.to_string().parse().ok()?;
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
