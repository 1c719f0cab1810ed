//! `/compat`, dynamic routes, and the deprecated universal endpoint.

use cf_aig_emulator::{ANTHROPIC_KEY, Emulator, GATEWAY_TOKEN, Gateway};
use serde_json::{Value, json};

use crate::support::{
    admitted, assert_greeted, break_provider, envelope, header, outcome, overloaded, post_to, read, start,
    start_with,
};

fn chat(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "hi"}]})
}

fn compat(emulator: &Emulator, body: &Value, key: &str) -> (u16, Value) {
    let url = emulator.base_url("compat/chat/completions");
    outcome(admitted(post_to(url, body)).header("authorization", format!("Bearer {key}")))
}

#[test]
fn compat_speaks_openais_format_in_front_of_anthropic() {
    let emulator = start();
    let (status, body) = compat(&emulator, &chat("anthropic/claude-haiku-4-5"), ANTHROPIC_KEY);
    assert_eq!((status, &body["object"]), (200, &json!("chat.completion")));
    assert_eq!(emulator.logs()[0].model, "anthropic/claude-haiku-4-5");
}

#[test]
fn compat_streams_to_its_done() {
    let emulator = start();
    let mut body = chat("openai/gpt-5");
    body["stream"] = json!(true);
    let (_, text) = compat(&emulator, &body, "sk-openai-emulator");
    assert!(text.as_str().is_some_and(|text| text.ends_with("data: [DONE]\n\n")));
}

#[test]
fn compat_refuses_unsupported_providers() {
    let emulator = start();
    let invalid = envelope(400, 2008, "Invalid provider");
    for model in ["xai/grok-4", "google/gemini", "alibaba/qwen", "moonshotai/kimi", "dynamic/none"] {
        assert_eq!(compat(&emulator, &chat(model), "key"), invalid, "{model}");
    }
    let bad = envelope(400, 2019, "Chat completion bad format");
    assert_eq!(compat(&emulator, &chat("gpt-5"), "key"), bad);
}

fn two_providers(gateway: &mut Gateway) {
    let pair = |provider: &str, model: &str| (provider.to_owned(), model.to_owned());
    let route = vec![pair("anthropic", "claude-opus-5-5"), pair("openai", "gpt-5")];
    gateway.dynamic_routes.insert("agents".to_owned(), route);
    for (provider, key) in [("anthropic", ANTHROPIC_KEY), ("openai", "sk-openai-emulator")] {
        gateway.stored_keys.insert(provider.to_owned(), key.to_owned());
    }
}

#[test]
fn a_dynamic_route_falls_back_and_says_who_served() {
    let emulator = start_with(two_providers);
    let ask = || {
        let url = emulator.base_url("compat/chat/completions");
        let response = admitted(post_to(url, &chat("dynamic/agents"))).send().expect("an answer");
        let served =
            ["cf-aig-provider", "cf-aig-model", "cf-aig-step"].map(|name| header(&response, name).to_owned());
        assert_eq!(read(response).0, 200);
        served
    };
    assert_eq!(ask(), ["anthropic", "claude-opus-5-5", "0"]);
    break_provider(&emulator, "anthropic", overloaded());
    assert_eq!(ask(), ["openai", "gpt-5", "1"]);
}

fn universal(emulator: &Emulator, steps: &Value) -> reqwest::blocking::Response {
    let url = emulator.base_url("");
    admitted(post_to(url, steps)).send().expect("an answer")
}

fn steps() -> Value {
    let query =
        json!({"model": "claude-opus-5-5", "max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]});
    let step = |key: &str| {
        json!({
            "provider": "anthropic", "endpoint": "v1/messages",
            "headers": {"X-API-Key": key, "anthropic-version": "2023-06-01"}, "query": query,
        })
    };
    json!([step("sk-ant-wrong"), step(ANTHROPIC_KEY)])
}

#[test]
fn the_universal_endpoint_takes_the_first_step_that_works() {
    let emulator = start();
    let response = universal(&emulator, &steps());
    assert_eq!(header(&response, "cf-aig-step"), "1");
    assert_greeted(&read(response));
    let logged: Vec<_> = emulator.logs().iter().map(|e| (e.step, e.status_code)).collect();
    assert_eq!(logged, [(0, 401), (1, 200)]);
}

#[test]
fn the_universal_endpoint_gives_the_last_failure_when_all_fail() {
    let emulator = start();
    let mut steps = steps();
    steps.as_array_mut().expect("a list").reverse();
    break_provider(&emulator, "anthropic", overloaded());
    let response = universal(&emulator, &steps);
    assert_eq!((response.status().as_u16(), header(&response, "cf-aig-step")), (529, "1"));
}

#[test]
fn the_universal_endpoint_knows_no_provider_by_url() {
    let emulator = start();
    let steps = json!([{"provider": "zhipu", "endpoint": "https://open.bigmodel.cn/api", "query": {}}]);
    assert_eq!(read(universal(&emulator, &steps)), envelope(400, 2008, "Invalid provider"));
    let stranger = post_to(emulator.base_url(""), &steps);
    let wrong = stranger.header("cf-aig-authorization", format!("Bearer not-{GATEWAY_TOKEN}"));
    assert_eq!(outcome(wrong), envelope(401, 2009, "Unauthorized"));
}
