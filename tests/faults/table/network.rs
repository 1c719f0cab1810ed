//! Faults on the network path: names, proxies, connections, certificates, and servers in place of the
//! gateway.

use crate::dns;
use crate::row::{Row, fails, warns};
use crate::world::{World, answer, secure};
use cf_aig_emulator::{Config, Fault, ProxyMode, Tls};
use std::time::Duration;

const NOBODY: &str = "nobody";
const INTERCEPTOR: &str = "tls-interceptor";
const COMPANY: &str = "corporate-proxy";
const EDGE: &str = "cloudflare-edge";

pub(crate) static ROWS: &[Row] = &[
    fails(
        "the name does not exist",
        || secure().at(dns::MISSING),
        "dns.address",
        NOBODY,
        "name-not-resolved",
        6,
    )
    .by_name(),
    fails(
        "the name has no address",
        || secure().at(dns::EMPTY),
        "dns.address",
        NOBODY,
        "name-not-resolved",
        6,
    )
    .by_name(),
    fails(
        "the name server fails",
        || secure().at(dns::FAILING),
        "dns.address",
        NOBODY,
        "name-not-resolved",
        6,
    )
    .by_name(),
    fails(
        "the name server does not respond",
        || secure().at(dns::SILENT),
        "dns.address",
        NOBODY,
        "name-not-resolved",
        6,
    )
    .by_name()
    .hangs(),
    fails(
        "NO_PROXY bypasses the proxy, which is the only way out",
        || {
            World::behind(ProxyMode::Forward)
                .set("CF_AIG_GATEWAY_ORIGIN", "https://far.example.com")
                .set("NO_PROXY", "localhost,.example.com")
        },
        "tcp.connects",
        NOBODY,
        "no-route",
        6,
    )
    .by_name(),
    fails(
        "the proxy's name does not exist",
        || secure().set("HTTPS_PROXY", "http://missing.example.com:3128"),
        "proxy.passes",
        COMPANY,
        "proxy-not-found",
        6,
    )
    .by_name(),
    fails(
        "there is no route to the proxy",
        || secure().set("HTTPS_PROXY", "http://far.example.com:3128"),
        "proxy.passes",
        NOBODY,
        "no-route",
        6,
    )
    .by_name(),
    fails(
        "the proxy requires authentication",
        || World::behind(ProxyMode::RequireAuth407),
        "proxy.passes",
        COMPANY,
        "proxy-auth-required",
        6,
    ),
    fails(
        "the proxy does not allow the host",
        || World::behind(ProxyMode::Deny403 { reason: String::new() }),
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "NO_PROXY does not match as written, and the proxy refuses the host",
        || {
            World::behind(ProxyMode::Deny403 { reason: String::new() })
                .set("NO_PROXY", "https://gateway.ai.cloudflare.com/")
        },
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "the proxy cannot reach the host itself",
        || World::behind(ProxyMode::BadGateway502),
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "the sandbox's proxy does not allow the host",
        || World::behind(ProxyMode::Deny403 { reason: "host_not_allowed".to_owned() }),
        "proxy.passes",
        "sandbox-proxy",
        "host-not-allowed",
        7,
    ),
    fails(
        "the sandbox's proxy responds in place of the host",
        || World::well().fault(Fault::HostNotAllowed),
        "proxy.passes",
        "sandbox-proxy",
        "host-not-allowed",
        7,
    ),
    fails(
        "the proxy never responds",
        || World::behind(ProxyMode::Hang),
        "proxy.passes",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the proxy hangs up",
        || World::behind(ProxyMode::Close),
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "the configured proxy is not a proxy",
        || World::behind(ProxyMode::Garbage),
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "the proxy for plain HTTP requires authentication",
        || World::well().through_plain(ProxyMode::RequireAuth407),
        "proxy.passes",
        COMPANY,
        "proxy-auth-required",
        6,
    ),
    fails("the address is unreachable", || secure().at(dns::FAR), "tcp.connects", NOBODY, "no-route", 6)
        .by_name(),
    fails(
        "nothing listens there",
        || secure().fault(Fault::RefuseConnections),
        "tcp.connects",
        NOBODY,
        "connection-refused",
        6,
    ),
    fails("a firewall drops every packet", || secure().dropped(), "tcp.connects", NOBODY, "no-answer", 6)
        .hangs(),
    fails(
        "the certificate is self-signed",
        || World::secure(Tls::SelfSigned),
        "tls.trusted",
        INTERCEPTOR,
        "tls-untrusted-issuer",
        6,
    ),
    fails(
        "the certificate has expired",
        || World::secure(Tls::Expired),
        "tls.trusted",
        INTERCEPTOR,
        "tls-certificate-expired",
        6,
    ),
    fails(
        "the certificate is not valid yet: this machine's clock is wrong",
        || World::secure(Tls::NotYet),
        "tls.trusted",
        INTERCEPTOR,
        "tls-certificate-expired",
        6,
    ),
    fails(
        "the certificate is for another host",
        || World::secure(Tls::WrongHost),
        "tls.trusted",
        INTERCEPTOR,
        "tls-name-mismatch",
        6,
    ),
    fails(
        "an unknown product intercepts the connection",
        || World::intercepted_by("Nobody, Inc."),
        "tls.trusted",
        INTERCEPTOR,
        "tls-untrusted-issuer",
        6,
    ),
    fails(
        "Zscaler intercepts the connection, and its authority is not trusted",
        || World::intercepted_by("Zscaler Inc."),
        "tls.trusted",
        INTERCEPTOR,
        "tls-interceptor-named",
        6,
    ),
    fails(
        "the handshake hangs",
        || secure().fault(Fault::HandshakeHang),
        "tls.trusted",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the connection is reset in the handshake",
        || secure().fault(Fault::ResetOnAccept),
        "tls.trusted",
        NOBODY,
        "connection-lost",
        6,
    ),
    fails(
        "the connection is closed in the handshake",
        || secure().fault(Fault::HandshakeEnds(Vec::new())),
        "tls.trusted",
        NOBODY,
        "tls-handshake-failed",
        6,
    ),
    fails(
        "the handshake is refused with an alert",
        // fatal, handshake_failure
        || secure().fault(Fault::HandshakeEnds(vec![0x15, 3, 3, 0, 2, 2, 40])),
        "tls.trusted",
        NOBODY,
        "tls-handshake-failed",
        6,
    ),
    fails(
        "the port does not speak TLS",
        || {
            let world = World::well();
            let origin = world.emulator.gateway_origin().replace("http:", "https:");
            world.set("CF_AIG_GATEWAY_ORIGIN", &origin)
        },
        "tls.trusted",
        NOBODY,
        "tls-not-spoken",
        6,
    ),
    fails(
        "this machine has no root certificates",
        || secure().set("SSL_CERT_FILE", "/dev/null").set("SSL_CERT_DIR", "/dev/null"),
        "tls.trusted",
        NOBODY,
        "",
        6,
    ),
    warns(
        "the certificate expires in two days",
        || World::secure(Tls::EndsIn { days: 2 }),
        "tls.expiry",
        "",
        "",
    ),
    warns(
        "Zscaler intercepts the connection, and its authority is trusted",
        || {
            let authority = "Zscaler Inc.".to_owned();
            World::of(Config { tls: Some(Tls::Good), authority, ..Config::default() })
        },
        "tls.interception",
        INTERCEPTOR,
        "tls-interceptor-named",
    ),
    warns(
        "an unknown product intercepts the connection, and NODE_EXTRA_CA_CERTS trusts it",
        || {
            let world = World::behind(ProxyMode::Forward);
            let ca = world.sandbox.vars()["SSL_CERT_FILE"].clone();
            world.unset("SSL_CERT_FILE").set("NODE_EXTRA_CA_CERTS", &ca)
        },
        "tls.interception",
        INTERCEPTOR,
        "",
    ),
    fails(
        "there is no response",
        || secure().fault(Fault::AcceptAndHang),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the response is too late",
        || secure().fault(Fault::Delay(Duration::from_secs(600))),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the response ends after its headers",
        || secure().fault(Fault::HangAfterHeaders),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the response stalls in the middle",
        || World::well().fault(Fault::StallMidStream),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the connection is reset at once",
        || World::well().fault(Fault::ResetOnAccept),
        "http.answers",
        NOBODY,
        "connection-lost",
        6,
    ),
    fails(
        "the connection is reset in the middle of the response",
        || secure().fault(Fault::ResetMidStream),
        "http.answers",
        NOBODY,
        "connection-lost",
        6,
    ),
    fails(
        "the response is not HTTP",
        || secure().fault(Fault::GarbageBytes),
        "http.answers",
        "unknown",
        "unexplained-answer",
        6,
    ),
    fails(
        "the response is a redirect",
        || secure().fault(Fault::Redirect { to: "https://login.example.com/portal?next=1".to_owned() }),
        "http.answers",
        "unknown",
        "redirected",
        6,
    ),
    fails(
        "the response is a redirect to Cloudflare Access",
        || {
            let to = "https://team.cloudflareaccess.com/cdn-cgi/access/login".to_owned();
            secure().fault(Fault::Redirect { to })
        },
        "http.answers",
        EDGE,
        "access-login",
        6,
    ),
    fails(
        "a portal responds with its login page",
        || World::well().fault(Fault::Html200),
        "http.answers",
        COMPANY,
        "html-instead-of-answer",
        6,
    ),
    fails(
        "a proxy responds with its own page",
        || {
            let page = "<!DOCTYPE html><title>Blocked by policy</title>";
            secure().answer(403, &[("content-type", "text/html"), ("via", "1.1 filter")], page)
        },
        "http.answers",
        COMPANY,
        "proxy-block-page",
        6,
    ),
    fails(
        "an intermediate proxy requires authentication",
        || World::well().fault(Fault::ProxyAuthRequired),
        "proxy.passes",
        COMPANY,
        "proxy-auth-required",
        6,
    ),
    fails(
        "a firewall rule shows its block page",
        || secure().fault(Fault::BlockPage),
        "http.answers",
        "waf",
        "waf-block-page",
        6,
    ),
    fails(
        "Cloudflare bans this client",
        || secure().fault(Fault::ErrorCode1010),
        "http.answers",
        "waf",
        "client-banned-1010",
        6,
    ),
    fails(
        "the edge refuses by a rule of the zone",
        || secure().fault(answer(403, &[("server", "cloudflare")], "error code: 1020")),
        "http.answers",
        EDGE,
        "edge-error-1xxx",
        6,
    ),
    fails(
        "the edge responds with 502, as a page",
        || secure().fault(Fault::EdgeHtml { status: 502 }),
        "http.answers",
        EDGE,
        "edge-error-at-gateway",
        6,
    ),
    fails(
        "a load balancer responds with 503, as a page",
        || {
            let page = "<html><head><title>503 Service Temporarily Unavailable</title></head></html>";
            secure().answer(503, &[("content-type", "text/html")], page)
        },
        "http.answers",
        "unknown",
        "upstream-unavailable",
        6,
    ),
    fails(
        "the edge responds with 524, as a page",
        || secure().fault(Fault::EdgeHtml { status: 524 }),
        "http.answers",
        EDGE,
        "edge-error-at-gateway",
        6,
    ),
    fails(
        "the edge responds with 522, as JSON",
        || secure().fault(Fault::EdgeProblemJson { status: 522 }),
        "http.answers",
        EDGE,
        "edge-error-at-gateway",
        6,
    ),
    fails(
        "the response is huge",
        || World::well().fault(Fault::HugeBody),
        "http.answers",
        "unknown",
        "answer-not-a-message",
        6,
    ),
    fails(
        "the response is not JSON",
        || World::well().fault(Fault::InvalidJson),
        "http.answers",
        "unknown",
        "unexplained-answer",
        6,
    ),
    fails(
        "the response is empty",
        || World::well().answer(500, &[], ""),
        "http.answers",
        "unknown",
        "unexplained-answer",
        6,
    ),
];
