//! Reads what Claude Code prints and logs: its messages, its debug log, its JSON events.

use std::sync::LazyLock;

use memchr::memmem::{self, Finder};
use serde_json::Value;

use crate::facts::gateway::errors::FailureEvidence;

/// What a JSON event of Claude Code reports.
pub(super) enum Event {
    /// Something failed.
    Failure(Box<FailureEvidence>),
    /// A turn ended successfully.
    Success,
    /// Nothing about requests; prompts and responses are not examined.
    Other,
}

/// Starts of messages without `API Error`.
const SENTENCES: &[&str] = &[
    "There's an issue with the selected model",
    "Invalid API key · ",
    "Invalid auth token · ",
    "Invalid ANTHROPIC_CUSTOM_HEADERS",
    "Not logged in · ",
    "Credit balance is too low",
    "Request too large (max",
    "Request timed out. If the API",
    "Connection error details: ",
];

/// Prefixes of the failure itself.
const INTRODUCTIONS: &[&str] = &[
    "API Error: ",
    "API Error (",
    "Error in API request: ",
    "Non-streaming fallback also failed: ",
    "Error streaming, falling back to non-streaming mode: ",
];

/// Retries that take longer than this, in milliseconds, are reported.
const SILENT_RETRIES: u64 = 20_000;

/// The debug log's record of a turn that ended with a response.
pub(super) fn is_good_end(line: &str) -> bool {
    line.contains("[engine] turn ") && line.contains(" stop=end_turn ")
}

/// Starts of the debug log's records about requests.
const OF_REQUESTS: &[&str] =
    &["API", "[API", "\"API", "Stream", "Error", "\"Error", "Connection", "Non-", "[byte-"];

/// Whether a line is a record of the debug log that is not about requests.
pub(super) fn is_aside(line: &str) -> bool {
    let text = &line[line.len() - without_clock(line.as_bytes()).len()..];
    let levels = ["[DEBUG] ", "[INFO] ", "[WARN] ", "[ERROR] "];
    let record = levels.iter().find_map(|level| text.strip_prefix(level)).filter(|_| text.len() < line.len());
    record.is_some_and(|record| !OF_REQUESTS.iter().any(|start| record.starts_with(start)))
}

/// A line without the parts that differ between repetitions: a leading time, the number of the
/// attempt.
pub(super) fn without_clock(line: &[u8]) -> &[u8] {
    static ATTEMPT: LazyLock<Finder> = LazyLock::new(|| Finder::new("API error (attempt "));
    if let Some(at) = ATTEMPT.find(line)
        && let Some(end) = memmem::find(&line[at..], b"): ")
    {
        return &line[at + end + 3..];
    }
    let is_clock = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b':' | b'.' | b'T' | b'Z' | b' ' | b'+');
    let clock = line.iter().position(|byte| !is_clock(byte)).unwrap_or(line.len());
    &line[clock..]
}

/// A message of Claude Code in a line of text, if there is one.
pub(super) fn sentence(line: &str) -> Option<FailureEvidence> {
    let decoded = quoted_record(line);
    let line = decoded.as_deref().unwrap_or(line);
    if let Some(at) = line.find("API error (attempt ") {
        let (_, rest) = line[at..].split_once("): ")?;
        return Some(clue(&line[at..], rest));
    }
    for introduction in INTRODUCTIONS {
        if let Some(at) = line.find(introduction) {
            return Some(clue(&line[at..], &line[at + introduction.len()..]));
        }
    }
    let at = SENTENCES.iter().find_map(|sentence| line.find(sentence))?;
    Some(clue(&line[at..], &line[at..]))
}

/// The debug log writes a record that spans lines as a JSON string.
fn quoted_record(line: &str) -> Option<String> {
    let at = line.find("] \"")? + 2;
    serde_json::from_str(line[at..].trim_end()).ok()
}

/// A clue from a whole message and the part of it that starts with the status, if any.
fn clue(text: &str, rest: &str) -> FailureEvidence {
    let mut status = None;
    let mut quoted = rest.strip_prefix("undefined ").unwrap_or(rest);
    if let Some(rejected) = quoted.strip_prefix("Request rejected (") {
        status = leading_status(rejected);
        quoted = rejected.split_once(" · ").map_or("", |(_, message)| message);
    }
    // The log has the status twice: its own, and that of the error's message.
    if let Some(inner) = quoted.split_once(") · Retrying").filter(|_| text.starts_with("API Error (")) {
        quoted = inner.0;
    }
    while let Some(found) = leading_status(quoted) {
        status = Some(found);
        quoted = quoted[3..].trim_start();
    }
    FailureEvidence::printed(text, status, quoted)
}

