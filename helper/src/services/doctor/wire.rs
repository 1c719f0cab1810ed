//! Tests the path to the gateway in one pass: name, proxy, connection, certificate and request,
//! over one connection. Reports the layer at which it failed.

use super::report::Layer;
use crate::http::{Certificate, Failure, next_hop, proxy_of};
use crate::services::background;
use crate::services::probe::{ProbeConnection, ProbeOutcome};
use crate::services::verify::answer::send;
use crate::services::verify::{SessionRequest, SessionResponse};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// What was observed along the way.
#[derive(Debug, Default)]
pub(super) struct Wire {
    /// The gateway's host and port, for display.
    pub(super) host: String,
    /// True if TLS is used.
    pub(super) secure: bool,
    /// The proxy, without its credentials.
    pub(super) proxy: Option<String>,
    /// The addresses of the next hop.
    pub(super) addresses: Vec<SocketAddr>,
    /// How long resolving them took.
    pub(super) lookup: Duration,
    /// The certificate that was presented, valid or not.
    pub(super) certificate: Option<Certificate>,
    /// The response, if there is one.
    pub(super) heard: Option<SessionResponse>,
    /// Where it failed, if it did.
    pub(super) broken: Option<BrokenLayer>,
    /// The real message, if one was requested; if it failed, `broken` says so.
    pub(super) paid: Option<Result<SessionResponse, Cut>>,
}

/// A layer that blocks requests, and its error.
#[derive(Debug, Clone)]
pub(super) struct BrokenLayer {
    pub(super) layer: Layer,
    pub(super) outcome: ProbeOutcome,
}

/// How a real message without a complete response ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// Before the response began.
    Before,
    /// During the response.
    Within,
}

/// Runs the test. `paid` is a real message to send afterwards. Ends within `limit`.
pub(super) fn walk(
    session_request: &SessionRequest,
    extra_roots: Option<&str>,
    paid: Option<&SessionRequest>,
    limit: Duration,
) -> Wire {
    let end = Instant::now() + limit;
    let base = session_request.url.to_string();
    let mut wire = Wire {
        host: session_request.url.origin().authority().to_owned(),
        secure: base.starts_with("https:"),
        proxy: proxy_of(&base).map(|proxy| proxy.to_string()),
        ..Wire::default()
    };
    wire.broken = wire.pass(session_request, extra_roots, paid, end).err();
    wire
}

/// The addresses of the next hop, or why there are none.
fn look_up(base: &str, end: Instant) -> Result<Vec<SocketAddr>, Failure> {
    let (host, port) = next_hop(base);
    let proxy = proxy_of(base).map(|proxy| proxy.to_string());
    let job = background::start(move || (host.as_str(), port).to_socket_addrs());
    match job.until(end).map(|found| found.into_iter().flatten().collect::<Vec<_>>()) {
        Some(addresses) if !addresses.is_empty() => Ok(addresses),
        _ => Err(Failure::NotResolved(proxy)),
    }
}

impl Wire {
    /// Sends the requests one after the other, until a layer blocks one.
    fn pass(
        &mut self,
        session_request: &SessionRequest,
        extra_roots: Option<&str>,
        paid: Option<&SessionRequest>,
        end: Instant,
    ) -> Result<(), BrokenLayer> {
        let started = Instant::now();
        let left = || end.saturating_duration_since(Instant::now());
        let found = look_up(&session_request.url.to_string(), started + left() / 3);
        self.lookup = started.elapsed();
        self.addresses = found.map_err(|failure| self.end(failure.into(), end))?;
        // the remaining time is used to find out where a hang occurs
        let line = ProbeConnection::open(&session_request.url, extra_roots, left() * 3 / 4, &self.addresses)
            .map_err(|outcome| self.end(outcome, end))?;
        let asked = send(session_request, &line);
        self.certificate = line.certificate();
        let heard = asked.map_err(|outcome| self.end(outcome, end))?;
        let judged = hear(&heard);
        self.heard = Some(heard);
        judged?;
        let Some(paid) = paid else { return Ok(()) };
        // the connection worked a moment ago, so what fails now is the stream
        let heard = send(paid, &line)
            .map_err(|outcome| BrokenLayer { layer: Layer::Streaming, outcome })
            .and_then(|heard| hear(&heard).map(|()| heard));
        let cut = if line.has_begun() { Cut::Within } else { Cut::Before };
        let broken = heard.as_ref().err().cloned();
        self.paid = Some(heard.map_err(|_| cut));
        broken.map_or(Ok(()), Err)
    }

    /// The layer at which a request without a gateway response failed.
    fn end(&self, outcome: ProbeOutcome, end: Instant) -> BrokenLayer {
        let layer = match &outcome {
            ProbeOutcome::Good => Layer::Http,
            ProbeOutcome::Said(said) => said.row.layer,
            ProbeOutcome::Unanswered(failure) => self.layer_of(failure, end),
        };
        BrokenLayer { layer, outcome }
    }

    fn layer_of(&self, failure: &Failure, end: Instant) -> Layer {
        // no certificate was seen: the handshake did not get that far
        let before_tls = self.secure && self.certificate.is_none();
        match failure {
            Failure::Proxy { .. } | Failure::NotResolved(Some(_)) | Failure::Refused(Some(_)) => Layer::Proxy,
            Failure::NotResolved(None) => Layer::Dns,
            Failure::Unreachable if self.proxy.is_some() => Layer::Proxy,
            Failure::Refused(None) | Failure::Unreachable => Layer::Tcp,
            Failure::Tls { .. } | Failure::NoRoots(_) => Layer::Tls,
            Failure::TimedOut(_) if !self.accepts(end) => {
                if self.proxy.is_some() {
                    Layer::Proxy
                } else {
                    Layer::Tcp
                }
            }
            // every response came through the proxy
            Failure::TimedOut(_) | Failure::Reset | Failure::Garbage | Failure::Handshake
                if self.proxy.is_some() && self.certificate.is_none() =>
            {
                Layer::Proxy
            }
            Failure::Handshake => Layer::Tls,
            Failure::TimedOut(_) | Failure::Reset | Failure::Garbage if before_tls => Layer::Tls,
            Failure::TimedOut(_) | Failure::Reset | Failure::Garbage => Layer::Http,
            Failure::Failed(_) => failure.cause().map_or(Layer::Http, |cause| cause.row().layer),
        }
    }

    /// Whether the next hop accepts a connection: tested only if there was no response.
    fn accepts(&self, end: Instant) -> bool {
        let left = end.saturating_duration_since(Instant::now()).min(Duration::from_secs(1));
        let first = self.addresses.first().filter(|_| !left.is_zero());
        first.is_some_and(|at| TcpStream::connect_timeout(at, left).is_ok())
    }
}

/// Errors: the layer at which a response shows a failure. A provider's response is none: a check reads
/// it.
fn hear(answer: &SessionResponse) -> Result<(), BrokenLayer> {
    let Some(refusal) = &answer.refusal else { return Ok(()) };
    match ProbeOutcome::of(&answer.received.response, refusal.clone()) {
        ProbeOutcome::Said(said) => {
            Err(BrokenLayer { layer: said.row.layer, outcome: ProbeOutcome::Said(said) })
        }
        ProbeOutcome::Good | ProbeOutcome::Unanswered(_) => Ok(()),
    }
}
