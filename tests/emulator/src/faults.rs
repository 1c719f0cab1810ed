//! Faults on demand: what a network, an edge or a proxy does instead of the gateway.

use std::collections::VecDeque;
use std::time::Duration;

use hyper::body::Bytes;
use serde_json::{Value, json};

use crate::api::Query;
use crate::http::{End, Inbound, Reply};
use crate::wire::WireControl;

/// The size of a [`Fault::HugeBody`] in bytes.
pub const HUGE_BODY: u64 = 64 * 1024 * 1024;
/// The pause between two bytes of a [`Fault::SlowBody`].
pub const SLOW_BODY_PACE: Duration = Duration::from_millis(20);

/// A fault of one host; [`crate::Emulator::set_fault`] activates it.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Nothing listens; open connections are dropped.
    RefuseConnections,
    /// Connections are accepted, then nothing happens: no TLS handshake, no reading.
    HandshakeHang,
    /// The first bytes are read, these are sent, and the connection is closed: no TLS handshake.
    HandshakeEnds(Vec<u8>),
    /// The request is read but never answered.
    AcceptAndHang,
    /// The request is read, then the connection ends without a response, and with TLS without its close_notify.
    EndsUnanswered,
    /// Status and headers, then nothing.
    HangAfterHeaders,
    /// Half of the body, then nothing.
    StallMidStream,
    /// A reset instead of a response, before the request is read.
    ResetOnAccept,
    /// Half of the body, then a reset (of the stream with HTTP/2, else of the connection).
    ResetMidStream,
    /// Bytes that are not HTTP.
    GarbageBytes,
    /// 307 to that address.
    Redirect {
        /// The value of `location`.
        to: String,
    },
    /// Cloudflare's edge responds with an HTML page, as before 2026.
    EdgeHtml {
        /// 520 to 530, 502, 504, …
        status: u16,
    },
    /// Cloudflare's edge responds with JSON problem details, as since 2026.
    EdgeProblemJson {
        /// 520 to 526.
        status: u16,
    },
    /// Cloudflare refuses the client's signature: 403, `error code: 1010`.
    ErrorCode1010,
    /// A firewall rule's block page: 403, HTML.
    BlockPage,
    /// The proxy of a cloud sandbox: 403, `x-deny-reason: host_not_allowed`, no body.
    HostNotAllowed,
    /// A proxy requires authentication.
    ProxyAuthRequired,
    /// Any response.
    Status {
        /// The status.
        status: u16,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
    },
    /// 200 with a web page: a captive portal.
    Html200,
    /// 200 with a JSON string that does not end before [`HUGE_BODY`].
    HugeBody,
    /// The right status and type, but the body is not JSON.
    InvalidJson,
    /// Lists of the API that misbehave.
    Pages(PageFault),
    /// The body arrives byte by byte.
    SlowBody,
    /// A stream is buffered and sent all at once.
    BufferedStream,
    /// The right response, delayed by this.
    Delay(Duration),
    /// A fault that is active for this many requests only (not for connection-level faults).
    Times(u32, Box<Fault>),
    /// A fault that starts after this many requests (not for connection-level faults).
    After(u32, Box<Fault>),
}

/// How the lists of an API misbehave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageFault {
    /// Every page is full of new items, and there is always another.
    Endless,
    /// Always the first page, whichever was requested, and always another follows.
    Repeated,
    /// Pages of this many bytes, and always another follows.
    Huge(usize),
}

