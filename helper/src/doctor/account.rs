//! What Cloudflare's API says about the gateway: its settings, and the credits.

use super::engine;
use crate::cloudflare::{Api, Call, Failed, Method, segment};
use crate::context::Context;
use crate::error::Error;
use crate::gateway::auth::AuthMode;
use serde_json::Value;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The API's side of things.
#[derive(Debug)]
pub(super) struct Account {
    /// The gateway's settings; `None` when the API knows none of that id.
    pub(super) gateway: Result<Option<Value>, Error>,
    /// Credits, where they pay.
    pub(super) credit: Option<Result<Value, String>>,
}

/// Asks, both at once. The error says why nothing was asked.
pub(super) fn ask(context: &Context, mode: Option<AuthMode>, end: Instant) -> Result<Account, String> {
    if context.config.api_token.is_none() {
        return Err(
            "no API token is there to ask Cloudflare with: CLOUDFLARE_API_TOKEN, or the plugin's api_token"
                .to_owned(),
        );
    }
    let url = context.config.url.as_ref().map(|url| &url.value);
    let Some(id) = url.and_then(|url| url.gateway_id()).and_then(|id| segment(id.as_str())) else {
        return Err("on a custom domain the gateway's id is not known".to_owned());
    };
    let api = Api::connect(context).map_err(|error| error.message)?.with_patience(Duration::ZERO);
    let api = Arc::new(api);
    let credit = (mode == Some(AuthMode::UnifiedBilling)).then(|| {
        let api = Arc::clone(&api);
        engine::start("credit", move || {
            get(&api, "ai-gateway/billing/credit-balance").map_err(|e| Error::from(e).message)
        })
    });
    let gateway = match get(&api, &format!("ai-gateway/gateways/{id}")) {
        Ok(gateway) => Ok(Some(gateway)),
        // no route to it, or nothing there: either way no gateway of that id in that account
        Err(Failed::Refused(refusal)) if refusal.status == 404 => Ok(None),
        Err(failed) => Err(failed.into()),
    };
    Ok(Account { gateway, credit: credit.and_then(|asked| asked.until(end).is().cloned()) })
}

fn get(api: &Api, path: &str) -> Result<Value, Failed> {
    api.attempt(&Call::new(Method::Get, path))
}
