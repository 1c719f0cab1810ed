//! The state that the hosts share: configuration, recorder, log, cache, limits, faults and the clock.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::api::{ApiRate, Store};
use crate::config::Config;
use crate::faults::Fault;
use crate::gateway::cache::Cache;
use crate::gateway::graph::Turns;
use crate::gateway::limits::RateLimits;
use crate::gateway::logs::{LogEntry, LogStore};
use crate::record::{Host, Recorder};
use crate::upstream::ProviderFault;

pub(crate) struct State {
    config: Mutex<Config>,
    cache: Mutex<Cache>,
    rate_limits: Mutex<RateLimits>,
    api_rate: Mutex<ApiRate>,
    store: Mutex<Store>,
    faults: Mutex<Faults>,
    pub(crate) recorder: Recorder,
    pub(crate) logs: LogStore,
    pub(crate) clock: Clock,
    pub(crate) turns: Turns,
    /// Incremented whenever the open connections must be closed.
    pub(crate) hang_up: watch::Sender<u64>,
}

#[derive(Default)]
struct Faults {
    gateway: Option<Fault>,
    api: Option<Fault>,
    provider: Option<Fault>,
}

impl State {
    pub(crate) fn new(config: Config) -> State {
        State {
            config: Mutex::new(config),
            cache: Mutex::default(),
            rate_limits: Mutex::default(),
            api_rate: Mutex::default(),
            store: Mutex::default(),
            faults: Mutex::default(),
            recorder: Recorder::default(),
            logs: LogStore::default(),
            clock: Clock::default(),
            turns: Turns::default(),
            hang_up: watch::Sender::new(0),
        }
    }

    pub(crate) fn config(&self) -> MutexGuard<'_, Config> {
        lock(&self.config)
    }

    /// The log entries that are visible now: none while [`LogQuirks::lag`] lasts.
    ///
    /// [`LogQuirks::lag`]: crate::LogQuirks::lag
    pub(crate) fn logged(&self, observability: bool) -> Vec<LogEntry> {
        let mut config = self.config();
        let is_the_store = config.logs_in_observability == observability;
        if is_the_store && config.logs.lag > 0 {
            config.logs.lag -= 1;
            return Vec::new();
        }
        drop(config);
        self.logs.all()
    }

    pub(crate) fn cache(&self) -> MutexGuard<'_, Cache> {
        lock(&self.cache)
    }

    pub(crate) fn rate_limits(&self) -> MutexGuard<'_, RateLimits> {
        lock(&self.rate_limits)
    }

    pub(crate) fn api_rate(&self) -> MutexGuard<'_, ApiRate> {
        lock(&self.api_rate)
    }

    /// Objects created through the API. Locked before the configuration, never after it.
    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    pub(crate) fn set_fault(&self, host: Host, fault: Option<Fault>) {
        *lock(&self.faults).of(host) = fault;
    }

    /// The active fault, without counting it.
    pub(crate) fn fault(&self, host: Host) -> Option<Fault> {
        lock(&self.faults).of(host).as_ref().and_then(Fault::current).cloned()
    }

    /// The fault for one request; one that is limited in number counts down.
    pub(crate) fn take_fault(&self, host: Host) -> Option<Fault> {
        let mut faults = lock(&self.faults);
        let slot = faults.of(host);
        match slot {
            Some(Fault::Times(left, fault)) => {
                let current = fault.as_ref().clone();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    *slot = None;
                }
                Some(current)
            }
            Some(Fault::After(left, fault)) => {
                if *left == 0 {
                    *slot = Some(fault.as_ref().clone());
                    drop(faults);
                    return self.take_fault(host);
                }
                *left -= 1;
                None
            }
            other => other.clone(),
        }
    }

    /// The same for a provider's fault.
    pub(crate) fn take_provider_fault(&self, provider: &str) -> Option<ProviderFault> {
        let mut config = self.config();
        match config.provider_faults.get_mut(provider)? {
            ProviderFault::Times(left, fault) => {
                let current = fault.as_ref().clone();
                *left = left.saturating_sub(1);
                if *left == 0 {
                    config.provider_faults.remove(provider);
                }
                Some(current)
            }
            fault => Some(fault.clone()),
        }
    }
}

impl Faults {
    fn of(&mut self, host: Host) -> &mut Option<Fault> {
        match host {
            Host::Gateway => &mut self.gateway,
            Host::Api => &mut self.api,
            Host::Provider => &mut self.provider,
        }
    }
}

/// A test that panicked while it held a lock must not stop the server.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The emulator's clock, which tests can advance.
pub(crate) struct Clock {
    started: Instant,
    skipped: Mutex<Duration>,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { started: Instant::now(), skipped: Mutex::default() }
    }
}

impl Clock {
    /// Time since the emulator's start.
    pub(crate) fn now(&self) -> Duration {
        self.started.elapsed() + *lock(&self.skipped)
    }

    pub(crate) fn advance(&self, by: Duration) {
        *lock(&self.skipped) += by;
    }

    /// RFC 3339, UTC, milliseconds.
    pub(crate) fn timestamp(&self) -> String {
        let now = jiff::Timestamp::now().saturating_add(*lock(&self.skipped));
        now.map_or_else(|_| String::new(), |now| format!("{now:.3}"))
    }
}
