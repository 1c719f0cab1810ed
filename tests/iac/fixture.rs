//! Gateways with every setting, and malicious texts.

use cf_aig::facts::gateway::GatewayId;
use cf_aig::facts::gateway::ids::AccountId;
use cf_aig::facts::gateway::resources::{Gateway, Route};
use cf_aig::services::iac::{Live, Program};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub(crate) const ACCOUNT: &str = cf_aig_emulator::ACCOUNT_ID;

pub(crate) fn map<T: DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("an object")
}

/// Every setting of the API is set; `texts` are used wherever a text can be anything.
pub(crate) fn settings(texts: &[String]) -> Gateway {
    let first = &texts[0];
    let named: Map<String, Value> =
        texts.iter().map(|text| (text.clone(), json!({"mode": "filter", "values": [text]}))).collect();
    map(json!({
        "authentication": true, "collect_logs": true, "log_management": 20000,
        "log_management_strategy": "DELETE_OLDEST", "log_classification": true, "cache_ttl": 300,
        "cache_invalidate_on_update": true, "rate_limiting_limit": 1500, "rate_limiting_interval": 60,
        "rate_limiting_technique": "sliding", "retry_max_attempts": 3, "retry_delay": 60000,
        "retry_backoff": "exponential", "byok_only": true, "workers_ai_billing_mode": "unified",
        "zdr": true, "logpush": true, "logpush_public_key": first, "store_id": first,
        "spend_limits": {"enabled": true, "rules": [
            {"id": "a", "enabled": true, "limit": 12.5, "limitType": "cost", "window": 86400,
             "technique": "sliding", "model": {"mode": "filter", "values": texts},
             "provider": {"mode": "filter", "values": ["anthropic"]}, "metadata": named},
            {"limit": 50, "limitType": "cost", "window": 3600},
        ]},
        "guardrails": {"prompt": {"P1": "FLAG", "S1": "BLOCK", "S13": "FLAG"}, "response": {}},
        "dlp": {"enabled": true, "policies": [{"id": first, "enabled": true, "action": "FLAG",
            "check": ["REQUEST", "RESPONSE"], "profiles": texts}]},
        "otel": [{"url": first, "headers": {"x-key": "s3cret"}, "authorization": "s3cret",
                  "content_type": "json"},
                 {"url": "https://o.example", "headers": {}}],
        "stripe": {"authorization": "s3cret", "usage_events": [{"payload": first}]},
    }))
}

pub(crate) fn route(texts: &[String]) -> Route {
    let first = &texts[0];
    let to = |id: &str| json!({"elementId": id});
    map(json!({
        "id": "0190a2b4c6d8", "name": first, "gateway_id": "claude-code", "account_tag": ACCOUNT,
        "created_at": "2026-11-01T00:00:00Z", "modified_at": "2026-11-01T00:00:00Z",
        "elements": [
            {"id": "start", "type": "start", "outputs": {"next": to("who")}},
            {"id": "who", "type": "conditional",
             "properties": {"conditions": {"metadata.plan": {"$eq": first}, "n": [1, 2.5, null, true]}},
             "outputs": {"true": to("rate"), "false": to("small")}},
            {"id": "rate", "type": "rate",
             "properties": {"key": "metadata.user", "limit": 10, "limitType": "count", "window": 60},
             "outputs": {"success": to("large"), "fallback": to("small")}},
            {"id": "large", "type": "model",
             "properties": {"provider": "anthropic", "model": first, "retries": 1, "timeout": 60000},
             "outputs": {"success": to("end"), "fallback": to("small")}},
            {"id": "small", "type": "model",
             "properties": {"provider": "anthropic", "model": "claude-haiku-4-5", "retries": 0, "timeout": 60000},
             "outputs": {"success": to("end"), "fallback": to("end")}},
            {"id": "end", "type": "end", "outputs": {}},
        ],
    }))
}

/// Half to each of two models, which no resource can express.
pub(crate) fn split() -> Route {
    let to = |id: &str| json!({"elementId": id});
    let model = |id: &str| {
        json!({"id": id, "type": "model", "outputs": {"success": to("end"), "fallback": to("end")},
               "properties": {"provider": "anthropic", "model": "claude-haiku-4-5", "retries": 0, "timeout": 60000}})
    };
    map(json!({"id": "0190", "name": "half", "elements": [
        {"id": "start", "type": "start", "outputs": {"next": to("dice")}},
        {"id": "dice", "type": "percentage", "outputs": {"50": to("a"), "50%": to("b")}},
        model("a"), model("b"), {"id": "end", "type": "end", "outputs": {}},
    ]}))
}

/// A gateway with every setting.
pub(crate) fn everything(texts: &[String]) -> Live {
    Live {
        settings: settings(texts),
        routes: vec![route(texts), split()],
        keys: vec![map(json!({"id": "k", "provider_slug": "anthropic", "alias": "default",
            "default_config": true, "secret_id": "s", "secret_preview": "...abcd"}))],
        custom_providers: vec![map(json!({"id": "c", "name": texts[0], "slug": "zai",
            "base_url": "https://api.z.ai", "enable": true}))],
        ..Live::default()
    }
}

pub(crate) fn program(live: &Live) -> Program {
    let gateway = GatewayId::parse("claude-code").expect("an id");
    let account = AccountId::parse(ACCOUNT).expect("an id");
    let mut program = Program::new(live, gateway, Some(account)).expect("a program");
    program.is_live = true;
    program
}

/// Texts that end literals, open templates, or are invisible.
pub(crate) const HOSTILE: &[&str] = &[
    "plain",
    "",
    "${var.account_id}",
    "$${x}",
    "$$${x}",
    "%{ for a in b }",
    "%%{x}",
    "$%{x}",
    "$",
    "%",
    "$$",
    "\"; drop \\",
    "\\",
    "\\n",
    "\\u0024{x}",
    "a\nb\r\nc\td",
    "`${process.env.HOME}`",
    "*/ // # <<EOT\nEOT\n",
    "</script>",
    "'",
    "\u{0}\u{1}\u{7f}\u{85}",
    "\u{2028}\u{2029}\u{202e}\u{200b}\u{feff}",
    "é 漢 \u{1f600} \u{e0041}",
    "__proto__",
    "constructor",
];

/// These, and as many more, built from the significant pieces; the same in every run.
pub(crate) fn texts(more: usize) -> Vec<String> {
    let mut runner = TestRunner::deterministic();
    let piece = proptest::sample::select(vec![
        "$",
        "%",
        "{",
        "}",
        "\\",
        "\"",
        "'",
        "`",
        "\n",
        "\r",
        "u0024",
        "a",
        " ",
        "\u{2028}",
        "\0",
        "/",
        "*",
        "#",
        "é",
        "\u{1f600}",
    ]);
    let strategy = proptest::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat());
    let made = (0..more).map(|_| strategy.new_tree(&mut runner).expect("a text").current());
    let mut all: Vec<String> = HOSTILE.iter().map(|text| (*text).to_owned()).collect();
    all.extend(made);
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|text| seen.insert(text.clone()));
    all
}