fn leading_status(text: &str) -> Option<u16> {
    let digits = text.get(..3)?;
    let ends = !text[3..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let status = digits.parse().ok()?;
    (ends && (100..600).contains(&status)).then_some(status)
}

/// Whether a JSON object is an event of Claude Code (result, stream or transcript), and what it
/// reports.
pub(super) fn event(value: &Value) -> Option<Event> {
    let kind = value["type"].as_str()?;
    let of_a_session =
        ["session_id", "sessionId", "uuid", "leafUuid"].iter().any(|key| value.get(key).is_some());
    let subtype = value["subtype"].as_str().unwrap_or("");
    let of_a_turn = matches!(kind, "user" | "assistant") && value["message"].is_object();
    match (kind, subtype) {
        ("result", _) if value.get("is_error").is_some() => Some(result(value)),
        ("system", "api_retry") => Some(failure(retry(value))),
        ("system", "api_error") if value.get("error").is_some() => Some(failure(api_error(&value["error"]))),
        ("assistant", _) if flag(value, "is_api_error_message", "isApiErrorMessage") => {
            let text = value["message"]["content"][0]["text"].as_str().unwrap_or("");
            Some(failure(told(value, text)))
        }
        ("assistant", _) if of_a_session && answered(&value["message"]) => Some(Event::Success),
        ("cost-state", _) => Some(account(value)),
        _ if of_a_session || of_a_turn => Some(Event::Other),
        _ => None,
    }
}

/// An assistant message that comes from a model, not from the client itself.
fn answered(message: &Value) -> bool {
    message["model"].as_str().is_some_and(|model| model != "<synthetic>") && message["type"] == "message"
}

/// The transcript's time accounting: retries show as the difference.
fn account(value: &Value) -> Event {
    let ms = |key: &str| value[key].as_u64().unwrap_or(0);
    let (with, without) = (ms("totalAPIDuration"), ms("totalAPIDurationWithoutRetries"));
    if with < without + SILENT_RETRIES {
        return Event::Other;
    }
    let text = format!("{with} ms in requests, {without} ms without retries");
    let mut clue = FailureEvidence::printed(&text, None, "");
    clue.client_error = Some("silent_retries".to_owned());
    failure(clue)
}

fn failure(clue: FailureEvidence) -> Event {
    Event::Failure(Box::new(clue))
}

/// The last event of a headless run; `subtype` is "success" even when it failed.
fn result(value: &Value) -> Event {
    if value["is_error"] == Value::Bool(true) {
        failure(told(value, value["result"].as_str().unwrap_or("")))
    } else {
        Event::Success
    }
}

/// A message with the fields next to it.
fn told(value: &Value, text: &str) -> FailureEvidence {
    let mut clue = sentence(text).unwrap_or_else(|| FailureEvidence::printed(text, None, text));
    clue.status = status(value, "api_error_status", "apiErrorStatus").or(clue.status);
    clue.unsent = value.get("api_error_status").is_some_and(Value::is_null) && value["duration_api_ms"] == 0;
    clue.waited = value["duration_ms"].as_u64().is_some_and(|ms| ms >= SILENT_RETRIES);
    if let Some(kind) = value["api_error_type"].as_str() {
        // Only a response in the provider's format has one.
        clue.body.kinds.push(kind.to_ascii_lowercase());
    }
    clue.client_error =
        ["api_error", "apiError"].iter().find_map(|key| value[*key].as_str()).map(str::to_owned);
    clue
}

/// `{"type":"system","subtype":"api_retry"}` of the stream: no body, only status and kind.
fn retry(value: &Value) -> FailureEvidence {
    let status = status(value, "error_status", "errorStatus");
    let kind = value["error"].as_str().unwrap_or("");
    let text = status.map_or_else(|| format!("api_retry: {kind}"), |s| format!("api_retry: {s} {kind}"));
    FailureEvidence::printed(&text, status, "")
}

/// `{"type":"system","subtype":"api_error"}` of the transcript: the whole body is in the message.
fn api_error(error: &Value) -> FailureEvidence {
    let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
    let message = text(&error["message"]);
    let mut clue = clue(&message, &message);
    for part in [&error["formatted"], &error["connection"]["code"], &error["connection"]["message"]] {
        if let Some(part) = part.as_str().filter(|part| !clue.text.contains(part)) {
            clue.text = format!("{} · {part}", clue.text);
        }
    }
    clue.status = status(error, "status", "status").or(clue.status);
    clue
}

fn flag(value: &Value, snake: &str, camel: &str) -> bool {
    value[snake] == Value::Bool(true) || value[camel] == Value::Bool(true)
}

fn status(value: &Value, snake: &str, camel: &str) -> Option<u16> {
    let number = value[snake].as_u64().or_else(|| value[camel].as_u64())?;
    number.try_into().ok()
}
