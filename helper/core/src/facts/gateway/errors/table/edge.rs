//! Errors from in front of the gateway, or between it and the provider: edge, firewalls, proxies.

use super::prelude::*;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: EdgeErrorAtProvider,
        layer: Layer::ProviderAuth,
        meaning: "The provider's own edge could not reach the provider's servers; your gateway is not involved.",
        fix: "wait for the time in `retry_after` (two minutes if it is missing) and check the provider's status page",
        signs: &[
            certain(&[Edge(520, 530), Zone("anthropic.com")]),
            certain(&[Edge(520, 530), Zone("openrouter.ai")]),
            certain(&[Edge(502, 504), Zone("anthropic.com")]),
            certain(&[Edge(502, 504), Zone("openrouter.ai")]),
        ],
        alike: &[EdgeError],
        level: Captured,
        ..OWN
    },
    Row {
        cause: EdgeErrorAtGateway,
        meaning: "Cloudflare's edge in front of the gateway failed, or timed out waiting for it.",
        fix: "wait for the time in `retry_after`, then check Cloudflare's status page; keep the ray id",
        signs: &[
            certain(&[Edge(520, 530), Zone("cloudflare.com")]),
            certain(&[Edge(502, 504), Zone("cloudflare.com")]),
        ],
        alike: &[EdgeError],
        level: Unverified,
        ..OWN
    },
    Row {
        cause: EdgeError,
        meaning: "A Cloudflare edge got no response from the servers behind it; the evidence does not show whose edge it is.",
        fix: "pass the whole body to `cf-aig diagnose` (`curl -v`): its `zone` shows whether it is the provider's edge or the gateway's",
        signs: &[certain(&[Edge(520, 530)]), likely(&[StatusFrom(520, 527)]), likely(&[Status(530)])],
        alike: &[EdgeErrorAtProvider, EdgeErrorAtGateway],
        level: Captured,
        ..OWN
    },
    Row {
        cause: EdgeBadGateway,
        meaning: "An edge or load balancer responded in place of a server that did not.",
        fix: "send the request again in a minute; if it persists, get the body with `curl -v` and check its `server` header",
        signs: &[
            certain(&[StatusFrom(500, 504), Html, Says("cloudflare")]),
            certain(&[StatusFrom(500, 504), Html, Header("server", "cloudflare")]),
            certain(&[Edge(502, 504)]),
            likely(&[Printed, Message("Bad Gateway | Gateway Time-out | Service Temporarily Unavailable")]),
            likely(&[Printed, Status(504), Message("Gateway Timeout")]),
            likely(&[StatusFrom(502, 504), Html]),
        ],
        alike: &[EdgeError, ProxyBlockPage, ProviderApiError],
        explains: &[UpstreamUnavailable],
        ..OWN
    },
    Row {
        cause: ClientBanned1010,
        speaker: Waf,
        meaning: "Cloudflare bans this kind of client by its fingerprint or User-Agent, before the request reaches a gateway.",
        fix: "send a User-Agent that identifies the program; a library default such as Python-urllib is refused",
        signs: &[
            certain(&[Edge(1010, 1010)]),
            certain(&[Says("error code: 1010")]),
            likely(&[Any("error 1010 | banned your access based on your browser")]),
        ],
        explains: &[WafBlockPage],
        level: Captured,
        ..OWN
    },
    Row {
        cause: EdgeError1xxx,
        meaning: "Cloudflare's edge refused the connection by a rule of the zone.",
        fix: "look up the number in Cloudflare's list of 1xxx errors",
        signs: &[likely(&[Edge(1000, 1999)])],
        level: Unverified,
        ..OWN
    },
    Row {
        cause: WafBlockPage,
        speaker: Waf,
        meaning: "A firewall rule blocked the request; prompts with code or shell commands look like attacks to such rules.",
        fix: "exempt the path /v1/messages from body inspection in the firewall that returns this page; keep its ray id",
        signs: &[
            certain(&[Says("Attention Required! |")]),
            certain(&[Says("Sorry, you have been blocked")]),
            likely(&[Status(403), Html, Header("server", "cloudflare")]),
            possible(&[Status(403), Html]),
            possible(&[Printed, Status(403)]),
            likely(&[Any("just a moment... | challenge-platform | cf-chl | cf_chl | \
                          enable javascript and cookies to continue | checking your browser | \
                          checking if the site connection is secure | verify you are human | \
                          attention required! | sorry, you have been blocked | you are unable to access | \
                          managed challenge | cf-mitigated | ddos protection by | \
                          vercel security checkpoint | request blocked. we can't connect | \
                          the requested url was rejected | web application firewall | aws waf | incapsula | \
                          imperva | akamai | sucuri | mod_security | modsecurity | bot protection | \
                          access denied |")]),
            likely(&[Header("cf-mitigated", "")]),
        ],
        alike: &[ProxyBlockPage, HostNotAllowed],
        doc: Some(docs::CC_PROTOCOL),
        ..OWN
    },
    Row {
        cause: HostNotAllowed,
        speaker: SandboxProxy,
        layer: Layer::Proxy,
        exit: Some(Exit::Refused),
        meaning: "The cloud session's proxy does not allow this host.",
        fix: "add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)",
        signs: &[
            certain(&[Header("x-deny-reason", "")]),
            certain(&[Says("host_not_allowed")]),
            likely(&[Printed, Status(403), Message("status code (no body)")]),
        ],
        alike: &[ProxyRefusedHost, WafBlockPage],
        explains: &[ProxyRefusedHost],
        doc: Some(docs::CC_CLOUD),
        ..OWN
    },
    Row {
        cause: ProxyAuthRequired,
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "This network's proxy requires a user name and password.",
        fix: "put the user name and password into HTTPS_PROXY (http://user:password@host:port), or add the gateway's host to NO_PROXY",
        signs: &[
            certain(&[Status(407)]),
            certain(&[Says("CONNECT tunnel failed, response 407 | Proxy refused to open a tunnel: 407")]),
            possible(&[Printed, Code("ERR_PROXY_TUNNEL")]),
            likely(&[Any(
                "407 proxy authentication | proxy authentication required | proxy response (407) | \
                 tunnel connection failed: 407 | statuscode=407 | response 407 | http code 407 | \
                 proxyauthenticationrequired | authenticationrequired from proxy | 407 authentication",
            )]),
        ],
        alike: &[ProxyRefusedHost],
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: ProxyRefusedHost,
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The proxy refuses to open a tunnel to this host.",
        fix: "have gateway.ai.cloudflare.com allowed on the proxy, or add it to NO_PROXY if direct access is possible",
        signs: &[
            likely(&[Says("Proxy refused to open a tunnel: 403")]),
            possible(&[Says("Proxy refused to open a tunnel")]),
            possible(&[Printed, Code("ERR_PROXY_TUNNEL")]),
            likely(&[Any("tunnel connection failed | when http tunneling | proxy response ( | \
                          http code 403 from proxy | http code 502 from proxy | http code 503 from proxy | \
                          from proxy after connect | unsuccessful tunnel | \
                          tunneling socket could not be established | err_tunnel_connection_failed | \
                          proxy connect aborted | connect tunnel failed | proxy returned status | \
                          unexpected status from proxy")]),
        ],
        alike: &[HostNotAllowed, BashSandboxBlocked, ProxyAuthRequired],
        explains: &[ConnectionFailed, ConnectionLost, ProxyUnreachable],
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: ProxyNotFound,
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The host in HTTPS_PROXY does not resolve.",
        fix: "run `cf-aig explain HTTPS_PROXY` to see where the value comes from, and correct or unset it there",
        signs: &[certain(&[Says("Could not resolve proxy")])],
        ..OWN
    },
    Row {
        cause: ProxyBlockPage,
        speaker: CorporateProxy,
        meaning: "A proxy of this network responded with its own page.",
        fix: "have gateway.ai.cloudflare.com allowed on the proxy; the page's title shows the product",
        signs: &[
            likely(&[Status(403), Html, Header("via", "")]),
            possible(&[Status(403), Html]),
            possible(&[Printed, Status(403)]),
            likely(&[
                Any(
                    "zscaler | netskope | fortiguard | fortinet | web page blocked | blue coat | bluecoat | \
                     proxysg | mcafee web gateway | skyhigh | cisco umbrella | opendns | sophos | \
                     forcepoint | websense | palo alto networks | check point software | \
                     the requested url could not be retrieved | err_access_denied | squid | \
                     blocked by your organization | internet security by | menlo security | iboss | \
                     barracuda | url filtering | website blocked",
                ),
                Failed,
            ]),
        ],
        alike: &[WafBlockPage],
        level: Reported,
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: HtmlInsteadOfAnswer,
        speaker: CorporateProxy,
        meaning: "A web page came back with status 200: a login portal, a proxy, or a web server that is not the API.",
        fix: "open the base URL in a browser to see what responds; then run `cf-aig validate` on it",
        signs: &[
            likely(&[Status(200), Html]),
            likely(&[
                Says("API returned an empty or malformed response (HTTP 200)"),
                Says("body is an HTML page"),
            ]),
            likely(&[
                Failed,
                Any("unexpected token '<' | unexpected token < | unrecognized token '<' | \"<!doctype | \
                     \"<html | invalid character '<' | 'text/html' | content type: text/html | \
                     content-type: text/html | expected json but got html | mimetype: text/html"),
            ]),
        ],
        alike: &[AccessLogin, Redirected],
        explains: &[AnswerNotAMessage, ClientCrashedOnAnswer],
        doc: Some(docs::CC_NETWORK),
        ..OWN
    },
    Row {
        cause: AnswerNotAMessage,
        speaker: Unknown,
        meaning: "Status 200 with a body that is not a Messages response: the URL belongs to another API, or something in between rewrites responses.",
        fix: "run `cf-aig validate` on the base URL, then `cf-aig conformance`",
        signs: &[likely(&[Says("API returned an empty or malformed response (HTTP 200)")])],
        alike: &[HtmlInsteadOfAnswer, StreamCut],
        doc: Some(docs::CC_PROTOCOL),
        ..OWN
    },
    Row {
        cause: AccessLogin,
        meaning: "The host is behind Cloudflare Access, and the request carried no Access token.",
        fix: "set `apiKeyHelper` to `cloudflared access login --no-verbose HOST` as on Cloudflare's page",
        signs: &[
            certain(&[Header("location", "cloudflareaccess.com")]),
            certain(&[Says("cloudflareaccess.com")]),
            likely(&[Html, Says("Cloudflare Access")]),
        ],
        alike: &[HtmlInsteadOfAnswer],
        level: Documented,
        doc: Some(docs::CC_CLOUDFLARE),
        ..OWN
    },
    Row {
        cause: Redirected,
        speaker: Unknown,
        meaning: "The URL redirects, which drops the body or the credentials; neither AI Gateway nor a provider redirects API requests.",
        fix: "set ANTHROPIC_BASE_URL to https and the final host; `cf-aig validate` corrects it",
        signs: &[
            likely(&[StatusFrom(301, 303)]),
            likely(&[StatusFrom(307, 308)]),
            certain(&[Code("TooManyRedirects")]),
            likely(&[Any(
                "301 moved permanently | 302 found | 307 temporary redirect | 308 permanent redirect",
            )]),
        ],
        alike: &[AccessLogin, HtmlInsteadOfAnswer, NameNotResolved],
        ..OWN
    },
];

/// Defaults of this table's rows.
const OWN: Row = Row { speaker: CloudflareEdge, ..ROW };
