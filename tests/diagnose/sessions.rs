//! What a session's records quote is no evidence, however long they are and however they are written.

use std::fmt::Write;

use serde_json::{Value, json};

use super::diagnose;

/// A text that names every kind of failure, of about this size.
fn quoted(size: usize) -> String {
    let page = include_str!("../../skills/ai-gateway/references/errors.md");
    let said = "API Error: 401 Unauthorized\u{1f512}\nconnect ECONNREFUSED\n{\"error\":[{\"code\":2009}]}\n";
    let long = format!("{said}{page}").repeat(size / page.len() + 1);
    (0..=size).rev().find_map(|end| long.get(..end)).expect("a border").to_owned()
}

fn record(kind: &str, message: &Value, more: &Value) -> Value {
    let mut record =
        json!({"parentUuid": "a", "type": kind, "message": message, "uuid": "u", "sessionId": "x"});
    for (key, value) in more.as_object().expect("an object") {
        record[key] = value.clone();
    }
    record
}

/// A session in which a tool returned a text, a model answered, and in the end the account had no credits.
fn session(text: &str, is_failed: bool) -> Vec<Value> {
    let result = json!([{"type": "tool_result", "tool_use_id": "t", "content": text}]);
    let said = |text: &str| json!([{"type": "text", "text": text}]);
    let answer =
        json!({"type": "message", "role": "assistant", "model": "claude-opus-5-5", "content": said("ok")});
    let body =
        r#"{"error":[{"code":2021,"message":"Insufficient wholesale credits."}],"name":"AiGatewayError"}"#;
    let failure = json!({"model": "<synthetic>", "type": "message", "content": said(&format!("API Error: 402 {body}"))});
    let mut records = vec![
        record(
            "user",
            &json!({"role": "user", "content": result}),
            &json!({"toolUseResult": {"stdout": text}}),
        ),
        record(
            "user",
            &json!({"role": "user", "content": "go on"}),
            &json!({"lines": text.lines().collect::<Vec<_>>()}),
        ),
        record("assistant", &answer, &json!({})),
    ];
    if is_failed {
        records.push(record("assistant", &failure, &json!({"isApiErrorMessage": true})));
    }
    records
}

/// Without characters that are not ASCII, as Python writes JSON.
fn in_ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            c => c
                .encode_utf16(&mut [0; 2])
                .iter()
                .for_each(|unit| write!(out, "\\u{unit:04x}").expect("a string")),
        }
    }
    out
}

/// The forms in which a session's records are written.
fn forms(records: &[Value]) -> Vec<(&'static str, String)> {
    let lines =
        |write: &dyn Fn(&Value) -> String| records.iter().map(|r| write(r) + "\n").collect::<String>();
    let array = serde_json::to_string(records).expect("JSON");
    vec![
        ("one a line", lines(&|record| record.to_string())),
        ("in ASCII", lines(&|record| in_ascii(&record.to_string()))),
        ("over lines", lines(&|record| serde_json::to_string_pretty(record).expect("JSON"))),
        ("an array", array.clone()),
        ("an array in ASCII", in_ascii(&array) + "\n"),
        ("an array over lines", serde_json::to_string_pretty(records).expect("JSON")),
    ]
}

#[test]
fn what_records_quote_is_no_evidence_at_any_length() {
    for size in [100, 30_000, 70_000, 200_000, 600_000] {
        for (is_failed, cause) in [(true, "no-credits"), (false, "no-failure")] {
            for (form, text) in forms(&session(&quoted(size), is_failed)) {
                let report = diagnose(text.as_bytes());
                let causes: Vec<_> = report.findings.iter().map(|finding| finding.cause.id()).collect();
                assert_eq!(causes, [cause], "{form}, {size} bytes quoted");
            }
        }
    }
}

#[test]
fn a_record_that_is_cut_is_no_evidence() {
    let records = session(&quoted(300_000), true);
    for (form, text) in forms(&records) {
        for end in [1000, 60_000, 100_000, 400_000] {
            let cut = (0..=end).rev().find_map(|end| text.get(..end)).expect("a border");
            let report = diagnose(cut.as_bytes());
            assert!(!report.is_explained(), "{form}, {end} bytes: {}", report.text());
        }
    }
}

#[test]
fn a_failure_is_found_after_a_long_value_of_another_kind() {
    let page =
        json!({"log": {"entries": vec!["x".repeat(900); 900]}, "error": {"code": 2021, "message": "no"}});
    let body =
        r#"{"success":false,"error":[{"code":2003,"message":"Rate limited"}],"name":"AiGatewayError"}"#;
    for page in [page.to_string(), serde_json::to_string_pretty(&page).expect("JSON"), "{ [".repeat(90_000)] {
        let report = diagnose(format!("{page}\n{body}\n").as_bytes());
        assert_eq!(report.first().cause, "gateway-rate-limit", "{}", &page[..40]);
    }
}
