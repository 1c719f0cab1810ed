//! The providers: paths of every slug that speaks Anthropic's or OpenAI's format, and their errors.

use cf_aig_emulator::{ANTHROPIC_KEY, Emulator, Host};
use serde_json::{Value, json};

use crate::support::{
    admitted, anthropic_error, assert_greeted, client, message, outcome, post, post_to, question, start,
    start_with,
};

fn with_model(model: &str) -> Value {
    let mut body = question();
    body["model"] = json!(model);
    body
}

#[test]
fn every_slug_that_speaks_anthropics_format_answers_messages() {
    let emulator = start_with(|gateway| {
        gateway.custom_providers.insert("zai".to_owned(), "https://api.z.ai".to_owned());
    });
    for (base, key, model) in [
        ("anthropic", ANTHROPIC_KEY, "claude-haiku-4-5"),
        ("openrouter", "sk-openrouter-emulator", "anthropic/claude-opus-5.5"),
        ("grok", "sk-grok-emulator", "grok-4"),
        ("deepseek/anthropic", "sk-deepseek-emulator", "deepseek-chat"),
        ("custom-zai/api/anthropic", "sk-custom-zai-emulator", "glm-5"),
        (
            "aws-bedrock/bedrock-mantle/us-east-1/anthropic",
            "sk-aws-bedrock-emulator",
            "anthropic.claude-opus-5",
        ),
    ] {
        let url = format!("{}/v1/messages", emulator.base_url(base));
        let request = admitted(post_to(url.clone(), &with_model(model))).header("x-api-key", key);
        assert_greeted(&outcome(request));
        let refused = outcome(admitted(post_to(url, &with_model(model))));
        assert_eq!(anthropic_error(&refused).0, 401, "{base}");
    }
}

#[test]
fn openai_style_slugs_answer_chat_completions() {
    let emulator = start();
    for (base, key, model) in [
        ("openai/chat/completions", "sk-openai-emulator", "gpt-5"),
        ("openai/v1/chat/completions", "sk-openai-emulator", "gpt-5"),
        ("groq/chat/completions", "sk-groq-emulator", "llama"),
        ("mistral/v1/chat/completions", "sk-mistral-emulator", "mistral-large"),
        ("perplexity-ai/chat/completions", "sk-perplexity-ai-emulator", "sonar"),
        ("grok/v1/chat/completions", "sk-grok-emulator", "grok-4"),
        ("deepseek/chat/completions", "sk-deepseek-emulator", "deepseek-chat"),
        ("cerebras/chat/completions", "sk-cerebras-emulator", "llama"),
        ("openrouter/v1/chat/completions", "sk-openrouter-emulator", "x/y"),
        ("azure-openai/res/dep/chat/completions?api-version=1", "sk-azure-openai-emulator", "gpt-5"),
    ] {
        let request = admitted(post_to(emulator.base_url(base), &with_model(model)));
        let (status, body) = outcome(request.header("authorization", format!("Bearer {key}")));
        assert_eq!(status, 200, "{base}: {body}");
        assert_eq!(body["choices"][0]["message"]["content"], "Hello from the emulator.");
    }
}

#[test]
fn openai_refuses_in_its_own_format() {
    let emulator = start();
    let chat = |path: &str, body: &Value, key: &str| {
        let request = admitted(post_to(emulator.base_url(path), body));
        outcome(request.header("authorization", format!("Bearer {key}")))
    };
    let path = "openai/chat/completions";
    let (status, body) = chat(path, &with_model("gpt-5"), "wrong");
    assert_eq!((status, &body["error"]["code"]), (401, &json!("invalid_api_key")));
    let (status, body) = chat(path, &with_model("claude-opus-5-5"), "sk-openai-emulator");
    assert_eq!((status, &body["error"]["code"]), (404, &json!("model_not_found")));
    let (status, body) = chat("openai/v1/v1/chat/completions", &json!({}), "sk-openai-emulator");
    let text = "Invalid URL (POST /v1/v1/v1/chat/completions)";
    assert_eq!((status, &body["error"]["message"]), (404, &json!(text)));
}

