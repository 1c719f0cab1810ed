//! Real failures from public reports: each gets its speaker and cause, in any wrapping.
//!
//! A case is a file: `source`, the `speaker`s and `words` one of which the finding must have, its `cause`,
//! an empty line, and the input as it was reported.

use cf_aig::services::diagnose::{CauseFinding, Diagnosis};

use super::{diagnose, notation};

pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) speakers: Vec<String>,
    pub(crate) words: Vec<String>,
    pub(crate) cause: String,
    pub(crate) input: String,
}

pub(crate) fn cases() -> Vec<Case> {
    let folder = super::fixture("../cases");
    let mut cases: Vec<Case> = std::fs::read_dir(&folder)
        .expect("the cases")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let text = std::fs::read_to_string(entry.path()).expect("a case");
            let (head, input) = text.split_once("\n\n").expect("an empty line behind the head");
            let field = |name: &str| {
                let mut lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
                lines.next().unwrap_or_else(|| panic!("{:?} has no {name}", entry.path())).to_owned()
            };
            let list = |name: &str| field(name).split('|').map(str::to_lowercase).collect();
            assert!(!field("source").is_empty());
            Case {
                name: entry.file_name().into_string().expect("a plain name"),
                speakers: list("speaker"),
                words: list("words"),
                cause: field("cause"),
                input: input.to_owned(),
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

impl Case {
    fn is_met_by(&self, finding: &CauseFinding) -> bool {
        let said = format!("{} {}", finding.cause, finding.fix).to_lowercase();
        self.speakers.iter().any(|speaker| speaker == finding.speaker.id())
            && self.words.iter().any(|word| said.contains(word))
    }

    /// What is wrong with the result for an input that must give this case's result.
    pub(crate) fn fault(&self, report: &Diagnosis, input: &str) -> Option<String> {
        let first = report.first();
        let same = first.cause.id() == self.cause && self.is_met_by(first);
        (!same).then(|| {
            let certain = first.confidence.id();
            format!("{}: {} ({certain}) instead of {}\n    {input}", self.name, first.cause, self.cause)
        })
    }
}

#[test]
fn every_case_gets_its_speaker_its_cause_and_words_that_help() {
    let cases = cases();
    assert!(cases.len() >= 204, "{}", cases.len());
    let faults: Vec<String> =
        cases.iter().filter_map(|case| case.fault(&diagnose(case.input.as_bytes()), &case.input)).collect();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
}

#[test]
fn nothing_else_is_certain_in_any_case() {
    let mut faults = Vec::new();
    for case in cases() {
        for finding in diagnose(case.input.as_bytes()).findings {
            if finding.confidence.id() == "certain" && finding.cause.id() != case.cause {
                faults.push(format!("{}: {}", case.name, finding.cause));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Ways in which the same text reaches `diagnose`.
type Wrapping = (&'static str, fn(&str) -> String);

const WRAPPINGS: &[Wrapping] = &[
    ("coloured", |text| text.lines().map(|line| format!("\u{1b}[31m{line}\u{1b}[0m\n")).collect()),
    ("with Windows line ends", |text| text.replace('\n', "\r\n")),
    ("in a frame", |text| text.lines().map(|line| format!("│ {line} │\n")).collect()),
    ("quoted in a chat", |text| format!("Hi, since today I get this:\n\n{text}\n\nWhat is wrong?\n")),
    ("in a log record", |text| serde_json::json!({"level": "error", "msg": text}).to_string()),
    ("in a record in a record", |text| {
        let inner = serde_json::json!({"level": "error", "msg": text}).to_string();
        serde_json::json!({"stream": "stderr", "log": inner}).to_string()
    }),
    ("as a JSON string", |text| serde_json::to_string(text).expect("a string")),
];

#[test]
fn a_case_is_the_same_in_another_wrapping() {
    let mut faults = Vec::new();
    for case in cases() {
        // A dump and an event of the client count only at the start of a line.
        if case.input.starts_with("> ") || case.input.starts_with("{\"type\":\"result\"") {
            continue;
        }
        for (name, wrap) in WRAPPINGS {
            let input = wrap(case.input.trim_end());
            faults.extend(
                case.fault(&diagnose(input.as_bytes()), &input).map(|fault| format!("{name}: {fault}")),
            );
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_log_line_with_a_case_in_it_is_the_case() {
    let mut faults = Vec::new();
    for case in cases().into_iter().filter(|case| case.input.trim().lines().count() == 1) {
        if case.input.starts_with('{') {
            continue;
        }
        let line = case.input.trim();
        for input in [
            format!("2026-11-28T09:00:00.123Z [ERROR] {line}"),
            format!("[2026-11-28 09:00:00,123] app.worker ERROR in worker: {line}"),
            format!("web-1  | Nov 28 09:00:00 host app[123]: {line}"),
        ] {
            faults.extend(case.fault(&diagnose(input.as_bytes()), &input));
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}

/// Bodies, and the cause that each has in any wrapping.
fn bodies() -> Vec<(u16, serde_json::Value, &'static str)> {
    use serde_json::json;
    let gateway = |code: u32, message: &str| {
        json!({"success": false, "result": [], "messages": [], "error": [{"code": code, "message": message}],
               "name": "AiGatewayError", "internalCode": code, "message": message})
    };
    let anthropic = |kind: &str, message: &str| json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": null});
    let openai = |code: serde_json::Value, message: &str| json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": code}});
    vec![
        (401, gateway(2009, "Unauthorized"), "gateway-token-rejected"),
        (400, gateway(2001, "Please configure AI Gateway in the Cloudflare dashboard"), "gateway-not-found"),
        (429, gateway(2003, "Rate limited"), "gateway-rate-limit"),
        (400, gateway(2008, "Invalid provider"), "provider-slug-unknown"),
        (402, gateway(2021, "Insufficient wholesale credits"), "no-credits"),
        (403, json!({"success": false, "error": {"message": "Access denied by policy"}}), "policy-denied"),
        (
            429,
            json!({"success": false, "error": {"message": "Spending limit exceeded", "bucket": "b", "spent": 3, "limit": 2}}),
            "policy-spend-limit",
        ),
        (
            401,
            json!({"success": false, "errors": [{"code": 10000, "message": "Authentication error"}]}),
            "api-token-rejected",
        ),
        (401, anthropic("authentication_error", "invalid x-api-key"), "provider-key-rejected"),
        (
            401,
            anthropic("authentication_error", "x-api-key header is required"),
            "provider-credential-missing",
        ),
        (529, anthropic("overloaded_error", "Overloaded"), "provider-overloaded"),
        (
            400,
            anthropic("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
            "context-too-long",
        ),
        (
            400,
            anthropic(
                "invalid_request_error",
                "messages.1.content.0: Invalid `signature` in `thinking` block",
            ),
            "thinking-signature-rejected",
        ),
        (
            429,
            anthropic("rate_limit_error", "This request would exceed your rate limit"),
            "provider-rate-limit",
        ),
        (500, anthropic("api_error", "insufficient balance (1008)"), "provider-billing"),
        (
            429,
            openai(
                json!("insufficient_quota"),
                "You exceeded your current quota, please check your plan and billing details.",
            ),
            "provider-billing",
        ),
        (
            404,
            openai(
                json!("model_not_found"),
                "The model `gpt-9` does not exist or you do not have access to it.",
            ),
            "model-not-found",
        ),
        (
            400,
            openai(json!("unknown_parameter"), "Unknown parameter: 'context_management'."),
            "field-rejected",
        ),
        (
            400,
            openai(json!("context_length_exceeded"), "This model's maximum context length is 8192 tokens."),
            "context-too-long",
        ),
        (400, json!({"message": "invalid beta flag"}), "beta-rejected"),
        (401, json!({"detail": "Invalid API key"}), "provider-key-rejected"),
        (
            429,
            json!({"error": {"code": "1113", "message": "余额不足或无可用资源包,请充值。"}}),
            "provider-billing",
        ),
        (
            429,
            json!({"error": {"code": 429, "message": "Resource has been exhausted (e.g. check quota).", "status": "RESOURCE_EXHAUSTED"}}),
            "provider-rate-limit",
        ),
        (
            503,
            json!({"error": {"code": "model_not_found", "message": "No available channel for model x under group default (distributor)", "type": "new_api_error"}}),
            "model-not-found",
        ),
    ]
}

#[test]
fn a_body_has_the_same_cause_in_every_programs_wrapping() {
    let mut faults = Vec::new();
    for (status, body, cause) in bodies() {
        let json = body.to_string();
        let escaped = serde_json::to_string(&json).expect("a string");
        let twice = serde_json::to_string(&escaped).expect("a string");
        let python = notation::python(&body);
        let inspect = notation::inspect(&body);
        let inputs = [
            format!("API Error: {status} {json}"),
            format!("  ⎿  API Error: {status} {json}"),
            format!("API Error ({status} {json}) · Retrying in 4 seconds… (attempt 3/10)"),
            format!(
                "APIStatusError: {status} {json}\n    at APIError.generate (file:///app/node_modules/x/error.mjs:41:20)"
            ),
            format!("openai.APIStatusError: Error code: {status} - {python}"),
            format!(
                "Traceback (most recent call last):\n  File \"a.py\", line 7, in <module>\n    r = c.create()\nx.APIStatusError: Error code: {status} - {python}"
            ),
            format!(
                "litellm.APIError: AnthropicException - {json}. Received Model Group=a\nAvailable Model Group Fallbacks=None"
            ),
            format!("Error: {status} {inspect}"),
            format!(
                "AI_APICallError: no\n    at x (file:///a.mjs:1:1) {{\n  cause: undefined,\n  statusCode: {status},\n  responseBody: '{}',\n  isRetryable: false\n}}",
                json.replace('\'', "\\'")
            ),
            format!("unexpected status {status} No: {json}, url: https://example.com/v1/messages"),
            format!("POST \"https://example.com/v1/messages\": {status} No {json}"),
            format!("HTTP/1.1 {status} No\r\ncontent-type: application/json\r\n\r\n{json}\r\n"),
            format!("{{\"status\":{status},\"headers\":{{}},\"body\":{escaped}}}"),
            format!("error=HTTP {status}: {escaped}"),
            format!("{{\"level\":\"error\",\"err\":{escaped}}}"),
            format!("level=error status={status} body={escaped}"),
            format!("level=error status={status} body={twice}"),
            format!(
                "API Error: {status} {{\"error\":{{\"message\":{escaped},\"type\":\"None\",\"param\":\"None\",\"code\":\"{status}\"}}}}"
            ),
            format!("{{\"detail\":{json}}}"),
            serde_json::to_string_pretty(&body).expect("JSON"),
            format!("API Error: {status} {}", json.trim_end_matches(['}', ']', '"'])),
        ];
        for input in inputs {
            let report = diagnose(input.as_bytes());
            let first = report.first();
            if first.cause.id() != cause {
                faults.push(format!("{} instead of {cause}: {input}", first.cause));
            }
        }
    }
    assert!(faults.is_empty(), "{}:\n{}", faults.len(), faults.join("\n"));
}
