//! What is wrong on the way: names, proxies, connections, certificates, and whoever answers in the
//! gateway's place.

use crate::dns;
use crate::row::{Row, fails, warns};
use crate::world::{CLOUDFLARE, World, answer};
use cf_aig_emulator::{Config, Fault, ProxyMode, Tls};
use std::time::Duration;

const NOBODY: &str = "nobody";
const INTERCEPTOR: &str = "tls-interceptor";
const COMPANY: &str = "corporate-proxy";
const EDGE: &str = "cloudflare-edge";

fn secure() -> World {
    World::secure(Tls::Good)
}

fn other(organization: &str) -> World {
    World::secure(Tls::OtherIssuer { organization: organization.to_owned() })
}

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
        "the name server does not answer",
        || secure().at(dns::SILENT),
        "dns.address",
        NOBODY,
        "name-not-resolved",
        6,
    )
    .by_name()
    .hangs(),
    fails(
        "NO_PROXY keeps the gateway from the proxy that is the only way out",
        || World::behind(ProxyMode::Forward).set("NO_PROXY", "localhost,.cloudflare.com").at_far(),
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
        "there is no way to the proxy",
        || secure().set("HTTPS_PROXY", "http://far.example.com:3128"),
        "proxy.passes",
        NOBODY,
        "no-route",
        6,
    )
    .by_name(),
    fails(
        "the proxy wants a login",
        || World::behind(ProxyMode::RequireAuth407),
        "proxy.passes",
        COMPANY,
        "proxy-auth-required",
        6,
    ),
    fails(
        "the proxy does not let the host through",
        || World::behind(ProxyMode::Deny403 { reason: String::new() }),
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "NO_PROXY is written so that it does not match, and the proxy refuses the host",
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
        "the sandbox's proxy does not let the host through",
        || World::behind(ProxyMode::Deny403 { reason: "host_not_allowed".to_owned() }),
        "proxy.passes",
        "sandbox-proxy",
        "host-not-allowed",
        7,
    ),
    fails(
        "the sandbox's proxy answers in the host's place",
        || World::well().fault(Fault::HostNotAllowed),
        "proxy.passes",
        "sandbox-proxy",
        "host-not-allowed",
        7,
    ),
    fails(
        "the proxy never answers",
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
        "what is said to be a proxy is none",
        || World::behind(ProxyMode::Garbage),
        "proxy.passes",
        COMPANY,
        "proxy-refused-host",
        6,
    ),
    fails(
        "the proxy for plain HTTP wants a login",
        || World::well().through_plain(ProxyMode::RequireAuth407),
        "proxy.passes",
        COMPANY,
        "proxy-auth-required",
        6,
    ),
    fails("there is no way to the address", || secure().at(dns::FAR), "tcp.connects", NOBODY, "no-route", 6)
        .by_name(),
    fails(
        "nobody listens there",
        || secure().fault(Fault::RefuseConnections),
        "tcp.connects",
        NOBODY,
        "connection-refused",
        6,
    ),
    fails("a firewall drops every packet", || secure().dropped(), "tcp.connects", NOBODY, "no-answer", 6)
        .hangs(),
    fails(
        "the certificate is signed by itself",
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
        "the certificate is another host's",
        || World::secure(Tls::WrongHost),
        "tls.trusted",
        INTERCEPTOR,
        "tls-name-mismatch",
        6,
    ),
    fails(
        "somebody unknown opens the connection",
        || other("Nobody, Inc."),
        "tls.trusted",
        INTERCEPTOR,
        "tls-untrusted-issuer",
        6,
    ),
    fails(
        "Zscaler opens the connection, and its authority is not trusted",
        || other("Zscaler Inc."),
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
        "this machine has no certificates to compare with",
        || secure().set("SSL_CERT_FILE", "/dev/null").set("SSL_CERT_DIR", "/dev/null"),
        "tls.trusted",
        NOBODY,
        "",
        6,
    ),
    warns(
        "the certificate ends in two days",
        || World::secure(Tls::EndsIn { days: 2 }),
        "tls.expiry",
        "",
        "",
    ),
    warns(
        "Zscaler opens the connection, and its authority is trusted",
        || {
            let authority = "Zscaler Inc.".to_owned();
            World::of(Config { tls: Some(Tls::Good), authority, ..Config::default() })
        },
        "tls.interception",
        INTERCEPTOR,
        "tls-interceptor-named",
    ),
    warns(
        "somebody unknown opens the connection, and NODE_EXTRA_CA_CERTS trusts it",
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
        "the request is never answered",
        || secure().fault(Fault::AcceptAndHang),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the answer comes too late",
        || secure().fault(Fault::Delay(Duration::from_secs(600))),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the answer ends behind its headers",
        || secure().fault(Fault::HangAfterHeaders),
        "http.answers",
        NOBODY,
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the answer stalls in the middle",
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
        "the connection is reset in the middle of the answer",
        || secure().fault(Fault::ResetMidStream),
        "http.answers",
        NOBODY,
        "connection-lost",
        6,
    ),
    fails(
        "the answer is no HTTP",
        || secure().fault(Fault::GarbageBytes),
        "http.answers",
        "unknown",
        "unexplained-answer",
        6,
    ),
    fails(
        "the answer is a redirect",
        || secure().fault(Fault::Redirect { to: "https://login.example.com/portal?next=1".to_owned() }),
        "http.answers",
        "unknown",
        "redirected",
        6,
    ),
    fails(
        "the answer is a redirect to Cloudflare Access",
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
        "a portal answers with its login page",
        || World::well().fault(Fault::Html200),
        "http.answers",
        COMPANY,
        "html-instead-of-answer",
        6,
    ),
    fails(
        "a proxy answers with its own page",
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
        "a proxy on the way wants a login",
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
        "the edge refuses by a rule of its zone",
        || secure().fault(answer(403, &[("server", "cloudflare")], "error code: 1020")),
        "http.answers",
        EDGE,
        "edge-error-1xxx",
        6,
    ),
    fails(
        "the edge answers 502, as a page",
        || secure().fault(Fault::EdgeHtml { status: 502 }),
        "http.answers",
        EDGE,
        "edge-error-at-gateway",
        6,
    ),
    fails(
        "a load balancer answers 503, as a page",
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
        "the edge answers 524, as a page",
        || secure().fault(Fault::EdgeHtml { status: 524 }),
        "http.answers",
        EDGE,
        "edge-error-at-gateway",
        6,
    ),
    fails(
        "the edge answers 522, as JSON",
        || secure().fault(Fault::EdgeProblemJson { status: 522 }),
        "http.answers",
        EDGE,
        "edge-error-at-gateway",
        6,
    ),
    fails(
        "the answer is huge",
        || World::well().fault(Fault::HugeBody),
        "http.answers",
        "unknown",
        "answer-not-a-message",
        6,
    ),
    fails(
        "the answer is no JSON",
        || World::well().fault(Fault::InvalidJson),
        "http.answers",
        "unknown",
        "unexplained-answer",
        6,
    ),
    fails(
        "the answer is empty",
        || World::well().answer(500, &[], ""),
        "http.answers",
        "unknown",
        "unexplained-answer",
        6,
    ),
];

impl World {
    /// Cloudflare's own name leads nowhere, as it does where only the proxy gets out.
    fn at_far(self) -> Self {
        let _ = CLOUDFLARE;
        self.set("CF_AIG_GATEWAY_ORIGIN", "https://far.example.com").set("NO_PROXY", "localhost,.example.com")
    }
}
