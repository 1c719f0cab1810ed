//! The way to the gateway, walked once: name, proxy, connection, certificate, request, all of it over one
//! connection; and the layer at which it ended.

use super::ask::Ask;
use super::engine::{self, Got};
use super::report::Layer;
use crate::gateway::errors::{self, Row, Speaker};
use crate::http::{Certificate, Failure, next_hop, proxy_of};
use crate::probe::{Line, Outcome, Reply, classify};
use serde_json::Value;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// What was met on the way.
#[derive(Debug)]
pub(super) struct Wire {
    /// The gateway's host and port, as a person reads it.
    pub(super) host: String,
    /// It is spoken to with TLS.
    pub(super) secure: bool,
    /// The proxy in between, without its login.
    pub(super) proxy: Option<String>,
    /// Of the next hop.
    pub(super) addresses: Vec<SocketAddr>,
    /// How long looking them up took.
    pub(super) lookup: Duration,
    /// The certificate that was shown, good or not.
    pub(super) certificate: Option<Certificate>,
    /// The answer; none when none came.
    pub(super) heard: Option<Heard>,
    /// Where it ended, if it did not get through.
    pub(super) broken: Option<Broken>,
    /// The real message, when one was to be sent.
    pub(super) paid: Option<Result<Paid, Broken>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) reply: Reply,
    /// The catalogue's row of the provider's answer.
    pub(super) provider: Option<&'static Row>,
}

/// A layer that does not let requests through, and what it said.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) layer: Layer,
    pub(super) outcome: Outcome,
}

/// A real message.
#[derive(Debug)]
pub(super) struct Paid {
    pub(super) model: String,
    pub(super) reply: Reply,
    /// The provider's refusal, when it refused.
    pub(super) refused: Option<&'static Row>,
}

/// Walks it. `paid` is the model of a real message. Ends within `limit`.
pub(super) fn walk(ask: &Ask, extra_roots: Option<&str>, paid: Option<&str>, limit: Duration) -> Wire {
    let end = Instant::now() + limit;
    let base = ask.url.to_string();
    let mut wire = Wire {
        host: ask.url.origin().authority().to_owned(),
        secure: base.starts_with("https:"),
        proxy: proxy_of(&base).map(|proxy| proxy.to_string()),
        addresses: Vec::new(),
        lookup: Duration::ZERO,
        certificate: None,
        heard: None,
        broken: None,
        paid: None,
    };
    let started = Instant::now();
    let found = look_up(&base, Instant::now() + limit / 3);
    wire.lookup = started.elapsed();
    match found {
        Ok(addresses) => wire.addresses = addresses,
        Err(failure) => {
            wire.broken = Some(wire.end(failure.into()));
            return wire;
        }
    }
    // what is left when it hangs finds out where
    let patience = end.saturating_duration_since(Instant::now()) * 3 / 4;
    let line = match Line::open(&ask.url, extra_roots, patience, &wire.addresses) {
        Ok(line) => line,
        Err(outcome) => {
            wire.broken = Some(wire.end(outcome));
            return wire;
        }
    };
    let asked = send(&line, ask, &ask.free());
    wire.certificate = line.certificate();
    match asked {
        Err(outcome) => wire.broken = Some(wire.end(outcome)),
        Ok(reply) => {
            let (broken, provider) = hear(ask, &reply);
            wire.broken = broken;
            wire.heard = Some(Heard { reply, provider });
        }
    }
    if let (None, Some(model)) = (&wire.broken, paid) {
        wire.paid = Some(match send(&line, ask, &Ask::paid(model)) {
            Err(outcome) => Err(wire.end(outcome)),
            Ok(reply) => match hear(ask, &reply) {
                (Some(broken), _) => Err(broken),
                (None, provider) => {
                    let status = reply.response.status.unwrap_or_default();
                    let refused = provider.filter(|_| status >= 400);
                    Ok(Paid { model: model.to_owned(), reply, refused })
                }
            },
        });
    }
    wire
}

fn send(line: &Line, ask: &Ask, body: &Value) -> Result<Reply, Outcome> {
    let headers: Vec<(&str, String)> =
        ask.headers.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    line.post("/v1/messages?beta=true", &headers, &body.to_string())
}

