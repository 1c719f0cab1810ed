//! Changes through the API: gateways, custom providers, stored keys, dynamic routes, log entries; also an
//! account's credit and permission groups.
//!
//! A change applies to the emulated gateway's next request. Paths, fields and response formats are those of
//! Cloudflare's SDK 7.3.0; PUT and DELETE of stored keys those of its command `cf`.

mod billing;
mod custom;
mod domains;
mod gateways;
mod keys;
mod logs;
mod policies;
mod routes;
mod validate;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::query::Query;
use super::{Refusal, success};
use crate::http::{Inbound, Reply};
use crate::state::State;
use validate::Body;

/// Objects that are stored only here: created through the API, and only partly used by the gateway.
#[derive(Default)]
pub(crate) struct Store {
    custom_providers: Vec<Value>,
    domains: Vec<Value>,
    /// Includes deleted ones.
    known_slugs: BTreeSet<String>,
    keys: Vec<Value>,
    routes: Vec<routes::Route>,
}

/// Responds to requests below `accounts/{account}/`; `None` for a path that is not managed here.
pub(super) fn answer(
    state: &State,
    account: &str,
    path: &[&str],
    query: &Query,
    request: &Inbound,
) -> Option<Result<Reply, Refusal>> {
    let method = request.method.as_str();
    let body = || Body::read(&request.body);
    let result = match (method, path) {
        ("GET", ["tokens", "permission_groups"]) => Ok(permission_groups()),
        (_, ["ai-gateway", "billing", what]) => return billing::answer(state, method, what, query),
        (_, ["ai-gateway", "custom-providers", rest @ ..]) => {
            return custom::answer(state, account, method, rest, query, request);
        }
        ("POST", ["ai-gateway", "gateways"]) => body().and_then(|b| gateways::create(state, account, &b)),
        ("PUT", ["ai-gateway", "gateways", id]) => {
            body().and_then(|b| gateways::replace(state, account, id, &b))
        }
        ("DELETE", ["ai-gateway", "gateways", id]) => gateways::delete(state, account, id),
        ("PATCH", ["ai-gateway", "gateways", gateway, "logs", id]) => {
            body().and_then(|b| logs::edit(state, account, gateway, id, &b))
        }
        ("DELETE", ["ai-gateway", "gateways", gateway, "logs"]) => {
            logs::delete(state, account, gateway, query)
        }
        (_, ["ai-gateway", "gateways", gateway, part, path @ ..]) => {
            let answer = match *part {
                "provider_configs" => keys::answer,
                "custom-domains" => domains::answer,
                "policies" => policies::answer,
                "routes" => routes::answer,
                _ => return None,
            };
            if state.config().gateway(account, gateway).is_none() {
                return Some(Err(super::gateways::missing()));
            }
            return answer(&GatewayCall { state, account, gateway, method, path, query, request });
        }
        _ => return None,
    };
    Some(result)
}

/// A request to what belongs to one gateway, which exists.
struct GatewayCall<'a> {
    state: &'a State,
    account: &'a str,
    gateway: &'a str,
    method: &'a str,
    /// Below the kind of resource.
    path: &'a [&'a str],
    query: &'a Query,
    request: &'a Inbound,
}

impl GatewayCall<'_> {
    fn body(&self) -> Result<Body, Refusal> {
        Body::read(&self.request.body)
    }
}

/// The id of Run is Cloudflare's own (its command `cf` has it); the other two are invented.
fn permission_groups() -> Reply {
    let scopes = ["com.cloudflare.api.account"];
    let group = |id: &str, name: &str| json!({"id": id, "name": name, "scopes": scopes});
    success(json!([
        group("3f376c8e6f764a938b848bd01c8995c4", "AI Gateway Read"),
        group("fd7da01ce8b0449a861b7d7b2b3e4c11", "AI Gateway Write"),
        group("644535f4ed854494a59cb289d634b257", "AI Gateway Run"),
    ]))
}

/// An id in the style of the API: 32 hexadecimal characters.
fn new_id() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}
