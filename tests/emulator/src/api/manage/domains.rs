//! Custom domains of a gateway. No certificate is issued: a domain stays pending.
//!
//! Paths and fields are those of Cloudflare's command `cf`; the SDK has none.

use serde_json::{Value, json};

use super::super::{Refusal, gateways, page, success};
use super::GatewayCall;
use super::validate::{Body, invalid};
use crate::http::Reply;

pub(super) fn answer(call: &GatewayCall<'_>) -> Option<Result<Reply, Refusal>> {
    let &GatewayCall { state, gateway, method, path, query, .. } = call;
    let own = |domain: &Value| domain["gateway_id"] == gateway;
    let is = |domain: &Value, host: &str| own(domain) && domain["hostname"] == host;
    let mut store = state.store();
    Some(match (method, path) {
        ("GET", []) => {
            let own: Vec<Value> = store.domains.iter().filter(|domain| own(domain)).cloned().collect();
            Ok(page(&own, query, 100))
        }
        ("POST", []) => call.body().and_then(|body| {
            let domain = made(&body, gateway)?;
            if store.domains.iter().any(|known| known["hostname"] == domain["hostname"]) {
                return Err(Refusal::new(409, 1003, "A custom domain with this name already exists"));
            }
            store.domains.push(domain.clone());
            Ok(success(domain))
        }),
        ("GET", [host]) => {
            let found = store.domains.iter().find(|domain| is(domain, host)).cloned();
            found.map(success).ok_or_else(gateways::missing)
        }
        ("DELETE", [host]) => {
            let at = store.domains.iter().position(|domain| is(domain, host)).ok_or_else(gateways::missing);
            at.map(|at| success(store.domains.remove(at)))
        }
        _ => return None,
    })
}

fn made(body: &Body, gateway: &str) -> Result<Value, Refusal> {
    let (domain, zone) = (body.text("domain")?, body.text("zone_id")?);
    if zone.len() != 32 || !zone.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(invalid("Invalid zone_id"));
    }
    Ok(json!({
        "hostname": domain, "gateway_id": gateway, "status": "pending_dcv",
        "cname_target": format!("{gateway}.emulator.example"),
    }))
}
