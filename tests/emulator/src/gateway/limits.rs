//! The gateway's rate limit: requests per window, fixed or sliding.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::error::Refusal;
use crate::config::Gateway;

/// The requests of each gateway that still count. Times are relative to the emulator's start.
#[derive(Default)]
pub(crate) struct RateLimits(HashMap<(String, String), VecDeque<Duration>>);

impl RateLimits {
    /// Counts one more for a name in the last window; returns the previous count.
    pub(crate) fn count(&mut self, name: &str, window: Duration, now: Duration) -> u32 {
        let seen = self.0.entry((String::new(), name.to_owned())).or_default();
        seen.retain(|at| now < *at + window);
        let before = u32::try_from(seen.len()).unwrap_or(u32::MAX);
        seen.push_back(now);
        before
    }

    /// Counts a request, or refuses it. A refused one does not count.
    pub(crate) fn admit(&mut self, gateway: &Gateway, now: Duration) -> Result<(), Refusal> {
        let Some((limit, window)) = gateway.rate_limit else {
            return Ok(());
        };
        if limit == 0 || window.is_zero() {
            return Ok(());
        }
        let key = (gateway.account_id.clone(), gateway.gateway_id.clone());
        let seen = self.0.entry(key).or_default();
        let start = if gateway.rate_limit_sliding {
            now.saturating_sub(window)
        } else {
            let windows = now.as_nanos() / window.as_nanos();
            window * u32::try_from(windows).unwrap_or(u32::MAX)
        };
        // a sliding window is open at its far end, or a limit of one would never accept anything
        let is_past = |at: Duration| at < start || (gateway.rate_limit_sliding && now >= at + window);
        while seen.front().is_some_and(|at| is_past(*at)) {
            seen.pop_front();
        }
        if seen.len() >= limit as usize {
            return Err(Refusal::rate_limited());
        }
        seen.push_back(now);
        Ok(())
    }
}
