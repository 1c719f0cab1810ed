//! Dynamic routes: versions of a graph, one of which is deployed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::query::Query;
use super::super::{Refusal, gateways, success};
use super::validate::{Body, invalid};
use super::{GatewayCall, Store, new_id};
use crate::http::Reply;
use crate::state::State;

/// A route with its history; the last deployment is in force.
pub(crate) struct Route {
    id: String,
    account: String,
    gateway: String,
    name: String,
    created_at: String,
    modified_at: String,
    versions: Vec<Version>,
    deployments: Vec<Value>,
}

struct Version {
    id: String,
    created_at: String,
    elements: Vec<Value>,
}

pub(super) fn answer(call: &GatewayCall<'_>) -> Option<Result<Reply, Refusal>> {
    let &GatewayCall { state, account, gateway, method, path, query, .. } = call;
    let now = state.clock.timestamp();
    let mut store = state.store();
    let result = match (method, path) {
        ("GET", []) => Ok(list(&store, gateway, query)),
        ("POST", []) => call.body().and_then(|body| create(&mut store, account, gateway, &body, &now)),
        ("GET", [id]) => store.route(gateway, id).map(|route| success(route.shown())),
        ("PATCH", [id]) => call.body().and_then(|body| rename(&mut store, gateway, id, &body, &now)),
        ("DELETE", [id]) => delete(&mut store, gateway, id),
        ("GET", [id, "versions"]) => store.route(gateway, id).map(|route| {
            let versions: Vec<_> = route.versions.iter().rev().map(|v| route.version(v)).collect();
            wrapped("versions", &versions)
        }),
        ("POST", [id, "versions"]) => call.body().and_then(|body| {
            let elements = elements(&body)?;
            let route = store.route(gateway, id)?;
            route.versions.push(Version { id: new_id(), created_at: now, elements });
            Ok(success(route.brief(route.versions.last())))
        }),
        ("GET", [id, "versions", version]) => store.route(gateway, id).and_then(|route| {
            let found = route.versions.iter().find(|v| v.id == *version).ok_or_else(gateways::missing)?;
            let mut shown = route.brief(Some(found));
            let version = route.version(found);
            for (field, value) in version.as_object().into_iter().flatten() {
                shown[field] = value.clone();
            }
            Ok(success(shown))
        }),
        ("GET", [id, "deployments"]) => store.route(gateway, id).map(|route| {
            wrapped("deployments", &route.deployments.iter().rev().cloned().collect::<Vec<_>>())
        }),
        ("POST", [id, "deployments"]) => call.body().and_then(|body| {
            let version = body.text("version_id")?;
            let route = store.route(gateway, id)?;
            route.deploy(&version, &now)?;
            Ok(success(route.brief(route.deployed())))
        }),
        _ => return None,
    };
    tell_the_gateway(state, &store, account, gateway);
    Some(result)
}

impl Store {
    fn route(&mut self, gateway: &str, id: &str) -> Result<&mut Route, Refusal> {
        let found = self.routes.iter_mut().find(|route| route.id == id && route.gateway == gateway);
        found.ok_or_else(gateways::missing)
    }
}

impl Route {
    fn deployed(&self) -> Option<&Version> {
        let id = self.deployments.last()?["version_id"].as_str()?;
        self.versions.iter().find(|version| version.id == id)
    }

    fn deploy(&mut self, version: &str, now: &str) -> Result<(), Refusal> {
        self.versions.iter().find(|known| known.id == version).ok_or_else(gateways::missing)?;
        now.clone_into(&mut self.modified_at);
        self.deployments.push(json!({"deployment_id": new_id(), "version_id": version, "created_at": now}));
        Ok(())
    }

    fn brief(&self, version: Option<&Version>) -> Value {
        json!({
            "id": self.id, "name": self.name, "gateway_id": self.gateway,
            "created_at": self.created_at, "modified_at": self.modified_at,
            "elements": version.map(|version| &version.elements),
        })
    }

    fn version(&self, version: &Version) -> Value {
        let active = self.deployed().is_some_and(|deployed| deployed.id == version.id);
        json!({
            "version_id": version.id, "created_at": version.created_at,
            "active": if active { "true" } else { "false" },
            "data": Value::from(version.elements.clone()).to_string(), "is_valid": true,
        })
    }

    fn shown(&self) -> Value {
        let mut shown = self.brief(self.deployed());
        shown["account_tag"] = self.account.as_str().into();
        shown["deployment"] = self.deployments.last().cloned().unwrap_or_default();
        shown["version"] = self.deployed().map(|version| self.version(version)).unwrap_or_default();
        shown
    }
}

/// These lists are not in `result`: the SDK reads them from `data`.
fn wrapped(name: &str, items: &[Value]) -> Reply {
    let mut data = json!({"order_by": "created_at", "order_by_direction": "desc", "page": 1, "per_page": 20});
    data[name] = items.into();
    Reply::json(200, &json!({"success": true, "errors": [], "messages": [], "data": data}))
}

