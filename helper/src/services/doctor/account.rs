//! Reads the gateway's settings and the credits from Cloudflare's API.

use super::finding::Finding;
use crate::base::error::{Error, Kind};
use crate::cloudflare::{Api, Failed};
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::errors::Speaker;
use crate::facts::gateway::ids::GatewayId;
use crate::facts::gateway::resources::{Gateway, Policy};
use crate::services::background::{self, Task};
use crate::services::context::Context;
use crate::services::verify::SessionRequest;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Results of the API calls.
#[derive(Debug)]
pub(super) struct AccountAnswers {
    /// The gateway's settings; `None` if the API has no gateway with this id.
    pub(super) gateway: Result<Option<Gateway>, Finding>,
    /// The gateway's policies, if the gateway exists.
    pub(super) policies: Option<Result<Vec<Policy>, Error>>,
    /// Credits, if they pay.
    pub(super) credit: Option<Result<Option<f64>, Error>>,
}

/// Why the API did not show the gateway.
fn unheard(failed: Failed) -> Finding {
    let (cause, otherwise) = match &failed {
        Failed::Refused(refusal) => (refusal.row().map(|row| row.cause), Speaker::CloudflareApi),
        Failed::Unsent { failure, .. } => (failure.cause(), Speaker::Nobody),
        Failed::Unusable(_) | Failed::AlreadyGone => (None, Speaker::Unknown),
    };
    let error = Error::from(failed);
    let finding = api_finding(error.message, error.hints.first().map(String::as_str));
    match cause {
        Some(cause) => finding.caused(cause),
        None => finding.by(otherwise),
    }
}

/// The API token is there, but the API is of no use.
pub(super) fn api_finding(evidence: impl Into<String>, fix: Option<&str>) -> Finding {
    Finding::warn(evidence)
        .means("The API token is only used to inspect the gateway; sessions do not need it.")
        .fix(fix.unwrap_or("check whether a proxy or firewall blocks api.cloudflare.com"))
}

/// Why no request is made without a token.
pub(super) const NO_TOKEN: &str =
    "no Cloudflare API token: set CLOUDFLARE_API_TOKEN, or the plugin's api_token";

/// Starts both requests at once; the error says why none is made.
pub(super) fn ask(
    context: &Context,
    session_request: &SessionRequest,
    end: Instant,
) -> Result<Task<AccountAnswers>, Error> {
    if context.config.api_token.is_none() {
        return Err(Error::new(Kind::Auth, NO_TOKEN));
    }
    let api = Arc::new(Api::connect(context)?.with_patience(Duration::ZERO));
    let Some(gateway) = session_request.url.gateway_id().cloned() else {
        return Err(Error::new(Kind::Finding, "a custom domain does not show which gateway it belongs to"));
    };
    let mode = session_request.mode;
    Ok(background::start(move || gathered(&api, &gateway, mode, end)))
}

fn gathered(api: &Arc<Api>, gateway: &GatewayId, mode: AuthMode, end: Instant) -> AccountAnswers {
    let credit = (mode == AuthMode::UnifiedBilling).then(|| {
        let api = Arc::clone(api);
        background::start(move || api.credit_balance().map_err(Error::from))
    });
    // no route to it, or nothing there: either way, this account has no gateway with this id
    let shown = Failed::or_absent(api.gateway(gateway)).map_err(unheard);
    let policies = matches!(shown, Ok(Some(_))).then(|| api.policies_in_force(gateway));
    AccountAnswers { gateway: shown, policies, credit: credit.and_then(|asked| asked.until(end)) }
}
