//! A gateway's settings: effect, default, and what can be given for each.

use super::GatewayId;
use super::arguments::ArgumentKind::{Flag, Object, Objects, Text, Url, Whole, Word};
use super::arguments::{
    ANY, Argument, DLP, GUARDRAILS, OTEL, Presence, SPEND_LIMITS, STRIPE, TECHNIQUE, computed, optional,
    required,
};
use super::resources::{self, Gateway};
use crate::base::error::{Error, Result};
use crate::base::redact;
use crate::base::time::seconds;
use serde_json::{Value, json};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// The API's name.
    pub key: &'static str,
    /// Its type, and its names in infrastructure as code.
    pub argument: Argument,
    /// Its effect, in one line.
    pub does: &'static str,
    /// Its value in a gateway for agents, as JSON; empty leaves it to Cloudflare.
    pub default: &'static str,
    /// The reason for that default.
    pub why: &'static str,
}

const fn setting(argument: Argument, does: &'static str) -> Setting {
    Setting { key: argument.api, argument, does, default: "", why: "" }
}

impl Setting {
    const fn by_default(self, default: &'static str, why: &'static str) -> Self {
        Self { default, why, ..self }
    }
}

/// Every setting, in display order.
pub const SETTINGS: &[Setting] = &[
    setting(computed("authentication", Flag), "requests need a gateway token")
        .by_default("true", "otherwise anyone who knows the URL can use it"),
    setting(required("collect_logs", Flag), "requests are logged")
        .by_default("true", "costs and failures are read from the log"),
    setting(
        computed("log_management", Whole(10_000, 10_000_000)),
        "how many entries to keep (older logs only)",
    ),
    setting(
        computed("log_management_strategy", Word(&["DELETE_OLDEST", "STOP_INSERTING"])),
        "what happens when the log is full",
    ),
    setting(computed("log_classification", Flag), "entries are classified"),
    setting(required("cache_ttl", Whole(0, ANY)), "seconds to cache a response; 0 is off")
        .by_default("0", "an agent that repeats a request wants a new response"),
    setting(required("cache_invalidate_on_update", Flag), "changing the settings empties the cache")
        .by_default("false", "the cache is empty"),
    setting(
        required("rate_limiting_limit", Whole(0, ANY)),
        "requests per window, for the whole gateway; 0 is off",
    ),
    setting(required("rate_limiting_interval", Whole(0, ANY)), "length of the window in seconds"),
    setting(optional("rate_limiting_technique", TECHNIQUE), "window type")
        .by_default("\"sliding\"", "a fixed window allows twice as many at its edge"),
    setting(optional("retry_max_attempts", Whole(1, 5)), "attempts that the gateway makes")
        .by_default("", "the client retries ten times already"),
    // the provider's maximum in 5.22.0, which also lacks log_classification and byok_only, was 5000
    setting(optional("retry_delay", Whole(0, 60_000)), "milliseconds between attempts"),
    setting(optional("retry_backoff", Word(&["constant", "linear", "exponential"])), "how the delay grows"),
    setting(computed("spend_limits", Object(SPEND_LIMITS)), "rules that stop requests above a spend limit"),
    setting(computed("byok_only", Flag), "never pay with Cloudflare credits"),
    // the provider's 5.22.0 had only the first
    setting(computed("workers_ai_billing_mode", Word(&["postpaid", "unified"])), "who bills Workers AI"),
    setting(computed("zdr", Flag), "providers retain nothing (Unified Billing)"),
    setting(optional("guardrails", Object(GUARDRAILS)), "categories to flag or block"),
    setting(optional("dlp", Object(DLP)), "data to flag or block"),
    setting(computed("logpush", Flag), "push log entries with Logpush"),
    setting(optional("logpush_public_key", Text), "public key to encrypt pushed entries"),
    setting(computed("otel", Objects(OTEL)).plural("otels"), "where to send traces"),
    setting(optional("stripe", Object(STRIPE)), "usage events for Stripe"),
    setting(computed("store_id", Text), "the id of a store; Cloudflare does not document which"),
];

/// Every setting as an argument.
pub const ARGUMENTS: [Argument; SETTINGS.len()] = {
    let mut arguments = [SETTINGS[0].argument; SETTINGS.len()];
    let mut at = 0;
    while at < SETTINGS.len() {
        arguments[at] = SETTINGS[at].argument;
        at += 1;
    }
    arguments
};

