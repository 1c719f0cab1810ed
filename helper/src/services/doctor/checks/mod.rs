//! The table of checks: one row and one small function each. They read gathered facts and make no requests.

mod account;
mod answer;
mod machine;
mod network;

pub(super) use machine::untested;

use super::facts::Facts;
use super::finding::Checked;
use super::report::Layer;
use serde::Serialize;
use serde_json::json;

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
    /// The layer and a name: `tls.trusted`.
    pub(super) id: &'static str,
    pub(super) needs: Needs,
    pub(super) title: &'static str,
    pub(super) look: fn(&Facts) -> Checked,
}

impl Spec {
    /// The layer that the id begins with.
    pub(super) fn layer(&self) -> Layer {
        let is_named = |layer: &Layer| self.id.split_once('.').is_some_and(|(name, _)| name == layer.id());
        Layer::ALL.into_iter().find(is_named).expect("a test checks every id")
    }
}

const fn spec(id: &'static str, needs: Needs, title: &'static str, look: fn(&Facts) -> Checked) -> Spec {
    Spec { id, needs, title, look }
}

use Needs::{Machine, Network, Request};

/// Every check, in the order of the layers.
pub(super) static CHECKS: &[Spec] = &[
    spec("configuration.gateway", Machine, "a gateway is configured", machine::gateway),
    spec("configuration.values", Machine, "every configured value is valid", machine::values),
    spec("configuration.route", Machine, "a session can be routed, and it is known who pays", machine::route),
    spec("files.taken", Machine, "Claude Code uses every settings file", machine::files),
    spec("effective.base-url", Machine, "a session's requests go to the gateway", machine::base_url),
    spec(
        "effective.credentials",
        Machine,
        "exactly one credential is sent, and it is not a placeholder",
        machine::credentials,
    ),
    spec("effective.headers", Machine, "ANTHROPIC_CUSTOM_HEADERS is valid", machine::headers),
    spec("effective.models", Machine, "the configured models belong to the provider", machine::models),
    spec("effective.mod", Machine, "the plugin's mod is allowed to route", machine::the_mod),
    spec("effective.proxies", Machine, "a configured local proxy is running", machine::proxies),
    spec("effective.overridden", Machine, "no value hides another by accident", machine::overridden),
    spec("effective.surfaces", Machine, "where each surface sends its requests", machine::surfaces),
    spec("effective.request", Request, "a session's request can be built", machine::request),
    spec("url.base", Machine, "the base URL works for Claude Code", machine::url),
    spec("dns.address", Network, "the host resolves", network::address),
    spec("proxy.passes", Network, "the proxy lets requests through", network::proxy),
    spec("tcp.connects", Network, "the host accepts connections", network::connects),
    spec("tls.trusted", Network, "the certificate is trusted", network::trusted),
    spec("tls.expiry", Network, "the certificate does not expire soon", network::expiry),
    spec("tls.interception", Network, "TLS is not intercepted", network::interception),
    spec("http.answers", Network, "the gateway responds, not something in its place", network::answers),
    spec("gateway.exists", Network, "the gateway exists", answer::exists),
    spec("gateway-auth.token", Network, "the gateway accepts the session", answer::let_in),
    spec("gateway-auth.required", Network, "the gateway requires authentication", account::required),
    spec("provider-auth.reached", Network, "the provider responds", answer::reached),
    spec("provider-auth.credential", Network, "the provider accepts the credential", answer::credential),
    spec("model.id", Network, "the model id is valid", answer::model),
    spec("streaming.pieces", Network, "responses are streamed", answer::pieces),
    spec("log.collected", Network, "the gateway keeps a log", account::collected),
    spec("log.found", Network, "the request is in the log", answer::logged),
    spec("pays.who", Network, "the expected payer is charged", answer::pays),
    spec("pays.credits", Network, "credits are left, if they pay", account::credits),
    spec("limits.live", Network, "no limit refuses requests", answer::limits),
    spec("limits.rate", Network, "the rate limit", account::rate),
    spec("limits.spend", Network, "the spend limits", account::spend),
    spec("limits.policies", Network, "the policies", account::policies),
    spec("limits.cache", Network, "the cache", account::cache),
];

/// Every check, for `--list`.
pub fn list() -> impl Serialize {
    let row = |spec: &Spec| json!({"id": spec.id, "layer": spec.layer().id(), "checks": spec.title});
    json!({"schema": 1, "checks": CHECKS.iter().map(row).collect::<Vec<_>>()})
}

/// The same as text.
pub fn list_text() -> String {
    CHECKS.iter().map(|spec| format!("{:<26} {}\n", spec.id, spec.title)).collect()
}
