//! Why a request is not found in a log: each reason has an id, a sentence and a next step.

use crate::base::error::{Error, Kind};

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
    /// Other requests are in the log, this one is not yet.
    NotYet {
        /// The id from the response.
        log_id: Option<String>,
    },
    /// Ctrl-C.
    Interrupted,
    /// The user skipped the search.
    NotWanted,
}

impl Absence {
    /// Stable, for machines.
    pub fn id(&self) -> &'static str {
        match self {
            Absence::NoApiToken => "no-api-token",
            Absence::TokenLacksRead(_) => "token-lacks-read",
            Absence::GatewayNotInAccount(_) => "gateway-not-in-account",
            Absence::Unasked(_) => "api-not-asked",
            Absence::LogsOff => "logs-off",
            Absence::CollectLogFalse => "collect-log-false",
            Absence::Stopped => "stopped-before-log",
            Absence::CustomDomain => "custom-domain",
            Absence::NewerStoreRefused(_) => "newer-store-refused",
            Absence::NewerStoreEmpty => "newer-store-empty",
            Absence::NotYet { .. } => "not-yet",
            Absence::Interrupted => "interrupted",
            Absence::NotWanted => "not-asked",
        }
    }

    /// One sentence without a full stop.
    pub fn because(&self) -> String {
        match self {
            Absence::NoApiToken => "no Cloudflare API token is configured, so the log was not read".to_owned(),
            Absence::TokenLacksRead(error)
            | Absence::GatewayNotInAccount(error)
            | Absence::Unasked(error) => error.message.clone(),
            Absence::LogsOff => "the gateway keeps no log (collect_logs is off)".to_owned(),
            Absence::CollectLogFalse => {
                "ANTHROPIC_CUSTOM_HEADERS contains cf-aig-collect-log: false".to_owned()
            }
            Absence::Stopped => "it was refused before it reached the log".to_owned(),
            Absence::CustomDomain => "a custom domain does not show which gateway it belongs to".to_owned(),
            Absence::NewerStoreRefused(error) => {
                format!("the gateway's own log is empty, as for accounts whose first gateway was created on or after 2026-09-24, and the newer store could not be queried: {}", error.message)
            }
            Absence::NewerStoreEmpty => {
                "the gateway's own log is empty, and Workers Observability, which has the logs of accounts whose first gateway was created on or after 2026-09-24, does not have it yet (its field names are not documented)".to_owned()
            }
            Absence::NotYet { .. } => "the log has other requests, but not this one yet".to_owned(),
            Absence::Interrupted => "interrupted".to_owned(),
            Absence::NotWanted => "--no-log".to_owned(),
        }
    }

    /// The next step.
    pub fn next(&self, dashboard: &str) -> String {
        match self {
            Absence::NoApiToken => {
                "set CLOUDFLARE_API_TOKEN to a token with AI Gateway Read, or /plugin configure cloudflare, api_token".to_owned()
            }
            Absence::TokenLacksRead(error) | Absence::GatewayNotInAccount(error) | Absence::Unasked(error) => {
                error.hints.first().cloned().unwrap_or_else(|| format!("look in the dashboard: {dashboard}"))
            }
            Absence::LogsOff => format!("turn on logs: {dashboard}, Settings"),
            Absence::CollectLogFalse => "remove the line; `cf-aig explain ANTHROPIC_CUSTOM_HEADERS` shows what sets it".to_owned(),
            Absence::Stopped => "see the response".to_owned(),
            Absence::CustomDomain => "set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID, and unset CF_AIG_GATEWAY_ORIGIN, for this one command".to_owned(),
            Absence::NewerStoreRefused(_) => {
                format!("also give the API token Workers Observability Read, or look in the dashboard: {dashboard}")
            }
            Absence::NewerStoreEmpty => format!("look in the dashboard: {dashboard}"),
            Absence::NotYet { log_id: Some(id) } => format!("later, run `cf-aig logs show {id}`"),
            Absence::NotYet { log_id: None } | Absence::Interrupted => "wait longer: `cf-aig verify --wait 120`".to_owned(),
            Absence::NotWanted => "run without --no-log".to_owned(),
        }
    }

    /// The error kind; `None` if this is not a problem.
    pub fn kind(&self) -> Option<Kind> {
        match self {
            Absence::NoApiToken | Absence::TokenLacksRead(_) => Some(Kind::Auth),
            Absence::GatewayNotInAccount(_) => Some(Kind::NotFound),
            Absence::Unasked(error) => Some(error.kind),
            Absence::NotWanted => None,
            _ => Some(Kind::Finding),
        }
    }
}
