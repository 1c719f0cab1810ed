//! The live state: a gateway and everything that belongs to it, from the API.

use super::shape::LeftOut;
use crate::base::error::Result;
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
        Ok(Self {
            routes: or_none(routes(api, gateway), "dynamic routes", &mut unread),
            keys: or_none(api.stored_keys(gateway), "stored keys", &mut unread),
            custom_providers: or_none(api.custom_providers(), "custom providers", &mut unread),
            domains: or_none(api.custom_domains(gateway), "custom domains", &mut unread),
            settings,
            unread,
        })
    }
}

/// What was read; if it could not be read, nothing, and a note.
fn or_none<T>(read: Result<Vec<T>>, name: &str, unread: &mut Vec<LeftOut>) -> Vec<T> {
    read.unwrap_or_else(|error| {
        unread.push(LeftOut { at: name.to_owned(), why: clean(&error.message) });
        Vec::new()
    })
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
