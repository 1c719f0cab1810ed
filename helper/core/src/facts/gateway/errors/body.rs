//! Parses error bodies: AI Gateway's, the Cloudflare API's, Anthropic's, other servers', an edge's, or an
//! HTML page.

use serde_json::{Map, Value};

use super::notation;

/// What a body contains.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// AI Gateway's own envelope.
    pub gateway: bool,
    /// The Cloudflare API's envelope with an error.
    pub api: bool,
    /// Error codes from either envelope.
    pub codes: Vec<u32>,
    /// The envelope of a gateway Policy: `success: false` and an `error` with a message and no code.
    pub policy: bool,
    /// `error.type` of an Anthropic error.
    pub provider: Option<String>,
    /// An `error` in none of the known formats.
    pub foreign: bool,
    /// No `error`, but a message, a detail or a code, as in the refusals of many servers.
    pub loose: bool,
    /// The number of a Cloudflare edge error.
    pub edge: Option<u16>,
    /// The zone in the edge error.
    pub zone: Option<String>,
    /// An HTML page.
    pub html: bool,
    /// The message, the title of a page, or a short text.
    pub message: Option<String>,
    /// The body reports success.
    pub success: bool,
    /// A model's response, or a part of one: its words are the model's.
    pub model: bool,
    /// The HTTP status in the body itself.
    pub status: Option<u16>,
    /// Every text in it that gives a reason, at any depth.
    pub says: Vec<String>,
    /// Every type, code and reason in it that is a name, in lower case.
    pub kinds: Vec<String>,
}

impl Body {
    /// The body reports a failure.
    pub fn is_error(&self) -> bool {
        self.gateway || self.api || self.provider.is_some() || self.foreign || self.edge.is_some()
    }
}

/// Longer text is not a message.
const MESSAGE_LEN: usize = 300;
/// How deep errors may be nested.
const DEPTH: u8 = 8;
/// How many texts of a body are kept.
const TEXTS: usize = 32;

/// Keys of an envelope, which may be nested in another one.
const ENVELOPES: &[&str] = &["error", "errors", "internalCode", "cloudflare_error"];

/// Reads a body of any format; text before and after a JSON value is tolerated.
pub(super) fn read(text: &str) -> Body {
    let text = text.trim();
    if text.starts_with(['{', '['])
        && let Some(value) = notation::at_start(text)
        && (value.is_object() || notation::is_error(&value))
    {
        return of(&value);
    }
    let mut body = Body::default();
    if is_html(text) {
        page(&mut body, text);
        return body;
    }
    if let Some(event) = error_event(text) {
        return of(&event);
    }
    if is_stream_of_a_model(text) {
        return Body { model: true, ..body };
    }
    let sentence = text.split(". This is a server-side issue").next().unwrap_or(text);
    body.edge =
        sentence.strip_prefix("error code: ").and_then(leading_number).or_else(|| edge_number(sentence));
    if body.edge.is_none() {
        titled(&mut body, sentence);
    }
    if !sentence.is_empty() && sentence.len() <= MESSAGE_LEN {
        body.message = Some(sentence.to_owned());
    }
    if let Some((value, _)) = notation::find(text) {
        absorb(&mut body, &value, DEPTH);
    }
    body
}

/// Parses an error object.
pub(super) fn of(value: &Value) -> Body {
    let mut body = Body { model: is_of_a_model(value), ..Body::default() };
    absorb(&mut body, value, DEPTH);
    body
}

/// A message of Anthropic, or a completion. Any web server answers with some JSON object.
pub(super) fn is_of_a_model(body: &Value) -> bool {
    (body["type"] == "message" && body["content"].is_array()) || body["choices"].is_array()
}

/// The events in a server-sent event stream.
pub(super) fn events(text: &str) -> impl Iterator<Item = Value> {
    text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?).ok())
}

/// Whether a text has events with which a model responds.
pub fn is_stream_of_a_model(text: &str) -> bool {
    let is_part = |kind: &str| kind.starts_with("message_") || kind.starts_with("content_block_");
    events(text).any(|event| event["type"].as_str().is_some_and(is_part) || is_of_a_model(&event))
}

/// The error event of a server-sent event stream.
fn error_event(text: &str) -> Option<Value> {
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(str::trim)
        .filter(|data| data.contains("\"error\""))
        .filter_map(notation::at_start)
        .find(|event| event["type"] == "error" || event.get("error").is_some_and(|error| !error.is_null()))
}

/// Adds the contents of a value.
fn absorb(body: &mut Body, value: &Value, depth: u8) {
    match value {
        Value::Object(map) => object(body, map, depth),
        Value::Array(list) if list.iter().any(is_listed_error) => errors(body, list, depth),
        Value::Array(list) => {
            if let Some(first) = list.first() {
                absorb(body, first, depth);
            }
        }
        _ => {}
    }
}

