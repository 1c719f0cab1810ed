//! A gateway, and what belongs to it or to its account.

use super::spend::SpendLimits;
use super::{Object, resource};
use serde_json::Value;

resource! {
    /// A gateway, or the settings that create or change one.
    Gateway {
        /// Its id, which is its name in URLs.
        id: &str,
        /// Whether requests need a gateway token.
        authentication: Option<bool>,
        /// Whether requests are logged.
        collect_logs: Option<bool>,
        /// Seconds to cache a response; 0 is off.
        cache_ttl: Option<u64>,
        /// Requests per window; 0 is off.
        rate_limiting_limit: Option<u64>,
        /// Length of the window in seconds.
        rate_limiting_interval: Option<u64>,
        /// `fixed` or `sliding`.
        rate_limiting_technique: &str,
        /// Data loss prevention.
        dlp: Option<&Object>,
        /// Categories to flag or block.
        guardrails: Option<&Object>,
    }
}

impl Gateway {
    /// The requests per window, and the window in seconds; `None` if the gateway has no rate limit.
    pub fn rate_limit(&self) -> Option<(u64, u64)> {
        let on = |number: Option<u64>| number.filter(|number| *number > 0);
        on(self.rate_limiting_limit()).zip(on(self.rate_limiting_interval()))
    }

    /// The spend limits; empty if it has none.
    pub fn spend_limits(&self) -> SpendLimits {
        SpendLimits(self.field("spend_limits").as_object().cloned().unwrap_or_default())
    }

    /// The setting that holds a response back until it is complete, if one does (Cloudflare's coding
    /// agents page on DLP; guardrails).
    pub fn holds_back(&self) -> Option<&'static str> {
        let scans = |policy: &Value| {
            let checks = policy["check"].as_array();
            policy["enabled"] != false
                && checks.is_some_and(|list| list.iter().any(|check| check == "RESPONSE"))
        };
        let dlp = self.dlp().filter(|dlp| dlp.get("enabled") == Some(&Value::Bool(true)));
        let policies = dlp.and_then(|dlp| dlp.get("policies")?.as_array());
        if policies.is_some_and(|policies| policies.iter().any(scans)) {
            return Some("DLP scans responses");
        }
        let categories = self.guardrails().and_then(|guardrails| guardrails.get("response")?.as_object());
        categories.is_some_and(|categories| !categories.is_empty()).then_some("guardrails scan responses")
    }
}

resource! {
    /// A provider's key, stored at Cloudflare. The API never returns its value.
    StoredKey {
        /// Its id.
        id: &str,
        /// The provider that it is for.
        provider_slug: &str,
        /// The name that requests give in `cf-aig-byok-alias`.
        alias: &str,
        /// Whether requests without an alias use it.
        default_config: Option<bool>,
        /// A few characters of the value.
        secret_preview: &str,
        /// When it changed, RFC 3339.
        modified_at: &str,
    }
}

resource! {
    /// A custom provider of the account.
    CustomProvider {
        /// Its id.
        id: &str,
        /// URLs name it as `custom-{slug}`.
        slug: &str,
        /// Its name in the dashboard.
        name: &str,
        /// Where the gateway sends its requests.
        base_url: &str,
        /// Whether requests may use it.
        enable: Option<bool>,
        /// Extra headers as JSON; may hold a credential.
        headers: &str,
    }
}

resource! {
    /// A custom domain of a gateway. In no SDK; the field was observed.
    CustomDomain {
        /// The host.
        hostname: &str,
    }
}

resource! {
    /// A policy (beta). The formats of `actor`, `resource`, `condition` (a CEL expression) and `action`
    /// are not fully published, so they stay JSON.
    Policy {
        /// Cloudflare's id.
        id: &str,
        /// Its name.
        name: &str,
    }
}

impl Policy {
    /// Its action as one word: `no-limit`, `block` or `limit`.
    pub fn effect(&self) -> &str {
        let action = self.field("action");
        action.as_str().or_else(|| action.get("type")?.as_str()).unwrap_or("?")
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::any_object;
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn gateway(value: Value) -> Gateway {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn settings_that_buffer_responses_are_detected() {
        let dlp = |enabled: bool, check: &[&str]| json!({"dlp": {"enabled": true, "policies": [{"check": check, "enabled": enabled}]}});
        let cases = [
            (json!({}), None),
            (json!({"dlp": null, "guardrails": null}), None),
            (dlp(true, &["REQUEST"]), None),
            (dlp(true, &["REQUEST", "RESPONSE"]), Some("DLP scans responses")),
            (dlp(false, &["RESPONSE"]), None),
            (json!({"guardrails": {"prompt": {"S1": "BLOCK"}, "response": {}}}), None),
            (
                json!({"guardrails": {"prompt": {}, "response": {"S1": "FLAG"}}}),
                Some("guardrails scan responses"),
            ),
        ];
        for (settings, expected) in cases {
            assert_eq!(gateway(settings.clone()).holds_back(), expected, "{settings}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        #[test]
        fn a_gateway_with_fields_of_any_type_is_read_without_a_panic(
            settings in any_object(&["spend_limits", "dlp", "guardrails", "rate_limiting_limit"]),
            dlp in any_object(&["enabled", "policies"]),
            limits in any_object(&["enabled", "rules"]),
            rule in any_object(&["id", "limit", "window", "enabled", "model"]),
        ) {
            let gateway = Gateway(settings);
            gateway.rate_limit();
            for (key, inner, list) in [("dlp", dlp, "policies"), ("spend_limits", limits, "rules")] {
                let mut odd = gateway.clone();
                let mut inner = inner;
                inner.insert("enabled".to_owned(), json!(true));
                inner.insert(list.to_owned(), json!([rule]));
                odd.0.insert(key.to_owned(), json!(inner));
                odd.holds_back();
                let limits = odd.spend_limits();
                prop_assert_eq!(serde_json::to_value(&limits).unwrap(), odd.field("spend_limits").as_object().cloned().map(Value::Object).unwrap_or(json!({})));
                limits.in_force().for_each(|rule| drop((rule.words(), rule.is_partial())));
                let mut kept = limits.clone();
                kept.keep_ids(&limits);
                prop_assert!(limits.is_what_was_sent(&limits));
            }
        }
    }
}
