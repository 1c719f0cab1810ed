//! The live state: a gateway and everything that belongs to it, from the API.

use super::shape::LeftOut;
use crate::base::error::{Error, Kind, Result};
use crate::base::text::clean;
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::settings::{self, SESSIONS};
use serde_json::{Map, Value, json};

/// An API object.
pub(super) type Item = Map<String, Value>;

/// A gateway with its routes, keys, providers and domains.
#[derive(Debug, Default)]
pub struct Live {
    /// All writable settings.
    pub settings: Item,
    /// Dynamic routes.
    pub routes: Vec<Item>,
    /// Stored keys, without the keys.
    pub keys: Vec<Item>,
    /// The account's custom providers.
    pub custom_providers: Vec<Item>,
    /// Custom domains.
    pub domains: Vec<Item>,
    /// What could not be read, and why.
    pub unread: Vec<LeftOut>,
}

impl Live {
    /// What `gateway create` would create.
    pub fn defaults() -> Self {
        Self { settings: settings::defaults(SESSIONS), ..Self::default() }
    }

    /// Reads everything. Returns an error only if the gateway itself cannot be read; other failures
    /// are listed.
    pub fn read(api: &Api, gateway: &GatewayId) -> Result<Self> {
        let path = format!("ai-gateway/gateways/{gateway}");
        let settings = settings::writable(&api.get(&path, &[])?);
        let mut unread = Vec::new();
        let mut part = |name: &str, items: Result<Vec<Item>>| {
            items.unwrap_or_else(|error| {
                unread.push(LeftOut { at: name.to_owned(), why: clean(&error.message) });
                Vec::new()
            })
        };
        let list = |path: &str| api.pages(path, &[]).collect::<Result<Vec<Item>>>();
        let routes = part("dynamic routes", routes(api, &format!("{path}/routes")));
        let keys = part("stored keys", list(&format!("{path}/provider_configs")));
        let custom_providers = part("custom providers", list("ai-gateway/custom-providers"));
        let domains = part("custom domains", list(&format!("{path}/custom-domains")));
        Ok(Self { settings, routes, keys, custom_providers, domains, unread })
    }
}

/// The dynamic routes. A route that is listed without its elements is fetched by its id.
fn routes(api: &Api, path: &str) -> Result<Vec<Item>> {
    let whole = |route: Result<Item>| {
        let route = route?;
        let id = route.get("id").and_then(Value::as_str).and_then(crate::cloudflare::segment);
        match (route.get("elements"), id) {
            (Some(Value::Array(_)), _) => Ok(route),
            (_, Some(id)) => api.get(&format!("{path}/{id}"), &[]),
            (_, None) => Err(Error::new(Kind::Finding, "a route has no id")),
        }
    };
    api.pages_in(path, "routes").map(whole).collect()
}

/// A text field of an object; empty if absent.
pub(super) fn text<'a>(item: &'a Item, key: &str) -> &'a str {
    item.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The fields that a request to recreate this object would send, if present.
pub(super) fn body(item: &Item, keys: &[&str]) -> Value {
    let there = keys.iter().filter_map(|key| {
        let value = item.get(*key).filter(|value| !value.is_null())?;
        Some(((*key).to_owned(), value.clone()))
    });
    json!(there.collect::<Item>())
}
