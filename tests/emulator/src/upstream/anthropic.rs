//! The Anthropic API: Messages (streamed or not), token counting, models, and its errors.

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::script::{self, Turn};
use super::{Answer, Ask, Key, Payload, Usage, estimate_tokens, fields, id, providers};
use crate::config::Config;

/// The models in the list; Messages accepts every id that starts with `claude-`.
const MODELS: &[(&str, &str)] = &[
    ("claude-opus-5-5", "Claude Opus 5.5"),
    ("claude-sonnet-5", "Claude Sonnet 5"),
    ("claude-haiku-4-5", "Claude Haiku 4.5"),
];

/// How many characters of text one stream event contains.
const CHUNK: usize = 8;

/// An error in Anthropic's format.
pub(crate) fn error(status: u16, kind: &str, message: &str) -> Answer {
    let request_id = id("req_");
    let body = json!({
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id,
    });
    Answer::json(status, &body).with("request-id", request_id)
}

/// `path` is Anthropic's own path: `v1/messages`.
pub(crate) fn answer(config: &Config, ask: &Ask<'_>, path: &str) -> Answer {
    let handler = match (ask.method, path) {
        ("POST", "v1/messages") => messages,
        ("POST", "v1/messages/count_tokens") => count_tokens,
        ("GET", path) if path == "v1/models" || path.starts_with("v1/models/") => models,
        ("GET" | "PUT" | "DELETE" | "PATCH", "v1/messages" | "v1/messages/count_tokens") => {
            return error(405, "invalid_request_error", "Method Not Allowed");
        }
        _ => return error(404, "not_found_error", "Not Found"),
    };
    if let Err(refusal) = authenticate(config, ask) {
        return refusal;
    }
    handler(ask, path).unwrap_or_else(|refusal| refusal)
}

fn authenticate(config: &Config, ask: &Ask<'_>) -> Result<(), Answer> {
    let refused = |message| Err(error(401, "authentication_error", message));
    let Some(key) = &ask.key else {
        return refused("x-api-key header is required");
    };
    match key {
        Key::Header(value) if config.provider_accepts(ask.provider, value) => Ok(()),
        Key::Header(_) => refused("invalid x-api-key"),
        // a claude.ai login counts only with its beta
        Key::Bearer(value) if value.starts_with("sk-ant-oat") && !has_login_beta(ask) => {
            refused("OAuth authentication is currently not supported.")
        }
        Key::Bearer(value) if config.provider_accepts(ask.provider, value) => Ok(()),
        Key::Bearer(_) => refused("Invalid bearer token"),
    }
}

fn has_login_beta(ask: &Ask<'_>) -> bool {
    ask.headers
        .0
        .iter()
        .filter(|(name, _)| name == "anthropic-beta")
        .flat_map(|(_, value)| value.split(','))
        .any(|beta| beta.trim() == "oauth-2025-04-20")
}

fn bad_request(message: &str) -> Answer {
    error(400, "invalid_request_error", message)
}

/// The body as an object with an existing model, or Anthropic's refusal.
fn parse(ask: &Ask<'_>) -> Result<(Value, String), Answer> {
    if ask.headers.get("anthropic-version").is_none() {
        return Err(bad_request("anthropic-version: header is required"));
    }
    let body: Value = serde_json::from_slice(ask.body)
        .map_err(|cause| bad_request(&format!("The request body is not valid JSON: {cause}")))?;
    if !body.is_object() {
        return Err(bad_request("Input should be a valid dictionary or object"));
    }
    let model = body["model"].as_str().unwrap_or_default().to_owned();
    if model.is_empty() {
        return Err(bad_request("model: Field required"));
    }
    if !body["messages"].is_array() {
        return Err(bad_request("messages: Field required"));
    }
    Ok((body, model))
}

fn known_model(ask: &Ask<'_>, model: &str) -> Result<(), Answer> {
    if providers::offers(ask.provider, model) {
        Ok(())
    } else {
        Err(error(404, "not_found_error", &format!("model: {model}")))
    }
}

fn messages(ask: &Ask<'_>, _path: &str) -> Result<Answer, Answer> {
    let (request, model) = parse(ask)?;
    if !request["max_tokens"].is_u64() {
        return Err(bad_request("max_tokens: Field required"));
    }
    if let Some(message) = fields::refusal(ask, &request) {
        return Err(bad_request(&message));
    }
    known_model(ask, &model)?;
    if request["messages"].as_array().is_some_and(Vec::is_empty) {
        return Err(bad_request("messages: at least one message is required"));
    }
    let message = Message::new(model, &request, script::next_turn(&request));
    let payload = if request["stream"] == true {
        Payload::Events(message.events())
    } else {
        Payload::Json(message.whole().to_string().into())
    };
    Ok(Answer {
        status: 200,
        headers: vec![("request-id".to_owned(), id("req_"))],
        payload,
        usage: Some(message.usage),
        model: Some(message.model),
    })
}

