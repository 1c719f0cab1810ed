//! The probe of one gateway, with a time limit, and with a success that is remembered for some minutes.

use super::cache::CachedSuccess;
use super::outcome::ProbeOutcome;
use super::request::{ProbeTarget, send};
use crate::http::{self, Failure};
use crate::services::background;
use std::path::Path;
use std::time::{Duration, Instant};

/// Time limit of a probe, including everything. The hook as a whole has 1.5 s.
pub const LIMIT: Duration = Duration::from_millis(1200);

/// The result of a probe.
#[derive(Debug)]
pub struct Probed {
    /// The verdict.
    pub outcome: ProbeOutcome,
    /// How long it took; `None` if a recent success was remembered.
    pub took: Option<Duration>,
}

impl Probed {
    fn remembered() -> Self {
        Self { outcome: ProbeOutcome::Good, took: None }
    }
}

/// A gateway to probe, and where its last success is remembered.
#[derive(Debug)]
pub struct GatewayProbe {
    target: ProbeTarget,
    last: Option<CachedSuccess>,
}

impl GatewayProbe {
    /// Without a state folder, nothing is remembered.
    pub fn new(target: ProbeTarget, state: Option<&Path>) -> Self {
        let token = target.gateway_token.as_ref();
        Self { last: state.map(|dir| CachedSuccess::new(dir, &target.url, token)), target }
    }

    /// Probes the gateway now.
    pub fn now(&self) -> Probed {
        self.within(LIMIT)
    }

    /// Probes the gateway, unless a success of the last minutes is remembered. If many sessions start
    /// at once, one probes and the others wait for its result; if that takes too long, each probes
    /// for itself, all within `limit`.
    pub fn unless_fresh(&self, limit: Duration) -> Probed {
        let start = Instant::now();
        let fresh = || self.last.as_ref().is_some_and(CachedSuccess::is_fresh);
        if fresh() {
            return Probed::remembered();
        }
        let turn = self.last.as_ref().and_then(|last| last.turn(limit / 2));
        if turn.is_some() && fresh() {
            return Probed::remembered();
        }
        let probed = self.within(limit.saturating_sub(start.elapsed()));
        match (&self.last, probed.outcome.is_good()) {
            (Some(last), true) => last.remember(),
            // another session stored its result in the meantime
            (Some(_), false) if fresh() => return Probed::remembered(),
            (Some(last), false) => last.forget(),
            (None, _) => {}
        }
        probed
    }

    /// Forgets a success, because a request has failed since.
    pub fn forget(&self) {
        if let Some(last) = &self.last {
            last.forget();
        }
    }

    fn within(&self, limit: Duration) -> Probed {
        let start = Instant::now();
        let outcome = run(self.target.clone(), limit);
        Probed { outcome, took: Some(start.elapsed()) }
    }
}

/// Sends one probe in a separate thread, so that a name server that never responds cannot delay
/// more than `limit`.
fn run(target: ProbeTarget, limit: Duration) -> ProbeOutcome {
    let proxy = http::proxy_of(&target.url.to_string()).map(|proxy| proxy.to_string());
    let end = Instant::now() + limit + Duration::from_millis(50);
    background::start(move || send(&target, limit)).until(end).unwrap_or_else(|| {
        let looking = http::is_looking_up();
        ProbeOutcome::Unanswered(if looking { Failure::NotResolved(proxy) } else { Failure::TimedOut(proxy) })
    })
}
