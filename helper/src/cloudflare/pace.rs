//! Pacing: `Retry-After`, and `Ratelimit: "default";r=50;t=30`.
//!
//! Cloudflare's documentation, "fundamentals/api/reference/limits": 1200 calls in five minutes per
//! token, then 429 until the window ends; `r` is the remaining calls, `t` the seconds until the
//! end.

use reqwest::header::HeaderMap;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a response tells about the rate limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Limits {
    /// `retry-after`, in seconds. Cloudflare never sends a date here.
    retry_after: Option<Duration>,
    /// Nothing is left until then.
    spent: Option<Duration>,
}

impl Limits {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self::read(text("retry-after"), text("ratelimit"))
    }

    fn read(retry_after: Option<&str>, ratelimit: Option<&str>) -> Self {
        let seconds = |text: &str| text.trim().parse().ok().map(Duration::from_secs);
        let spent = ratelimit.unwrap_or_default().split(',').filter_map(|item| {
            let value =
                |key: &str| item.split(';').find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('='));
            (value("r")?.trim() == "0").then(|| seconds(value("t")?))?
        });
        Self { retry_after: retry_after.and_then(seconds), spent: spent.max() }
    }

    /// How long a refused call should wait.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.retry_after.or(self.spent)
    }
}

/// When the next call may be sent; shared by all threads.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Instant>>);

impl Pace {
    /// Records that no calls are left.
    pub(super) fn note(&self, limits: &Limits) {
        if let Some(spent) = limits.spent {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + spent);
        }
    }

    /// Waits for the end of the window, at most `limit`.
    pub(super) fn wait(&self, limit: Duration, notice: fn(&str)) {
        let at = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = at.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now())).min(limit);
        if !wait.is_zero() {
            notice(&format!("Cloudflare's rate limit: waiting {} s", wait.as_secs() + 1));
            thread::sleep(wait);
        }
    }
}

/// The pause before a retry: 0.25 s, 0.5 s, 1 s.
pub(super) fn retry_delay(attempt: u32) -> Duration {
    Duration::from_millis(125 << attempt.min(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_up_rate_limit_returns_the_time_to_wait() {
        let of = |ratelimit| Limits::read(None, Some(ratelimit)).wait();
        assert_eq!(of(r#""default";r=50;t=30"#), None);
        assert_eq!(of(r#""default";r=0;t=30"#), Some(Duration::from_secs(30)));
        assert_eq!(of(r#""burst";r=0;t=2, "default"; r=0; t=9"#), Some(Duration::from_secs(9)));
        assert_eq!([of(""), of("r=0"), of("nonsense;t=1")], [None, None, None]);
    }

    #[test]
    fn retry_after_goes_first() {
        let limits = Limits::read(Some("3"), Some(r#""default";r=0;t=30"#));
        assert_eq!(limits.wait(), Some(Duration::from_secs(3)));
        assert_eq!(Limits::read(Some("Wed, 21 Oct 2026 07:28:00 GMT"), None).wait(), None);
    }

    #[test]
    fn repeated_calls_keep_more_and_more_distance() {
        assert_eq!([1, 2, 3].map(|n| retry_delay(n).as_millis()), [250, 500, 1000]);
    }
}