fn count_tokens(ask: &Ask<'_>, _path: &str) -> Result<Answer, Answer> {
    let (request, model) = parse(ask)?;
    known_model(ask, &model)?;
    let mut answer =
        Answer::json(200, &json!({"input_tokens": input_tokens(&request)})).with("request-id", id("req_"));
    answer.model = Some(model);
    Ok(answer)
}

fn models(_ask: &Ask<'_>, path: &str) -> Result<Answer, Answer> {
    let entry = |(id, name): &(&str, &str)| json!({"type": "model", "id": id, "display_name": name, "created_at": "2026-01-01T00:00:00Z"});
    if let Some(wanted) = path.strip_prefix("v1/models/") {
        return match MODELS.iter().find(|(id, _)| *id == wanted) {
            Some(model) => Ok(Answer::json(200, &entry(model)).with("request-id", id("req_"))),
            None => Err(error(404, "not_found_error", &format!("model: {wanted}"))),
        };
    }
    let list = json!({
        "data": MODELS.iter().map(entry).collect::<Vec<_>>(),
        "has_more": false,
        "first_id": MODELS[0].0,
        "last_id": MODELS[MODELS.len() - 1].0,
    });
    Ok(Answer::json(200, &list).with("request-id", id("req_")))
}

/// The input tokens of the prompt.
fn input_tokens(request: &Value) -> u64 {
    ["system", "messages", "tools"]
        .iter()
        .filter(|part| !request[**part].is_null())
        .map(|part| estimate_tokens(&request[*part].to_string()))
        .sum()
}

/// The model's message, as a whole or as events.
struct Message {
    id: String,
    model: String,
    blocks: Vec<Value>,
    stop_reason: &'static str,
    usage: Usage,
}

impl Message {
    fn new(model: String, request: &Value, turn: Turn) -> Message {
        let mut blocks = Vec::new();
        if !turn.text.is_empty() {
            blocks.push(json!({"type": "text", "text": turn.text}));
        }
        let stop_reason = if turn.tool.is_some() { "tool_use" } else { "end_turn" };
        if let Some((name, input)) = turn.tool {
            blocks.push(json!({"type": "tool_use", "id": id("toolu_"), "name": name, "input": input}));
        }
        let output = blocks.iter().map(|block| estimate_tokens(&block.to_string())).sum();
        let usage = Usage { input: input_tokens(request), output };
        Message { id: id("msg_"), model, blocks, stop_reason, usage }
    }

    fn usage(&self, output: u64) -> Value {
        json!({
            "input_tokens": self.usage.input,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": output,
            "service_tier": "standard",
        })
    }

    fn whole(&self) -> Value {
        json!({
            "id": self.id, "type": "message", "role": "assistant", "model": self.model,
            "content": self.blocks,
            "stop_reason": self.stop_reason, "stop_sequence": null,
            "usage": self.usage(self.usage.output),
        })
    }

    /// The stream: every event is a separate piece.
    fn events(&self) -> Vec<Bytes> {
        let mut start = self.whole();
        start["content"] = json!([]);
        start["stop_reason"] = Value::Null;
        start["usage"] = self.usage(1);
        let mut events = vec![json!({"type": "message_start", "message": start})];
        for (index, block) in self.blocks.iter().enumerate() {
            let (empty, deltas) = opened(block);
            events.push(json!({"type": "content_block_start", "index": index, "content_block": empty}));
            if index == 0 {
                events.push(json!({"type": "ping"}));
            }
            for delta in deltas {
                events.push(json!({"type": "content_block_delta", "index": index, "delta": delta}));
            }
            events.push(json!({"type": "content_block_stop", "index": index}));
        }
        events.push(json!({
            "type": "message_delta",
            "delta": {"stop_reason": self.stop_reason, "stop_sequence": null},
            "usage": {"output_tokens": self.usage.output},
        }));
        events.push(json!({"type": "message_stop"}));
        events.iter().map(sse).collect()
    }
}

/// A content block as it starts, and the deltas that fill it.
fn opened(block: &Value) -> (Value, Vec<Value>) {
    let mut empty = block.clone();
    if block["type"] == "text" {
        empty["text"] = json!("");
        let text = block["text"].as_str().unwrap_or_default();
        let deltas = chunks(text).map(|text| json!({"type": "text_delta", "text": text}));
        return (empty, deltas.collect());
    }
    empty["input"] = json!({});
    let input = block["input"].to_string();
    let mut deltas = vec![json!({"type": "input_json_delta", "partial_json": ""})];
    deltas.extend(chunks(&input).map(|part| json!({"type": "input_json_delta", "partial_json": part})));
    (empty, deltas)
}

fn chunks(text: &str) -> impl Iterator<Item = String> {
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(CHUNK).map(|chunk| chunk.iter().collect()).collect::<Vec<_>>().into_iter()
}

fn sse(event: &Value) -> Bytes {
    let name = event["type"].as_str().unwrap_or_default();
    format!("event: {name}\ndata: {event}\n\n").into()
}
