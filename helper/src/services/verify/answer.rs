//! The response: who sent it, and whether it shows that a session would work.

use super::request::{Errand, PATH};
use crate::base::error::Kind;
use crate::facts::gateway::auth::masked;
use crate::facts::gateway::errors::{Layer, Response, Speaker};
use crate::services::diagnose::{self, Finding};
use crate::services::probe::{Line, Outcome, Reply};
use std::time::Duration;

/// Timeout for a response.
const LIMIT: Duration = Duration::from_secs(20);

/// The relevant parts of a response.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Status, headers with names in lower case, and the start of the body.
    pub response: Response,
    /// From the first byte sent to the last one read.
    pub took: Duration,
    /// What it shows.
    pub verdict: Verdict,
    /// Who refused; `None` for a response without an error.
    pub finding: Option<Finding>,
}

/// What a response shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
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

impl Answer {
    /// What a response to this request shows.
    pub fn of(response: Response, took: Duration, errand: &Errand) -> Self {
        let (verdict, finding) = judge(&response, errand);
        Self { response, took, verdict, finding }
    }

    /// A header of the response; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status.unwrap_or_default()
    }

    /// The error kind that decides the exit code.
    pub fn kind(&self) -> Option<Kind> {
        if self.verdict == Verdict::Served {
            return None;
        }
        let finding = self.finding.as_ref()?;
        Some(finding.cause.row().exit.unwrap_or(match finding.speaker {
            Speaker::SandboxProxy | Speaker::CorporateProxy | Speaker::Waf => Kind::Refused,
            _ => Kind::Finding,
        }))
    }
}

/// Sends a request over a connection of its own; a missing response is an [`Outcome`].
pub(super) fn ask(errand: &Errand, extra_roots: Option<&str>) -> Result<Answer, Outcome> {
    let line = Line::open(&errand.url, extra_roots, LIMIT, &[])?;
    let reply = send(errand, &line)?;
    Ok(Answer::of(reply.response, reply.whole, errand))
}

/// Sends a request and reads its response.
pub(crate) fn send(errand: &Errand, line: &Line) -> Result<Reply, Outcome> {
    let headers: Vec<(&str, &str)> =
        errand.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
    let mut reply = line.post(PATH, &headers, &errand.body.to_string())?;
    // do not repeat a credential that a server echoes
    reply.response.body = masked(&reply.response.body, &errand.headers);
    Ok(reply)
}

fn judge(response: &Response, errand: &Errand) -> (Verdict, Option<Finding>) {
    let is_message = serde_json::from_str::<serde_json::Value>(&response.body)
        .is_ok_and(|body| body["type"] == "message" || body["choices"].is_array());
    if response.status == Some(200) && is_message {
        return (Verdict::Served, None);
    }
    let sent = errand.headers.iter().map(|(name, _)| name.clone()).collect();
    let finding = diagnose::explain_knowing(response, sent).findings.swap_remove(0);
    let verdict = match (finding.speaker, finding.cause) {
        (Speaker::Provider, cause) if cause.refuses_the_credential() => Verdict::CredentialRefused,
        // every capture shows Anthropic's order (credential first), but no page documents it
        (Speaker::Provider, cause) if cause.row().layer == Layer::Model && !errand.spends => Verdict::Served,
        (Speaker::Provider, _) => Verdict::ProviderRefused,
        _ => Verdict::Stopped,
    };
    let finding = (verdict != Verdict::Served).then_some(finding);
    (verdict, finding)
}
