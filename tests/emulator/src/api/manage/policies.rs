//! Policies of a gateway: listed, written, staged, committed, simulated.
//!
//! Paths, fields and staging are those of the documentation of about 2026-10-06 (beta). The formats of
//! `resource` and of simulations are not known; these are a choice.

use serde_json::{Value, json};

use super::super::{Refusal, gateways, success};
use super::validate::{Body, invalid};
use super::{GatewayCall, new_id};
use crate::gateway::policy;
use crate::http::Reply;

pub(super) fn answer(call: &GatewayCall<'_>) -> Option<Result<Reply, Refusal>> {
    let &GatewayCall { state, account, gateway, method, path, query, .. } = call;
    let mut config = state.config();
    let Some(gateway) = config.gateway_mut(account, gateway) else { return Some(Err(gateways::missing())) };
    let has = |name: &str| query.get(name).is_some_and(|value| value != "false");
    let missing = || Refusal::new(404, 1004, "Policy not found");
    Some(match (method, path) {
        ("GET", []) => {
            let staged = gateway.staged_policies.iter().filter(|_| has("includeStaging"));
            Ok(success(gateway.policies.iter().chain(staged).cloned().collect()))
        }
        ("POST", []) => call.body().and_then(|body| {
            let mut policy = check(body)?;
            policy["id"] = new_id().into();
            let list = if has("commit") { &mut gateway.policies } else { &mut gateway.staged_policies };
            list.push(policy.clone());
            Ok(success(policy))
        }),
        ("POST", ["commit"]) => {
            let staged = std::mem::take(&mut gateway.staged_policies);
            gateway.policies.extend(staged);
            Ok(success(Value::Null))
        }
        ("POST", ["simulate"]) => call.body().map(|body| {
            let model = body.0.get("resource").and_then(Value::as_str).unwrap_or_default();
            let refusal = policy::judge(&gateway.policies, model).err();
            success(json!({"allowed": refusal.is_none(), "message": refusal.map(|refusal| refusal.message)}))
        }),
        (method, [id]) => {
            let lists = [&mut gateway.policies, &mut gateway.staged_policies];
            let found = lists.into_iter().find_map(|list| {
                let at = list.iter().position(|policy| policy["id"] == *id)?;
                Some((list, at))
            });
            match (method, found) {
                (_, None) => Err(missing()),
                ("GET", Some((list, at))) => Ok(success(list[at].clone())),
                ("DELETE", Some((list, at))) => Ok(success(list.remove(at))),
                ("PUT", Some((list, at))) => call.body().and_then(check).map(|mut policy| {
                    policy["id"] = (*id).into();
                    list[at] = policy.clone();
                    success(policy)
                }),
                _ => return None,
            }
        }
        _ => return None,
    })
}

fn check(body: Body) -> Result<Value, Refusal> {
    body.text("name")?;
    let action = &body.0.get("action").cloned().unwrap_or_default();
    if policy::kind(action).is_none() {
        return Err(invalid("Invalid enum value. Expected 'no-limit' | 'block' | 'limit'"));
    }
    Ok(Value::Object(body.0))
}
