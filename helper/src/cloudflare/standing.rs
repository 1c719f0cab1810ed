//! The state of the rate limit: `Ratelimit: "default";r=50;t=30`, `Ratelimit-Policy:
//! "default";q=1200;w=300`; `r` is the remaining calls, `t` the seconds until the window ends.
//!
//! Cloudflare's documentation, "fundamentals/api/reference/limits".

use reqwest::header::HeaderMap;
use std::cmp::Reverse;
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
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        Self::read(text("ratelimit")?, text("ratelimit-policy").unwrap_or_default(), Instant::now())
    }

    /// Of several limits, the one with the fewest calls left, and of those the one that lasts longest.
    pub(super) fn read(limits: &str, policies: &str, at: Instant) -> Option<Self> {
        let known =
            limits.split(',').filter_map(|item| Some((name(item), number(item, "r")?, number(item, "t")?)));
        let (limit, left, reset) = known.min_by_key(|(_, left, reset)| (*left, Reverse(*reset)))?;
        let policy = policies
            .split(',')
            .find(|item| name(item) == limit)
            .and_then(|item| Some((u32::try_from(number(item, "q")?).ok()?, seconds(number(item, "w")?))));
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        Some(Self { at, left, reset: seconds(reset), policy })
    }
}

/// A time that a header names in seconds.
pub(super) fn seconds(number: u64) -> Duration {
    Duration::from_secs(number.min(LONGEST))
}

fn name(item: &str) -> &str {
    item.split(';').next().unwrap_or_default().trim()
}

fn number(item: &str, key: &str) -> Option<u64> {
    item.split(';').find_map(|part| part.trim().strip_prefix(key)?.strip_prefix('=')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_with_the_least_left_counts() {
        let at = Instant::now();
        let read = |limits, policies| {
            Standing::read(limits, policies, at).map(|s| (s.left, s.reset.as_secs(), s.policy))
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
}