/// What an update must send, whatever it changes.
pub fn required_keys() -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter(|row| row.argument.presence == Presence::Required).map(|row| row.key)
}

/// Fields that the API returns but does not accept. The last four are not in the schema, but occur in live
/// responses.
pub const READ_ONLY: [&str; 8] = [
    "id",
    "is_default",
    "created_at",
    "modified_at",
    "account_id",
    "account_tag",
    "internal_id",
    "wholesale",
];

/// Requests per minute that one session may need.
///
/// A model call takes five seconds or more, so an agent makes at most 12 a minute; a session with ten
/// subagents is 11 agents: 132. A failing call is sent up to 11 times (Claude Code retries ten times,
/// Cloudflare's sandbox example): if that happens to each agent's current call within one minute, that is
/// 121 more: 253, rounded up.
pub const PER_SESSION_AND_MINUTE: u64 = 300;

/// The number of sessions that a new gateway is sized for.
pub const SESSIONS: u64 = 5;

/// The row of a setting.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

/// A gateway for agents, sized for this many concurrent sessions.
pub fn defaults(sessions: u64) -> Gateway {
    let mut body: resources::Object = SETTINGS
        .iter()
        .filter_map(|setting| Some((setting.key.to_owned(), serde_json::from_str(setting.default).ok()?)))
        .collect();
    body.insert("rate_limiting_interval".to_owned(), json!(60));
    body.insert("rate_limiting_limit".to_owned(), json!(PER_SESSION_AND_MINUTE.saturating_mul(sessions)));
    Gateway(body)
}

/// What creates a gateway: its id, then these settings in the order of the table.
pub fn request(id: &GatewayId, settings: &Gateway) -> Gateway {
    let mut request = resources::Object::from_iter([("id".to_owned(), json!(id.as_str()))]);
    request.extend(changes(&Gateway::default(), settings).into_iter().map(|change| (change.key, change.to)));
    Gateway(request)
}

/// The parts of a gateway that can be sent back: everything except read-only fields, including unknown
/// ones.
pub fn writable(gateway: &Gateway) -> Gateway {
    let mut body: resources::Object = gateway
        .0
        .iter()
        .filter(|(key, _)| !READ_ONLY.contains(&key.as_str()))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let base = defaults(SESSIONS);
    for key in required_keys() {
        let off = if key.starts_with("rate") { &Value::Null } else { base.field(key) };
        body.entry(key).or_insert_with(|| off.clone());
    }
    Gateway(body)
}

impl Setting {
    /// The value as typed: JSON, or the bare word of a setting that takes words.
    ///
    /// # Errors
    /// Usage, if the setting does not take it.
    pub fn parse(&self, text: &str) -> Result<Value> {
        let parsed = serde_json::from_str(text).ok();
        let value = match self.argument.kind {
            Word(_) | Text => parsed.filter(|v: &Value| v.is_string() || v.is_null()).unwrap_or(json!(text)),
            Flag if matches!(text, "on" | "yes") => json!(true),
            Flag if matches!(text, "off" | "no") => json!(false),
            _ => parsed.ok_or_else(|| self.misfit())?,
        };
        self.check(&value).map(|()| value)
    }

    /// Checks that the API accepts this value, according to its schema.
    ///
    /// # Errors
    /// Usage, if it does not.
    pub fn check(&self, value: &Value) -> Result<()> {
        let fits = match self.argument.kind {
            Flag => value.is_boolean(),
            Whole(from, to) => value.is_null() || value.as_u64().is_some_and(|n| (from..=to).contains(&n)),
            Word(words) => value.is_null() || value.as_str().is_some_and(|word| words.contains(&word)),
            Text | Url => value.is_null() || value.is_string(),
            _ => value.is_null() || value.is_object() || value.is_array(),
        };
        if fits { Ok(()) } else { Err(self.misfit()) }
    }

    fn misfit(&self) -> Error {
        Error::usage(format!("{} takes {}", self.key, self.takes()))
    }

    /// Its type in words.
    pub fn takes(&self) -> String {
        match self.argument.kind {
            kind @ (Flag | Word(_)) => kind.to_string(),
            Object(_) | Objects(_) => "a JSON object or list, or null".to_owned(),
            kind => format!("{kind}, or null"),
        }
    }
}

