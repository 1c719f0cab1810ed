//! One way to make requests: the system's certificates and `NODE_EXTRA_CA_CERTS`, the environment's
//! proxies, no redirect, a name of our own, and every failure told apart.

mod certificate;
mod failure;
mod names;
mod proxy;
mod tls;

pub use certificate::Certificate;
pub use failure::{Failure, TlsFault};
pub use names::is_looking_up;
pub use proxy::{ProxyHop, next_hop, proxy_of};

use crate::facts::gateway::errors::Response;
use reqwest::blocking::{self, Client, ClientBuilder};
use reqwest::redirect::Policy;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::Arc;

/// So much of an answer is read for the reason of a refusal; it stands at the beginning.
pub const MAX_REASON: usize = 64 << 10;

/// A client for one host, that keeps its connection.
#[derive(Debug)]
pub struct Http {
    client: Client,
    watch: tls::Watch,
    proxy: Option<String>,
}

impl Http {
    /// For requests to `origin` (`https://host` or `http://host`, anything behind it is ignored).
    /// `extra_roots` is the value of `NODE_EXTRA_CA_CERTS`; `limits` sets timeouts.
    pub fn new(
        origin: &str,
        extra_roots: Option<&str>,
        limits: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Failure> {
        Self::watched(origin, extra_roots, tls::Watch::default(), limits)
    }

    /// The same where someone looked up the `addresses` of the next hop already, and wants to know
    /// more of the certificate than whether it is good.
    pub fn looked_up(
        origin: &str,
        extra_roots: Option<&str>,
        addresses: &[SocketAddr],
    ) -> Result<Self, Failure> {
        let (host, _) = next_hop(origin);
        Self::watched(origin, extra_roots, tls::Watch::closely(), |builder| {
            builder.resolve_to_addrs(&host, addresses)
        })
    }

    fn watched(
        origin: &str,
        extra_roots: Option<&str>,
        watch: tls::Watch,
        limits: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Failure> {
        let config =
            tls::config(origin.starts_with("https:"), extra_roots, &watch).map_err(Failure::NoRoots)?;
        let builder = Client::builder()
            .dns_resolver(Arc::new(names::Names))
            .tls_backend_preconfigured(config)
            .redirect(Policy::none())
            // a client without a name is refused at Cloudflare's edge (403, 1010)
            .user_agent(concat!("cf-aig/", env!("CARGO_PKG_VERSION")));
        let client = limits(builder)
            .build()
            .map_err(|_| Failure::Failed("no HTTP client could be made".to_owned()))?;
        Ok(Self { client, watch, proxy: proxy_of(origin).map(|proxy| proxy.to_string()) })
    }

    /// Makes requests.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The proxy in between, as `host:port`.
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// The certificate that the host showed last, good or not.
    pub fn certificate(&self) -> Option<Certificate> {
        self.watch.certificate()
    }

    /// Why a request got no answer.
    pub fn failure(&self, error: &reqwest::Error) -> Failure {
        match self.watch.take() {
            Some(fault) => Failure::Tls(fault),
            None if error.is_timeout() && is_looking_up() => {
                Failure::NotResolved { proxy: self.proxy.clone() }
            }
            None => failure::of(error, self.proxy()),
        }
    }

    /// Reads an answer, of its body at most `max` bytes.
    ///
    /// # Errors
    /// It ended too early.
    pub fn read(&self, response: blocking::Response, max: u64) -> Result<Response, Failure> {
        let (status, headers) = (Some(response.status().as_u16()), headers(&response));
        let mut body = Vec::new();
        response.take(max).read_to_end(&mut body).map_err(|error| self.cut_short(&error))?;
        // without a copy for what is UTF-8, which all JSON is
        let body =
            String::from_utf8(body).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok(Response { status, headers, body })
    }

    /// Why an answer that had begun did not end.
    pub fn cut_short(&self, error: &io::Error) -> Failure {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
        let timed_out =
            error.kind() == io::ErrorKind::TimedOut || cause.is_some_and(reqwest::Error::is_timeout);
        if timed_out { Failure::TimedOut { proxy: self.proxy.clone() } } else { Failure::Reset }
    }
}

/// An answer's headers, names in lower case.
pub fn headers(response: &blocking::Response) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}
