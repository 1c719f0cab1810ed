//! The spend limits of a gateway.
//!
//! Cloudflare's SDK 7.3.0: `spend_limits: {enabled, rules: [{id, limit, limitType: "cost", window,
//! technique, enabled, model, provider, metadata}]}`, `window` in seconds, `limit` in US dollars. A rule
//! sent without its `id` gets a new one, and its counter starts at zero (observed by third parties), so an
//! update keeps the ids of rules that stay.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};

/// The limits, in the API's format.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SpendLimits {
    /// Whether they are in force; absent means yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// The rules; each has its own counter.
    #[serde(default)]
    pub rules: Vec<SpendRule>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SpendRule {
    /// Cloudflare's id, which the counter belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// US dollars.
    pub limit: Number,
    /// `cost`.
    #[serde(rename = "limitType", default, skip_serializing_if = "Option::is_none")]
    pub limit_type: Option<String>,
    /// Seconds.
    pub window: u64,
    /// `sliding` or `fixed`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub technique: Option<String>,
    /// Whether it is in force; absent means yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// `model`, `provider`, `metadata` (filters), and fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl SpendLimits {
    /// The limits of a gateway as the API returns it; empty if it has none, or if their format is unknown.
    pub fn of(gateway: &Map<String, Value>) -> Self {
        gateway
            .get("spend_limits")
            .and_then(|limits| serde_json::from_value(limits.clone()).ok())
            .unwrap_or_default()
    }

    /// The rules in force.
    pub fn in_force(&self) -> impl Iterator<Item = &SpendRule> {
        let on = self.enabled != Some(false);
        self.rules.iter().filter(move |rule| on && rule.enabled != Some(false))
    }

    /// Whether these are the limits that were sent, ignoring ids of new rules.
    pub fn is_what_was_sent(&self, sent: &SpendLimits) -> bool {
        let mut shown = self.clone();
        for (rule, sent) in shown.rules.iter_mut().zip(&sent.rules).filter(|(_, sent)| sent.id.is_none()) {
            rule.id.clone_from(&sent.id);
        }
        shown == *sent
    }

    /// Gives new rules the ids of the rules that they replace: same window, technique and filters,
    /// preferring the same limit. Returns the rules that count from zero.
    pub fn keep_ids(&mut self, before: &SpendLimits) -> Vec<SpendRule> {
        let given = |id: &Option<String>, rules: &[SpendRule]| {
            id.is_some() && rules.iter().any(|rule| rule.id == *id)
        };
        let mut free: Vec<&SpendRule> =
            before.rules.iter().filter(|rule| rule.id.is_some() && !given(&rule.id, &self.rules)).collect();
        for same_limit in [true, false] {
            for rule in self.rules.iter_mut().filter(|rule| rule.id.is_none()) {
                let fits = |old: &&SpendRule| {
                    rule.counts_like(old) && (!same_limit || old.limit.as_f64() == rule.limit.as_f64())
                };
                if let Some(at) = free.iter().position(fits) {
                    rule.id.clone_from(&free.remove(at).id);
                }
            }
        }
        self.rules.iter().filter(|rule| rule.id.is_none()).cloned().collect()
    }
}

impl SpendRule {
    /// Whether it counts only some requests.
    pub fn is_partial(&self) -> bool {
        let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
        ["model", "provider", "metadata"]
            .iter()
            .any(|name| self.extra.get(*name).is_some_and(|value| !empty(value)))
    }

    fn counts_like(&self, other: &SpendRule) -> bool {
        let kind = |rule: &SpendRule| rule.limit_type.clone().unwrap_or_else(|| "cost".to_owned());
        let filters =
            |rule: &SpendRule| ["model", "provider", "metadata"].map(|name| rule.extra.get(name).cloned());
        self.window == other.window
            && self.technique == other.technique
            && kind(self) == kind(other)
            && filters(self) == filters(other)
    }

    /// The rule in words: `50 USD per 24 h`.
    pub fn words(&self) -> String {
        format!("{} USD per {} h", self.limit, self.window as f64 / 3600.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn limits(value: Value) -> SpendLimits {
        serde_json::from_value(value).unwrap()
    }

    fn rule(id: Option<&str>, limit: u64, window: u64) -> Value {
        let mut rule = json!({"limit": limit, "limitType": "cost", "window": window, "technique": "sliding"});
        if let Some(id) = id {
            rule["id"] = json!(id);
        }
        rule
    }

    #[test]
    fn rules_that_stay_keep_their_ids_and_new_ones_count_from_zero() {
        let before =
            limits(json!({"rules": [rule(Some("day"), 50, 86_400), rule(Some("week"), 200, 604_800)]}));
        let mut after =
            limits(json!({"rules": [rule(None, 60, 86_400), rule(None, 5, 3600), rule(None, 200, 604_800)]}));
        let new = after.keep_ids(&before);
        let ids: Vec<_> = after.rules.iter().map(|rule| rule.id.as_deref()).collect();
        assert_eq!(ids, [Some("day"), None, Some("week")]);
        assert_eq!(new.iter().map(|rule| rule.window).collect::<Vec<_>>(), [3600]);
    }

    #[test]
    fn the_same_limit_goes_first_and_no_id_is_given_twice() {
        let before = limits(json!({"rules": [rule(Some("a"), 10, 60), rule(Some("b"), 20, 60)]}));
        let mut after =
            limits(json!({"rules": [rule(None, 20, 60), rule(None, 30, 60), rule(None, 40, 60)]}));
        assert_eq!(after.keep_ids(&before).len(), 1);
        let ids: Vec<_> = after.rules.iter().map(|rule| rule.id.as_deref()).collect();
        assert_eq!(ids, [Some("b"), Some("a"), None]);
        let mut named = limits(json!({"rules": [rule(Some("a"), 10, 60), rule(None, 10, 60)]}));
        named.keep_ids(&before);
        assert_eq!(named.rules[1].id.as_deref(), Some("b"));
    }

    #[test]
    fn a_rule_for_some_requests_does_not_take_the_id_of_one_for_all() {
        let before = limits(json!({"rules": [rule(Some("all"), 10, 60)]}));
        let mut some = rule(None, 10, 60);
        some["model"] = json!({"mode": "filter", "values": ["x"]});
        let mut after = limits(json!({"rules": [some]}));
        assert_eq!(after.keep_ids(&before).len(), 1);
        assert!(after.rules[0].is_partial());
    }

    #[test]
    fn what_is_unknown_is_kept() {
        let text = json!({"enabled": true, "new": 1, "rules": [{"limit": 1.5, "window": 60, "later": [2]}]});
        assert_eq!(serde_json::to_value(limits(text.clone())).unwrap(), text);
    }
}
