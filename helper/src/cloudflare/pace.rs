//! Pacing, by `Retry-After` and the state of the rate limit: `Ratelimit: "default";r=50;t=30`,
//! `Ratelimit-Policy: "default";q=1200;w=300`; `r` is the remaining calls, `t` the seconds until the
//! window ends.
//!
//! Cloudflare's documentation, "fundamentals/api/reference/limits": 1200 calls in five minutes per
//! token, then 429 until the window ends.

use std::cmp::Reverse;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The longest time that a header can name. Windows last minutes; more would overflow a clock.
const LONGEST: u64 = 24 * 60 * 60;

/// The rate limit as a response reported it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// When the response arrived.
    pub at: Instant,
    /// Calls left in this window.
    pub left: u32,
    /// When the window ends, in whole seconds; whether they are rounded up or down is not
    /// documented.
    pub reset: Duration,
    /// The calls allowed per window, and the window's length.
    pub policy: Option<(u32, Duration)>,
}

impl Standing {
    /// Reads it from a response's headers. Of several limits, the one with the fewest calls left counts, and of
    /// those the one that lasts longest.
    fn of<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let limits = header("ratelimit")?;
        let known =
            limits.split(',').filter_map(|item| Some((name(item), number(item, "r")?, number(item, "t")?)));
        let (limit, left, reset) = known.min_by_key(|(_, left, reset)| (*left, Reverse(*reset)))?;
        let policies = header("ratelimit-policy").unwrap_or_default();
        let policy = policies
            .split(',')
            .find(|item| name(item) == limit)
            .and_then(|item| Some((u32::try_from(number(item, "q")?).ok()?, seconds(number(item, "w")?))));
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        Some(Self { at: Instant::now(), left, reset: seconds(reset), policy })
    }
}

/// A time that a header names in seconds.
fn seconds(number: u64) -> Duration {
    Duration::from_secs(number.min(LONGEST))
}

fn name(item: &str) -> &str {
    item.split(';').next().unwrap_or_default().trim()
}

fn number(item: &str, key: &str) -> Option<u64> {
    item.split(';').find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('=')?.trim().parse().ok())
}

/// How long a refused call should wait, by the response's headers. Cloudflare never sends a date in `retry-after`.
pub(super) fn asked_pause<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Duration> {
    let named = header("retry-after").and_then(|text| text.trim().parse().ok());
    let spent = || Standing::of(header).filter(|standing| standing.left == 0).map(|standing| standing.reset);
    named.map(seconds).or_else(spent)
}

/// The rate limit as of the last response that reported it; shared by all threads.
#[derive(Debug, Default)]
pub(super) struct Pace(Mutex<Option<Standing>>);

impl Pace {
    /// Reads it from a response's headers.
    pub(super) fn note<'a>(&self, header: impl Fn(&str) -> Option<&'a str>) {
        if let Some(standing) = Standing::of(header) {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            // an answer that was sent earlier does not end the pause
            let is_spent = |known: &Standing| known.left == 0 && known.at.elapsed() < known.reset;
            if standing.left == 0 || !known.as_ref().is_some_and(is_spent) {
                *known = Some(standing);
            }
        }
    }

    pub(super) fn standing(&self) -> Option<Standing> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until the end of the window, if no calls are left.
    pub(super) fn wait(&self) -> Duration {
        let spent = self.standing().filter(|standing| standing.left == 0);
        spent.map_or(Duration::ZERO, |spent| spent.reset.saturating_sub(spent.at.elapsed()))
    }
}

/// The pause before a retry: 0.25 s, 0.5 s, 1 s, at most 4 s.
pub(super) fn retry_delay(attempt: u32) -> Duration {
    Duration::from_millis(125 << attempt.min(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response with these headers.
    fn headers<'a>(all: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<&'a str> {
        |wanted| all.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
    }

    #[test]
    fn the_limit_with_the_least_left_counts() {
        let read = |limits, policies| {
            let standing = Standing::of(headers(&[("ratelimit", limits), ("ratelimit-policy", policies)]));
            standing.map(|s| (s.left, s.reset.as_secs(), s.policy))
        };
        let policy = |q, w| Some((q, Duration::from_secs(w)));
        assert_eq!(read(r#""default";r=50;t=30"#, ""), Some((50, 30, None)));
        assert_eq!(
            read(
                r#""burst";r=90;t=9, "default"; r=50; t=30"#,
                r#""burst";q=100;w=60,"default";q=1200;w=300"#
            ),
            Some((50, 30, policy(1200, 300)))
        );
        for nonsense in ["", "r=1", r#""default";r=x;t=1"#] {
            assert_eq!(read(nonsense, ""), None, "{nonsense}");
        }
    }

    #[test]
    fn a_used_up_rate_limit_returns_the_time_to_wait() {
        let of = |limits| asked_pause(headers(&[("ratelimit", limits)]));
        assert_eq!(of(r#""default";r=50;t=30"#), None);
        assert_eq!(of(r#""default";r=0;t=30"#), Some(Duration::from_secs(30)));
        assert_eq!(of(r#""burst";r=0;t=2, "default"; r=0; t=9"#), Some(Duration::from_secs(9)));
        assert_eq!([of(""), of("r=0"), of("nonsense;t=1")], [None, None, None]);
    }

    #[test]
    fn a_late_answer_does_not_end_a_pause() {
        let pace = Pace::default();
        let note = |limits| pace.note(headers(&[("ratelimit", limits)]));
        note(r#""default";r=9;t=30"#);
        assert_eq!(pace.wait(), Duration::ZERO);
        note(r#""default";r=0;t=30"#);
        note(r#""default";r=5;t=30"#);
        assert!(pace.wait() > Duration::from_secs(20));
        note(r#""default";r=0;t=0"#);
        note(r#""default";r=1200;t=300"#);
        assert_eq!(pace.standing().unwrap().left, 1200, "a new window");
    }

    #[test]
    fn retry_after_goes_first() {
        let spent = [("ratelimit", r#""default";r=0;t=30"#), ("retry-after", "3")];
        assert_eq!(asked_pause(headers(&spent)), Some(Duration::from_secs(3)));
        assert_eq!(asked_pause(headers(&[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")])), None);
    }

    #[test]
    fn each_retry_waits_longer_than_the_one_before() {
        assert_eq!([1, 2, 3].map(|n| retry_delay(n).as_millis()), [250, 500, 1000]);
    }
}
