//! The way to the gateway, walked once: name, proxy, connection, certificate, request, all of it over one
//! connection; and the layer at which it ended.

use super::engine::{self, Got};
use super::report::Layer;
use crate::facts::gateway::errors::Response;
use crate::http::{Certificate, Failure, next_hop, proxy_of};
use crate::services::probe::{Line, Outcome, Reply, classify};
use crate::services::verify::{Answer, Errand, Verdict};
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
    /// The real message, when one was to be sent; where it did not get through, `broken` says so.
    pub(super) paid: Option<Result<Heard, Cut>>,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) reply: Reply,
    pub(super) answer: Answer,
}

/// A layer that does not let requests through, and what it said.
#[derive(Debug, Clone)]
pub(super) struct Broken {
    pub(super) layer: Layer,
    pub(super) outcome: Outcome,
}

/// How a real message ended that got no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Before its answer began.
    Before,
    /// In the middle of its answer.
    Within,
}

/// Walks it. `paid` is a real message to send afterwards. Ends within `limit`.
pub(super) fn walk(
    errand: &Errand,
    extra_roots: Option<&str>,
    paid: Option<&Errand>,
    limit: Duration,
) -> Wire {
    let end = Instant::now() + limit;
    let base = errand.url.to_string();
    let mut wire = Wire {
        host: errand.url.origin().authority().to_owned(),
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
            wire.broken = Some(wire.end(failure.into(), end));
            return wire;
        }
    }
    // what is left when it hangs finds out where
    let patience = end.saturating_duration_since(Instant::now()) * 3 / 4;
    let line = match Line::open(&errand.url, extra_roots, patience, &wire.addresses) {
        Ok(line) => line,
        Err(outcome) => {
            wire.broken = Some(wire.end(outcome, end));
            return wire;
        }
    };
    let asked = send(&line, errand);
    wire.certificate = line.certificate();
    match asked {
        Err(outcome) => wire.broken = Some(wire.end(outcome, end)),
        Ok(reply) => {
            let answer = Answer::of(reply.response.clone(), reply.whole, errand);
            wire.broken = hear(errand, &answer);
            wire.heard = Some(Heard { reply, answer });
        }
    }
    if let (None, Some(paid)) = (&wire.broken, paid) {
        let said = match send(&line, paid) {
            // the way was good a moment ago: what ends now is the stream
            Err(outcome) => Err(Broken { layer: Layer::Streaming, outcome }),
            Ok(reply) => {
                let mut answer = Answer::of(reply.response.clone(), reply.whole, paid);
                if is_message_stream(&reply.response) {
                    answer = Answer { verdict: Verdict::Served, finding: None, ..answer };
                }
                hear(paid, &answer).map_or(Ok(Heard { reply, answer }), Err)
            }
        };
        wire.paid = Some(said.map_err(|broken| {
            wire.broken = Some(broken);
            if line.has_begun() { Cut::Within } else { Cut::Before }
        }));
    }
    wire
}

fn send(line: &Line, errand: &Errand) -> Result<Reply, Outcome> {
    let headers: Vec<(&str, String)> =
        errand.headers.iter().map(|(name, value)| (name.as_str(), value.reveal().to_owned())).collect();
    line.post("/v1/messages?beta=true", &headers, &errand.body.to_string())
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
    fn end(&self, outcome: Outcome, end: Instant) -> Broken {
        let layer = match &outcome {
            Outcome::Good => Layer::Http,
            Outcome::Said(said) => said.row.layer,
            Outcome::Unanswered(failure) => self.layer_of(failure, end),
        };
        Broken { layer, outcome }
    }

    fn layer_of(&self, failure: &Failure, end: Instant) -> Layer {
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
            Failure::TimedOut { .. } if !self.accepts(end) => {
                if self.proxy.is_some() {
                    Layer::Proxy
                } else {
                    Layer::Tcp
                }
            }
            // nothing was heard but by way of the proxy
            Failure::TimedOut { .. } | Failure::Reset | Failure::Garbage
                if self.proxy.is_some() && self.certificate.is_none() =>
            {
                Layer::Proxy
            }
            Failure::TimedOut { .. } | Failure::Reset | Failure::Garbage if before_tls => Layer::Tls,
            Failure::TimedOut { .. } | Failure::Reset | Failure::Garbage | Failure::Failed(_) => Layer::Http,
        }
    }

    /// Whether the next hop takes a connection: asked only when no answer came.
    fn accepts(&self, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now()).min(Duration::from_secs(1));
        let first = self.addresses.first().filter(|_| !left.is_zero());
        first.is_some_and(|at| TcpStream::connect_timeout(at, left).is_ok())
    }
}

/// A stream that begins as a message does, and brings no error.
fn is_message_stream(response: &Response) -> bool {
    let events = |kind: &str| {
        let mut data = response.body.lines().filter_map(|line| line.strip_prefix("data:"));
        data.any(|data| serde_json::from_str::<Value>(data).is_ok_and(|event| event["type"] == kind))
    };
    response.status == Some(200) && events("message_start") && !events("error")
}

/// The layer at which an answer ends the way; `None` for one of the provider, which a check reads.
fn hear(errand: &Errand, answer: &Answer) -> Option<Broken> {
    if answer.verdict == Verdict::Served {
        return None;
    }
    let sent: Vec<&str> = errand.headers.iter().map(|(name, _)| name.as_str()).collect();
    let outcome = classify(&answer.response, &sent);
    let layer = match &outcome {
        Outcome::Good => return None,
        Outcome::Said(said) => said.row.layer,
        Outcome::Unanswered(_) => Layer::Http,
    };
    Some(Broken { layer, outcome })
}
