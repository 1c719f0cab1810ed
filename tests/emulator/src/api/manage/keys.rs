//! Stored keys (BYOK): provider, alias, and a secret that is never returned.

use serde_json::{Value, json};

use super::super::{Refusal, gateways, page, success};
use super::validate::{Body, invalid};
use super::{GatewayCall, Store, new_id};
use crate::config::Gateway;
use crate::http::Reply;
use crate::state::State;
use crate::upstream::providers;

pub(super) fn answer(call: &GatewayCall<'_>) -> Option<Result<Reply, Refusal>> {
    let &GatewayCall { state, account, gateway, method, path, query, .. } = call;
    adopt(state, account, gateway);
    Some(match (method, path) {
        ("GET", []) => {
            let store = state.store();
            let own = store.keys.iter().filter(|key| key["gateway_id"] == gateway);
            Ok(page(&own.cloned().collect::<Vec<_>>(), query, 100))
        }
        ("POST", []) => call.body().and_then(|body| create(state, account, gateway, &body)),
        ("PUT", [id]) => call.body().and_then(|body| rotate(state, account, gateway, id, &body)),
        ("DELETE", [id]) => delete(state, account, gateway, id),
        _ => return None,
    })
}

/// Keys that a test added directly are listed too.
fn adopt(state: &State, account: &str, gateway: &str) {
    let mut store = state.store();
    let config = state.config();
    let Some(found) = config.gateway(account, gateway) else { return };
    let defaults = found.stored_keys.iter().map(|(provider, key)| (provider, "default", key));
    let aliases = found.stored_key_aliases.iter().flat_map(|(provider, aliases)| {
        aliases.iter().map(move |(alias, key)| (provider, alias.as_str(), key))
    });
    for (provider, alias, secret) in defaults.chain(aliases) {
        let known = store.keys.iter().any(|key| {
            key["gateway_id"] == gateway
                && key["provider_slug"] == provider.as_str()
                && (key["alias"] == alias || (alias == "default" && key["default_config"] == true))
        });
        if !known {
            let key = object(gateway, provider, alias, alias == "default", secret, &state.clock.timestamp());
            store.keys.push(key);
        }
    }
}

fn object(gateway: &str, provider: &str, alias: &str, default: bool, secret: &str, now: &str) -> Value {
    json!({
        "id": new_id(), "alias": alias, "default_config": default, "gateway_id": gateway,
        "modified_at": now, "provider_slug": provider, "secret_id": new_id(),
        "secret_preview": preview(secret),
    })
}

/// It is not documented how Cloudflare shortens a secret.
fn preview(secret: &str) -> String {
    let end = secret.len() - secret.len().min(4);
    format!("...{}", secret.get(end..).unwrap_or_default())
}

fn create(state: &State, account: &str, gateway: &str, body: &Body) -> Result<Reply, Refusal> {
    let (provider, alias) = (body.text("provider_slug")?, body.text("alias")?);
    let default = body.flag("default_config")?;
    let secret = match (body.optional_text("secret")?, body.optional_text("secret_id")?) {
        (Some(secret), None) => secret,
        (None, Some(_)) => String::new(),
        _ => return Err(invalid("Either secret or secret_id is required")),
    };
    let is_custom = provider.starts_with("custom-");
    if !providers::is_known(&provider) && !is_custom {
        return Err(invalid("Invalid provider_slug"));
    }
    let mut store = state.store();
    let taken = store.keys.iter().any(|key| {
        key["gateway_id"] == gateway
            && key["provider_slug"] == provider.as_str()
            && key["alias"] == alias.as_str()
    });
    if taken {
        return Err(Refusal::new(409, 1003, "A provider config with this alias already exists"));
    }
    let mut key = object(gateway, &provider, &alias, default, &secret, &state.clock.timestamp());
    for field in ["rate_limit", "rate_limit_period"] {
        if let Some(value) = body.0.get(field) {
            key[field] = value.clone();
        }
    }
    store.keys.push(key.clone());
    with_gateway(state, account, gateway, |found| put(found, &key, &secret));
    Ok(success(key))
}

impl Store {
    fn key(&mut self, gateway: &str, id: &str) -> Result<&mut Value, Refusal> {
        let found = self.keys.iter_mut().find(|key| key["id"] == id && key["gateway_id"] == gateway);
        found.ok_or_else(gateways::missing)
    }
}

fn rotate(state: &State, account: &str, gateway: &str, id: &str, body: &Body) -> Result<Reply, Refusal> {
    let secret = body.text("secret")?;
    let mut store = state.store();
    let key = store.key(gateway, id)?;
    key["secret_preview"] = preview(&secret).into();
    key["modified_at"] = state.clock.timestamp().into();
    with_gateway(state, account, gateway, |found| put(found, key, &secret));
    Ok(success(key.clone()))
}

fn delete(state: &State, account: &str, gateway: &str, id: &str) -> Result<Reply, Refusal> {
    let mut store = state.store();
    let gone = store.key(gateway, id)?.clone();
    store.keys.retain(|key| key["id"] != id);
    with_gateway(state, account, gateway, |found| {
        let (provider, alias) = names(&gone);
        if is_default(&gone) {
            found.stored_keys.remove(provider);
        }
        if let Some(aliases) = found.stored_key_aliases.get_mut(provider) {
            aliases.remove(alias);
        }
    });
    Ok(success(gone))
}

fn names(key: &Value) -> (&str, &str) {
    (key["provider_slug"].as_str().unwrap_or_default(), key["alias"].as_str().unwrap_or_default())
}

fn is_default(key: &Value) -> bool {
    key["alias"] == "default" || key["default_config"] == true
}

fn put(gateway: &mut Gateway, key: &Value, secret: &str) {
    let (provider, alias) = names(key);
    if is_default(key) {
        gateway.stored_keys.insert(provider.to_owned(), secret.to_owned());
    }
    if alias != "default" {
        let aliases = gateway.stored_key_aliases.entry(provider.to_owned()).or_default();
        aliases.insert(alias.to_owned(), secret.to_owned());
    }
}

fn with_gateway(state: &State, account: &str, gateway: &str, change: impl FnOnce(&mut Gateway)) {
    if let Some(found) = state.config().gateway_mut(account, gateway) {
        change(found);
    }
}