fn list(store: &Store, gateway: &str, query: &Query) -> Reply {
    let number = query.number("page").unwrap_or(1).max(1);
    let per_page = query.number("per_page").unwrap_or(20).clamp(1, 100);
    let own = store.routes.iter().filter(|route| route.gateway == gateway);
    let routes: Vec<_> = own.skip((number - 1) * per_page).take(per_page).map(Route::shown).collect();
    let data = json!({
        "routes": routes, "page": number, "per_page": per_page,
        "order_by": "created_at", "order_by_direction": "desc",
    });
    Reply::json(200, &json!({"success": true, "errors": [], "messages": [], "data": data}))
}

fn create(store: &mut Store, account: &str, gateway: &str, body: &Body, now: &str) -> Result<Reply, Refusal> {
    let name = body.text("name")?;
    if name.is_empty() {
        return Err(invalid("Required: name"));
    }
    let elements = elements(body)?;
    if store.routes.iter().any(|route| route.gateway == gateway && route.name == name) {
        return Err(Refusal::new(409, 1003, "A route with this name already exists"));
    }
    let version = Version { id: new_id(), created_at: now.to_owned(), elements };
    let id = version.id.clone();
    let mut route = Route {
        id: new_id(),
        account: account.to_owned(),
        gateway: gateway.to_owned(),
        name,
        created_at: now.to_owned(),
        modified_at: now.to_owned(),
        versions: vec![version],
        deployments: Vec::new(),
    };
    route.deploy(&id, now)?;
    let shown = route.shown();
    store.routes.push(route);
    Ok(success(shown))
}

fn rename(store: &mut Store, gateway: &str, id: &str, body: &Body, now: &str) -> Result<Reply, Refusal> {
    let name = body.text("name")?;
    let route = store.route(gateway, id)?;
    route.name = name;
    now.clone_into(&mut route.modified_at);
    let shown = route.shown();
    Ok(Reply::json(200, &json!({"success": true, "errors": [], "messages": [], "route": shown})))
}

fn delete(store: &mut Store, gateway: &str, id: &str) -> Result<Reply, Refusal> {
    let route = store.route(gateway, id)?;
    let gone = route.brief(route.deployed());
    store.routes.retain(|route| route.id != id);
    Ok(success(gone))
}

/// Whether a graph is complete: one start, every output leads somewhere, percentages add up.
fn elements(body: &Body) -> Result<Vec<Value>, Refusal> {
    let list = body.0.get("elements").and_then(Value::as_array);
    let elements = list.ok_or_else(|| invalid("Required: elements"))?;
    let ids: BTreeSet<&str> = elements.iter().filter_map(|element| element["id"].as_str()).collect();
    if ids.len() != elements.len() {
        return Err(invalid("Element ids must be unique"));
    }
    if elements.iter().filter(|element| element["type"] == "start").count() != 1 {
        return Err(invalid("A route has exactly one start element"));
    }
    for element in elements {
        check(element, &ids)?;
    }
    Ok(elements.clone())
}

fn check(element: &Value, ids: &BTreeSet<&str>) -> Result<(), Refusal> {
    let kind = element["type"].as_str().unwrap_or_default();
    let needed: &[&str] = match kind {
        "start" => &["next"],
        "conditional" => &["true", "false"],
        "rate" | "model" => &["success", "fallback"],
        "percentage" | "end" => &[],
        _ => return Err(invalid("Invalid discriminator value: type")),
    };
    let outputs = element["outputs"].as_object().ok_or_else(|| invalid("Required: outputs"))?;
    if let Some(missing) = needed.iter().find(|name| !outputs.contains_key(**name)) {
        return Err(invalid(format!("Required: outputs.{missing}")));
    }
    let leads_nowhere =
        |output: &Value| output["elementId"].as_str().is_none_or(|target| !ids.contains(target));
    if outputs.values().any(leads_nowhere) {
        return Err(invalid("An output leads to no element"));
    }
    let numbers = |names: &[&str]| names.iter().all(|name| element["properties"][*name].is_number());
    let texts = |names: &[&str]| names.iter().all(|name| element["properties"][*name].is_string());
    let complete = match kind {
        "model" => texts(&["provider", "model"]) && numbers(&["retries", "timeout"]),
        "rate" => texts(&["key", "limitType"]) && numbers(&["limit", "window"]),
        "conditional" => element["properties"]["conditions"].is_object(),
        "percentage" => {
            let shares = outputs.keys().map(|share| share.trim_end_matches('%').parse::<u32>().ok());
            outputs.len() <= 5 && shares.sum::<Option<u32>>() == Some(100)
        }
        _ => true,
    };
    if complete { Ok(()) } else { Err(invalid(format!("Invalid properties of a {kind} element"))) }
}

/// Deploys versions to the gateway.
fn tell_the_gateway(state: &State, store: &Store, account: &str, gateway: &str) {
    if let Some(found) = state.config().gateway_mut(account, gateway) {
        let own = store.routes.iter().filter(|route| route.gateway == gateway);
        found.dynamic_graphs =
            own.filter_map(|route| Some((route.name.clone(), route.deployed()?.elements.clone()))).collect();
    }
}
