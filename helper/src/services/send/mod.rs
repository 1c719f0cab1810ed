//! Sends one prompt to the gateway, prints the equivalent curl command, and reads the response.

mod answer;
mod request;

pub use answer::SendResponse;
pub use request::{Keys, PreparedRequest, SendOptions, SendTarget, Step};

use crate::base::error::{Error, Kind, Result};
use crate::base::text::clean;
use crate::cloudflare::{Api, GatewayLog};
use crate::facts::gateway::errors::{Cause, Judgement, Response, Row, Speaker};
use crate::facts::gateway::resources::LogEntry;
use crate::http::{Failure, Http};
use crate::services::context::Context;
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
    let unsent = |failure: Failure| failure.error(host);
    let http = Http::new(&request.url, extra_roots, |builder| {
        builder.connect_timeout(Duration::from_secs(10)).timeout(LIMIT)
    })
    .map_err(unsent)?;
    let mut call = http.client().post(&request.url);
    for (name, value) in &request.headers {
        call = call.header(*name, request.revealed(value));
    }
    let body = request.revealed_in_json(&request.body.to_string());
    let _waiting = Waiting::start(host);
    let response =
        http.send(call.body(body)).and_then(|response| http.read(response, MAX_BODY)).map_err(unsent)?;
    let judged = Judgement::of(&response);
    if judged.is_message() {
        return Ok(SendResponse::read(&response, &request.steps));
    }
    Err(refused(&judged, &response, &request.target))
}

/// The log entry of the response, for which it waits at most `limit`.
///
/// # Errors
/// Why the cost is unknown.
pub fn logged(context: &Context, answer: &SendResponse, limit: Duration) -> Result<LogEntry> {
    let unknown = |why: &str| Error::new(Kind::Finding, why);
    let id = answer.log_id.as_deref().ok_or_else(|| unknown("the response names no log entry"))?;
    if limit.is_zero() {
        return Err(unknown("the log was not searched"));
    }
    let gateway = context.config.url.as_ref().and_then(|url| url.value.gateway_id());
    let gateway = gateway.ok_or_else(|| unknown("the gateway id is not known here"))?;
    let api = Api::connect(context)?.with_patience(limit);
    let found = GatewayLog::new(&api, gateway).awaited(id, limit)?;
    found.ok_or_else(|| unknown(&format!("the log has no entry after {} s", limit.as_secs())))
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
    let error = Error::new(
        kind,
        format!("{}: {} (HTTP {status})", row.speaker.label(), row.meaning.trim_end_matches('.')),
    )
    .hinted(fix(row, target));
    match response.header("cf-aig-log-id") {
        Some(id) => error.hinted(format!("`cf-aig logs show {}` has the request", clean(id))),
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
