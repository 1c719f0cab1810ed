//! The response: who sent it, and whether it shows that a session would work.

use super::request::{PATH, SessionRequest};
use crate::base::error::Kind;
use crate::facts::gateway::auth::masked;
use crate::facts::gateway::errors::{Cause, Judgement, Layer, Speaker};
use crate::http::Received;
use crate::services::probe::{ProbeConnection, ProbeOutcome};
use serde_json::Value;
use std::time::Duration;

/// Timeout for a response.
const LIMIT: Duration = Duration::from_secs(20);

/// The relevant parts of a response.
#[derive(Debug, Clone)]
pub struct SessionResponse {
    /// The response, and how it arrived.
    pub received: Received,
    /// What it shows.
    pub verdict: ResponseVerdict,
    /// Who refused; `None` for a response without an error.
    pub refusal: Option<Judgement>,
}

/// What a response shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseVerdict {
    /// The provider accepted the credential; it refused the made-up request, or responded to the
    /// real one.
    Served,
    /// The provider refused the credential that reached it.
    CredentialRefused,
    /// The provider accepted the credential and refused for another reason, such as a limit.
    ProviderRefused,
    /// Something before the provider refused.
    Stopped,
}

impl ResponseVerdict {
    /// A real model is asked only by a request that spends; the other one must be refused.
    fn of(judged: &Judgement, session_request: &SessionRequest) -> Self {
        match (judged.speaker(), judged.row.cause) {
            _ if judged.is_message() => Self::Served,
            (Speaker::Provider, cause) if cause.refuses_the_credential() => Self::CredentialRefused,
            // every capture shows Anthropic's order (credential first), but no page documents it
            (Speaker::Provider, _) if judged.row.layer == Layer::Model && !session_request.spends => {
                Self::Served
            }
            (Speaker::Provider, _) => Self::ProviderRefused,
            _ => Self::Stopped,
        }
    }
}

impl SessionResponse {
    /// A header of the response; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.received.header(name)
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.received.status()
    }

    /// The error kind that decides the exit code.
    pub fn kind(&self) -> Option<Kind> {
        let refusal = self.refusal.as_ref()?;
        Some(refusal.row.exit.unwrap_or(match refusal.speaker() {
            Speaker::SandboxProxy | Speaker::CorporateProxy | Speaker::Waf => Kind::Refused,
            _ => Kind::Finding,
        }))
    }
}

/// Sends a request over a connection of its own; a missing response is a [`ProbeOutcome`].
pub(super) fn ask(
    session_request: &SessionRequest,
    extra_roots: Option<&str>,
) -> Result<SessionResponse, ProbeOutcome> {
    let line = ProbeConnection::open(&session_request.url, extra_roots, LIMIT, &[])?;
    send(session_request, &line)
}

/// Sends a request and judges its response.
pub(crate) fn send(
    session_request: &SessionRequest,
    line: &ProbeConnection,
) -> Result<SessionResponse, ProbeOutcome> {
    let headers: Vec<(&str, &str)> =
        session_request.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    let mut received = line.post(PATH, &headers, &session_request.body.to_string())?;
    // do not repeat a credential that a server echoes
    let response = &mut received.response;
    response.body = masked(&response.body, &session_request.headers);
    for (_, value) in &mut response.headers {
        *value = masked(value, &session_request.headers);
    }
    let judged = Judgement::of_exchange(&received.response, headers.iter().map(|(name, _)| *name));
    let judged = match judged {
        // any web server refuses a request that it does not know
        judged if is_foreign(&judged, session_request, &received.response.body) => {
            Judgement { row: Cause::UnexplainedAnswer.row(), ..judged }
        }
        judged => judged,
    };
    let verdict = ResponseVerdict::of(&judged, session_request);
    let refusal = (verdict != ResponseVerdict::Served).then_some(judged);
    Ok(SessionResponse { received, verdict, refusal })
}

/// True for a refusal that counts as a provider's, behind the path of Anthropic, without Anthropic's format.
fn is_foreign(judged: &Judgement, session_request: &SessionRequest, body: &str) -> bool {
    let is_anthropics = |body: Value| body["type"] == "error" && body["error"]["type"].is_string();
    judged.speaker() == Speaker::Provider
        && judged.row.layer == Layer::Model
        && session_request.url.provider().slug() == "anthropic"
        && !serde_json::from_str(body).is_ok_and(is_anthropics)
}
