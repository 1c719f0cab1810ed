//! Shared helpers: an emulator, a client, and a message.

use std::sync::LazyLock;
use std::time::Duration;

use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, GATEWAY_TOKEN, Gateway, ProviderFault};
use reqwest::blocking::{Client, ClientBuilder, RequestBuilder, Response};
use serde_json::{Value, json};

/// How long a test waits for an expected event.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// How long a client waits for an event that must not happen.
pub(crate) const IMPATIENCE: Duration = Duration::from_millis(200);

pub(crate) fn start() -> Emulator {
    start_with(|_| {})
}

pub(crate) fn start_with(change: impl FnOnce(&mut Gateway)) -> Emulator {
    let mut config = Config::default();
    change(&mut config.gateways[0]);
    Emulator::start(config).expect("loopback")
}

/// Makes a provider misbehave.
pub(crate) fn break_provider(emulator: &Emulator, provider: &str, fault: ProviderFault) {
    emulator.update(|config| {
        config.provider_faults.insert(provider.to_owned(), fault);
    });
}

/// 529 in the provider's own format.
pub(crate) fn overloaded() -> ProviderFault {
    ProviderFault::Error {
        status: 529,
        kind: "overloaded_error".to_owned(),
        message: "Overloaded".to_owned(),
        retry_after: None,
    }
}

/// A client for plain http that keeps no connections, because other tests reuse ports.
pub(crate) fn client() -> Client {
    static CLIENT: LazyLock<Client> =
        LazyLock::new(|| client_with(|builder| builder.pool_max_idle_per_host(0)));
    CLIENT.clone()
}

pub(crate) fn client_with(change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
    // another test of the same process may have done it
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
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

/// A POST to a path behind `anthropic`, without any credential.
pub(crate) fn post(emulator: &Emulator, path: &str, body: &Value) -> RequestBuilder {
    post_to(format!("{}/{path}", emulator.base_url("anthropic")), body)
}

/// A POST to any URL, without any credential.
pub(crate) fn post_to(url: String, body: &Value) -> RequestBuilder {
    client()
        .post(url)
        .header("anthropic-version", "2023-06-01")
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// What the request needs to pass the gateway, without a provider credential.
pub(crate) fn admitted(request: RequestBuilder) -> RequestBuilder {
    request.header("cf-aig-authorization", format!("Bearer {GATEWAY_TOKEN}"))
}

/// A message with gateway token and provider key, as a correctly configured client sends it.
pub(crate) fn message(emulator: &Emulator, body: &Value) -> RequestBuilder {
    admitted(post(emulator, "v1/messages", body)).header("x-api-key", ANTHROPIC_KEY)
}

/// Status and body.
pub(crate) fn outcome(request: RequestBuilder) -> (u16, Value) {
    read(request.send().expect("an answer"))
}

pub(crate) fn read(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let body = response.text().expect("a body");
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// A header of a response, or an empty text.
pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap_or_default())
}

/// The gateway's envelope, verbatim.
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
    (outcome.0, error["type"].as_str().unwrap_or_default(), error["message"].as_str().unwrap_or_default())
}

/// The response of a healthy provider.
pub(crate) fn assert_greeted(outcome: &(u16, Value)) {
    assert_eq!(outcome.0, 200, "{}", outcome.1);
    assert_eq!(outcome.1["content"][0]["text"], "Hello from the emulator.");
}
