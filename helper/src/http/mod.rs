//! The HTTP client: system roots and `NODE_EXTRA_CA_CERTS`, proxies from the environment, no
//! redirects, our own user agent, and a distinct error for every kind of failure.

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

/// A client for one host, with a persistent connection.
#[derive(Debug)]
pub struct Http {
    client: Client,
    watch: tls::HandshakeWatch,
    proxy: Option<String>,
}

impl Http {
    /// A client for `origin` (`https://host` or `http://host`; anything after the host is ignored).
    /// `extra_roots` is the value of `NODE_EXTRA_CA_CERTS`; `limits` sets timeouts.
    pub fn new(
        origin: &str,
        extra_roots: Option<&str>,
        limits: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Failure> {
        Self::watched(origin, extra_roots, tls::HandshakeWatch::default(), limits)
    }

    /// The same with already resolved `addresses` of the next hop, recording details of the
    /// certificate.
    pub fn looked_up(
        origin: &str,
        extra_roots: Option<&str>,
        addresses: &[SocketAddr],
    ) -> Result<Self, Failure> {
        let (host, _) = next_hop(origin);
        Self::watched(origin, extra_roots, tls::HandshakeWatch::closely(), |builder| {
            builder.resolve_to_addrs(&host, addresses)
        })
    }

    fn watched(
        origin: &str,
        extra_roots: Option<&str>,
        watch: tls::HandshakeWatch,
        limits: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> Result<Self, Failure> {
        let config =
            tls::config(origin.starts_with("https:"), extra_roots, &watch).map_err(Failure::NoRoots)?;
        let builder = Client::builder()
            .dns_resolver(Arc::new(names::Names))
            .tls_backend_preconfigured(config)
            .redirect(Policy::none())
            // Cloudflare's edge refuses clients without a user agent (403, 1010)
            .user_agent(concat!("cf-aig/", env!("CARGO_PKG_VERSION")));
        let client = limits(builder)
            .build()
            .map_err(|_| Failure::Failed("could not create the HTTP client".to_owned()))?;
        Ok(Self { client, watch, proxy: proxy_of(origin).map(|proxy| proxy.to_string()) })
    }

    /// Creates requests.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The proxy, as `host:port`.
    pub fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// The certificate that the host presented last, valid or not.
    pub fn certificate(&self) -> Option<Certificate> {
        self.watch.certificate()
    }

    /// Why a request got no response.
    pub fn failure(&self, error: &reqwest::Error) -> Failure {
        match self.watch.take() {
            Some((fault, issuer)) => Failure::Tls { fault, issuer },
            None if error.is_timeout() && is_looking_up() => Failure::NotResolved(self.proxy.clone()),
            None => failure::of(error, self.proxy()),
        }
    }

    /// Reads a response, with at most `max` bytes of its body.
    ///
    /// # Errors
    /// The response ended early.
    pub fn read(&self, response: blocking::Response, max: u64) -> Result<Response, Failure> {
        let (status, headers) = (Some(response.status().as_u16()), headers(&response));
        let mut body = Vec::new();
        response.take(max).read_to_end(&mut body).map_err(|error| self.cut_short(&error))?;
        // avoids a copy for UTF-8, which all JSON is
        let body =
            String::from_utf8(body).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        Ok(Response { status, headers, body })
    }

    /// Why a response ended before it was complete.
    pub fn cut_short(&self, error: &io::Error) -> Failure {
        let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
        let timed_out =
            error.kind() == io::ErrorKind::TimedOut || cause.is_some_and(reqwest::Error::is_timeout);
        if timed_out { Failure::TimedOut(self.proxy.clone()) } else { Failure::Reset }
    }
}

/// A response's headers, with names in lower case.
pub fn headers(response: &blocking::Response) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}
