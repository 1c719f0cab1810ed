//! Why a request is not found in a log: each reason by an id, a sentence and the next step.

use crate::base::error::{Error, Kind};

/// A reason.
#[derive(Debug)]
pub enum Absence {
    /// No token for Cloudflare's API is configured.
    NoApiToken,
    /// The API token is not alive, or lacks AI Gateway Read.
    TokenLacksRead(Error),
    /// The API does not know the gateway in this account.
    GatewayNotInAccount(Error),
    /// The API could not be asked.
    Unasked(Error),
    /// The gateway's setting.
    LogsOff,
    /// The session's own header.
    CollectLogFalse,
    /// It was refused before it came to the log.
    Stopped,
    /// A custom domain tells neither account nor gateway.
    CustomDomain,
    /// The gateway's own log is empty, and the newer store could not be asked.
    NewerStoreRefused(Error),
    /// The gateway's own log is empty, and the newer store does not have it either.
    NewerStoreEmpty,
    /// Other requests are there; this one is not yet.
    NotYet {
        /// The id that the answer gave it.
        log_id: Option<String>,
    },
    /// Ctrl-C.
    Interrupted,
    /// The user did not want to look.
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
            Absence::NoApiToken => "no token for Cloudflare's API is configured, so the log was not read".to_owned(),
            Absence::TokenLacksRead(error)
            | Absence::GatewayNotInAccount(error)
            | Absence::Unasked(error) => error.message.clone(),
            Absence::LogsOff => "the gateway keeps no log (collect_logs is off)".to_owned(),
            Absence::CollectLogFalse => {
                "a line of ANTHROPIC_CUSTOM_HEADERS says cf-aig-collect-log: false".to_owned()
            }
            Absence::Stopped => "it was refused before the log".to_owned(),
            Absence::CustomDomain => "a custom domain does not tell whose gateway it is".to_owned(),
            Absence::NewerStoreRefused(error) => {
                format!("the gateway's own log is empty, as it is where the first gateway is younger than 2026-09-24, and the newer store could not be asked: {}", error.message)
            }
            Absence::NewerStoreEmpty => {
                "the gateway's own log is empty, and Workers Observability, where accounts log whose first gateway is younger than 2026-09-24, does not have it yet (what it calls the request's fields is not documented)".to_owned()
            }
            Absence::NotYet { .. } => "the log has other requests, and this one not yet".to_owned(),
            Absence::Interrupted => "interrupted".to_owned(),
            Absence::NotWanted => "--no-log".to_owned(),
        }
    }

    /// The next step.
    pub fn next(&self, dashboard: &str) -> String {
        match self {
            Absence::NoApiToken => {
                "set CLOUDFLARE_API_TOKEN to one with AI Gateway Read, or /plugin configure cloudflare, api_token".to_owned()
            }
            Absence::TokenLacksRead(error) | Absence::GatewayNotInAccount(error) | Absence::Unasked(error) => {
                error.hints.first().cloned().unwrap_or_else(|| format!("look yourself: {dashboard}"))
            }
            Absence::LogsOff => format!("switch logs on: {dashboard}, Settings"),
            Absence::CollectLogFalse => "take the line out, or look for what set it: `cf-aig explain ANTHROPIC_CUSTOM_HEADERS`".to_owned(),
            Absence::Stopped => "see the answer".to_owned(),
            Absence::CustomDomain => "set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID, and unset CF_AIG_GATEWAY_ORIGIN, for this one command".to_owned(),
            Absence::NewerStoreRefused(_) => {
                format!("give the API token Workers Observability Read as well, or look yourself: {dashboard}")
            }
            Absence::NewerStoreEmpty => format!("look yourself: {dashboard}"),
            Absence::NotYet { log_id: Some(id) } => format!("later: `cf-aig logs show {id}`"),
            Absence::NotYet { log_id: None } | Absence::Interrupted => "wait longer: `cf-aig verify --wait 120`".to_owned(),
            Absence::NotWanted => "without --no-log it looks".to_owned(),
        }
    }

    /// The exit code's kind; `None` where nothing is amiss.
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
