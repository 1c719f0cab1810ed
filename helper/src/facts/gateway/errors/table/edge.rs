//! What stands in front of the gateway or between it and the provider: edge, firewall, proxies.

use crate::base::error::Kind;

use super::super::row::{ROW, Row, certain, likely, possible};
use super::super::{Cause, Layer};
use super::super::{
    Level::{Captured, Client, Documented, Reported, Unverified},
    Speaker::{CloudflareEdge, CorporateProxy, SandboxProxy, Unknown, Waf},
    Test::{Code, Edge, Header, Html, Message, Printed, Says, Status, StatusFrom, Zone},
};
use super::docs;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: Cause::EdgeErrorAtProvider,
        speaker: CloudflareEdge,
        layer: Layer::ProviderAuth,
        meaning: "The provider's own edge could not reach the provider's servers; your gateway is not involved.",
        fix: "wait as long as `retry_after` says (two minutes if it says nothing) and look at the provider's status page",
        signs: &[
            certain(&[Edge(520, 530), Zone("anthropic.com")]),
            certain(&[Edge(520, 530), Zone("openrouter.ai")]),
            certain(&[Edge(502, 504), Zone("anthropic.com")]),
            certain(&[Edge(502, 504), Zone("openrouter.ai")]),
        ],
        alike: &[Cause::EdgeError],
        note: "520 to 530 with the provider's host as `zone`. Claude Code tries 11 times, about three minutes.",
        level: Captured,
        ..ROW
    },
    Row {
        cause: Cause::EdgeErrorAtGateway,
        speaker: CloudflareEdge,
        meaning: "Cloudflare's edge in front of the gateway failed, or timed out waiting for it.",
        fix: "wait as long as `retry_after` says, then look at Cloudflare's status page; keep the ray id",
        signs: &[
            certain(&[Edge(520, 530), Zone("cloudflare.com")]),
            certain(&[Edge(502, 504), Zone("cloudflare.com")]),
        ],
        alike: &[Cause::EdgeError],
        note: "520 to 530, or the page of a 502, with a Cloudflare host as `zone`.",
        level: Unverified,
        ..ROW
    },
    Row {
        cause: Cause::EdgeError,
        speaker: CloudflareEdge,
        meaning: "A Cloudflare edge could not get an answer from the servers behind it; the evidence does not say whose edge.",
        fix: "give the whole body to `cf-aig diagnose` (`curl -v`): its `zone` says whether it is the provider's edge or the gateway's",
        signs: &[certain(&[Edge(520, 530)]), likely(&[StatusFrom(520, 527)]), likely(&[Status(530)])],
        alike: &[Cause::EdgeErrorAtProvider, Cause::EdgeErrorAtGateway],
        note: "520 to 530, as problem JSON today, as HTML before; 524 is a timeout after the connection was made.",
        level: Captured,
        ..ROW
    },
    Row {
        cause: Cause::EdgeBadGateway,
        speaker: CloudflareEdge,
        meaning: "An edge or load balancer answered in place of a server that did not.",
        fix: "send the request again in a minute; if it stays, get the body with `curl -v` and look at its `server` header",
        signs: &[
            certain(&[StatusFrom(500, 504), Html, Says("cloudflare")]),
            certain(&[StatusFrom(500, 504), Html, Header("server", "cloudflare")]),
            certain(&[Edge(502, 504)]),
            likely(&[Printed, Message("Bad Gateway")]),
            likely(&[Printed, Message("Gateway Time-out")]),
            likely(&[Printed, Status(504), Message("Gateway Timeout")]),
            likely(&[Printed, Message("Service Temporarily Unavailable")]),
            likely(&[StatusFrom(502, 504), Html]),
        ],
        alike: &[Cause::EdgeError, Cause::ProxyBlockPage, Cause::ProviderApiError],
        note: "502, 503 or 504 as an HTML page; Claude Code prints only its title. The provider itself answers in JSON.",
        level: Client,
        ..ROW
    },
    Row {
        cause: Cause::ClientBanned1010,
        speaker: Waf,
        meaning: "Cloudflare bans this kind of client by its fingerprint or User-Agent, before any gateway is asked.",
        fix: "send a User-Agent that says what the program is; a bare library default such as Python-urllib is refused",
        signs: &[certain(&[Edge(1010, 1010)]), certain(&[Says("error code: 1010")])],
        note: "403, `error code: 1010`. Claude Code's own User-Agent has not been seen to be refused; a proxy that rewrites it can be.",
        level: Captured,
        ..ROW
    },
    Row {
        cause: Cause::EdgeError1xxx,
        speaker: CloudflareEdge,
        meaning: "Cloudflare's edge refused the connection by a rule of the zone.",
        fix: "search the number in Cloudflare's list of 1xxx errors",
        signs: &[likely(&[Edge(1000, 1999)])],
        note: "`error code: 1NNN` as plain text.",
        level: Unverified,
        ..ROW
    },
    Row {
        cause: Cause::WafBlockPage,
        speaker: Waf,
        meaning: "A firewall rule blocked the request; prompts with code or shell commands look like attacks to such rules.",
        fix: "exempt the path /v1/messages from body inspection in the firewall that shows this page; keep its ray id",
        signs: &[
            certain(&[Says("Attention Required! | Cloudflare")]),
            certain(&[Says("Sorry, you have been blocked")]),
            likely(&[Status(403), Html, Header("server", "cloudflare")]),
            possible(&[Status(403), Html]),
            possible(&[Printed, Status(403)]),
        ],
        alike: &[Cause::ProxyBlockPage, Cause::HostNotAllowed],
        note: "403 as HTML; a short curl passes where a real prompt fails. Claude Code prints `Failed to authenticate` and the page's title, and does not retry.",
        level: Client,
        doc: Some(docs::CC_PROTOCOL),
        ..ROW
    },
    Row {
        cause: Cause::HostNotAllowed,
        speaker: SandboxProxy,
        layer: Layer::Proxy,
        exit: Some(Kind::Refused),
        meaning: "The proxy of the cloud session does not let this host out.",
        fix: "add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)",
        signs: &[
            certain(&[Header("x-deny-reason", "host_not_allowed")]),
            certain(&[Says("host_not_allowed")]),
            likely(&[Printed, Status(403), Message("status code (no body)")]),
        ],
        alike: &[Cause::ProxyRefusedHost, Cause::WafBlockPage],
        explains: &[Cause::ProxyRefusedHost],
        note: "403 with `x-deny-reason: host_not_allowed`, often with a certificate of another host. Claude Code prints only `403 status code (no body)`. Its own requests cannot be routed in such a session at all; programs that Bash starts can.",
        level: Client,
        doc: Some(docs::CC_CLOUD),
        ..ROW
    },
    Row {
        cause: Cause::ProxyAuthRequired,
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The proxy of this network wants a user name and password.",
        fix: "put them into HTTPS_PROXY (http://user:password@host:port), or add the gateway's host to NO_PROXY",
        signs: &[
            certain(&[Status(407)]),
            certain(&[Says("CONNECT tunnel failed, response 407")]),
            certain(&[Says("Proxy refused to open a tunnel: 407")]),
            likely(&[Printed, Code("ERR_PROXY_TUNNEL")]),
        ],
        alike: &[Cause::ProxyRefusedHost],
        note: "407, from the proxy only. Claude Code names the tunnel, not the number; its debug log has both. It gives up at once.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..ROW
    },
    Row {
        cause: Cause::ProxyRefusedHost,
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The proxy refuses to open a tunnel to this host.",
        fix: "have gateway.ai.cloudflare.com allowed on the proxy, or add it to NO_PROXY if there is a direct way out",
        signs: &[
            certain(&[Says("CONNECT tunnel failed, response 403")]),
            certain(&[Says("Proxy refused to open a tunnel: 403")]),
            likely(&[Says("Proxy refused to open a tunnel")]),
            likely(&[Says("CONNECT tunnel failed")]),
            likely(&[Printed, Code("ERR_PROXY_TUNNEL")]),
        ],
        alike: &[Cause::HostNotAllowed, Cause::ProxyAuthRequired],
        note: "In a cloud session the same is said by the session's own proxy. Claude Code tries for about three minutes, where it gives up at once on a 407.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..ROW
    },
    Row {
        cause: Cause::ProxyNotFound,
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "HTTPS_PROXY names a host that does not resolve.",
        fix: "run `cf-aig explain HTTPS_PROXY` to see where the value comes from, and correct or unset it there",
        signs: &[certain(&[Says("Could not resolve proxy")])],
        note: "As curl says it; Claude Code prints the same as for a host that does not resolve.",
        level: Client,
        ..ROW
    },
    Row {
        cause: Cause::ProxyBlockPage,
        speaker: CorporateProxy,
        meaning: "A proxy of this network answered with a page of its own.",
        fix: "have gateway.ai.cloudflare.com allowed on the proxy; the page's title names the product",
        signs: &[
            likely(&[Status(403), Html, Header("via", "")]),
            possible(&[Status(403), Html]),
            possible(&[Printed, Status(403)]),
        ],
        alike: &[Cause::WafBlockPage],
        note: "403 as HTML. Neither AI Gateway nor a provider answers a request of the API in HTML.",
        level: Reported,
        doc: Some(docs::CC_NETWORK),
        ..ROW
    },
    Row {
        cause: Cause::HtmlInsteadOfAnswer,
        speaker: CorporateProxy,
        meaning: "A web page came back with status 200: a login portal, a proxy, or a web server that is not the API.",
        fix: "open the base URL in a browser and see what answers; then `cf-aig validate` on it",
        signs: &[
            likely(&[Status(200), Html]),
            likely(&[
                Says("API returned an empty or malformed response (HTTP 200)"),
                Says("body is an HTML page"),
            ]),
        ],
        alike: &[Cause::AccessLogin, Cause::Redirected],
        explains: &[Cause::AnswerNotAMessage],
        note: "Claude Code tries twice and stops within a second.",
        level: Client,
        doc: Some(docs::CC_NETWORK),
        ..ROW
    },
    Row {
        cause: Cause::AnswerNotAMessage,
        speaker: Unknown,
        meaning: "Status 200 with a body that is not a Messages answer: the URL belongs to another API, or something on the way rewrites answers.",
        fix: "run `cf-aig validate` on the base URL, then `cf-aig conformance`",
        signs: &[likely(&[Says("API returned an empty or malformed response (HTTP 200)")])],
        alike: &[Cause::HtmlInsteadOfAnswer, Cause::StreamCut],
        level: Client,
        doc: Some(docs::CC_PROTOCOL),
        ..ROW
    },
    Row {
        cause: Cause::AccessLogin,
        speaker: CloudflareEdge,
        meaning: "The host is behind Cloudflare Access, and the request carried no Access token.",
        fix: "set `apiKeyHelper` to `cloudflared access login --no-verbose <host>` as Cloudflare's page shows",
        signs: &[
            certain(&[Header("location", "cloudflareaccess.com")]),
            certain(&[Says("cloudflareaccess.com")]),
            likely(&[Html, Says("Cloudflare Access")]),
        ],
        alike: &[Cause::HtmlInsteadOfAnswer],
        note: "Only on custom domains; gateway.ai.cloudflare.com has no login page.",
        level: Documented,
        doc: Some(docs::CC_CLOUDFLARE),
        ..ROW
    },
    Row {
        cause: Cause::Redirected,
        speaker: Unknown,
        meaning: "The URL redirects; a redirect drops the body or the credentials, and neither AI Gateway nor a provider redirects API requests.",
        fix: "set ANTHROPIC_BASE_URL to https and the final host; `cf-aig validate` corrects it",
        signs: &[
            likely(&[StatusFrom(301, 303)]),
            likely(&[StatusFrom(307, 308)]),
            certain(&[Code("TooManyRedirects")]),
        ],
        alike: &[Cause::AccessLogin, Cause::HtmlInsteadOfAnswer, Cause::NameNotResolved],
        note: "Claude Code follows redirects and then speaks of the target: of a name that does not resolve, or of a page that is no answer.",
        level: Client,
        ..ROW
    },
];