/// `{"code": 2009, "message": …}`, the format in both Cloudflare envelopes.
fn is_listed_error(value: &Value) -> bool {
    value.get("message").is_some() && value.get("code").and_then(number).is_some_and(|code| code >= 1000)
}

/// A list of errors, with or without its envelope: the codes show whose they are.
fn errors(body: &mut Body, list: &[Value], depth: u8) {
    let is_own = |value: &Value| value.get("code").and_then(number).is_some_and(is_of_gateway);
    if list.iter().any(is_own) {
        body.gateway = true;
    }
    body.api |= !body.gateway;
    list.iter().for_each(|error| api_error(body, error));
    list.iter().for_each(|error| collect(body, error, depth));
}

/// The codes of AI Gateway; those of Cloudflare's API are others.
fn is_of_gateway(code: u32) -> bool {
    (2000..2100).contains(&code)
}

fn object(body: &mut Body, map: &Map<String, Value>, depth: u8) {
    let Some(depth) = depth.checked_sub(1) else { return };
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    if body.message.is_none() {
        body.message = text("message").map(str::to_owned);
    }
    if map.get("success") == Some(&Value::Bool(true)) || text("type") == Some("message") {
        body.success = true;
        return;
    }
    if map.get("cloudflare_error") == Some(&Value::Bool(true)) {
        body.edge = map.get("error_code").and_then(number).and_then(|n| n.try_into().ok());
        body.zone = text("zone").map(str::to_owned);
        body.message = text("title").map(str::to_owned);
        return;
    }
    let refused = map.get("success") == Some(&Value::Bool(false));
    match map.get("errors").and_then(Value::as_array) {
        Some(list) if refused => {
            body.api = true;
            list.iter().for_each(|error| api_error(body, error));
        }
        Some(list) if !list.is_empty() => body.foreign = true,
        _ => {}
    }
    if text("name") == Some("AiGatewayError") || map.contains_key("internalCode") {
        body.gateway = true;
        body.codes.extend(map.get("internalCode").and_then(number));
    }
    match map.get("error") {
        Some(Value::Array(list)) if list.iter().any(is_listed_error) || refused => {
            body.gateway = true;
            list.iter().for_each(|error| api_error(body, error));
        }
        Some(Value::Object(error)) => error_object(body, map, error),
        Some(Value::Bool(true) | Value::Array(_)) => body.foreign = true,
        Some(Value::String(error)) if !body.gateway => {
            body.foreign = true;
            body.message.get_or_insert_with(|| error.clone());
        }
        _ => bare(body, map),
    }
    collect_map(body, map, depth);
}

/// `{"error": {…}}`.
fn error_object(body: &mut Body, map: &Map<String, Value>, error: &Map<String, Value>) {
    let kind = error.get("type").and_then(Value::as_str);
    if let Some(message) = error.get("message").and_then(Value::as_str) {
        body.message = Some(message.to_owned());
    }
    let listed = error.get("code").and_then(number).filter(|code| is_of_gateway(*code));
    match kind {
        Some("gateway_error") => {
            body.gateway = true;
            body.codes.extend(listed);
        }
        Some(kind) if map.get("type").and_then(Value::as_str) == Some("error") => {
            body.provider = Some(kind.to_owned());
        }
        _ if body.gateway => {}
        None if map.get("success") == Some(&Value::Bool(false)) && !error.contains_key("code") => {
            body.policy = true;
            body.foreign = true;
        }
        _ => body.foreign = true,
    }
}

/// An object without `error`: the inner part of Anthropic's, or another format.
fn bare(body: &mut Body, map: &Map<String, Value>) {
    const LOOSE: &str = "\
        detail message Message msg error_code errorCode errorMessage error_msg error_message base_resp \
        fault __type error_description statusText responseBody";
    let kind = map.get("type").and_then(Value::as_str);
    if let Some(kind) = kind.filter(|kind| kind.ends_with("_error") && map.contains_key("message")) {
        body.provider = Some(kind.to_owned());
    } else if !body.gateway && !body.api {
        body.loose |= LOOSE.split(' ').any(|key| map.contains_key(key));
        if body.message.is_none() {
            let texts = ["Message", "detail", "msg", "errorMessage", "error_msg", "error_message"];
            body.message = texts.iter().find_map(|key| map.get(*key)?.as_str()).map(str::to_owned);
        }
    }
}

fn api_error(body: &mut Body, error: &Value) {
    body.codes.extend(error.get("code").and_then(number));
    if body.message.is_none() {
        body.message = error.get("message").and_then(Value::as_str).map(str::to_owned);
    }
    if let Some(chain) = error.get("error_chain").and_then(Value::as_array) {
        chain.iter().for_each(|link| api_error(body, link));
    }
}

