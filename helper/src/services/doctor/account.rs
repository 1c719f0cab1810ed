//! Reads the gateway's settings and the credits from Cloudflare's API.

use super::engine::{self, Task};
use crate::base::error::{Error, Kind};
use crate::cloudflare::{Api, Failed};
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::errors::{Cause, Speaker};
use crate::facts::gateway::ids::GatewayId;
use crate::facts::gateway::resources::{Gateway, Policy};
use crate::services::context::Context;
use crate::services::probe::ProbeOutcome;
use crate::services::verify::SessionRequest;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Results of the API calls.
#[derive(Debug)]
pub(super) struct AccountAnswers {
    /// The gateway's settings; `None` if the API has no gateway with this id.
    pub(super) gateway: Result<Option<Gateway>, Unheard>,
    /// The gateway's policies, if the gateway exists.
    pub(super) policies: Option<Result<Vec<Policy>, Error>>,
    /// Credits, if they pay.
    pub(super) credit: Option<Result<Option<f64>, Error>>,
}

/// Why the API returned nothing.
#[derive(Debug)]
pub(super) struct Unheard {
    pub(super) error: Error,
    /// Who refused, if the catalogue knows.
    pub(super) speaker: Speaker,
    pub(super) cause: Option<Cause>,
}

impl From<Failed> for Unheard {
    fn from(failed: Failed) -> Self {
        let (row, otherwise) = match &failed {
            Failed::Refused(refusal) => (refusal.row(), Speaker::CloudflareApi),
            Failed::Unsent { failure, .. } => (ProbeOutcome::from(failure.clone()).row(), Speaker::Nobody),
            Failed::Unusable(_) | Failed::AlreadyGone => (None, Speaker::Unknown),
        };
        let speaker = row.map_or(otherwise, |row| row.speaker);
        Self { error: failed.into(), speaker, cause: row.map(|row| row.cause) }
    }
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
    Ok(engine::start("account", move || gathered(&api, &gateway, mode, end)))
}

fn gathered(api: &Arc<Api>, gateway: &GatewayId, mode: AuthMode, end: Instant) -> AccountAnswers {
    let credit = (mode == AuthMode::UnifiedBilling).then(|| {
        let api = Arc::clone(api);
        engine::start("credit", move || api.credit_balance().map_err(Error::from))
    });
    // no route to it, or nothing there: either way, this account has no gateway with this id
    let shown = Failed::or_absent(api.gateway(gateway)).map_err(Unheard::from);
    let policies = matches!(shown, Ok(Some(_))).then(|| api.policies_in_force(gateway));
    AccountAnswers {
        gateway: shown,
        policies,
        credit: credit.and_then(|asked| asked.until(end).into_value()),
    }
}
