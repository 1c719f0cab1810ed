//! The live state: a gateway and everything that belongs to it, from the API.

use super::shape::LeftOut;
use crate::base::error::{Error, Result};
use crate::base::text::clean;
use crate::cloudflare::Api;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{CustomDomain, CustomProvider, Gateway, Object, Route, StoredKey};
use crate::facts::gateway::settings::{self, SESSIONS};

/// A gateway with its routes, keys, providers and domains.
#[derive(Debug, Default)]
pub struct Live {
    /// All writable settings.
    pub settings: Gateway,
    /// Dynamic routes.
    pub routes: Vec<Route>,
    /// Stored keys, without the keys.
    pub keys: Vec<StoredKey>,
    /// The account's custom providers.
    pub custom_providers: Vec<CustomProvider>,
    /// Custom domains.
    pub domains: Vec<CustomDomain>,
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
        let settings = settings::writable(&api.gateway(gateway)?);
        let mut unread = Vec::new();
        let mut missed = |name: &str, error: Error| {
            unread.push(LeftOut { at: name.to_owned(), why: clean(&error.message) });
        };
        let routes = routes(api, gateway).map_err(|error| missed("dynamic routes", error));
        let keys = api.stored_keys(gateway).map_err(|error| missed("stored keys", error));
        let custom_providers = api.custom_providers().map_err(|error| missed("custom providers", error));
        let domains = api.custom_domains(gateway).map_err(|error| missed("custom domains", error));
        let (routes, keys) = (routes.unwrap_or_default(), keys.unwrap_or_default());
        let (custom_providers, domains) = (custom_providers.unwrap_or_default(), domains.unwrap_or_default());
        Ok(Self { settings, routes, keys, custom_providers, domains, unread })
    }
}

/// The dynamic routes. A route that is listed without its elements is fetched by its id.
fn routes(api: &Api, gateway: &GatewayId) -> Result<Vec<Route>> {
    let whole = |route: Route| {
        if route.field("elements").is_array() { Ok(route) } else { api.route(gateway, &route) }
    };
    api.routes(gateway)?.into_iter().map(whole).collect()
}

/// The object with only these fields, if present.
pub(super) fn part(item: &Object, keys: &[&str]) -> Object {
    let there = keys.iter().filter_map(|key| {
        let value = item.get(*key).filter(|value| !value.is_null())?;
        Some(((*key).to_owned(), value.clone()))
    });
    there.collect()
}