/// A rule of `--spend-limit`: dollars per hour, day, week or 30 days.
///
/// # Errors
/// Usage, if it is something else.
pub fn spend_rule(text: &str) -> Result<Value> {
    let wrong = || {
        let text = text.escape_debug();
        Error::usage(format!("`{text}` is not a spend limit: 50/day, 5/hour, 200/week, 500/month"))
    };
    let (amount, per) = text.trim().trim_start_matches('$').split_once('/').ok_or_else(wrong)?;
    let limit: f64 =
        amount.trim().parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0).ok_or_else(wrong)?;
    let window = match per.trim() {
        "hour" => 3600,
        "day" => 86_400,
        "week" => 7 * 86_400,
        "month" => 30 * 86_400,
        _ => return Err(wrong()),
    };
    let limit = if limit.fract() == 0.0 && limit < 1e15 { json!(limit as u64) } else { json!(limit) };
    Ok(json!({"limit": limit, "limitType": "cost", "window": window, "technique": "sliding"}))
}

/// Parses `N/TIME` or `off`: requests, and whole seconds. A time without a unit is in seconds.
///
/// # Errors
/// Usage, if it is something else.
pub fn rate_limit(text: &str) -> Result<(u64, u64)> {
    let wrong =
        || Error::usage(format!("`{}` is not a rate limit: 1500/60s, 100/1m, or off", text.escape_debug()));
    if matches!(text, "off" | "0") {
        return Ok((0, 0));
    }
    let (limit, window) = text.split_once('/').ok_or_else(wrong)?;
    let time = seconds(window.trim()).ok_or_else(wrong)?;
    let whole = time.as_secs() > 0 && time.subsec_nanos() == 0;
    let limit = limit.trim().parse().ok().filter(|_| whole);
    Ok((limit.ok_or_else(wrong)?, time.as_secs()))
}

/// True if a value contains a token that the API returns masked: sending it back would store the mask as
/// the token. It is not documented whether the API masks tokens.
pub fn is_masked(key: &str, value: &Value) -> bool {
    let mask = |text: &str| {
        !text.is_empty() && text.chars().all(|c| "*•.".contains(c))
            || text.to_ascii_lowercase().contains("redacted")
    };
    match value {
        Value::Object(map) => map.iter().any(|(name, value)| {
            if redact::is_secret_member(key, name) {
                value.as_str().is_some_and(mask)
            } else {
                is_masked(name, value)
            }
        }),
        Value::Array(list) => list.iter().any(|item| is_masked(key, item)),
        _ => false,
    }
}

/// True if a value would put a credential on the command line.
pub fn holds_a_secret(key: &str, value: &Value) -> bool {
    redact::json(key, value) != *value
}

/// A changed setting.
#[derive(Debug, Clone, PartialEq)]
pub struct SettingChange {
    /// The API's name.
    pub key: String,
    /// The current value; `null` also if it is absent.
    pub from: Value,
    /// The new value.
    pub to: Value,
}

/// The differences in table order, unknown ones last. Absent and `null` are equal.
pub fn changes(before: &Gateway, after: &Gateway) -> Vec<SettingChange> {
    let mut keys: Vec<&str> = SETTINGS.iter().map(|setting| setting.key).collect();
    for key in after.0.keys().chain(before.0.keys()) {
        if !keys.contains(&key.as_str()) {
            keys.push(key);
        }
    }
    let at = |gateway: &Gateway, key: &str| gateway.field(key).clone();
    keys.into_iter()
        .map(|key| SettingChange { key: key.to_owned(), from: at(before, key), to: at(after, key) })
        .filter(|change| change.from != change.to)
        .collect()
}

