//! Pacing, by `Retry-After` and the state of the rate limit.
//!
//! Cloudflare's documentation, "fundamentals/api/reference/limits": 1200 calls in five minutes per
//! token, then 429 until the window ends.

use super::standing::{Standing, seconds};
use reqwest::header::HeaderMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What a response tells about the rate limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// `retry-after`, in seconds. Cloudflare never sends a date here.
    retry_after: Option<Duration>,
    /// The state of the rate limit.
    pub(super) standing: Option<Standing>,
}

impl Limits {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let retry_after = headers.get("retry-after").and_then(|value| value.to_str().ok());
        Self::read(retry_after, Standing::of(headers))
    }

    fn read(retry_after: Option<&str>, standing: Option<Standing>) -> Self {
        let retry_after = retry_after.and_then(|text| text.trim().parse().ok()).map(seconds);
        Self { retry_after, standing }
    }

    /// How long nothing is left, if nothing is.
    fn spent(&self) -> Option<Duration> {
        self.standing.filter(|standing| standing.left == 0).map(|standing| standing.reset)
    }

    /// How long a refused call should wait.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.retry_after.or_else(|| self.spent())
    }
}

/// When the next call may be sent; shared by all threads.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Records that no calls are left.
    pub(super) fn note(&self, limits: &Limits) {
        if let Some(spent) = limits.spent() {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + spent);
        }
    }

    /// How long until the end of the window.
    pub(super) fn wait(&self) -> Duration {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        at.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()))
    }
}

/// The pause before a retry: 0.25 s, 0.5 s, 1 s, at most 4 s.
pub(super) fn retry_delay(attempt: u32) -> Duration {
    Duration::from_millis(125 << attempt.min(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_rate_limit_returns_the_time_to_wait() {
        let of = |limits| Limits::read(None, Standing::read(limits, "", Instant::now())).wait();
        assert_eq!(of(r#""default";r=50;t=30"#), None);
        assert_eq!(of(r#""default";r=0;t=30"#), Some(Duration::from_secs(30)));
        assert_eq!(of(r#""burst";r=0;t=2, "default"; r=0; t=9"#), Some(Duration::from_secs(9)));
        assert_eq!([of(""), of("r=0"), of("nonsense;t=1")], [None, None, None]);
    }

    #[test]
    fn retry_after_goes_first() {
        let spent = Standing::read(r#""default";r=0;t=30"#, "", Instant::now());
        let limits = Limits::read(Some("3"), spent);
        assert_eq!(limits.wait(), Some(Duration::from_secs(3)));
        assert_eq!(Limits::read(Some("Wed, 21 Oct 2026 07:28:00 GMT"), None).wait(), None);
    }

    #[test]
    fn each_retry_waits_longer_than_the_one_before() {
        assert_eq!([1, 2, 3].map(|n| retry_delay(n).as_millis()), [250, 500, 1000]);
    }
}
