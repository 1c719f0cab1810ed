//! The recorder: every request that arrived, including those that a fault swallowed.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::http::Inbound;

/// Which of the emulated hosts a request was sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Host {
    /// `gateway.ai.cloudflare.com`
    Gateway,
    /// `api.cloudflare.com`
    Api,
    /// `api.anthropic.com`: the provider, contacted directly.
    Provider,
}

impl Host {
    /// `gateway`, `api` or `provider`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Host::Gateway => "gateway",
            Host::Api => "api",
            Host::Provider => "provider",
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request as it arrived, and the status of its response.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The host.
    pub host: Host,
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query, byte for byte as sent.
    pub path: String,
    /// Names in lower case, in order of appearance; repeated names are kept.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// The number of its TCP connection, counted over all hosts, from 1.
    pub connection: u64,
    /// The status of the response; `None` until there is one, and forever if a fault swallowed it.
    pub status: Option<u16>,
}

impl Recorded {
    /// The first value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; `null` if it is not JSON.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

#[derive(Default)]
pub(crate) struct Recorder {
    requests: Mutex<Vec<Recorded>>,
    changed: Condvar,
}

impl Recorder {
    /// Returns the index under which [`Recorder::answered`] completes the entry.
    pub(crate) fn arrived(&self, host: Host, connection: u64, request: &Inbound) -> usize {
        let mut requests = self.lock();
        requests.push(Recorded {
            host,
            method: request.method.clone(),
            path: request.target.clone(),
            headers: request.headers.0.clone(),
            body: request.body.to_vec(),
            connection,
            status: None,
        });
        self.changed.notify_all();
        requests.len() - 1
    }

    pub(crate) fn answered(&self, index: usize, status: u16) {
        self.lock()[index].status = Some(status);
        self.changed.notify_all();
    }

    pub(crate) fn all(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    pub(crate) fn wait_for(
        &self,
        timeout: Duration,
        mut wanted: impl FnMut(&Recorded) -> bool,
    ) -> Option<Recorded> {
        let deadline = Instant::now() + timeout;
        let mut requests = self.lock();
        loop {
            if let Some(found) = requests.iter().find(|request| wanted(request)) {
                return Some(found.clone());
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            (requests, _) = self.changed.wait_timeout(requests, left).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Whether this many requests in total arrive in time.
    pub(crate) fn wait_for_count(&self, timeout: Duration, count: usize) -> bool {
        let requests = self.lock();
        let few = |requests: &mut Vec<Recorded>| requests.len() < count;
        let waited = self.changed.wait_timeout_while(requests, timeout, few);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    /// A panic in a test's predicate must not stop the server.
    fn lock(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
