//! Which credential paid, or would have: from the log, else inferred from the response.

use super::answer::{ResponseVerdict, SessionResponse};
use super::entry::LoggedRequest;
use super::request::SessionRequest;
use crate::base::named::named;
use crate::facts::gateway::auth::AuthMode;
use serde::Serialize;

named! {
    /// A credential that can pay.
    pub enum Payer {
        /// A provider key, or a login.
        OnRequest = "on-request" => "the credential on the request",
        /// The key stored at Cloudflare.
        StoredKey = "stored-key" => "the provider key stored at Cloudflare",
        /// Cloudflare credits.
        Credits = "credits" => "your Cloudflare credits",
        /// It is unknown which of the two.
        StoredKeyOrCredits = "stored-key-or-credits" => "a provider key stored at Cloudflare, or your Cloudflare credits",
        /// None: the provider refused what reached it, or nothing reached it.
        Nobody = "nobody" => "nobody",
        /// Unknown.
        Unknown = "unknown" => "unknown",
    }
}

/// What is known about who pays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Payment {
    /// The configured mode.
    pub mode: &'static str,
    /// The payer.
    pub payer: Payer,
    /// The evidence.
    pub says: &'static str,
    /// Whether that is what the mode promises; `None` if unknown.
    pub agrees: Option<bool>,
}

/// Determines the payer.
pub fn payment(
    session_request: &SessionRequest,
    answer: &SessionResponse,
    entry: Option<&LoggedRequest>,
) -> Payment {
    let (payer, says) = match session_request.credential {
        // a request without the login does not show who would pay
        None => (Payer::Unknown, "the login was not sent"),
        Some(_) => by_log(entry).unwrap_or_else(|| by_answer(session_request, answer)),
    };
    let wanted: &[Payer] = match session_request.mode {
        AuthMode::OwnKey | AuthMode::Subscription => &[Payer::OnRequest],
        AuthMode::StoredKey => &[Payer::StoredKey],
        AuthMode::UnifiedBilling => &[Payer::Credits],
    };
    let agrees = match payer {
        Payer::Unknown | Payer::Nobody | Payer::StoredKeyOrCredits => None,
        payer => Some(wanted.contains(&payer)),
    };
    Payment { mode: session_request.mode.id(), payer, says, agrees }
}

/// `byok` and `wholesale` were observed in live entries but are in no schema.
fn by_log(entry: Option<&LoggedRequest>) -> Option<(Payer, &'static str)> {
    let entry = entry?;
    let refused = entry.status_code == Some(401);
    match (entry.byok, entry.wholesale) {
        (_, Some(true)) => Some((Payer::Credits, "the log entry (wholesale)")),
        (Some(true), _) => Some((Payer::StoredKey, "the log entry (byok)")),
        (Some(false), Some(false)) if !refused => {
            Some((Payer::OnRequest, "the log entry (neither byok nor wholesale)"))
        }
        _ => None,
    }
}

/// Cloudflare's documented precedence: a key on the request, then a stored key, then credits.
fn by_answer(session_request: &SessionRequest, answer: &SessionResponse) -> (Payer, &'static str) {
    match (answer.verdict, session_request.mode) {
        (ResponseVerdict::CredentialRefused, _) => (Payer::Nobody, "the provider's 401"),
        (ResponseVerdict::Stopped, _) => (Payer::Unknown, "the request did not reach the provider"),
        (_, AuthMode::OwnKey | AuthMode::Subscription) => {
            (Payer::OnRequest, "the provider's response: a key on the request takes precedence")
        }
        (_, AuthMode::StoredKey) if session_request.header("cf-aig-no-wholesale").is_some() => {
            (Payer::StoredKey, "the provider's response: the request excludes credits")
        }
        (_, AuthMode::StoredKey | AuthMode::UnifiedBilling) => {
            (Payer::StoredKeyOrCredits, "the provider's response: a stored key takes precedence over credits")
        }
    }
}
