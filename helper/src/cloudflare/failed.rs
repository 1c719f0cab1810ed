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
        /// How to see whether the change was made all the same.
        doubt: Option<String>,
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
    doubt: Option<String>,
}

/// Which command lists what a call is about.
const LISTS: [(&str, &str); 6] = [
    ("custom-providers", "cf-aig provider list"),
    ("provider_configs", "cf-aig key list"),
    ("/routes", "cf-aig route list"),
    ("/policies", "cf-aig gateway policies"),
    ("/logs", "cf-aig logs list"),
    ("gateways/", "cf-aig gateway list"),
];

/// How to see whether a change was made whose outcome is not known.
fn doubt(call: &ApiCall) -> Option<String> {
    let path = format!("{}/", call.path);
    let shows =
        || LISTS.iter().find(|(part, _)| path.contains(part)).map(|(_, list)| format!(": `{list}` shows it"));
    call.is_change().then(|| format!("the change may have been made{}", shows().unwrap_or_default()))
}

impl Failed {
    pub(super) fn unsent(failure: Failure, origin: &Origin) -> Self {
        Failed::Unsent { failure, host: origin.authority().to_owned(), doubt: None }
    }

    /// No response to a call.
    pub(super) fn lost(failure: Failure, origin: &Origin, call: &ApiCall) -> Self {
        let is_sent = matches!(failure, Failure::Reset | Failure::TimedOut(_));
        let doubt = if is_sent { doubt(call) } else { None };
        Failed::Unsent { failure, host: origin.authority().to_owned(), doubt }
    }

    /// The answer about something that may not exist: `None` for 404.
    pub fn or_absent<T>(answer: Result<T, Failed>) -> Result<Option<T>, Failed> {
        match answer {
            Err(failed) if failed.status() == Some(404) => Ok(None),
            answer => answer.map(Some),
        }
    }

    /// Whether Cloudflare's API itself refused the token: not a proxy, nor somebody else on the way.
    pub fn refuses_the_token(&self) -> bool {
        matches!(self, Failed::Refused(refusal)
            if refusal.speaks_the_api() && matches!(refusal.judged.status, 400..=404))
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
            doubt: if evidence.status >= Some(500) { doubt(call) } else { None },
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
        let (part, command) = LISTS.iter().find(|(part, _)| self.what.contains(part))?;
        // if the list is what was not found, the gateway is missing
        let is_list = self.what.split('?').next().is_some_and(|what| what.ends_with(part));
        if is_list && self.what.contains("gateways/") { Some(LISTS[5].1) } else { Some(command) }
    }
}

fn with_doubt(error: Error, doubt: Option<String>) -> Error {
    match doubt {
        Some(doubt) => error.hinted(doubt),
        None => error,
    }
}

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Refused(refusal) => (*refusal).into(),
            Failed::Unsent { failure, host, doubt } => with_doubt(failure.error(&host), doubt),
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
        let error = with_doubt(Error::new(kind, message), refusal.doubt.clone());
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
