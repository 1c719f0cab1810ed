//! The spend limits of a gateway.
//!
//! Cloudflare's SDK 7.3.0: `spend_limits: {enabled, rules: [{id, limit, limitType: "cost", window,
//! technique, enabled, model, provider, metadata}]}`, `window` in seconds, `limit` in US dollars. A rule
//! sent without its `id` gets a new one, and its counter starts at zero (observed by third parties), so an
//! update keeps the ids of rules that stay.

use super::{Object, resource};
use serde_json::Value;

resource! {
    /// The limits of a gateway.
    SpendLimits {
        /// Whether they are in force; absent means yes.
        enabled: Option<bool>,
        /// The rules; each has its own counter.
        rules: &[Value],
    }
}

resource! {
    /// A rule.
    SpendRule {
        /// Cloudflare's id, which the counter belongs to.
        id: &str,
        /// US dollars.
        limit: Option<f64>,
        /// Seconds.
        window: Option<u64>,
        /// `sliding` or `fixed`.
        technique: &str,
        /// Whether it is in force; absent means yes.
        enabled: Option<bool>,
    }
}

/// The fields that limit a rule to some requests.
const FILTERS: [&str; 3] = ["model", "provider", "metadata"];

impl SpendLimits {
    fn list(&self) -> impl Iterator<Item = SpendRule> {
        self.rules().iter().filter_map(Value::as_object).cloned().map(SpendRule)
    }

    /// The rules in force that say how much may be spent in which time.
    pub fn in_force(&self) -> impl Iterator<Item = SpendRule> {
        let on = self.enabled() != Some(false);
        let counts = |rule: &SpendRule| rule.limit().is_some() && rule.window().is_some();
        self.list().filter(move |rule| on && rule.enabled() != Some(false) && counts(rule))
    }

    /// Whether these are the limits that were sent, ignoring ids of new rules.
    pub fn is_what_was_sent(&self, sent: &SpendLimits) -> bool {
        let mut shown: Vec<SpendRule> = self.list().collect();
        for (rule, _) in shown.iter_mut().zip(sent.list()).filter(|(_, sent)| sent.is_new()) {
            rule.0.remove("id");
        }
        let same = |(a, b): (&SpendRule, SpendRule)| without_nulls(&a.0) == without_nulls(&b.0);
        let others = |limits: &SpendLimits| {
            let mut others = without_nulls(&limits.0);
            others.remove("rules");
            others
        };
        shown.len() == sent.list().count()
            && shown.iter().zip(sent.list()).all(same)
            && others(self) == others(sent)
    }

    /// Gives new rules the ids of the rules that they replace: same window, technique and filters,
    /// preferring the same limit. Returns the rules that count from zero.
    pub fn keep_ids(&mut self, before: &SpendLimits) -> Vec<SpendRule> {
        let mut rules: Vec<SpendRule> = self.list().collect();
        let mut free: Vec<SpendRule> = before
            .list()
            .filter(|old| !old.is_new() && !rules.iter().any(|rule| rule.field("id") == old.field("id")))
            .collect();
        for same_limit in [true, false] {
            for rule in rules.iter_mut().filter(|rule| rule.is_new()) {
                let fits =
                    |old: &SpendRule| rule.counts_like(old) && (!same_limit || old.limit() == rule.limit());
                if let Some(at) = free.iter().position(fits) {
                    rule.0.insert("id".to_owned(), free.remove(at).field("id").clone());
                }
            }
        }
        let own = self.0.get_mut("rules").and_then(Value::as_array_mut);
        for (own, rule) in own.into_iter().flatten().filter_map(Value::as_object_mut).zip(&rules) {
            own.clone_from(&rule.0);
        }
        rules.into_iter().filter(SpendRule::is_new).collect()
    }
}

impl SpendRule {
    /// Whether it counts only some requests.
    pub fn is_partial(&self) -> bool {
        let empty = |value: &Value| value.is_null() || value.as_object().is_some_and(Object::is_empty);
        FILTERS.iter().any(|name| !empty(self.field(name)))
    }

    fn is_new(&self) -> bool {
        self.field("id").is_null()
    }

    fn counts_like(&self, other: &SpendRule) -> bool {
        let kind = |rule: &SpendRule| rule.field("limitType").as_str().unwrap_or("cost").to_owned();
        self.window() == other.window()
            && self.technique() == other.technique()
            && kind(self) == kind(other)
            && FILTERS.iter().all(|name| self.field(name) == other.field(name))
    }

    /// The rule in words: `50 USD per 24 h`.
    pub fn words(&self) -> String {
        let hours = self.window().unwrap_or_default() as f64 / 3600.0;
        format!("{} USD per {hours} h", self.field("limit"))
    }
}

/// The fields that have a value.
fn without_nulls(object: &Object) -> Object {
    object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
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
        let ids: Vec<_> = after.rules().iter().map(|rule| rule["id"].as_str()).collect();
        assert_eq!(ids, [Some("day"), None, Some("week")]);
        assert_eq!(new.iter().map(SpendRule::window).collect::<Vec<_>>(), [Some(3600)]);
    }

    #[test]
    fn a_rule_with_the_same_limit_keeps_its_id_first_and_no_id_is_used_twice() {
        let before = limits(json!({"rules": [rule(Some("a"), 10, 60), rule(Some("b"), 20, 60)]}));
        let mut after =
            limits(json!({"rules": [rule(None, 20, 60), rule(None, 30, 60), rule(None, 40, 60)]}));
        assert_eq!(after.keep_ids(&before).len(), 1);
        let ids: Vec<_> = after.rules().iter().map(|rule| rule["id"].as_str()).collect();
        assert_eq!(ids, [Some("b"), Some("a"), None]);
        let mut named = limits(json!({"rules": [rule(Some("a"), 10, 60), rule(None, 10, 60)]}));
        named.keep_ids(&before);
        assert_eq!(named.rules()[1]["id"].as_str(), Some("b"));
    }

    #[test]
    fn a_rule_for_some_requests_does_not_take_the_id_of_one_for_all() {
        let before = limits(json!({"rules": [rule(Some("all"), 10, 60)]}));
        let mut some = rule(None, 10, 60);
        some["model"] = json!({"mode": "filter", "values": ["x"]});
        let mut after = limits(json!({"rules": [some]}));
        assert_eq!(after.keep_ids(&before).len(), 1);
        assert!(after.list().all(|rule| rule.is_partial()));
    }

    #[test]
    fn unknown_fields_are_kept() {
        let text = json!({"enabled": true, "new": 1, "rules": [{"limit": 1.5, "window": 60, "later": [2]}]});
        assert_eq!(serde_json::to_value(limits(text.clone())).unwrap(), text);
    }
}
