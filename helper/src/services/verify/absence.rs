//! Why a request is not found in a log: each reason has an id, a sentence and a next step.

use crate::base::error::{Error, Kind};
use crate::base::text::visible;
use serde::Serialize;

/// A reason.
#[derive(Debug)]
pub enum Absence {
    /// No token for Cloudflare's API is configured.
    NoApiToken,
    /// The API token is not active, or lacks AI Gateway Read.
    TokenLacksRead(Error),
    /// The API does not know the gateway in this account.
    GatewayNotInAccount(Error),
    /// The API request failed.
    Unasked(Error),
    /// The gateway's setting.
    LogsOff,
    /// The session's own header.
    CollectLogFalse,
    /// It was refused before it reached the log.
    Stopped,
    /// A custom domain reveals neither account nor gateway.
    CustomDomain,
    /// The gateway's own log is empty, and the newer store could not be queried.
    NewerStoreRefused(Error),
    /// The gateway's own log is empty, and the newer store does not have it either.
    NewerStoreEmpty,
    /// Other requests are in the log, but not this one yet. The id is from the response.
    NotYet(Option<String>),
    /// Ctrl-C.
    Interrupted,
    /// The user skipped the search.
    NotWanted,
}

/// A reason in words.
#[derive(Debug, Serialize)]
pub struct Explained {
    /// Stable, for machines.
    pub id: &'static str,
    /// What is known about the log, as the end of a sentence.
    #[serde(skip)]
    pub in_short: &'static str,
    /// One sentence without a full stop.
    pub because: String,
    /// The next step.
    pub next: String,
    /// The error kind; `None` if this is not a problem.
    #[serde(skip)]
    pub kind: Option<Kind>,
}

impl Absence {
    /// The reason in words; `dashboard` is the gateway's page there.
    pub fn explained(&self, dashboard: &str) -> Explained {
        let look = format!("look in the dashboard: {dashboard}");
        let row = |id, kind, in_short, because: &str, next: &str| Explained {
            id,
            in_short,
            because: visible(because),
            next: visible(next),
            kind: Some(kind),
        };
        let failed = |id, kind, error: &Error| {
            row(id, kind, UNREAD, &error.message, error.hints.first().unwrap_or(&look))
        };
        match self {
            Self::NoApiToken => row(
                "no-api-token",
                Kind::Auth,
                UNREAD,
                "no Cloudflare API token is configured, so the log was not read",
                "set CLOUDFLARE_API_TOKEN to a token with AI Gateway Read, or /plugin configure cloudflare, api_token",
            ),
            Self::TokenLacksRead(error) => failed("token-lacks-read", Kind::Auth, error),
            Self::GatewayNotInAccount(error) => failed("gateway-not-in-account", Kind::NotFound, error),
            Self::Unasked(error) => failed("api-not-asked", error.kind, error),
            Self::LogsOff => row(
                "logs-off",
                Kind::Finding,
                UNLOGGED,
                "the gateway keeps no log (collect_logs is off)",
                &format!("turn on logs: {dashboard}, Settings"),
            ),
            Self::CollectLogFalse => row(
                "collect-log-false",
                Kind::Finding,
                UNLOGGED,
                "ANTHROPIC_CUSTOM_HEADERS contains cf-aig-collect-log: false",
                "remove the line; `cf-aig explain ANTHROPIC_CUSTOM_HEADERS` shows what sets it",
            ),
            Self::Stopped => row(
                "stopped-before-log",
                Kind::Finding,
                "did not reach its log",
                "it was refused before it reached the log",
                "see the response",
            ),
            Self::CustomDomain => row(
                "custom-domain",
                Kind::Finding,
                UNREAD,
                "a custom domain does not show which gateway it belongs to",
                "set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID, and unset CF_AIG_GATEWAY_ORIGIN, for this one command",
            ),
            Self::NewerStoreRefused(error) => row(
                "newer-store-refused",
                Kind::Finding,
                UNREAD,
                &format!(
                    "the gateway's own log is empty, as for accounts whose first gateway was created on or after 2026-09-24, and the newer store could not be queried: {}",
                    error.message
                ),
                &format!("also give the API token Workers Observability Read, or {look}"),
            ),
            Self::NewerStoreEmpty => row(
                "newer-store-empty",
                Kind::Finding,
                NOT_YET,
                "the gateway's own log is empty, and Workers Observability, which has the logs of accounts whose first gateway was created on or after 2026-09-24, does not have it yet (its field names are not documented)",
                &look,
            ),
            Self::NotYet(id) => row(
                "not-yet",
                Kind::Finding,
                NOT_YET,
                "the log has other requests, but not this one yet",
                &id.as_ref()
                    .map_or(WAIT_LONGER.to_owned(), |id| format!("later, run `cf-aig logs show {id}`")),
            ),
            Self::Interrupted => row(
                "interrupted",
                Kind::Finding,
                "the search of its log was interrupted",
                "interrupted",
                WAIT_LONGER,
            ),
            Self::NotWanted => Explained {
                kind: None,
                ..row(
                    "not-asked",
                    Kind::Finding,
                    "its log was not searched",
                    "--no-log",
                    "run without --no-log",
                )
            },
        }
    }
}

const UNREAD: &str = "its log could not be read";
const UNLOGGED: &str = "is not logged";
const NOT_YET: &str = "is not in its log yet";
const WAIT_LONGER: &str = "wait longer: `cf-aig verify --wait 120`";
