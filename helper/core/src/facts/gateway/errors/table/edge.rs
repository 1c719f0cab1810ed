//! Errors from in front of the gateway, or between it and the provider: edge, firewalls, proxies.

use super::prelude::*;

rows! {
    OWN;
    EdgeErrorAtProvider {
        layer: Layer::ProviderAuth,
        meaning: "The provider's own edge could not reach the provider's servers; your gateway is not involved.",
        fix: "wait for the time in `retry_after` (two minutes if it is missing) and check the provider's status page",
        alike: &[EdgeError],
        level: Captured,
        [Edge(520, 530), Zone("anthropic.com")] => Certain,
        [Edge(520, 530), Zone("openrouter.ai")] => Certain,
        [Edge(502, 504), Zone("anthropic.com")] => Certain,
        [Edge(502, 504), Zone("openrouter.ai")] => Certain,
    }
    EdgeErrorAtGateway {
        meaning: "Cloudflare's edge in front of the gateway failed, or timed out waiting for it.",
        fix: "wait for the time in `retry_after`, then check Cloudflare's status page; keep the ray id",
        alike: &[EdgeError],
        level: Unverified,
        [Edge(520, 530), Zone("cloudflare.com")] => Certain,
        [Edge(502, 504), Zone("cloudflare.com")] => Certain,
    }
    EdgeError {
        meaning: "A Cloudflare edge got no response from the servers behind it; the evidence does not show whose edge it is.",
        fix: "pass the whole body to `cf-aig diagnose` (`curl -v`): its `zone` shows whether it is the provider's edge or the gateway's",
        alike: &[EdgeErrorAtProvider, EdgeErrorAtGateway],
        level: Captured,
        [Edge(520, 530)] => Certain,
        [StatusFrom(520, 527)] => Likely,
        [Status(530)] => Likely,
    }
    EdgeBadGateway {
        meaning: "An edge or load balancer responded in place of a server that did not.",
        fix: "send the request again in a minute; if it persists, get the body with `curl -v` and check its `server` header",
        alike: &[EdgeError, ProxyBlockPage, ProviderApiError],
        explains: &[UpstreamUnavailable],
        [StatusFrom(500, 504), Html, Says("cloudflare")] => Certain,
        [StatusFrom(500, 504), Html, Header("server", "cloudflare")] => Certain,
        [Edge(502, 504)] => Certain,
        [Printed, Message("Bad Gateway | Gateway Time-out | Service Temporarily Unavailable")] => Likely,
        [Printed, Status(504), Message("Gateway Timeout")] => Likely,
        [StatusFrom(502, 504), Html] => Likely,
    }
    ClientBanned1010 {
        speaker: Waf,
        meaning: "Cloudflare bans this kind of client by its fingerprint or User-Agent, before the request reaches a gateway.",
        fix: "send a User-Agent that identifies the program; a library default such as Python-urllib is refused",
        explains: &[WafBlockPage],
        level: Captured,
        [Edge(1010, 1010)] => Certain,
        [Says("error code: 1010")] => Certain,
        [Any("error 1010 | banned your access based on your browser")] => Likely,
    }
    EdgeError1xxx {
        meaning: "Cloudflare's edge refused the connection by a rule of the zone.",
        fix: "look up the number in Cloudflare's list of 1xxx errors",
        level: Unverified,
        [Edge(1000, 1999)] => Likely,
    }
    WafBlockPage {
        speaker: Waf,
        meaning: "A firewall rule blocked the request; prompts with code or shell commands look like attacks to such rules.",
        fix: "exempt the path /v1/messages from body inspection in the firewall that returns this page; keep its ray id",
        alike: &[ProxyBlockPage, HostNotAllowed],
        doc: Some(docs::CC_PROTOCOL),
        loosely: telling("captcha | challenge | firewall | waf | cloudflare | bot",
                         "block | challenge | verif | banned | denied | 403 | 验证 | detect | forbidden"),
        [Says("Attention Required! |")] => Certain,
        [Says("Sorry, you have been blocked")] => Certain,
        [Status(403), Html, Header("server", "cloudflare")] => Likely,
        [Status(403), Html] => Possible,
        [Printed, Status(403)] => Possible,
        [Any("just a moment... | challenge-platform | cf-chl | cf_chl | \
              enable javascript and cookies to continue | checking your browser | \
              checking if the site connection is secure | verify you are human | attention required! | \
              sorry, you have been blocked | you are unable to access | managed challenge | cf-mitigated | \
              ddos protection by | vercel security checkpoint | request blocked. we can't connect | \
              the requested url was rejected | web application firewall | aws waf | incapsula | imperva | \
              akamai error | akamaighost | edgesuite.net | sucuri | mod_security | modsecurity | \
              bot protection | access denied |"), Failed] => Likely,
        [Html, Any("akamai")] => Likely,
        [Html, Any("just a moment... | challenge-platform | cf-chl | cf_chl | \
                    enable javascript and cookies to continue | checking your browser | \
                    checking if the site connection is secure | verify you are human | \
                    ddos protection by | vercel security checkpoint")] => Likely,
        [Header("cf-mitigated", "")] => Likely,
    }
    HostNotAllowed {
        speaker: SandboxProxy,
        layer: Layer::Proxy,
        exit: Some(Exit::Refused),
        meaning: "The cloud session's proxy does not allow this host.",
        fix: "add gateway.ai.cloudflare.com and api.cloudflare.com to the environment's allowed domains (network access: Custom)",
        alike: &[ProxyRefusedHost, WafBlockPage],
        explains: &[ProxyRefusedHost],
        doc: Some(docs::CC_CLOUD),
        [Header("x-deny-reason", "")] => Certain,
        [Says("host_not_allowed")] => Certain,
        [Printed, Status(403), Message("status code (no body)")] => Likely,
    }
    ProxyAuthRequired {
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "This network's proxy requires a user name and password.",
        fix: "put the user name and password into HTTPS_PROXY (http://user:password@host:port), or add the gateway's host to NO_PROXY",
        alike: &[ProxyRefusedHost],
        doc: Some(docs::CC_NETWORK),
        [Status(407)] => Certain,
        [Says("CONNECT tunnel failed, response 407 | Proxy refused to open a tunnel: 407")] => Certain,
        [Printed, Code("ERR_PROXY_TUNNEL")] => Possible,
        [Any("407 proxy authentication | proxy authentication required | proxy response (407) | \
              tunnel connection failed: 407 | statuscode=407 | response 407 | http code 407 | \
              proxyauthenticationrequired | authenticationrequired from proxy | 407 authentication")] => Likely,
    }
    ProxyRefusedHost {
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The proxy refuses to open a tunnel to this host.",
        fix: "have gateway.ai.cloudflare.com allowed on the proxy, or add it to NO_PROXY if direct access is possible",
        alike: &[HostNotAllowed, BashSandboxBlocked, ProxyAuthRequired],
        explains: &[ConnectionFailed, ConnectionLost, ProxyUnreachable],
        doc: Some(docs::CC_NETWORK),
        [Says("Proxy refused to open a tunnel: 403")] => Likely,
        [Says("Proxy refused to open a tunnel")] => Possible,
        [Printed, Code("ERR_PROXY_TUNNEL")] => Possible,
        [Any("tunnel connection failed | when http tunneling | proxy response ( | http code 403 from proxy | \
              http code 502 from proxy | http code 503 from proxy | from proxy after connect | \
              unsuccessful tunnel | tunneling socket could not be established | \
              err_tunnel_connection_failed | proxy connect aborted | connect tunnel failed | \
              proxy returned status | unexpected status from proxy")] => Likely,
    }
    ProxyNotFound {
        speaker: CorporateProxy,
        layer: Layer::Proxy,
        meaning: "The host in HTTPS_PROXY does not resolve.",
        fix: "run `cf-aig explain HTTPS_PROXY` to see where the value comes from, and correct or unset it there",
        [Says("Could not resolve proxy")] => Certain,
    }
    ProxyBlockPage {
        speaker: CorporateProxy,
        meaning: "A proxy of this network responded with its own page.",
        fix: "have gateway.ai.cloudflare.com allowed on the proxy; the page's title shows the product",
        alike: &[WafBlockPage],
        level: Reported,
        doc: Some(docs::CC_NETWORK),
        [Status(403), Html, Header("via", "")] => Likely,
        [Status(403), Html] => Possible,
        [Printed, Status(403)] => Possible,
        [
            Any("zscaler | netskope | fortiguard | fortinet | web page blocked | blue coat | bluecoat | \
                 proxysg | mcafee web gateway | skyhigh | cisco umbrella | opendns | sophos | forcepoint | \
                 websense | palo alto networks | check point software | \
                 the requested url could not be retrieved | err_access_denied | squid | \
                 blocked by your organization | internet security by | menlo security | iboss | barracuda | \
                 url filtering | website blocked"),
            Failed,
        ] => Likely,
    }
    HtmlInsteadOfAnswer {
        speaker: CorporateProxy,
        meaning: "A web page came back with status 200: a login portal, a proxy, or a web server that is not the API.",
        fix: "open the base URL in a browser to see what responds; then run `cf-aig validate` on it",
        alike: &[AccessLogin, Redirected],
        explains: &[AnswerNotAMessage, ClientCrashedOnAnswer],
        doc: Some(docs::CC_NETWORK),
        [Status(200), Html] => Likely,
        [
            Says("API returned an empty or malformed response (HTTP 200)"),
            Says("body is an HTML page"),
        ] => Likely,
        [
            Failed,
            Any("unexpected token '<' | unexpected token < | unrecognized token '<' | \"<!doctype | \
                 \"<html | invalid character '<' | 'text/html' | content type: text/html | \
                 content-type: text/html | expected json but got html | mimetype: text/html"),
        ] => Likely,
    }
    AnswerNotAMessage {
        speaker: Unknown,
        meaning: "Status 200 with a body that is not a Messages response: the URL belongs to another API, or something in between rewrites responses.",
        fix: "run `cf-aig validate` on the base URL, then `cf-aig conformance`",
        alike: &[HtmlInsteadOfAnswer, StreamCut],
        doc: Some(docs::CC_PROTOCOL),
        [Says("API returned an empty or malformed response (HTTP 200)")] => Likely,
    }
    AccessLogin {
        meaning: "The host is behind Cloudflare Access, and the request carried no Access token.",
        fix: "set `apiKeyHelper` to `cloudflared access login --no-verbose HOST` as on Cloudflare's page",
        alike: &[HtmlInsteadOfAnswer],
        level: Documented,
        doc: Some(docs::CC_CLOUDFLARE),
        [Header("location", "cloudflareaccess.com")] => Certain,
        [Says("cloudflareaccess.com")] => Certain,
        [Html, Says("Cloudflare Access")] => Likely,
    }
    Redirected {
        speaker: Unknown,
        meaning: "The URL redirects, which drops the body or the credentials; neither AI Gateway nor a provider redirects API requests.",
        fix: "set ANTHROPIC_BASE_URL to https and the final host; `cf-aig validate` corrects it",
        alike: &[AccessLogin, HtmlInsteadOfAnswer, NameNotResolved],
        [StatusFrom(301, 303)] => Likely,
        [StatusFrom(307, 308)] => Likely,
        [Code("TooManyRedirects")] => Certain,
        [Any("301 moved permanently | 302 found | 307 temporary redirect | 308 permanent redirect")] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { speaker: CloudflareEdge, ..ROW };
