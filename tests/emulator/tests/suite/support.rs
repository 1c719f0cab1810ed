//! What the emulator's tests share: an emulator, a client, and a question to ask.

use std::time::Duration;

use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, GATEWAY_TOKEN, Gateway};
use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn start() -> Emulator {
    start_with(|_| {})
}

pub(crate) fn start_with(change: impl FnOnce(&mut Gateway)) -> Emulator {
    let mut config = Config::default();
    change(&mut config.gateways[0]);
    Emulator::start(config).expect("loopback")
}

pub(crate) fn client() -> Client {
    client_with(|builder| builder)
}

pub(crate) fn client_with(
    change: impl FnOnce(reqwest::blocking::ClientBuilder) -> reqwest::blocking::ClientBuilder,
) -> Client {
    // Another test of the same process may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE);
    change(builder).build().expect("a client")
}

pub(crate) fn question() -> Value {
    ask("hi")
}

pub(crate) fn ask(prompt: &str) -> Value {
    json!({
        "model": "claude-opus-5-5", "max_tokens": 100,
        "messages": [{"role": "user", "content": prompt}],
    })
}

/// A POST to a path behind the provider, without any credential.
pub(crate) fn post(emulator: &Emulator, path: &str, body: &Value) -> RequestBuilder {
    client()
        .post(format!("{}/{path}", emulator.base_url("anthropic")))
        .header("anthropic-version", "2023-06-01")
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// A message with gateway token and provider key, as a well configured client sends it.
pub(crate) fn message(emulator: &Emulator, body: &Value) -> RequestBuilder {
    post(emulator, "v1/messages", body)
        .header("cf-aig-authorization", format!("Bearer {GATEWAY_TOKEN}"))
        .header("x-api-key", ANTHROPIC_KEY)
}

/// Status and body.
pub(crate) fn outcome(request: RequestBuilder) -> (u16, Value) {
    read(request.send().expect("an answer"))
}

pub(crate) fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.text().expect("a body");
    (
        status,
        serde_json::from_str(&body).unwrap_or(Value::String(body)),
    )
}

/// The gateway's envelope, word for word.
pub(crate) fn envelope(status: u16, code: u32, message: &str) -> (u16, Value) {
    let body = json!({
        "success": false, "result": [], "messages": [],
        "error": [{"code": code, "message": message}],
        "name": "AiGatewayError", "httpCode": status, "internalCode": code,
        "message": message, "description": message,
    });
    (status, body)
}

/// Status, type and message of an error in Anthropic's format.
pub(crate) fn anthropic_error(outcome: &(u16, Value)) -> (u16, &str, &str) {
    let error = &outcome.1["error"];
    assert_eq!(outcome.1["type"], "error", "{}", outcome.1);
    (
        outcome.0,
        error["type"].as_str().unwrap_or_default(),
        error["message"].as_str().unwrap_or_default(),
    )
}
