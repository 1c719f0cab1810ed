//! API failures, and how they read.

use super::permission::{advice, needed};
use super::request::ApiCall;
use crate::base::error::{Error, Kind};
use crate::base::redact::redact;
use crate::base::secret::Secret;
use crate::facts::gateway::errors::{Cause, Judgement, Response, Row, Speaker};
use crate::facts::gateway::url::Origin;
use crate::http::Failure;
use serde_json::Value;

/// Why a call has no result.
#[derive(Debug)]
pub enum Failed {
    /// A server or proxy refused the call.
    Refused(Box<ApiRefusal>),
    /// No response.
    Unsent {
        /// Why.
        failure: Failure,
        /// The API's host.
        host: String,
    },
    /// The response is not what was expected, in words.
    Unusable(String),
    /// A retried DELETE found nothing: the first attempt had deleted it.
    AlreadyGone,
}

/// A refusal.
#[derive(Debug)]
pub struct ApiRefusal {
    /// Who refused, and why. Its status is sometimes 200: `success` decides.
    pub judged: Judgement,
    /// The messages of the envelope, shortened and cleaned. Never holds a secret.
    message: String,
    what: String,
    host: String,
    advice: String,
}

impl Failed {
    pub(super) fn unsent(failure: Failure, origin: &Origin) -> Self {
        Failed::Unsent { failure, host: origin.authority().to_owned() }
    }

    /// The answer about something that may not exist: `None` for 404.
    pub fn or_absent<T>(answer: Result<T, Failed>) -> Result<Option<T>, Failed> {
        match answer {
            Err(failed) if failed.status() == Some(404) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// The HTTP status of a refusal.
    pub fn status(&self) -> Option<u16> {
        match self {
            Failed::Refused(refusal) => Some(refusal.judged.status),
            _ => None,
        }
    }
}

impl ApiRefusal {
    pub(super) fn new(call: &ApiCall, token: &Secret, origin: &Origin, evidence: &Response) -> Self {
        let json: Value = serde_json::from_str(&evidence.body).unwrap_or_default();
        let listed = json["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let words: Vec<&str> = listed.iter().filter_map(|error| error["message"].as_str()).collect();
        let message: String = redact(&words.join("; ")).chars().take(300).collect();
        Self {
            judged: Judgement::of(evidence),
            message: message.trim_end_matches('.').to_owned(),
            what: call.to_string(),
            host: origin.authority().to_owned(),
            advice: advice(Some(token), needed(call)),
        }
    }

    /// The catalogue's row, if it explains the refusal.
    pub fn row(&self) -> Option<&'static Row> {
        self.judged.is_explained().then_some(self.judged.row)
    }

    /// True if the token is not active or lacks a permission. GraphQL reports this with HTTP 200
    /// (reported by third parties: "not authorized for that account", `extensions.code` "authz").
    pub fn is_about_the_token(&self) -> bool {
        let by_code = self.judged.codes.iter().any(|code| matches!(code, 10000 | 9109));
        let by_status = matches!(self.judged.status, 401 | 403) && self.speaks_the_api();
        by_code || by_status || self.message.contains("not authorized")
    }

    fn speaks_the_api(&self) -> bool {
        matches!(self.judged.speaker(), Speaker::CloudflareApi | Speaker::Unknown)
    }

    fn kind(&self) -> Kind {
        match (self.judged.speaker(), self.judged.status) {
            (Speaker::SandboxProxy, _) => Kind::Refused,
            _ if self.is_about_the_token() => Kind::Auth,
            _ if self.judged.codes.contains(&5403) => Kind::Conflict,
            (_, 404) => Kind::NotFound,
            (_, 409) => Kind::Conflict,
            (_, 300..=399 | 429 | 500..) => Kind::Network,
            _ if !self.speaks_the_api() => Kind::Network,
            (_, 400..) => Kind::Usage,
            _ => Kind::Finding,
        }
    }

    /// Which command lists what exists.
    fn nearest_list(&self) -> Option<&'static str> {
        const LISTS: [(&str, &str); 6] = [
            ("custom-providers", "cf-aig provider list"),
            ("provider_configs", "cf-aig key list"),
            ("/routes", "cf-aig route list"),
            ("/policies", "cf-aig gateway policies"),
            ("/logs", "cf-aig logs list"),
            ("gateways/", "cf-aig gateway list"),
        ];
        let (part, command) = LISTS.iter().find(|(part, _)| self.what.contains(part))?;
        // if the list is what was not found, the gateway is missing
        let is_list = self.what.split('?').next().is_some_and(|what| what.ends_with(part));
        if is_list && self.what.contains("gateways/") { Some(LISTS[5].1) } else { Some(command) }
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(refusal) => (*refusal).into(),
            Failed::Unsent { failure, host } => failure.error(&host),
            Failed::Unusable(message) => Error::new(Kind::Finding, redact(&message)),
            Failed::AlreadyGone => Error::new(Kind::NotFound, "it is already gone"),
        }
    }
}

impl From<ApiRefusal> for Error {
    fn from(refusal: ApiRefusal) -> Self {
        let kind = refusal.kind();
        let ApiRefusal { judged: Judgement { status, .. }, what, host, message, .. } = &refusal;
        if (300..400).contains(status) {
            let message = format!("{host} redirects {what}, which Cloudflare's API never does");
            return Error::new(kind, message).hinted(
                "a proxy requires a login, or this is not Cloudflare's API: check HTTPS_PROXY and CF_AIG_API_ORIGIN",
            );
        }
        let row = refusal.row();
        let code = refusal.judged.codes.first().map_or(String::new(), |code| format!("/{code}"));
        let message = match row {
            Some(row) if !refusal.speaks_the_api() => {
                let (speaker, meaning) = (row.speaker.label(), row.meaning.trim_end_matches('.'));
                format!("{speaker} did not let {what} through: {meaning} ({status})")
            }
            _ if message.is_empty() => format!("{host} refused {what} without a message ({status}{code})"),
            _ => format!("Cloudflare's API refused {what}: {message} ({status}{code})"),
        };
        let error = Error::new(kind, message);
        let known = row.filter(|row| row.cause != Cause::ApiCodeUnknown);
        match (kind, refusal.nearest_list(), known) {
            (Kind::Auth, _, _) => error.hinted(refusal.advice),
            (Kind::NotFound, Some(list), _) if !refusal.judged.codes.contains(&7003) => {
                error.hinted(format!("`{list}` lists what exists"))
            }
            (_, _, Some(row)) => error.hinted(row.fix),
            _ => error,
        }
    }
}
