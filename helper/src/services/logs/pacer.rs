//! Paces log reading: as fast as the API's rate limit allows, never faster.
//!
//! While more than half of the window's calls are left, nothing waits; the rest is spread over the
//! remaining window. So a short read takes no extra time, and a long one always leaves calls for
//! the token's other users.

use crate::cloudflare::{Api, Standing};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Cloudflare's documented limit per token, until a response reports another.
const CALLS: u32 = 1200;
const WINDOW: Duration = Duration::from_secs(300);
/// One in this many calls is left to other users of the token.
const RESERVE: u32 = 100;
/// The end of a window is reported in whole seconds.
const ROUNDING: Duration = Duration::from_secs(1);

/// Releases calls from any number of threads.
#[derive(Debug)]
pub(super) struct Pacer(Mutex<PacerState>);

#[derive(Debug)]
struct PacerState {
    quota: u32,
    window: Duration,
    left: u32,
    /// The earliest and the latest end of the window; `None` before the first call.
    end: Option<(Instant, Instant)>,
    /// The end of the window in which a pause was last reported.
    said: Option<Instant>,
    in_flight: u32,
    last: Instant,
    /// Whether the API reports how many calls are left.
    told: bool,
}

impl Pacer {
    pub(super) fn new() -> Self {
        Self(Mutex::new(PacerState {
            quota: CALLS,
            window: WINDOW,
            left: CALLS,
            end: None,
            said: None,
            in_flight: 0,
            last: Instant::now(),
            told: false,
        }))
    }

    /// Makes a call when the limit allows it, or when the API's patience ends.
    pub(super) fn call<T>(&self, api: &Api, call: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        loop {
            let (wait, is_news) = {
                let mut state = self.lock();
                let now = Instant::now();
                let wait = state.wait(now).min(api.patience().saturating_sub(now - begun));
                if wait.is_zero() {
                    state.start(now);
                    break;
                }
                (wait, wait >= ROUNDING && state.is_news(now))
            };
            if is_news {
                api.pause("rate limit", wait);
            } else {
                thread::sleep(wait);
            }
        }
        let answer = call();
        self.lock().finish(api.standing());
        answer
    }

    fn lock(&self) -> MutexGuard<'_, PacerState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl PacerState {
    /// How long the next call has to wait.
    fn wait(&mut self, now: Instant) -> Duration {
        let Some((soft, hard)) = self.end else { return Duration::ZERO };
        if now >= hard {
            self.left = self.quota;
            self.end = None;
            return Duration::ZERO;
        }
        let reserve = (self.quota / RESERVE).max(1);
        let free = self.left.saturating_sub(self.in_flight + reserve);
        if free == 0 {
            return hard - now;
        }
        if self.left > self.quota / 2 {
            return Duration::ZERO;
        }
        let gap = soft.saturating_duration_since(now) / free;
        (self.last + gap).saturating_duration_since(now)
    }

    /// Whether this is the first pause of the window that is reported.
    fn is_news(&mut self, now: Instant) -> bool {
        let is_news = self.said.is_none_or(|end| now >= end);
        if is_news {
            self.said = self.end.map(|(_, hard)| hard);
        }
        is_news
    }

    fn start(&mut self, now: Instant) {
        self.in_flight += 1;
        self.last = now;
        if !self.told {
            // only our own calls are known
            self.end.get_or_insert((now + self.window, now + self.window));
        }
    }

