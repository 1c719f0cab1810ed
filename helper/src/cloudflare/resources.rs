//! The calls that read and change gateways, and what belongs to them or to their account.

use super::api::Api;
use super::failed::Failed;
use super::request::{ApiCall, segment};
use crate::base::error::{Error, Kind, Result};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::resources::{
    CustomDomain, CustomProvider, Gateway, Object, Route, RouteVersion, StoredKey,
};
use reqwest::Method;
use serde_json::{Value, json};

const GATEWAYS: &str = "ai-gateway/gateways";
const CUSTOM_PROVIDERS: &str = "ai-gateway/custom-providers";

impl Api {
    /// The gateway with that id.
    pub fn gateway(&self, id: &GatewayId) -> Result<Gateway, Failed> {
        self.attempt(&ApiCall::new(Method::GET, &below(id, "")))
    }

    /// The account's gateways, or those whose id contains a text.
    pub fn gateways(&self, search: Option<&str>) -> Result<Vec<Gateway>> {
        let query: Vec<_> = search.iter().map(|search| ("search", (*search).to_owned())).collect();
        self.pages(GATEWAYS, &query).collect()
    }

    /// Creates a gateway from its id and settings.
    pub fn create_gateway(&self, request: &Object) -> Result<Gateway> {
        self.write(Method::POST, GATEWAYS, request)
    }

    /// Replaces all settings of a gateway.
    pub fn replace_gateway(&self, id: &GatewayId, settings: &Object) -> Result<Gateway> {
        self.write(Method::PUT, &below(id, ""), settings)
    }

    /// Deletes a gateway with all that belongs to it.
    pub fn delete_gateway(&self, id: &GatewayId) -> Result<Value> {
        self.delete(&below(id, ""), &[])
    }

    /// The keys that a gateway stores.
    pub fn stored_keys(&self, gateway: &GatewayId) -> Result<Vec<StoredKey>> {
        self.pages(&below(gateway, "/provider_configs"), &[]).collect()
    }

    /// Stores a key.
    pub fn store_key(&self, gateway: &GatewayId, request: &Value) -> Result<StoredKey> {
        self.write(Method::POST, &below(gateway, "/provider_configs"), request)
    }

    /// Replaces the value of a key.
    pub fn replace_key(&self, gateway: &GatewayId, key: &StoredKey, secret: &str) -> Result<StoredKey> {
        let path = below(gateway, &format!("/provider_configs/{}", part(key.id())?));
        self.write(Method::PUT, &path, &json!({"secret": secret}))
    }

    /// Removes a key.
    pub fn remove_key(&self, gateway: &GatewayId, key: &StoredKey) -> Result<Value> {
        self.delete(&below(gateway, &format!("/provider_configs/{}", part(key.id())?)), &[])
    }

    /// The custom domains of a gateway.
    pub fn custom_domains(&self, gateway: &GatewayId) -> Result<Vec<CustomDomain>> {
        self.pages(&below(gateway, "/custom-domains"), &[]).collect()
    }

    /// The account's custom providers.
    pub fn custom_providers(&self) -> Result<Vec<CustomProvider>> {
        self.pages(CUSTOM_PROVIDERS, &[]).collect()
    }

    /// Creates a custom provider.
    pub fn create_custom_provider(&self, request: &Object) -> Result<CustomProvider> {
        self.write(Method::POST, CUSTOM_PROVIDERS, request)
    }

    /// Changes these fields of a custom provider.
    pub fn change_custom_provider(
        &self,
        provider: &CustomProvider,
        fields: &Object,
    ) -> Result<CustomProvider> {
        self.write(Method::PATCH, &format!("{CUSTOM_PROVIDERS}/{}", part(provider.id())?), fields)
    }

    /// Removes a custom provider.
    pub fn remove_custom_provider(&self, provider: &CustomProvider) -> Result<Value> {
        self.delete(&format!("{CUSTOM_PROVIDERS}/{}", part(provider.id())?), &[])
    }

    /// The dynamic routes of a gateway. UNVERIFIED: whether each has its elements.
    pub fn routes(&self, gateway: &GatewayId) -> Result<Vec<Route>> {
        self.pages_in(&below(gateway, "/routes"), "routes").collect()
    }

    /// A route with its elements.
    pub fn route(&self, gateway: &GatewayId, route: &Route) -> Result<Route> {
        self.get(&of_route(gateway, route, "")?, &[])
    }

    /// Creates a route and deploys its first version.
    pub fn create_route(&self, gateway: &GatewayId, name: &str, elements: &[Value]) -> Result<Route> {
        self.write(Method::POST, &below(gateway, "/routes"), &json!({"name": name, "elements": elements}))
    }

    /// Adds a version, which is not deployed. The response has no version id.
    pub fn add_version(&self, gateway: &GatewayId, route: &Route, elements: &[Value]) -> Result<Value> {
        self.write(Method::POST, &of_route(gateway, route, "/versions")?, &json!({"elements": elements}))
    }

    /// The versions of a route.
    pub fn versions(&self, gateway: &GatewayId, route: &Route) -> Result<Vec<RouteVersion>> {
        self.versions_in(&of_route(gateway, route, "/versions")?, "versions")
    }

    /// The versions that were deployed.
    pub fn deployments(&self, gateway: &GatewayId, route: &Route) -> Result<Vec<RouteVersion>> {
        self.versions_in(&of_route(gateway, route, "/deployments")?, "deployments")
    }

    /// Deploys a version.
    pub fn deploy(&self, gateway: &GatewayId, route: &Route, version: &str) -> Result<Value> {
        self.write(Method::POST, &of_route(gateway, route, "/deployments")?, &json!({"version_id": version}))
    }

    /// Deletes a route with all its versions.
    pub fn delete_route(&self, gateway: &GatewayId, route: &Route) -> Result<Value> {
        self.delete(&of_route(gateway, route, "")?, &[])
    }

    /// The credits that are left; `None` if the response does not say. Their unit is not documented.
    pub fn credit_balance(&self) -> Result<Option<f64>, Failed> {
        let credit: Object = self.attempt(&ApiCall::new(Method::GET, "ai-gateway/billing/credit-balance"))?;
        Ok(credit.get("balance").and_then(Value::as_f64))
    }

    fn versions_in(&self, path: &str, field: &str) -> Result<Vec<RouteVersion>> {
        match self.get::<Object>(path, &[])?.remove(field) {
            Some(Value::Array(list)) => {
                Ok(list.into_iter().filter_map(|version| serde_json::from_value(version).ok()).collect())
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// The path of a gateway, or of something below it.
pub(super) fn below(gateway: &GatewayId, rest: &str) -> String {
    format!("{GATEWAYS}/{gateway}{rest}")
}

fn of_route(gateway: &GatewayId, route: &Route, rest: &str) -> Result<String> {
    Ok(below(gateway, &format!("/routes/{}{rest}", part(route.id())?)))
}

/// An id from a response as a part of a path.
fn part(id: &str) -> Result<String> {
    segment(id).ok_or_else(|| {
        let id = id.escape_debug();
        Error::new(
            Kind::Finding,
            format!("the API's response has the id `{id}`, which is not valid in a URL"),
        )
    })
}