/// Notes about these settings for someone who routes Claude Code.
pub fn notes(gateway: &Gateway) -> Vec<&'static str> {
    let limits = gateway.spend_limits();
    let limited = limits.enabled() != Some(false) && !limits.0.is_empty();
    let requests = gateway.rate_limiting_limit().unwrap_or_default();
    let cached = gateway.cache_ttl().is_some_and(|seconds| seconds > 0);
    let rows = [
        (
            gateway.authentication() == Some(false),
            "authentication is off: anyone who knows the URL can use this gateway and its stored keys or credits",
        ),
        (
            !cached,
            "a gateway with cache_ttl 0 was seen to serve a repeated request from its cache for five minutes; to prevent that, send `cf-aig-skip-cache: true`",
        ),
        (cached, "a repeated request gets the cached response, even a bad one"),
        (!limited, "there is no spend limit: `--spend-limit 50/day`"),
        (
            (1..PER_SESSION_AND_MINUTE).contains(&requests),
            "the rate limit is low for an agent: retries are refused too (429, 2003)",
        ),
        (
            gateway.holds_back().is_some(),
            "guardrails and response DLP hold back a response until it is complete; Claude Code gives up after 300 s of silence",
        ),
        (
            gateway.collect_logs() == Some(false),
            "without logs, costs per session and `cf-aig verify` do not work",
        ),
    ];
    rows.into_iter().filter_map(|(holds, note)| holds.then_some(note)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_gateway_has_all_that_the_api_requires() {
        let body = defaults(SESSIONS).0;
        assert!(required_keys().all(|key| body.contains_key(key)), "{body:?}");
        assert_eq!((&body["authentication"], &body["cache_ttl"]), (&json!(true), &json!(0)));
        assert_eq!(
            (&body["rate_limiting_limit"], &body["rate_limiting_interval"]),
            (&json!(1500), &json!(60))
        );
        for (key, value) in &body {
            find(key).expect("a known setting").check(value).unwrap();
        }
    }

    #[test]
    fn a_value_is_checked_as_the_schema_has_it() {
        let parse = |key: &str, text: &str| find(key).unwrap().parse(text).map_err(|error| error.message);
        assert_eq!(parse("zdr", "on"), Ok(json!(true)));
        assert_eq!(parse("retry_backoff", "linear"), Ok(json!("linear")));
        assert_eq!(parse("retry_backoff", "\"linear\""), Ok(json!("linear")));
        assert_eq!(parse("cache_ttl", "null"), Ok(Value::Null));
        for (key, text) in [
            ("zdr", "maybe"),
            ("retry_max_attempts", "6"),
            ("retry_delay", "60001"),
            ("retry_backoff", "random"),
            ("guardrails", "true"),
            ("log_management", "5"),
        ] {
            assert!(parse(key, text).unwrap_err().contains(key), "{key}={text}");
        }
    }

    #[test]
    fn read_only_fields_are_not_sent_back_and_unknown_fields_are() {
        let gateway =
            json!({"id": "x", "created_at": "t", "wholesale": true, "brand_new": 1, "cache_ttl": 5});
        let body = writable(&serde_json::from_value(gateway).unwrap()).0;
        assert_eq!((body.get("id"), &body["brand_new"], &body["cache_ttl"]), (None, &json!(1), &json!(5)));
        assert!(required_keys().all(|key| body.contains_key(key)));
    }

    #[test]
    fn spend_and_rate_limits_are_read_as_people_write_them() {
        assert_eq!(spend_rule("$50/day").unwrap()["window"], 86_400);
        assert_eq!(spend_rule("2.5/hour").unwrap()["limit"], 2.5);
        for text in ["50", "x/day", "-1/day", "inf/day", "5/year"] {
            assert!(spend_rule(text).is_err(), "{text}");
        }
        for (text, expected) in [
            ("1500/60s", (1500, 60)),
            ("10/2m", (10, 120)),
            ("off", (0, 0)),
            ("10/1h", (10, 3600)),
            ("10/60", (10, 60)),
        ] {
            assert_eq!(rate_limit(text).unwrap(), expected, "{text}");
        }
        for wrong in ["10", "10/0s", "10/60sss", "10/1500ms", "x/60s"] {
            assert!(rate_limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tokens_of_other_services_are_secrets() {
        let otel =
            json!([{"url": "https://o.example", "headers": {"x-key": "s3cret"}, "authorization": "s3cret"}]);
        assert!(holds_a_secret("otel", &otel) && !holds_a_secret("dlp", &json!({"enabled": true})));
    }

    #[test]
    fn a_mask_is_not_taken_for_a_token() {
        let otel = |token: &str| json!([{"url": "https://o.example", "headers": {"x-key": token}}]);
        assert!(is_masked("otel", &otel("********")) && is_masked("otel", &otel("[REDACTED]")));
        assert!(!is_masked("otel", &otel("s3cret")) && !is_masked("otel", &otel("")));
        assert!(is_masked("stripe", &json!({"authorization": "•••"})));
    }

    #[test]
    fn an_absent_field_equals_null() {
        let (a, b) = (json!({"dlp": null, "zdr": true, "new": 1}), json!({"zdr": false, "new": 1}));
        let gateway = |value| serde_json::from_value(value).unwrap();
        let found = changes(&gateway(a), &gateway(b));
        assert_eq!(found, [SettingChange { key: "zdr".into(), from: json!(true), to: json!(false) }]);
    }
}
