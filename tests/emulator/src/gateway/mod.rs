//! `gateway.ai.cloudflare.com`: routes a request by its path.

pub(crate) mod auth;
pub(crate) mod cache;
mod call;
mod compat;
mod error;
mod exchange;
pub(crate) mod graph;
pub(crate) mod limits;
pub(crate) mod logs;
pub(crate) mod policy;
mod price;
mod route;
mod universal;

use std::sync::Arc;

use crate::config::{Config, Gateway};
use crate::http::{Inbound, Reply};
use crate::state::State;
use crate::upstream::providers;
use call::Call;
use error::Refusal;
use route::{Route, Surface};

/// Responds to one request to the gateway's host.
pub(crate) async fn handle(state: &Arc<State>, request: &Inbound) -> Reply {
    answer(state, request).await.unwrap_or_else(|refusal| refusal.reply())
}

async fn answer(state: &Arc<State>, request: &Inbound) -> Result<Reply, Refusal> {
    let route = Route::parse(request.path()).ok_or_else(Refusal::unknown_gateway)?;
    let (config, gateway) = gateway(state, &route, request)?;
    // In this order: the setting that requires a token belongs to a gateway, so the gateway is found first;
    // it is not known whether the provider is checked before the token.
    auth::admit(&gateway, &request.headers)?;
    let site = exchange::Site { state: Arc::clone(state), config, gateway };
    match route.surface {
        Surface::Native { provider, path } => {
            known_provider(&site.gateway, &provider)?;
            let call = Call {
                provider,
                method: request.method.clone(),
                path,
                query: request.query().to_owned(),
                headers: request.headers.clone(),
                body: request.body.clone(),
                step: 0,
            };
            Ok(exchange::run(&site, call).await.reply(&site))
        }
        Surface::Compat { path } => compat::answer(&site, request, &path).await,
        Surface::Universal => universal::answer(&site, request).await,
    }
}

/// The account's gateway, or why there is none.
fn gateway(state: &State, route: &Route, request: &Inbound) -> Result<(Config, Gateway), Refusal> {
    let mut config = state.config();
    if let Some(gateway) = config.gateway(&route.account_id, &route.gateway_id) {
        return Ok((config.clone(), gateway.clone()));
    }
    let sibling = config.gateways.iter().find(|known| known.account_id == route.account_id);
    // an account that does not exist looks like one whose token is missing
    let Some(sibling) = sibling else {
        return Err(Refusal::unauthorized());
    };
    if route.gateway_id != "default" {
        return Err(Refusal::unknown_gateway());
    }
    // only `default` is created with the first authenticated request
    let created = Gateway {
        account_id: route.account_id.clone(),
        gateway_id: route.gateway_id.clone(),
        tokens: sibling.tokens.clone(),
        ..Gateway::default()
    };
    auth::admit(&created, &request.headers)?;
    config.gateways.push(created.clone());
    Ok((config.clone(), created))
}

fn known_provider(gateway: &Gateway, slug: &str) -> Result<(), Refusal> {
    let is_custom =
        slug.strip_prefix("custom-").is_some_and(|slug| gateway.custom_providers.contains_key(slug));
    if is_custom || providers::is_known(slug) { Ok(()) } else { Err(Refusal::invalid_provider()) }
}
