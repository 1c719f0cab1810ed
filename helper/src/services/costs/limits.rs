//! How much of the gateway's spend limits is used.
//!
//! Enforcement lags, as third parties observed: a limit is a backstop, not a guarantee.

use super::number::usd;
use super::period::Period;
use crate::base::text::visible;
use crate::facts::gateway::resources::{Gateway, SpendRule};
use jiff::{SignedDuration, Timestamp};

/// A spend rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// Cloudflare's id, or the position in the list.
    pub id: String,
    /// US dollars.
    pub limit: f64,
    /// Seconds.
    pub window: i64,
    /// The window slides instead of resetting at multiples of its length.
    pub sliding: bool,
    /// What the gateway counted in the window; `None` if unknown.
    pub spent: Option<f64>,
    /// Why it is unknown.
    pub why: Option<&'static str>,
}

/// The rules in force on a gateway.
pub fn rules(gateway: &Gateway) -> Vec<Limit> {
    let limit = |(at, rule): (usize, SpendRule)| {
        let why = match (rule.is_partial(), rule.window()?) {
            (true, _) => Some("it counts only some requests"),
            (false, ..3600) => Some("its window is shorter than an hour"),
            _ => None,
        };
        let id = if rule.id().is_empty() { (at + 1).to_string() } else { visible(rule.id()) };
        let sliding = rule.technique() == "sliding";
        let window = i64::try_from(rule.window()?).ok()?;
        Some(Limit { id, limit: rule.limit()?, window, sliding, spent: None, why })
    };
    gateway.spend_limits().in_force().enumerate().filter_map(limit).collect()
}

impl Limit {
    /// The current window in whole hours; `None` if it cannot be queried.
    pub fn period(&self, until: Timestamp) -> Option<Period> {
        if self.why.is_some() {
            return None;
        }
        let start = match self.sliding {
            true => until.checked_sub(SignedDuration::from_secs(self.window)).ok()?,
            // fixed windows were observed to start on the clock; a window that just ends is still
            // shown
            false => {
                let last = until.as_second() - 1;
                Timestamp::from_second(last.div_euclid(self.window) * self.window).ok()?
            }
        };
        let from = Timestamp::from_second(start.as_second().div_euclid(3600) * 3600).ok()?;
        (from < until).then_some(Period { from, until })
    }

    /// The spent part.
    pub fn part(&self) -> Option<f64> {
        self.spent.filter(|_| self.limit > 0.0).map(|spent| spent / self.limit)
    }

    /// The rule in words: its amount, its window, and its id.
    pub(super) fn words(&self) -> String {
        let kind = if self.sliding { "sliding" } else { "fixed" };
        format!("{} per {} ({kind}, rule {})", usd(self.limit), self.window_text(), self.id)
    }

    /// The window in words.
    fn window_text(&self) -> String {
        match self.window {
            w if w % 86_400 == 0 && w > 86_400 => format!("{} days", w / 86_400),
            86_400 => "1 day".to_owned(),
            w if w % 3600 == 0 => format!("{} h", w / 3600),
            w => format!("{w} s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_rules_in_force_are_limits_and_partial_ones_say_so() {
        let rules = |gateway| rules(&serde_json::from_value(gateway).unwrap());
        let gateway = json!({"spend_limits": {"enabled": true, "rules": [
            {"id": "a", "limit": 100, "limitType": "cost", "window": 604_800, "technique": "sliding"},
            {"limit": 5, "window": 86_400, "model": {"mode": "filter", "values": ["x"]}},
            {"limit": 5, "window": 60}, {"limit": 1, "window": 86_400, "enabled": false},
        ]}});
        let found = rules(gateway);
        assert_eq!(found.iter().map(|l| l.why.is_some()).collect::<Vec<_>>(), [false, true, true]);
        assert_eq!((found[0].id.as_str(), found[1].id.as_str()), ("a", "2"));
        assert!(
            rules(json!({"spend_limits": {"enabled": false, "rules": [{"limit": 1, "window": 86_400}]}}))
                .is_empty()
        );
        assert!(rules(json!({})).is_empty());
    }

    #[test]
    fn a_sliding_window_ends_now_and_a_fixed_one_begins_with_the_clock() {
        let limit = |sliding| Limit {
            id: String::new(),
            limit: 1.0,
            window: 86_400,
            sliding,
            spent: None,
            why: None,
        };
        let until = "2026-11-22T08:30:00Z".parse().unwrap();
        assert_eq!(limit(true).period(until).unwrap().from.to_string(), "2026-11-21T08:00:00Z");
        assert_eq!(limit(false).period(until).unwrap().from.to_string(), "2026-11-22T00:00:00Z");
    }
}
