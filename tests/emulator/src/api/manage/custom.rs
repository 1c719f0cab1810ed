//! Custom providers of the account, which all of its gateways can use while they are enabled.

use serde_json::{Value, json};

use super::super::query::Query;
use super::super::{Refusal, page, success};
use super::validate::Body;
use super::{Store, new_id};
use crate::http::{Inbound, Reply};
use crate::state::State;

pub(super) fn answer(
    state: &State,
    account: &str,
    method: &str,
    path: &[&str],
    query: &Query,
    request: &Inbound,
) -> Option<Result<Reply, Refusal>> {
    let body = || Body::read(&request.body);
    let result = match (method, path) {
        ("GET", []) => Ok(list(&state.store(), query)),
        ("POST", []) => body().and_then(|body| create(state, &body)),
        ("GET", [id]) => state.store().custom(id).map(|found| success(found.clone())),
        ("PATCH", [id]) => {
            body().and_then(|body| edit(&mut state.store(), id, &body, &state.clock.timestamp()))
        }
        ("DELETE", [id]) => delete(&mut state.store(), id),
        _ => return None,
    };
    tell_the_gateways(state, account);
    Some(result)
}

impl Store {
    fn custom(&mut self, id: &str) -> Result<&mut Value, Refusal> {
        let found = self.custom_providers.iter_mut().find(|provider| provider["id"] == id);
        found.ok_or_else(|| Refusal::new(404, 1004, "Custom provider not found"))
    }
}

fn list(store: &Store, query: &Query) -> Reply {
    let search = query.get("search").unwrap_or_default();
    let wanted = |provider: &&Value| {
        ["enable", "beta"]
            .iter()
            .all(|flag| query.get(flag).is_none_or(|want| provider[*flag].as_bool() == Some(want == "true")))
            && provider.to_string().contains(search)
    };
    let items: Vec<Value> = store.custom_providers.iter().filter(wanted).cloned().collect();
    page(&items, query, 100)
}

fn create(state: &State, body: &Body) -> Result<Reply, Refusal> {
    let slug = body.text("slug")?;
    body.text("name")?;
    check_url(&body.text("base_url")?)?;
    if slug.is_empty() || !slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Err(Refusal::new(400, 7001, "Invalid slug"));
    }
    let mut store = state.store();
    if store.custom_providers.iter().any(|provider| provider["slug"] == slug.as_str()) {
        return Err(Refusal::new(409, 1003, "A custom provider with this slug already exists"));
    }
    let now = state.clock.timestamp();
    let mut provider = json!({
        "id": new_id(), "enable": false, "beta": false, "created_at": now, "modified_at": now,
    });
    for (field, value) in &body.0 {
        provider[field] = value.clone();
    }
    store.known_slugs.insert(slug);
    store.custom_providers.push(provider.clone());
    Ok(success(provider))
}

fn edit(store: &mut Store, id: &str, body: &Body, now: &str) -> Result<Reply, Refusal> {
    if let Some(url) = body.optional_text("base_url")? {
        check_url(&url)?;
    }
    let provider = store.custom(id)?;
    for (field, value) in &body.0 {
        provider[field] = value.clone();
    }
    provider["modified_at"] = now.into();
    Ok(success(provider.clone()))
}

fn delete(store: &mut Store, id: &str) -> Result<Reply, Refusal> {
    let gone = store.custom(id)?.clone();
    store.custom_providers.retain(|provider| provider["id"] != id);
    Ok(success(gone))
}

fn check_url(url: &str) -> Result<(), Refusal> {
    let invalid = || Refusal::new(400, 1002, "base_url must be a valid https URL");
    url.strip_prefix("https://").filter(|rest| !rest.is_empty()).map(|_| ()).ok_or_else(invalid)
}

/// A provider that is not enabled cannot be called.
fn tell_the_gateways(state: &State, account: &str) {
    let store = state.store();
    let mut config = state.config();
    for gateway in config.gateways.iter_mut().filter(|gateway| gateway.account_id == account) {
        // keep those that a test added directly
        let known = |slug: &String| store.known_slugs.contains(slug);
        gateway.custom_providers.retain(|slug, _| !known(slug));
        for provider in store.custom_providers.iter().filter(|provider| provider["enable"] == true) {
            let text = |field: &str| provider[field].as_str().unwrap_or_default().to_owned();
            gateway.custom_providers.insert(text("slug"), text("base_url"));
        }
    }
}
