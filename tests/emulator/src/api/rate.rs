//! The API's own rate limit: per token, in fixed windows, reported in headers, with 429 beyond it.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::{Value, json};

use crate::http::Reply;

/// Requests of each token in its current window. Times are relative to the emulator's start.
#[derive(Default)]
pub(crate) struct ApiRate {
    tokens: HashMap<String, Window>,
    /// Requests of all tokens in each window, accepted and refused.
    history: BTreeMap<u128, (u32, u32)>,
}

#[derive(Default)]
struct Window {
    number: u128,
    used: u32,
}

/// The headers of a response, and whether the request is accepted.
pub(super) struct Standing {
    limit: u32,
    window: Duration,
    left: u32,
    /// Until the window ends, in whole seconds, rounded up.
    reset: u64,
    /// Within the limit.
    pub(super) admitted: bool,
}

impl ApiRate {
    /// Counts a request of `token`; `None` if no limit is configured.
    pub(super) fn count(
        &mut self,
        limit: Option<(u32, Duration)>,
        token: &str,
        now: Duration,
    ) -> Option<Standing> {
        let (limit, window) = limit.filter(|(_, window)| !window.is_zero())?;
        let number = now.as_nanos() / window.as_nanos();
        let state = self.tokens.entry(token.to_owned()).or_default();
        if state.number != number {
            *state = Window { number, used: 0 };
        }
        let admitted = state.used < limit;
        state.used += u32::from(admitted);
        let used_now = state.used;
        let (used, refused) = self.history.entry(number).or_default();
        *used += u32::from(admitted);
        *refused += u32::from(!admitted);
        let past = now.as_secs_f64() % window.as_secs_f64();
        let reset = (window.as_secs_f64() - past).ceil() as u64;
        Some(Standing { limit, window, left: limit - used_now, reset, admitted })
    }

    /// Accepted and refused requests of each window that had any, oldest first.
    pub(crate) fn history(&self) -> Vec<(u32, u32)> {
        self.history.values().copied().collect()
    }
}

impl Standing {
    /// The response with Cloudflare's headers.
    pub(super) fn head(&self, reply: Reply) -> Reply {
        let policy = format!("\"default\";q={};w={}", self.limit, self.window.as_secs());
        reply
            .with("ratelimit", format!("\"default\";r={};t={}", self.left, self.reset))
            .with("ratelimit-policy", policy)
    }

    /// The response beyond the limit. Its headers are documented; of its body only the envelope is.
    pub(super) fn refusal(&self) -> Reply {
        let error = json!({
            "code": 10429, "message": "Too Many Requests",
        });
        let body = json!({"success": false, "errors": [error], "messages": [], "result": Value::Null});
        Reply::json(429, &body).with("retry-after", self.reset.to_string())
    }
}