/// The addresses of the next hop, or why there are none.
fn look_up(base: &str, end: Instant) -> Result<Vec<SocketAddr>, Failure> {
    let (host, port) = next_hop(base);
    let proxy = proxy_of(base).map(|proxy| proxy.to_string());
    let job = engine::start("name", move || (host.as_str(), port).to_socket_addrs().map(Iterator::collect));
    let found: Result<Vec<SocketAddr>, _> = match job.until(end) {
        Got::Is(found) => found,
        Got::Crashed(why) => return Err(Failure::Failed(why)),
        Got::Late | Got::Not(_) => Ok(Vec::new()),
    };
    match found {
        Ok(addresses) if !addresses.is_empty() => Ok(addresses),
        _ => Err(Failure::NotResolved { proxy }),
    }
}

impl Wire {
    /// The layer at which a request ended that got no answer of a gateway.
    fn end(&self, outcome: Outcome) -> Broken {
        let layer = match &outcome {
            Outcome::Good => Layer::Http,
            Outcome::Said(said) => layer_of(said.row),
            Outcome::Unanswered(failure) => self.layer_of(failure),
        };
        Broken { layer, outcome }
    }

    fn layer_of(&self, failure: &Failure) -> Layer {
        // no certificate was seen: the handshake did not get that far
        let before_tls = self.secure && self.certificate.is_none();
        match failure {
            Failure::Proxy { .. }
            | Failure::NotResolved { proxy: Some(_) }
            | Failure::Refused { proxy: Some(_) } => Layer::Proxy,
            Failure::NotResolved { proxy: None } => Layer::Dns,
            Failure::Unreachable if self.proxy.is_some() => Layer::Proxy,
            Failure::Refused { proxy: None } | Failure::Unreachable => Layer::Tcp,
            Failure::Tls(_) | Failure::NoRoots(_) => Layer::Tls,
            Failure::TimedOut { .. } if !self.accepts() => {
                if self.proxy.is_some() { Layer::Proxy } else { Layer::Tcp }
            }
            Failure::TimedOut { .. } | Failure::Reset | Failure::Garbage if before_tls => {
                if self.proxy.is_some() { Layer::Proxy } else { Layer::Tls }
            }
            Failure::TimedOut { .. } | Failure::Reset | Failure::Garbage | Failure::Failed(_) => Layer::Http,
        }
    }

    /// Whether the next hop takes a connection: asked only when no answer came.
    fn accepts(&self) -> bool {
        let first = self.addresses.first();
        first.is_some_and(|at| TcpStream::connect_timeout(at, Duration::from_secs(1)).is_ok())
    }
}

/// Who answered, and at which layer that ends the way.
fn hear(ask: &Ask, reply: &Reply) -> (Option<Broken>, Option<&'static Row>) {
    let sent: Vec<&str> = ask.headers.iter().map(|(name, _)| name.as_str()).collect();
    match classify(&reply.response, &sent) {
        Outcome::Good => (None, errors::classify(&reply.response).first().map(|found| found.row)),
        Outcome::Said(said) => {
            let layer = layer_of(said.row);
            (Some(Broken { layer, outcome: Outcome::Said(said) }), None)
        }
        outcome => (Some(Broken { layer: Layer::Http, outcome }), None),
    }
}

/// The layer that a row of the catalogue speaks of.
fn layer_of(row: &Row) -> Layer {
    match (row.speaker, row.cause) {
        (_, "proxy-auth-required" | "proxy-refused-host" | "proxy-not-found") => Layer::Proxy,
        (Speaker::SandboxProxy, _) => Layer::Proxy,
        (_, "gateway-token-missing" | "gateway-token-rejected") => Layer::GatewayAuth,
        (_, "stored-key-alias-unknown" | "provider-unreachable" | "edge-error-at-provider") => {
            Layer::ProviderAuth
        }
        (_, "gateway-model-unknown" | "api-model-unknown") => Layer::Model,
        (_, "no-credits" | "model-needs-own-key") => Layer::Pays,
        (Speaker::GatewayPolicy, _) => Layer::Limits,
        (Speaker::AiGateway, _) => Layer::Gateway,
        _ => Layer::Http,
    }
}
