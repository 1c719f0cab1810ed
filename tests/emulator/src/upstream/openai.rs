//! OpenAI's chat completions, which most other providers offer too.

use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{Answer, Ask, Payload, Usage, estimate_tokens, id, providers, script};
use crate::config::Config;

/// An error in OpenAI's format.
pub(crate) fn error(status: u16, kind: &str, code: Option<&str>, message: &str) -> Answer {
    let body = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    Answer::json(status, &body).with("x-request-id", id("req_"))
}

/// `POST …/chat/completions`.
pub(crate) fn chat(config: &Config, ask: &Ask<'_>) -> Answer {
    respond(config, ask).unwrap_or_else(|refusal| refusal)
}

fn respond(config: &Config, ask: &Ask<'_>) -> Result<Answer, Answer> {
    let invalid = "invalid_request_error";
    if ask.method != "POST" {
        let message = format!("Not allowed to {} on /v1/chat/completions", ask.method);
        return Err(error(405, invalid, Some("method_not_supported"), &message));
    }
    match &ask.key {
        None => {
            return Err(error(401, invalid, None, "You didn't provide an API key."));
        }
        Some(key) if !config.provider_accepts(ask.provider, key.value()) => {
            return Err(error(401, invalid, Some("invalid_api_key"), "Incorrect API key provided."));
        }
        Some(_) => {}
    }
    let request: Value = serde_json::from_slice(ask.body)
        .map_err(|_| error(400, invalid, None, "We could not parse the JSON body of your request."))?;
    let model = request["model"].as_str().unwrap_or_default();
    if model.is_empty() {
        return Err(error(400, invalid, None, "you must provide a model parameter"));
    }
    if !providers::offers(ask.provider, model) {
        let message = format!("The model `{model}` does not exist or you do not have access to it.");
        return Err(error(404, invalid, Some("model_not_found"), &message));
    }
    if !request["messages"].is_array() {
        let message = "Missing required parameter: 'messages'.";
        return Err(error(400, invalid, Some("missing_required_parameter"), message));
    }
    let text = script::next_turn(&json!({"messages": request["messages"]})).text;
    let usage =
        Usage { input: estimate_tokens(&request["messages"].to_string()), output: estimate_tokens(&text) };
    let payload = if request["stream"] == true {
        Payload::Events(chunks(model, &text, usage))
    } else {
        Payload::Json(completion(model, &text, usage).to_string().into())
    };
    Ok(Answer {
        status: 200,
        headers: vec![("x-request-id".to_owned(), id("req_"))],
        payload,
        model: Some(model.to_owned()),
        usage: Some(usage),
    })
}

fn usage_json(usage: Usage) -> Value {
    json!({
        "prompt_tokens": usage.input,
        "completion_tokens": usage.output,
        "total_tokens": usage.input + usage.output,
    })
}

fn created() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn completion(model: &str, text: &str, usage: Usage) -> Value {
    json!({
        "id": id("chatcmpl-"), "object": "chat.completion", "created": created(), "model": model,
        "choices": [{
            "index": 0,
            "message": {"role": "assistant", "content": text},
            "finish_reason": "stop",
        }],
        "usage": usage_json(usage),
    })
}

fn chunks(model: &str, text: &str, usage: Usage) -> Vec<Bytes> {
    let (id, created) = (id("chatcmpl-"), created());
    let chunk = |delta: Value, finish: Value| {
        json!({
            "id": id, "object": "chat.completion.chunk", "created": created, "model": model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        })
    };
    let mut events = vec![chunk(json!({"role": "assistant", "content": ""}), Value::Null)];
    events.extend(text.split_inclusive(' ').map(|word| chunk(json!({"content": word}), Value::Null)));
    let mut last = chunk(json!({}), json!("stop"));
    last["usage"] = usage_json(usage);
    events.push(last);
    events
        .iter()
        .map(|event| format!("data: {event}\n\n").into())
        .chain([Bytes::from_static(b"data: [DONE]\n\n")])
        .collect()
}
