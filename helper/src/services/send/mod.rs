//! Sends one prompt to the gateway, prints the equivalent curl command, and reads the response.

mod answer;
mod request;

pub use answer::SendResponse;
pub use request::{Keys, PreparedRequest, SendOptions, SendTarget, Step};

use crate::base::error::{Error, Kind, Result};
use crate::base::text::clean;
use crate::facts::gateway::errors::{Cause, Judgement, Response, Row, Speaker};
use crate::http::Http;
use crate::services::probe::ProbeOutcome;
use crate::ui::progress::Waiting;
use std::time::Duration;

/// Timeout: a model may think for long before its first byte.
const LIMIT: Duration = Duration::from_secs(300);
/// Larger than any response to one prompt.
const MAX_BODY: u64 = 16 << 20;

/// Sends it and reads the whole response.
///
/// # Errors
/// No response, or a refusal, explained by the error catalogue.
pub fn send(request: &PreparedRequest, host: &str, extra_roots: Option<&str>) -> Result<SendResponse> {
    let unsent = |failure| {
        let outcome = ProbeOutcome::from(failure);
        Error::new(Kind::Network, outcome.sentence(host)).hinted(outcome.fix(host))
    };
    let http = Http::new(&request.url, extra_roots, |builder| {
        builder.connect_timeout(Duration::from_secs(10)).timeout(LIMIT)
    })
    .map_err(unsent)?;
    let mut call = http.client().post(&request.url);
    for (name, value) in &request.headers {
        call = call.header(*name, request.revealed(value, false));
    }
    let body = request.revealed(&request.body.to_string(), true);
    let _waiting = Waiting::start(host);
    let response = call.body(body).send().map_err(|error| unsent(http.failure(&error)))?;
    let response = http.read(response, MAX_BODY).map_err(unsent)?;
    let judged = Judgement::of(&response);
    if judged.is_message() {
        return Ok(SendResponse::read(&response.headers, &response.body, &request.steps));
    }
    Err(refused(&judged, &response, &request.target))
}

fn refused(judged: &Judgement, response: &Response, target: &SendTarget) -> Error {
    let Judgement { row, status, .. } = judged;
    if !judged.is_explained() {
        return Error::new(Kind::Finding, format!("the response did not come from a model (HTTP {status})"));
    }
    let kind = match (row.speaker, status) {
        (Speaker::SandboxProxy, _) => Kind::Refused,
        (Speaker::AiGateway | Speaker::Provider | Speaker::CloudflareApi, 401) => Kind::Auth,
        (Speaker::AiGateway | Speaker::GatewayPolicy | Speaker::Provider, _)
            if row.exit == Some(Kind::NotFound) =>
        {
            Kind::NotFound
        }
        (Speaker::AiGateway | Speaker::GatewayPolicy | Speaker::Provider, _) => Kind::Finding,
        _ => Kind::Network,
    };
    let log = response.headers.iter().find(|(name, _)| name == "cf-aig-log-id");
    let error = Error::new(
        kind,
        format!("{}: {} (HTTP {status})", row.speaker.label(), row.meaning.trim_end_matches('.')),
    )
    .hinted(fix(row, target));
    match log {
        Some((_, id)) => error.hinted(format!("`cf-aig logs show {}` has the request", clean(id))),
        None => error,
    }
}

/// What to do. The catalogue's advice is for Claude Code, whose model and key come from variables.
fn fix(row: &Row, target: &SendTarget) -> String {
    match (row.cause, target) {
        (Cause::ModelNotFound | Cause::GatewayModelUnknown, SendTarget::Provider(_)) => {
            "pass an id from the provider's own model list with --model".to_owned()
        }
        (Cause::ProviderSlugUnknown | Cause::ModelNotFound | Cause::GatewayModelUnknown, SendTarget::Route(_)) => {
            "`cf-aig route list` lists the routes; `cf-aig route show` shows the models of one".to_owned()
        }
        (Cause::ProviderCredentialMissing, SendTarget::Provider(name)) => {
            let own = Keys::variables(name).first().map(|name| format!("set {name}, ")).unwrap_or_default();
            format!(
                "{own}store a key (`cf-aig key add {name}`), or let Cloudflare pay (--auth unified-billing)"
            )
        }
        (Cause::ProviderCredentialMissing, _) => {
            "store a key for each provider (`cf-aig key add PROVIDER`), or let Cloudflare pay (--auth unified-billing)"
                .to_owned()
        }
        _ => row.fix.to_owned(),
    }
}