#[test]
fn workers_ai_needs_no_key_but_the_gateways_token() {
    let emulator = start();
    let url = emulator.base_url("workers-ai/v1/chat/completions");
    let answer = outcome(admitted(post_to(url, &with_model("@cf/meta/llama"))));
    assert_eq!(answer.0, 200, "{}", answer.1);
}

#[test]
fn a_model_that_does_not_exist_is_named_in_a_404() {
    let emulator = start();
    for model in ["nonesuch", "claude-haiku-4.5"] {
        let answer = outcome(message(&emulator, &with_model(model)));
        let expected = format!("model: {model}");
        assert_eq!(anthropic_error(&answer), (404, "not_found_error", expected.as_str()));
    }
}

#[test]
fn an_empty_or_an_invalid_body_is_an_invalid_request() {
    let emulator = start();
    let good = message(&emulator, &question());
    for body in ["", "{", "[]", "{}", r#"{"model":"claude-opus-5-5"}"#] {
        let request = good.try_clone().expect("a body in memory").body(body);
        let answer = outcome(request);
        let (status, kind, _) = anthropic_error(&answer);
        assert_eq!((status, kind), (400, "invalid_request_error"), "{body}");
    }
}

#[test]
fn the_version_header_must_be_forwarded() {
    let emulator = start();
    let request = client()
        .post(format!("{}/v1/messages", emulator.base_url("anthropic")))
        .header("x-api-key", ANTHROPIC_KEY)
        .body(question().to_string());
    let answer = outcome(admitted(request));
    assert_eq!(anthropic_error(&answer).2, "anthropic-version: header is required");
}

#[test]
fn an_unknown_path_gets_the_providers_own_404() {
    let emulator = start();
    for path in ["v1/v1/messages", "messages", "/v1/messages", "v1//messages", ""] {
        let request = admitted(post(&emulator, path, &question()));
        let answer = outcome(request.header("x-api-key", ANTHROPIC_KEY));
        assert_eq!(anthropic_error(&answer), (404, "not_found_error", "Not Found"), "{path}");
    }
}

#[test]
fn the_clients_hello_is_a_404() {
    let emulator = start();
    let request = client().head(format!("{}/api/hello", emulator.base_url("anthropic")));
    assert_eq!(admitted(request).send().expect("an answer").status(), 404);
}

fn get(emulator: &Emulator, path: &str) -> (u16, Value) {
    let url = format!("{}/{path}", emulator.base_url("anthropic"));
    outcome(admitted(client().get(url)).header("x-api-key", ANTHROPIC_KEY))
}

#[test]
fn models_are_listed_and_shown() {
    let emulator = start();
    let (status, list) = get(&emulator, "v1/models?limit=1000");
    assert_eq!((status, &list["has_more"]), (200, &json!(false)));
    let id = list["data"][0]["id"].as_str().expect("an id");
    assert_eq!(get(&emulator, &format!("v1/models/{id}")).1["type"], "model");
    assert_eq!(get(&emulator, "v1/models/nonesuch").0, 404);
}

#[test]
fn tokens_are_counted_without_a_message() {
    let emulator = start();
    let request = admitted(post(&emulator, "v1/messages/count_tokens", &question()));
    let (status, body) = outcome(request.header("x-api-key", ANTHROPIC_KEY));
    assert_eq!(status, 200);
    assert!(body["input_tokens"].as_u64().is_some_and(|count| count > 0));
    assert_eq!(emulator.logs()[0].cost, None);
}

#[test]
fn the_provider_can_be_asked_directly() {
    let emulator = start();
    let url = format!("{}/v1/messages?beta=true", emulator.provider_origin());
    assert_greeted(&outcome(post_to(url, &question()).header("x-api-key", ANTHROPIC_KEY)));
    assert_eq!(emulator.requests()[0].host, Host::Provider);
    assert!(emulator.logs().is_empty());
}
