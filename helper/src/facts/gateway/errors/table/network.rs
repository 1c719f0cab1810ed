//! When no HTTP answer came: names, routes, connections, TLS, and streams that end early.

use super::super::row::{ROW, Row, Sign, certain, likely};
use super::super::{Cause, Layer};
use super::super::{
    Level::{Client, Unverified},
    Speaker::{Nobody, TlsInterceptor},
    Test::{ClientError, Code, Printed, Says},
};
use super::docs;

/// Names of common products that open TLS, as they stand in `issuer:` lines.
/// General knowledge, not measured: the row says so.
static INTERCEPTORS: &[Sign] = &[
    likely(&[Says("issuer:"), Says("Zscaler")]),
    likely(&[Says("issuer:"), Says("Netskope")]),
    likely(&[Says("issuer:"), Says("goskope")]),
    likely(&[Says("issuer:"), Says("Fortinet")]),
    likely(&[Says("issuer:"), Says("FortiGate")]),
    likely(&[Says("issuer:"), Says("Palo Alto")]),
    likely(&[Says("issuer:"), Says("Blue Coat")]),
    likely(&[Says("issuer:"), Says("Sophos")]),
    likely(&[Says("issuer:"), Says("Cisco Umbrella")]),
    likely(&[Says("issuer:"), Says("Gateway CA - Cloudflare")]),
    likely(&[Says("issuer:"), Says("Cloudflare for Teams")]),
    likely(&[Says("issuer:"), Says("McAfee")]),
    likely(&[Says("issuer:"), Says("Kaspersky")]),
    likely(&[Says("issuer:"), Says("ESET SSL Filter")]),
    likely(&[Says("issuer:"), Says("mitmproxy")]),
    likely(&[Says("issuer:"), Says("Charles Proxy")]),
];

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: Cause::TlsUntrustedIssuer,
        speaker: TlsInterceptor,
        layer: Layer::Tls,
        meaning: "The certificate is signed by an authority that this program does not trust, as a TLS-inspecting proxy does it.",
        fix: "set NODE_EXTRA_CA_CERTS to the proxy's root certificate; `cf-aig doctor` prints who the issuer is",
        signs: &[
            likely(&[ClientError("tls_untrusted_ca")]),
            likely(&[Code("UNABLE_TO_VERIFY_LEAF_SIGNATURE")]),
            likely(&[Code("UNABLE_TO_GET_ISSUER_CERT_LOCALLY")]),
            likely(&[Code("UNABLE_TO_GET_ISSUER_CERT")]),
            likely(&[Code("SELF_SIGNED_CERT_IN_CHAIN")]),
            likely(&[Code("DEPTH_ZERO_SELF_SIGNED_CERT")]),
            likely(&[Code("UnknownIssuer")]),
            likely(&[Says("unable to get local issuer certificate")]),
            likely(&[Says("SSL certificate problem: self-signed certificate")]),
            likely(&[Says("SSL certificate problem: self signed certificate")]),
        ],
        alike: &[Cause::TlsInterceptorNamed, Cause::HostNotAllowed],
        note: "Also a server with a private authority, or one that leaves an intermediate certificate out. Claude Code does not retry it.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::TlsInterceptorNamed,
        speaker: TlsInterceptor,
        layer: Layer::Tls,
        meaning: "The certificate's issuer is a product that opens TLS connections.",
        fix: "set NODE_EXTRA_CA_CERTS to that product's root certificate, or have gateway.ai.cloudflare.com exempted from inspection",
        signs: INTERCEPTORS,
        alike: &[Cause::TlsUntrustedIssuer],
        explains: &[Cause::TlsUntrustedIssuer],
        note: "The list of product names is not complete, and not measured.",
        level: Unverified,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::TlsCertificateExpired,
        speaker: TlsInterceptor,
        layer: Layer::Tls,
        meaning: "The certificate's time is over, or this computer's clock is wrong.",
        fix: "compare `date` with the certificate's dates in `curl -v`; if the clock is right, a proxy's certificate has expired",
        signs: &[
            likely(&[Says("certificate has expired")]),
            likely(&[Code("CERT_HAS_EXPIRED")]),
            likely(&[Code("CERT_NOT_YET_VALID")]),
            likely(&[Says("invalid peer certificate: Expired")]),
        ],
        note: "Claude Code does not retry it.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::TlsNameMismatch,
        speaker: TlsInterceptor,
        layer: Layer::Tls,
        meaning: "The certificate is for another host: the connection ends somewhere else than the URL says.",
        fix: "look at the certificate's subject with `curl -v`; it names who really answers",
        signs: &[
            likely(&[Says("SSL certificate hostname mismatch")]),
            likely(&[Code("ERR_TLS_CERT_ALTNAME_INVALID")]),
            likely(&[Says("no alternative certificate subject name matches")]),
            likely(&[Code("NotValidForName")]),
        ],
        alike: &[Cause::HostNotAllowed],
        note: "Claude Code does not retry it.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::TlsNotSpoken,
        speaker: Nobody,
        layer: Layer::Tls,
        meaning: "The port does not speak TLS, and the URL says https.",
        fix: "correct the scheme or the port of the URL; `cf-aig validate` checks it",
        signs: &[
            likely(&[Code("EPROTO")]),
            likely(&[Says("wrong version number")]),
            likely(&[Says("Does the server speak TLS on this port?")]),
        ],
        alike: &[Cause::TlsUntrustedIssuer],
        note: "Claude Code tries for about three minutes.",
        level: Client,
        ..OWN
    },
    Row {
        cause: Cause::NameNotResolved,
        speaker: Nobody,
        layer: Layer::Dns,
        meaning: "The host's name does not resolve, or no name server can be reached.",
        fix: "check the host in `cf-aig validate`; if it is right, this machine has no DNS: look at the VPN, and at HTTPS_PROXY",
        signs: &[
            certain(&[Printed, Code("EAI_AGAIN")]),
            certain(&[Printed, Code("ENOTFOUND")]),
            certain(&[Says("Could not resolve host")]),
            likely(&[Code("EAI_AGAIN")]),
            likely(&[Code("ENOTFOUND")]),
            likely(&[Says("failed to lookup address information")]),
        ],
        alike: &[Cause::Redirected, Cause::ProxyNotFound],
        note: "EAI_AGAIN: no name server answered. ENOTFOUND: one says that there is no such host. Also printed when a redirect leads to such a host. About three minutes of silence before.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::ConnectionRefused,
        speaker: Nobody,
        meaning: "Nothing listens on that host and port, or a firewall says so.",
        fix: "run `cf-aig explain ANTHROPIC_BASE_URL`: an old local proxy (127.0.0.1) is the usual reason",
        signs: &[
            certain(&[Printed, Code("ECONNREFUSED")]),
            certain(&[Says("failed: Connection refused")]),
            likely(&[Code("ECONNREFUSED")]),
            likely(&[Says("Connection refused")]),
            likely(&[Says("curl: (7) Failed to connect to")]),
        ],
        alike: &[Cause::ProxyNotFound],
        note: "Also when HTTPS_PROXY names a proxy that is not there: the sentence is the same. About three minutes of silence before.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::NoRoute,
        speaker: Nobody,
        meaning: "This machine has no way to that network.",
        fix: "check the connection and the VPN",
        signs: &[
            certain(&[Printed, Code("ENETUNREACH")]),
            certain(&[Printed, Code("EHOSTUNREACH")]),
            likely(&[Code("ENETUNREACH")]),
            likely(&[Code("EHOSTUNREACH")]),
            likely(&[Says("Network is unreachable")]),
        ],
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::ConnectionLost,
        speaker: Nobody,
        meaning: "The connection was closed before an answer came.",
        fix: "run `cf-aig doctor`: it shows at which layer the connection ends",
        signs: &[
            certain(&[Printed, Says("Connection dropped (ECONNRESET)")]),
            likely(&[Says("Connection reset by peer")]),
            likely(&[Says("Empty reply from server")]),
            likely(&[Code("ECONNRESET")]),
            likely(&[Says("socket hang up")]),
            likely(&[Code("EPIPE")]),
        ],
        alike: &[Cause::StreamCut],
        note: "A proxy or firewall on the way can do it as well as the server. Claude Code tries for about three minutes.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::NoAnswer,
        speaker: Nobody,
        meaning: "The connection stands, and no answer comes.",
        fix: "run `cf-aig doctor`; set API_TIMEOUT_MS lower to fail sooner, or higher if the model is slow",
        signs: &[
            likely(&[Says("Request timed out. If the API is slow to answer")]),
            likely(&[Code("ETIMEDOUT")]),
            likely(&[Says("curl: (28)")]),
            likely(&[Says("Operation timed out after")]),
        ],
        alike: &[Cause::ResponseBuffered],
        note: "Claude Code prints nothing while it waits; it was still silent after four minutes.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: Cause::StreamStalled,
        speaker: Nobody,
        layer: Layer::Streaming,
        meaning: "The answer began or was promised, and then no byte came for as long as the client waits.",
        fix: "run `cf-aig conformance`: it tells whether pieces of a stream arrive one by one",
        signs: &[
            likely(&[Says("stream idle: no bytes for")]),
            likely(&[Says("Streaming idle timeout (byte-level)")]),
        ],
        alike: &[Cause::ResponseBuffered, Cause::NoAnswer],
        note: "300 s of silence by default behind a gateway.",
        level: Client,
        doc: Some(docs::CC_PROTOCOL),
        ..OWN
    },
    Row {
        cause: Cause::StreamCut,
        speaker: Nobody,
        layer: Layer::Streaming,
        meaning: "The answer stopped in the middle of the stream.",
        fix: "send it again; if it always stops after the same time, a proxy on the way limits how long a connection may last",
        signs: &[
            certain(&[Printed, Says("Connection to the API was lost")]),
            likely(&[Says("Stream connection error (")]),
            likely(&[Says("Stream ended cleanly inside open block")]),
            likely(&[
                Says("API returned an empty or malformed response (HTTP 200)"),
                Says("StreamTruncated"),
            ]),
            likely(&[Says("transfer closed with outstanding read data remaining")]),
        ],
        alike: &[Cause::ConnectionLost],
        explains: &[Cause::AnswerNotAMessage, Cause::ConnectionLost],
        note: "Claude Code retries the stream ten times in silence, about three minutes, then asks once without streaming: a session can work and still lose three minutes on each message.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
];

/// What the rows of this table share.
const OWN: Row = Row { layer: Layer::Tcp, ..ROW };