    fn finish(&mut self, standing: Option<Standing>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(standing) = standing else {
            self.left = self.left.saturating_sub(1);
            return;
        };
        if let Some((quota, window)) =
            standing.policy.filter(|(quota, window)| *quota > 0 && !window.is_zero())
        {
            (self.quota, self.window) = (quota, window);
        }
        let soft = standing.at + standing.reset;
        let hard = soft + ROUNDING;
        match self.end.filter(|_| self.told) {
            // the same window: its end is known more precisely
            Some((old_soft, old_hard)) if soft < old_hard => {
                self.left = self.left.min(standing.left);
                self.end = Some((old_soft.min(soft), old_hard.min(hard)));
            }
            _ => {
                self.left = standing.left;
                self.end = Some((soft, hard));
            }
        }
        self.told = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::secret::Secret;
    use crate::cloudflare::Access;
    use crate::facts::gateway::ids::AccountId;
    use crate::facts::gateway::url::Origin;

    fn told(at: Instant, left: u32, reset: u64) -> Option<Standing> {
        Some(Standing {
            at,
            left,
            reset: Duration::from_secs(reset),
            policy: Some((100, Duration::from_secs(10))),
        })
    }

    fn state() -> PacerState {
        Pacer::new().0.into_inner().unwrap()
    }

    #[test]
    fn no_call_waits_while_half_of_the_calls_are_left() {
        let (mut state, now) = (state(), Instant::now());
        state.start(now);
        state.finish(told(now, 51, 5));
        assert_eq!(state.wait(now), Duration::ZERO);
    }

    #[test]
    fn the_second_half_of_the_calls_is_spread_over_the_rest_of_the_window() {
        let (mut state, now) = (state(), Instant::now());
        state.start(now);
        state.finish(told(now, 41, 5));
        // 40 plus the reserve of one, in five seconds
        assert_eq!(state.wait(now), Duration::from_millis(125));
        assert_eq!(state.wait(now + Duration::from_millis(125)), Duration::ZERO);
    }

    #[test]
    fn the_reserve_and_calls_on_their_way_are_not_spent() {
        let (mut state, now) = (state(), Instant::now());
        state.start(now);
        state.start(now);
        state.finish(told(now, 2, 5));
        assert_eq!(state.wait(now), Duration::from_secs(6));
        assert_eq!(state.wait(now + Duration::from_secs(6)), Duration::ZERO);
    }

    #[test]
    fn the_documented_limit_holds_until_the_api_reports_another() {
        let (mut state, now) = (state(), Instant::now());
        for _ in 0..CALLS - CALLS / RESERVE {
            assert!(state.wait(now + WINDOW - Duration::from_millis(1)) <= WINDOW);
            state.start(now);
            state.finish(None);
        }
        assert_eq!(state.wait(now), WINDOW);
    }

    #[test]
    fn each_response_refines_the_end_of_the_window() {
        let (mut state, now) = (state(), Instant::now());
        for (ms, left, reset) in [(0, 40, 5), (900, 30, 5), (1000, 20, 4)] {
            state.start(now);
            state.finish(told(now + Duration::from_millis(ms), left, reset));
        }
        assert_eq!(state.end, Some((now + Duration::from_secs(5), now + Duration::from_secs(6))));
        state.start(now);
        state.finish(told(now + Duration::from_secs(5), 99, 10));
        assert_eq!((state.left, state.end.unwrap().0), (99, now + Duration::from_secs(15)));
    }

    #[test]
    fn a_pause_is_reported_once_per_window_and_ends_with_the_patience() {
        static REPORTED: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let access = Access {
            origin: Origin::parse("https://api.invalid").unwrap(),
            account: AccountId::parse(&"0a".repeat(16)).unwrap(),
            token: Secret::new("token").unwrap(),
            extra_roots: None,
        };
        let api =
            Api::new(access).unwrap().with_notice(|text| REPORTED.lock().unwrap().push(text.to_owned()));
        let api = api.with_patience(Duration::from_millis(1100));
        let pacer = Pacer::new();
        pacer.lock().start(Instant::now());
        pacer.lock().finish(told(Instant::now(), 0, 24 * 60 * 60));
        let begun = Instant::now();
        pacer.call(&api, || ());
        pacer.call(&api, || ());
        assert!(begun.elapsed() >= 2 * ROUNDING);
        assert_eq!(*REPORTED.lock().unwrap(), ["Cloudflare's rate limit: waiting 2 s"]);
    }
}
