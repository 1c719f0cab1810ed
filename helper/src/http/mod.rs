//! The HTTP client: system roots and `NODE_EXTRA_CA_CERTS`, proxies from the environment, no
//! redirects, our own user agent, and a distinct error for every kind of failure.

mod certificate;
mod denial;
mod failure;
mod names;
mod proxy;
mod received;
mod tls;

pub use certificate::Certificate;
pub use denial::denial;
pub use failure::{Failure, TlsFault};
pub use names::is_looking_up;
pub use proxy::{ProxyHop, next_hop, proxy_of};
pub use received::Received;

use crate::facts::gateway::errors::Response;
use reqwest::blocking::{self, Client, ClientBuilder, RequestBuilder};
use reqwest::redirect::Policy;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

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
        let config = tls::config(origin.starts_with("https:"), extra_roots, &watch)
            .map_err(|error| Failure::NoRoots(error.to_string()))?;
        let builder = Client::builder()
            .dns_resolver(Arc::new(names::Names))
            .tls_backend_preconfigured(config)
            .redirect(Policy::none())
            // Cloudflare's edge refuses clients without a user agent (403, 1010)
            .user_agent(concat!("cf-aig/", env!("CARGO_PKG_VERSION")));
        let client = limits(builder)
            .build()
            .map_err(|error| Failure::Failed(format!("could not create the HTTP client: {error}")))?;
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
    fn failure(&self, error: &reqwest::Error) -> Failure {
        match self.watch.take() {
            Some((fault, issuer)) => Failure::Tls { fault, issuer },
            None if error.is_timeout() && is_looking_up() => Failure::NotResolved(self.proxy.clone()),
            None => failure::of(error, self.proxy()),
        }
    }

    /// Sends a request; the response's body is not read yet.
    ///
    /// # Errors
    /// There is no response.
    pub fn send(&self, request: RequestBuilder) -> Result<blocking::Response, Failure> {
        request.send().map_err(|error| self.failure(&error))
    }

    /// Reads a response, with at most `max` bytes of its body.
    ///
    /// # Errors
    /// The response ended early.
    pub fn read(&self, response: blocking::Response, max: u64) -> Result<Response, Failure> {
        Ok(self.receive(response, Instant::now(), max, &mut |_| {}).complete()?.response)
    }

    /// The same with what its arrival shows. The request was sent at `started`; `arrived` gets the body so far
    /// whenever a piece arrives.
    pub fn receive(
        &self,
        response: blocking::Response,
        started: Instant,
        max: u64,
        arrived: &mut dyn FnMut(&[u8]),
    ) -> Received {
        Received::read(response, started, max, self.proxy(), arrived)
    }
}
