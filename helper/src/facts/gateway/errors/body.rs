//! Reads an error body: AI Gateway's, the Cloudflare API's, Anthropic's, an edge's, or a page.

use serde_json::{Map, Value};

/// What a body says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// AI Gateway's own envelope.
    pub gateway: bool,
    /// The Cloudflare API's envelope, refusing.
    pub api: bool,
    /// Codes of either envelope.
    pub codes: Vec<u32>,
    /// `error.type` of an Anthropic error.
    pub provider: Option<String>,
    /// An `error` that belongs to none of the formats known here.
    pub foreign: bool,
    /// The number of a Cloudflare edge error.
    pub edge: Option<u16>,
    /// The zone that the edge error names.
    pub zone: Option<String>,
    /// A page.
    pub html: bool,
    /// The message, the title of a page, or a short text.
    pub message: Option<String>,
    /// The body says that the call worked.
    pub success: bool,
}

impl Body {
    /// The body says that something went wrong.
    pub fn is_error(&self) -> bool {
        self.gateway || self.api || self.provider.is_some() || self.foreign || self.edge.is_some()
    }
}

/// Text longer than this is no message.
const MESSAGE_LEN: usize = 300;

/// Reads a body of any format; text before and after a JSON value is tolerated.
pub(super) fn read(text: &str) -> Body {
    let text = text.trim();
    let mut body = Body::default();
    if let Some(value) = json_in(text) {
        absorb(&mut body, &value);
        return body;
    }
    if is_html(text) {
        page(&mut body, text);
        return body;
    }
    if let Some(event) = error_event(text) {
        absorb(&mut body, &event);
        return body;
    }
    let sentence = text.split(". This is a server-side issue").next().unwrap_or(text);
    body.edge = sentence.strip_prefix("error code: ").and_then(leading_number);
    if body.edge.is_none() {
        titled(&mut body, sentence);
    }
    if !sentence.is_empty() && sentence.len() <= MESSAGE_LEN {
        body.message = Some(sentence.to_owned());
    }
    body
}

/// The first JSON object that the text begins with, or an array's first object.
fn json_in(text: &str) -> Option<Value> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::Deserializer::from_str(text).into_iter::<Value>().next()?.ok()
}

/// The error event of a server-sent event stream.
fn error_event(text: &str) -> Option<Value> {
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .map(str::trim)
        .filter(|data| data.contains("\"error\""))
        .filter_map(json_in)
        .find(|event| event["type"] == "error")
}

/// Takes in what a JSON body says.
pub(super) fn absorb(body: &mut Body, value: &Value) {
    match value {
        Value::Object(map) => object(body, map),
        Value::Array(list) => {
            if let Some(first) = list.first() {
                absorb(body, first);
            }
        }
        _ => {}
    }
}

fn object(body: &mut Body, map: &Map<String, Value>) {
    let text = |key: &str| map.get(key).and_then(Value::as_str);
    body.message = text("message").map(str::to_owned);

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
    if let Some(errors) = map.get("errors").and_then(Value::as_array)
        && map.get("success") == Some(&Value::Bool(false))
    {
        body.api = true;
        errors.iter().for_each(|error| api_error(body, error));
        return;
    }
    if text("name") == Some("AiGatewayError") || map.contains_key("internalCode") {
        body.gateway = true;
        body.codes.extend(map.get("internalCode").and_then(number));
    }
    match map.get("error") {
        Some(Value::Array(errors)) => {
            body.gateway = true;
            errors.iter().for_each(|error| api_error(body, error));
        }
        Some(Value::Object(error)) => {
            let kind = error.get("type").and_then(Value::as_str);
            body.message = error.get("message").and_then(Value::as_str).map(str::to_owned);
            match kind {
                Some("gateway_error") => body.gateway = true,
                Some(kind) if text("type") == Some("error") => {
                    body.provider = Some(kind.to_owned());
                }
                _ if body.gateway => {}
                _ => body.foreign = true,
            }
        }
        Some(Value::String(error)) if !body.gateway => {
            body.foreign = true;
            body.message.get_or_insert_with(|| error.clone());
        }
        _ => {}
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

/// Whether a text is a page, judged by its beginning.
pub(crate) fn is_html(text: &str) -> bool {
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
        // Claude Code prints the title without the status that it often begins with.
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
        body.zone = Some(zone.trim().to_owned());
    }
}
