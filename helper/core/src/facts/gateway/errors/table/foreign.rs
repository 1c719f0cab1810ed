//! Errors of other gateways and proxies in front of a model. None of them is Cloudflare's.

use super::prelude::*;

rows! {
    OWN;
    ForeignGuardrail {
        meaning: "A guardrail of another gateway or cloud (Databricks, Bedrock, LiteLLM, Kong, Portkey) blocked the text; it does not belong to AI Gateway.",
        fix: "ask whoever runs that guardrail; the blocked text stays in the history, so go back with /rewind or start over with /clear",
        alike: &[GuardrailPrompt, ContentRefused],
        [
            Failed,
            Any("guardrail | guard rail | blocked by policy:  | prompt shield | prompt injection | \
                 jailbreak | content safety | model armor | pii detected | presidio | lakera | moderation"),
        ] => Likely,
    }
    ForeignGateway {
        meaning: "Another gateway responded (new-api, one-api, LiteLLM, claude-code-router, Kong, Portkey and the like) and failed by itself; it is neither Cloudflare nor the model's provider.",
        fix: "check that gateway's log, or ask whoever runs it; `cf-aig explain ANTHROPIC_BASE_URL` shows where its URL is set",
        [Kind("new_api_error | one_api_error | shell_api_error | rix_api_error | upstream_error | \
               litellm_error | do_request_failed | bad_response_status_code | bad_response | \
               bad_response_body | get_channel_failed | channel_error | auth_unavailable | \
               api_not_implemented")] => Likely,
        [
            Failed,
            Any("new_api_error | one_api_error | (distributor) | do request failed | all channels | \
                 get_channel_failed | upstream load | no available account | no available provider | \
                 all providers failed | all providers are | auth_unavailable | no auth available | \
                 upstream request failed | upstream error | upstream service | error from provider | \
                 provider returned error | upstream returned | api error from upstream | \
                 litellm.apiconnectionerror | litellm.internalservererror | litellm proxy | \
                 no fallback model group | claude-code-router | ccr  | bifrost | omniroute | cliproxyapi | \
                 helicone | portkey | truefoundry | requesty | no kong | \
                 no route matched with those values | \
                 an invalid response was received from the upstream server | ring-balancer | apisix | tyk  | \
                 tyk.io"),
        ] => Likely,
        [Header("server", "kong"), StatusFrom(400, 599)] => Likely,
        [Header("x-litellm-version", ""), StatusFrom(400, 599)] => Likely,
        [Header("x-portkey-trace-id", ""), StatusFrom(400, 599)] => Likely,
    }
    UpstreamUnavailable {
        speaker: Unknown,
        meaning: "A server in front of the model (Envoy, nginx, HAProxy, a load balancer, a CDN) has no working server behind it; this is neither Cloudflare's gateway nor a response from the model.",
        fix: "try again in a minute; if it persists, that server's upstream is down or misconfigured: `curl -v` shows the server in `server` and `via`",
        alike: &[EdgeBadGateway, ProviderApiError],
        explains: &[ConnectionRefused, ConnectionLost, ConnectionFailed, NoAnswer, NameNotResolved],
        loosely: ordinary("upstream | backend | gateway | load balancer",
                          "error | fail | unavailable | unhealthy | bad | no healthy | down | timeout"),
        [
            Any("no healthy upstream | upstream connect error | upstream request timeout | \
                 reset before headers | no server is available to handle | no healthy backends | \
                 backend fetch failed | connection failure, transport failure | upstream timed out | \
                 upstream prematurely closed | upstream server is timing out | request could not be satisfied | \
                 awselb | application failed to respond | our services aren't available | \
                 error 502 (server error) | function_invocation_ | service temporarily unavailable | \
                 upstream unavailable | backend unavailable | bad gateway | dns cache overflow | \
                 no available server"),
            Not(&Status(403)),
        ] => Likely,
    }
    FrontServerRefused {
        speaker: Unknown,
        meaning: "A web server or load balancer in front (nginx, Apache, a proxy) refused with its own page; it is neither AI Gateway nor the provider, and credentials are not the problem.",
        fix: "ask whoever runs the server in front of that URL about its access rules (address, User-Agent, path, size of the body); `curl -v` shows in `server` whether it is nginx or a proxy of this network",
        alike: &[WafBlockPage, ProxyBlockPage],
        [
            Html,
            Any("403 forbidden | 401 authorization required | 405 not allowed | 405 method not allowed | \
                 406 not acceptable | 400 bad request | <center>nginx | openresty | tengine | \
                 apache server at | microsoft-azure-application-gateway | <center>cloudfront"),
        ] => Likely,
        [Status(403), Html, Header("server", "nginx")] => Likely,
        [Printed, Status(405)] => Possible,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { speaker: TheProvider, level: Reported, ..ROW };