impl PageFault {
    /// One page with items named like gateways, keys, providers, routes and log entries.
    pub(crate) fn page(self, request: &Inbound) -> Reply {
        let query = Query::parse(request.query());
        let asked = query.number("page").unwrap_or(1).max(1);
        let per_page = query.number("per_page").unwrap_or(20).clamp(1, 100);
        let page = if self == PageFault::Repeated { 1 } else { asked };
        let (count, padding) = match self {
            PageFault::Huge(bytes) => (1, "x".repeat(bytes)),
            _ => (per_page, String::new()),
        };
        let item = |number: usize| {
            let id = format!("item-{page}-{number}");
            json!({
                "id": id, "name": id, "slug": id, "alias": id, "provider_slug": "openai", "metadata": {"n": number.to_string()}, "base_url": "https://example.com",
                "created_at": format!("2026-11-20T10:{:02}:{:02}.{:03}Z", page / 60 % 60, page % 60, number), "padding": padding,
            })
        };
        let items: Vec<Value> = (0..count).map(item).collect();
        let info = json!({"page": asked, "per_page": per_page, "count": count, "total_count": 1_000_000_000});
        let mut body = json!({"success": true, "errors": [], "messages": [], "result_info": info});
        if request.path().ends_with("/routes") {
            body["data"] = json!({"routes": items});
        } else {
            body["result"] = items.into();
        }
        Reply::json(200, &body)
    }
}

impl Fault {
    /// The fault itself, without its limits; `None` before it starts.
    pub(crate) fn current(&self) -> Option<&Fault> {
        match self {
            Fault::Times(_, fault) => fault.current(),
            Fault::After(..) => None,
            fault => Some(fault),
        }
    }

    /// The response in place of the gateway's, if this fault has one.
    pub(crate) fn instead(&self) -> Option<Reply> {
        Some(match self {
            Fault::Redirect { to } => Reply::empty(307).with("location", to),
            Fault::EdgeHtml { status } => edge_html(*status),
            Fault::EdgeProblemJson { status } => edge_problem(*status),
            Fault::ErrorCode1010 => from_edge(Reply::new(403, TEXT, "error code: 1010")),
            Fault::BlockPage => from_edge(Reply::new(403, HTML, BLOCK_PAGE)),
            Fault::HostNotAllowed => Reply::empty(403).with("x-deny-reason", "host_not_allowed"),
            Fault::ProxyAuthRequired => Reply::new(407, HTML, "<h1>Proxy Authentication Required</h1>")
                .with("proxy-authenticate", "Basic realm=\"corporate proxy\""),
            Fault::Status { status, headers, body } => {
                let mut reply = Reply::empty(*status);
                reply.body = crate::http::Outgoing::whole(Bytes::from(body.clone()));
                reply.headers.clone_from(headers);
                reply
            }
            Fault::Html200 => Reply::new(200, HTML, PORTAL),
            Fault::HugeBody => huge(),
            Fault::GarbageBytes => Reply::empty(200).with("connection", "close"),
            _ => return None,
        })
    }

    /// Applies the fault to a response of the gateway.
    pub(crate) fn spoil(&self, reply: &mut Reply, wire: &WireControl) {
        let body = &mut reply.body;
        match self {
            Fault::HangAfterHeaders => {
                body.pieces.clear();
                body.end = End::Hang;
            }
            Fault::StallMidStream => {
                halve(&mut body.pieces);
                body.end = End::Hang;
            }
            Fault::ResetMidStream => {
                halve(&mut body.pieces);
                body.end = End::Reset;
                body.wire = Some(wire.clone());
            }
            Fault::InvalidJson => {
                let mut bytes = body.bytes();
                bytes.truncate(bytes.len() / 2);
                bytes.extend_from_slice(b"\xc3(,]");
                body.declared_length = Some(bytes.len() as u64);
                body.pieces = VecDeque::from([bytes.into()]);
            }
            Fault::SlowBody => {
                body.pieces = body.bytes().into_iter().map(|byte| Bytes::from(vec![byte])).collect();
                body.pace = SLOW_BODY_PACE;
            }
            Fault::BufferedStream => {
                let bytes: Bytes = body.bytes().into();
                body.declared_length = Some(bytes.len() as u64);
                body.pieces = VecDeque::from([bytes]);
            }
            Fault::GarbageBytes => wire.garbage(),
            _ => {}
        }
    }
}

