//! The table of checks: one row and one small function each. They read gathered facts and make no requests.

mod account;
mod answer;
mod machine;
mod way;

use super::facts::Facts;
use super::finding::Checked;
use super::report::Layer;
use serde_json::{Value, json};

/// What a check needs; later variants include the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Needs {
    /// This machine's files and environment.
    Machine,
    /// The request that a session would send.
    Request,
    /// Responses.
    Network,
}

/// A check.
pub(super) struct Spec {
    pub(super) id: &'static str,
    pub(super) layer: Layer,
    pub(super) needs: Needs,
    pub(super) title: &'static str,
    pub(super) look: fn(&Facts) -> Checked,
}

const fn spec(
    id: &'static str,
    layer: Layer,
    needs: Needs,
    title: &'static str,
    look: fn(&Facts) -> Checked,
) -> Spec {
    Spec { id, layer, needs, title, look }
}

use Layer as L;
use Needs::{Machine, Network, Request};

/// Every check, in the order of the layers.
pub(super) static CHECKS: &[Spec] = &[
    spec("configuration.gateway", L::Configuration, Machine, "a gateway is configured", machine::gateway),
    spec(
        "configuration.values",
        L::Configuration,
        Machine,
        "every configured value is valid",
        machine::values,
    ),
    spec(
        "configuration.route",
        L::Configuration,
        Machine,
        "a session can be routed, and it is known who pays",
        machine::route,
    ),
    spec("files.taken", L::Files, Machine, "Claude Code uses every settings file", machine::files),
    spec(
        "effective.base-url",
        L::Effective,
        Machine,
        "a session's requests go to the gateway",
        machine::base_url,
    ),
    spec(
        "effective.credentials",
        L::Effective,
        Machine,
        "exactly one credential is sent, and it is not a placeholder",
        machine::credentials,
    ),
    spec("effective.headers", L::Effective, Machine, "ANTHROPIC_CUSTOM_HEADERS is valid", machine::headers),
    spec(
        "effective.models",
        L::Effective,
        Machine,
        "the configured models belong to the provider",
        machine::models,
    ),
    spec("effective.mod", L::Effective, Machine, "the plugin's mod is allowed to route", machine::the_mod),
    spec("effective.proxies", L::Effective, Machine, "a configured local proxy is running", machine::proxies),
    spec(
        "effective.overridden",
        L::Effective,
        Machine,
        "no value hides another by accident",
        machine::overridden,
    ),
    spec(
        "effective.surfaces",
        L::Effective,
        Machine,
        "where each surface sends its requests",
        machine::surfaces,
    ),
    spec("effective.request", L::Effective, Request, "a session's request can be built", machine::request),
    spec("url.base", L::Url, Machine, "the base URL works for Claude Code", machine::url),
    spec("dns.address", L::Dns, Network, "the host resolves", way::address),
    spec("proxy.passes", L::Proxy, Network, "the proxy lets requests through", way::proxy),
    spec("tcp.connects", L::Tcp, Network, "the host accepts connections", way::connects),
    spec("tls.trusted", L::Tls, Network, "the certificate is trusted", way::trusted),
    spec("tls.expiry", L::Tls, Network, "the certificate does not expire soon", way::expiry),
    spec("tls.interception", L::Tls, Network, "TLS is not intercepted", way::interception),
    spec("http.answers", L::Http, Network, "the gateway responds, not something in its place", way::answers),
    spec("gateway.exists", L::Gateway, Network, "the gateway exists", answer::exists),
    spec("gateway-auth.token", L::GatewayAuth, Network, "the gateway accepts the session", answer::let_in),
    spec(
        "gateway-auth.required",
        L::GatewayAuth,
        Network,
        "the gateway requires authentication",
        account::required,
    ),
    spec("provider-auth.reached", L::ProviderAuth, Network, "the provider responds", answer::reached),
    spec(
        "provider-auth.credential",
        L::ProviderAuth,
        Network,
        "the provider accepts the credential",
        answer::credential,
    ),
    spec("model.id", L::Model, Network, "the model id is valid", answer::model),
    spec("streaming.pieces", L::Streaming, Network, "responses are streamed", answer::pieces),
    spec("log.collected", L::Log, Network, "the gateway keeps a log", account::collected),
    spec("log.found", L::Log, Network, "the request is in the log", answer::logged),
    spec("pays.who", L::Pays, Network, "the expected payer is charged", answer::pays),
    spec("pays.credits", L::Pays, Network, "credits are left, if they pay", account::credits),
    spec("limits.live", L::Limits, Network, "no limit refuses requests", answer::limits),
    spec("limits.rate", L::Limits, Network, "the rate limit", account::rate),
    spec("limits.spend", L::Limits, Network, "the spend limits", account::spend),
    spec("limits.policies", L::Limits, Network, "the policies", account::policies),
    spec("limits.cache", L::Limits, Network, "the cache", account::cache),
];

/// Every check, for `--list`: as text, or as `{"schema":1,"checks":[{"id","layer","checks"}]}`.
pub fn list(as_json: bool) -> String {
    if as_json {
        let row = |spec: &Spec| json!({"id": spec.id, "layer": spec.layer.id(), "checks": spec.title});
        let checks: Vec<Value> = CHECKS.iter().map(row).collect();
        return format!("{:#}\n", json!({"schema": 1, "checks": checks}));
    }
    CHECKS.iter().map(|spec| format!("{:<26} {}\n", spec.id, spec.title)).collect()
}
