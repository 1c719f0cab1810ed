//! Finds the request in the log: queries the stores in turn, with growing pauses, and reports why if it fails.
//!
//! Three stores may have it: the gateway's own log (Cloudflare's SDK); the newer store of accounts whose
//! first gateway was created on or after 2026-09-24, `workers/observability/telemetry/query` (the same
//! SDK; it is not documented which dataset and fields AI Gateway writes there, so the nonce is searched
//! for as text); and the analytics (field names from third-party code that works).

use super::absence::Absence;
use super::answer::{ResponseVerdict, SessionResponse};
use super::entry::{LogStore, LoggedRequest};
use super::request::{METADATA_KEY, SessionRequest};
use super::watch::Watch;
use crate::base::error::Error;
use crate::cloudflare::{Api, Failed, GatewayLog, LogWait};
use crate::facts::gateway::ids::GatewayId;
use crate::services::context::Context;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::time::{Duration, Instant};

/// The number of queries to the gateway's log before the newer store is queried too: most accounts
/// have the older log, where an entry appeared within half a second.
const LOG_ALONE: u32 = 2;
/// How far back the newer store is searched, in milliseconds, because clocks differ.
const LOOK_BACK: i64 = 10 * 60 * 1000;

/// The result of the search.
#[derive(Debug)]
pub struct LogSearch {
    /// The entry, or why it was not found.
    pub found: Result<LoggedRequest, Absence>,
    /// How long it took.
    pub took: Duration,
}

/// Searches for the request until it is found, `wait` is over, or the user interrupts.
pub fn find(
    context: &Context,
    session_request: &SessionRequest,
    answer: &SessionResponse,
    wait: Duration,
    watch: &Watch,
) -> LogSearch {
    let waiting = LogWait::begin(wait);
    let started = Instant::now();
    let search = || {
        foreseen(session_request, answer).map_or(Ok(()), Err)?;
        let gateway = session_request.url.gateway_id().ok_or(Absence::CustomDomain)?;
        let api = Api::connect(context).map_err(|error| match &context.config.api_token {
            None => Absence::NoApiToken,
            Some(_) => Absence::Unasked(error),
        })?;
        let api = api.with_patience(wait);
        let log = GatewayLog::new(&api, gateway);
        Search { api: &api, gateway, log, session_request, answer }.run(waiting, wait, watch)
    };
    LogSearch { found: search(), took: started.elapsed() }
}

/// Reasons that need no search: a request that asks not to be logged, or that was stopped before
/// the log.
fn foreseen(session_request: &SessionRequest, answer: &SessionResponse) -> Option<Absence> {
    if session_request.header("cf-aig-collect-log").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        return Some(Absence::CollectLogFalse);
    }
    let stopped = answer.refusal.as_ref().is_some_and(|refusal| refusal.row.cause.comes_before_the_log())
        || (answer.verdict == ResponseVerdict::Stopped
            && answer.header("cf-aig-log-id").is_none()
            && !by_a_policy(answer));
    stopped.then_some(Absence::Stopped)
}

/// Limits and guardrails leave an entry: "blocked requests (402/429) are logged too".
fn by_a_policy(answer: &SessionResponse) -> bool {
    use crate::facts::gateway::errors::Speaker::{AiGateway, GatewayPolicy};
    answer.refusal.as_ref().is_some_and(|refusal| matches!(refusal.speaker(), AiGateway | GatewayPolicy))
}

struct Search<'a> {
    api: &'a Api,
    gateway: &'a GatewayId,
    log: GatewayLog<'a>,
    session_request: &'a SessionRequest,
    answer: &'a SessionResponse,
}