/// Adds every reason in a value: texts, types, codes, and errors nested in its texts.
fn collect(body: &mut Body, value: &Value, depth: u8) {
    let Some(depth) = depth.checked_sub(1) else { return };
    match value {
        Value::Object(map) if ENVELOPES.iter().any(|key| map.contains_key(*key)) => object(body, map, depth),
        Value::Object(map) => collect_map(body, map, depth),
        Value::Array(list) => list.iter().take(TEXTS).for_each(|value| match value {
            Value::String(text) => say(body, text, depth),
            value => collect(body, value, depth),
        }),
        _ => {}
    }
}

fn collect_map(body: &mut Body, map: &Map<String, Value>, depth: u8) {
    for (key, value) in map {
        let key = key.to_ascii_lowercase();
        match (key.as_str(), value) {
            // what the client sent is not the server's message
            (
                "messages" | "content" | "system" | "tools" | "prompt" | "input" | "headers"
                | "responseheaders" | "config" | "request" | "requestbody" | "requestbodyvalues" | "stack"
                | "url" | "user_id",
                _,
            ) => {}
            (
                "statuscode" | "status_code" | "httpcode" | "http_status" | "error_status" | "status",
                Value::Number(_),
            ) => {
                body.status = status(value).or(body.status);
            }
            ("code" | "error_code" | "errorcode", Value::Number(n)) => {
                body.status = body.status.or_else(|| status(value));
                name(body, &n.to_string());
            }
            (
                "type" | "code" | "status" | "error_code" | "errorcode" | "error_type" | "errortype"
                | "__type" | "name" | "slug" | "kind" | "reason" | "error",
                Value::String(text),
            ) => {
                body.status = body.status.or_else(|| status(value));
                name(body, text);
                say(body, text, depth);
            }
            (_, Value::String(text)) => say(body, text, depth),
            (_, value) => collect(body, value, depth),
        }
    }
}

fn name(body: &mut Body, text: &str) {
    if text.len() <= 80 && body.kinds.len() < TEXTS {
        body.kinds.push(text.to_ascii_lowercase());
    }
}

/// A text, and the error that may be nested in it.
fn say(body: &mut Body, text: &str, depth: u8) {
    if body.says.len() >= TEXTS || text.len() < 3 {
        return;
    }
    body.says.push(text.to_owned());
    if text.contains(['{', '['])
        && let Some((value, _)) = notation::find(text)
    {
        let depth = depth.min(DEPTH / 2);
        absorb(body, &value, depth);
    } else if is_html(text) {
        page(body, text);
    } else {
        body.edge = body.edge.or_else(|| edge_number(text));
    }
}

fn status(value: &Value) -> Option<u16> {
    number(value).and_then(|n| n.try_into().ok()).filter(|n| (400..600).contains(n))
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Number(n) => n.as_u64().and_then(|n| n.try_into().ok()),
        Value::String(s) => s.parse().ok(),
        _ => None,
    }
}

fn leading_number(text: &str) -> Option<u16> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// The number of a 1xxx error of a Cloudflare edge, after any prefix that a program added to its plain
/// text.
fn edge_number(text: &str) -> Option<u16> {
    let (_, rest) = text.split_once("error code: ")?;
    leading_number(rest).filter(|code| matches!(code, 1000..=1049 | 1101..=1106 | 1200))
}

/// Whether a text is an HTML page, judged by its start.
pub fn is_html(text: &str) -> bool {
    if !text.contains('<') {
        return false;
    }
    let head: String = text.chars().take(200).collect::<String>().to_ascii_lowercase();
    head.starts_with("<!doctype html") || head.contains("<html") || head.starts_with("<head")
}

fn page(body: &mut Body, text: &str) {
    body.html = true;
    let lower = text.to_ascii_lowercase();
    if let Some(from) = lower.find("<title")
        && let Some(open) = lower[from..].find('>')
        && let Some(len) = lower[from + open..].find("</title")
    {
        let title = text[from + open + 1..from + open + len].trim();
        titled(body, title);
        // Claude Code prints the title without the status at its start.
        let bare = title.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
        body.message = Some(if bare.is_empty() { title } else { bare }.to_owned());
    }
    if body.edge.is_none()
        && lower.contains("cloudflare")
        && let Some(at) = lower.find("error code ")
    {
        body.edge = leading_number(&lower[at + "error code ".len()..]).filter(|n| *n >= 520);
    }
}

/// The title of an edge's page: `zone | 524: A timeout occurred`, `zone | 502: Bad gateway`.
fn titled(body: &mut Body, title: &str) {
    if let Some((zone, rest)) = title.split_once(" | ")
        && let Some(code) = leading_number(rest).filter(|n| matches!(n, 502..=504 | 520..=530))
    {
        body.edge = Some(code);
        body.zone = Some(zone.rsplit(' ').next().unwrap_or(zone).trim().to_owned());
    }
}
