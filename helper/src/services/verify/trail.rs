//! Finds the request in the log: queries the stores in turn, with growing pauses, and reports why if it fails.

use super::absence::Absence;
use super::answer::{Answer, Verdict};
use super::entry::Entry;
use super::request::{Errand, METADATA_KEY};
use super::stores::Stores;
use super::watch::Watch;
use crate::base::error::Error;
use crate::cloudflare::{Api, Failed};
use crate::services::context::Context;
use std::time::{Duration, Instant};

/// The first pause between two queries; each pause is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// The number of queries to the gateway's log before the newer store is queried too: most accounts
/// have the older log, where an entry appeared within half a second.
const LOG_ALONE: u32 = 2;

/// The result of the search.
#[derive(Debug)]
pub struct Trail {
    /// The entry, if it was found.
    pub entry: Option<Entry>,
    /// Why it was not found.
    pub absence: Option<Absence>,
    /// How long it took.
    pub took: Duration,
}

impl Trail {
    fn absent(absence: Absence, started: Instant) -> Self {
        Self { entry: None, absence: Some(absence), took: started.elapsed() }
    }
}

/// Searches for the request until it is found, `wait` is over, or the user interrupts.
pub fn find(context: &Context, errand: &Errand, answer: &Answer, wait: Duration, watch: &dyn Watch) -> Trail {
    let started = Instant::now();
    if let Some(absence) = foreseen(errand, answer) {
        return Trail::absent(absence, started);
    }
    match Api::connect(context) {
        Ok(api) => find_by(&api.with_patience(wait), errand, answer, wait, watch),
        // a custom domain does not show which gateway it belongs to
        Err(_) if errand.url.gateway_id().is_none() => Trail::absent(Absence::CustomDomain, started),
        Err(_) if context.config.api_token.is_none() => Trail::absent(Absence::NoApiToken, started),
        Err(error) => Trail::absent(Absence::Unasked(error), started),
    }
}

/// The same over an existing connection.
pub fn find_by(api: &Api, errand: &Errand, answer: &Answer, wait: Duration, watch: &dyn Watch) -> Trail {
    let started = Instant::now();
    if let Some(absence) = foreseen(errand, answer) {
        return Trail::absent(absence, started);
    }
    let Some(gateway) = errand.url.gateway_id() else {
        return Trail::absent(Absence::CustomDomain, started);
    };
    let search = Search { stores: Stores { api, gateway }, errand, answer };
    match search.run(started, wait, watch) {
        Ok(entry) => Trail { entry: Some(entry), absence: None, took: started.elapsed() },
        Err(absence) => Trail::absent(absence, started),
    }
}

/// Reasons that need no search: a request that asks not to be logged, or that was stopped before
/// the log.
fn foreseen(errand: &Errand, answer: &Answer) -> Option<Absence> {
    if errand.header("cf-aig-collect-log").is_some_and(|value| value.eq_ignore_ascii_case("false")) {
        return Some(Absence::CollectLogFalse);
    }
    let stopped = answer.finding.as_ref().is_some_and(|finding| finding.cause.comes_before_the_log())
        || (answer.verdict == Verdict::Stopped
            && answer.header("cf-aig-log-id").is_none()
            && !by_a_policy(answer));
    stopped.then_some(Absence::Stopped)
}

/// Limits and guardrails leave an entry: "blocked requests (402/429) are logged too".
fn by_a_policy(answer: &Answer) -> bool {
    use crate::facts::gateway::errors::Speaker::{AiGateway, GatewayPolicy};
    answer.finding.as_ref().is_some_and(|finding| matches!(finding.speaker, AiGateway | GatewayPolicy))
}

struct Search<'a> {
    stores: Stores<'a>,
    errand: &'a Errand,
    answer: &'a Answer,
}

impl Search<'_> {
    fn run(&self, started: Instant, wait: Duration, watch: &dyn Watch) -> Result<Entry, Absence> {
        let forced = self.errand.header("cf-aig-collect-log").is_some_and(|v| v.eq_ignore_ascii_case("true"));
        let collects = self.stores.collects().map_err(refused)?;
        if collects == Some(false) && !forced {
            return Err(Absence::LogsOff);
        }
        let (mut newer_store, mut pause, mut look) = (None, FIRST_PAUSE, 0);
        loop {
            if let Some(entry) = self.in_log(look)? {
                return Ok(entry);
            }
            let left = wait.saturating_sub(started.elapsed());
            // queried again only while it does not refuse, because a refusal is permanent
            if newer_store.is_none() && (look >= LOG_ALONE || left.is_zero()) {
                match self.stores.in_observability(&self.errand.nonce) {
                    Ok(Some(entry)) => return Ok(entry),
                    Ok(None) => {}
                    Err(failed) => newer_store = Some(Error::from(failed)),
                }
            }
            if left.is_zero() || !watch.pause(pause.min(left), started.elapsed(), wait) {
                break;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            look += 1;
        }
        if self.errand.is_labelled()
            && self.stores.counted(METADATA_KEY, &self.errand.nonce).is_ok_and(|count| count > 0.0)
        {
            return Ok(Entry::counted());
        }
        Err(self.not_found(watch.is_interrupted(), newer_store))
    }

    /// By the response's log id, else by the event id, and occasionally by the metadata.
    fn in_log(&self, look: u32) -> Result<Option<Entry>, Absence> {
        if let Some(id) = self.answer.header("cf-aig-log-id")
            && let Some(entry) = self.stores.by_id(id).map_err(refused)?
        {
            return Ok(Some(entry));
        }
        let nonce = &self.errand.nonce;
        if let Some(entry) = self.stores.by_filter("event_id", nonce).map_err(refused)? {
            return Ok(Some(entry));
        }
        if look % 2 == 1 && self.errand.is_labelled() {
            return self.stores.by_filter("metadata.value", nonce).map_err(refused);
        }
        Ok(None)
    }

    fn not_found(&self, interrupted: bool, newer_store: Option<Error>) -> Absence {
        if interrupted {
            return Absence::Interrupted;
        }
        match (self.stores.holds_nothing(), newer_store) {
            (Ok(true), Some(error)) => Absence::NewerStoreRefused(error),
            (Ok(true), None) => Absence::NewerStoreEmpty,
            _ => Absence::NotYet { log_id: self.answer.header("cf-aig-log-id").map(str::to_owned) },
        }
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