impl Search<'_> {
    fn run(&self, mut waiting: LogWait, wait: Duration, watch: &Watch) -> Result<LoggedRequest, Absence> {
        let forced =
            self.session_request.header("cf-aig-collect-log").is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let collects = self.api.gateway(self.gateway).map_err(refused)?.collect_logs();
        if collects == Some(false) && !forced {
            return Err(Absence::LogsOff);
        }
        let mut newer_store = None;
        for look in 0.. {
            if let Some(entry) = self.in_log(look)? {
                return Ok(entry);
            }
            // queried again only while it does not refuse, because a refusal is permanent
            if newer_store.is_none() && (look >= LOG_ALONE || waiting.is_over()) {
                match self.in_newer_store() {
                    Ok(Some(entry)) => return Ok(entry),
                    Ok(None) => {}
                    Err(failed) => newer_store = Some(Error::from(failed)),
                }
            }
            let pause = waiting.next_pause();
            if !pause.is_some_and(|pause| watch.pause(pause, waiting.elapsed(), wait)) {
                break;
            }
        }
        if self.session_request.is_labelled() && self.is_counted() {
            return Ok(LoggedRequest::counted());
        }
        if watch.is_interrupted() {
            return Err(Absence::Interrupted);
        }
        // as it would be if the account uses the newer store
        let is_empty = self.log.newest(None, 1).is_ok_and(|entries| entries.is_empty());
        Err(match newer_store {
            Some(error) if is_empty => Absence::NewerStoreRefused(error),
            None if is_empty => Absence::NewerStoreEmpty,
            _ => Absence::NotYet(self.answer.header("cf-aig-log-id").map(str::to_owned)),
        })
    }

    /// By the response's log id, else by the event id, and occasionally by the metadata.
    fn in_log(&self, look: u32) -> Result<Option<LoggedRequest>, Absence> {
        if let Some(id) = self.answer.header("cf-aig-log-id")
            && let Some(entry) = self.log.entry(id).map_err(refused)?
        {
            return Ok(Some(LoggedRequest::of(&entry, LogStore::Logs, "log id")));
        }
        let newest = |key, by| {
            let found = self.log.newest(Some((key, &self.session_request.nonce)), 5).map_err(refused)?;
            Ok(found.first().map(|entry| LoggedRequest::of(entry, LogStore::Logs, by)))
        };
        match newest("event_id", "event id")? {
            None if look % 2 == 1 && self.session_request.is_labelled() => {
                newest("metadata.value", "metadata")
            }
            found => Ok(found),
        }
    }

    /// The nonce, anywhere in the events of the last minutes.
    fn in_newer_store(&self) -> Result<Option<LoggedRequest>, Failed> {
        let now = Timestamp::now().as_millisecond();
        let found = self.log.events(&self.session_request.nonce, (now - LOOK_BACK, now + 60_000), None, 5)?;
        Ok(found.events.first().map(LoggedRequest::of_event))
    }

    /// Whether the analytics count a request with the nonce. They lag by minutes.
    fn is_counted(&self) -> bool {
        let hour = |shift: i64| {
            let at = Timestamp::now().saturating_add(SignedDuration::from_hours(shift));
            format!("{:.0}", at.unwrap_or(Timestamp::MAX))
        };
        let filter = json!({
            "gateway": self.gateway.as_str(),
            "datetimeHour_geq": hour(-2),
            "datetimeHour_leq": hour(1),
            "AND": [{"metadataKeys_has": METADATA_KEY}, {"metadataValues_has": &self.session_request.nonce}],
        });
        let rows = self.api.analytics("count", &filter, 10, "");
        rows.is_ok_and(|rows| rows.iter().filter_map(|row| row.count).sum::<f64>() > 0.0)
    }
}

/// Why the gateway's own log could not be queried.
fn refused(failed: Failed) -> Absence {
    let lacks_read = matches!(&failed, Failed::Refused(refusal) if refusal.is_about_the_token());
    let unknown = failed.status() == Some(404);
    let error = Error::from(failed);
    if lacks_read {
        Absence::TokenLacksRead(error)
    } else if unknown {
        Absence::GatewayNotInAccount(error)
    } else {
        Absence::Unasked(error)
    }
}