/// The first half of the pieces, or of the only piece.
fn halve(pieces: &mut VecDeque<Bytes>) {
    if let [only] = pieces.make_contiguous() {
        only.truncate(only.len() / 2);
    } else {
        pieces.truncate(pieces.len() / 2);
    }
}

const TEXT: &str = "text/plain; charset=UTF-8";
const HTML: &str = "text/html; charset=UTF-8";
const PORTAL: &str = "<!DOCTYPE html><html><head><title>Welcome to the network</title></head>\
    <body><h1>Please sign in</h1></body></html>\n";
const BLOCK_PAGE: &str = "<!DOCTYPE html><html lang=\"en-US\"><head>\
    <title>Attention Required! | Cloudflare</title></head><body>\
    <h1>Sorry, you have been blocked</h1><h2>You are unable to access gateway.ai.cloudflare.com</h2>\
    <p>Cloudflare Ray ID: <strong>9a1b2c3d4e5f6789</strong></p></body></html>\n";
const RAY: &str = "9a1b2c3d4e5f6789";

/// Cloudflare's names for its own statuses.
const EDGE_ERRORS: &[(u16, &str, &str)] = &[
    (520, "unknown_error", "Web server is returning an unknown error"),
    (521, "web_server_down", "Web server is down"),
    (522, "connection_timeout", "Connection timed out"),
    (523, "origin_unreachable", "Origin is unreachable"),
    (524, "origin_timeout", "A timeout occurred"),
    (525, "ssl_handshake_failed", "SSL handshake failed"),
    (526, "invalid_ssl_certificate", "Invalid SSL certificate"),
    (502, "bad_gateway", "Bad gateway"),
    (504, "gateway_timeout", "Gateway time-out"),
];

fn edge_error(status: u16) -> (&'static str, &'static str) {
    EDGE_ERRORS
        .iter()
        .find(|(known, ..)| *known == status)
        .map_or(("unknown_error", "Unknown error"), |(_, name, title)| (*name, *title))
}

fn from_edge(reply: Reply) -> Reply {
    reply.with("server", "cloudflare").with("cf-ray", format!("{RAY}-FRA"))
}

fn edge_html(status: u16) -> Reply {
    let (_, title) = edge_error(status);
    let page = format!(
        "<!DOCTYPE html><html lang=\"en-US\"><head><title>gateway.ai.cloudflare.com | {status}: \
         {title}</title></head><body><h1>{title} <small>Error code {status}</small></h1>\
         <p>Cloudflare Ray ID: <strong>{RAY}</strong></p></body></html>\n"
    );
    from_edge(Reply::new(status, HTML, page))
}

fn edge_problem(status: u16) -> Reply {
    let (name, title) = edge_error(status);
    let problem = json!({
        "type": format!(
            "https://developers.cloudflare.com/support/troubleshooting/http-status-codes/\
             cloudflare-5xx-errors/error-{status}/"
        ),
        "title": format!("Error {status}: {title}"),
        "status": status,
        "error_code": status,
        "error_name": name,
        "cloudflare_error": true,
        "retryable": true,
        "retry_after": 120,
        "ray_id": RAY,
        "zone": "gateway.ai.cloudflare.com",
    });
    from_edge(Reply::new(status, "application/problem+json", problem.to_string())).with("retry-after", "120")
}

fn huge() -> Reply {
    const PIECE: usize = 64 * 1024;
    let piece = Bytes::from(vec![b'x'; PIECE]);
    let count = HUGE_BODY / PIECE as u64;
    let mut reply = Reply::empty(200).with("content-type", "application/json");
    reply.body.declared_length = None;
    reply.body.pieces.push_back(Bytes::from_static(b"{\"padding\":\""));
    reply.body.pieces.extend((0..count).map(|_| piece.clone()));
    reply
}
