//! `/compat/chat/completions`: OpenAI's format for many providers, and dynamic routes.

use serde_json::Value;

use super::call::Call;
use super::error::Refusal;
use super::exchange::{self, Site};
use super::graph;
use crate::http::{Inbound, Reply};
use crate::upstream::providers;

/// The model prefixes that `/compat` supports. Not every provider of the directory is among them, and
/// `xai`, `google`, `alibaba`, `moonshotai` were observed to be refused.
const SERVED: &[(&str, &str)] = &[
    ("anthropic", "anthropic"),
    ("openai", "openai"),
    ("openrouter", "openrouter"),
    ("grok", "grok"),
    ("groq", "groq"),
    ("mistral", "mistral"),
    ("cohere", "cohere"),
    ("deepseek", "deepseek"),
    ("cerebras", "cerebras"),
    ("perplexity", "perplexity-ai"),
    ("workers-ai", "workers-ai"),
    ("google-ai-studio", "google-ai-studio"),
    ("google-vertex-ai", "google-vertex-ai"),
];

/// `path` is the part after `compat/`.
pub(crate) async fn answer(site: &Site, request: &Inbound, path: &str) -> Result<Reply, Refusal> {
    if path != "chat/completions" {
        return Err(Refusal::unknown_gateway());
    }
    let body: Value = serde_json::from_slice(&request.body).map_err(|_| Refusal::bad_chat_format())?;
    let model = body["model"].as_str().unwrap_or_default();
    let (prefix, name) = model.split_once('/').ok_or_else(Refusal::bad_chat_format)?;
    if prefix == "dynamic" {
        return dynamic(site, request, &body, name).await;
    }
    let provider = provider(site, prefix)?;
    Ok(exchange::run(site, call(request, &body, &provider, name, 0)).await.reply(site))
}

async fn dynamic(site: &Site, request: &Inbound, body: &Value, name: &str) -> Result<Reply, Refusal> {
    if let Some(elements) = site.gateway.dynamic_graphs.get(name) {
        return graph::walk(site, request, body, elements).await;
    }
    let route = site.gateway.dynamic_routes.get(name).ok_or_else(Refusal::invalid_provider)?;
    let mut last = Err(Refusal::invalid_provider());
    for (index, (provider, model)) in route.iter().enumerate() {
        let outcome = exchange::run(site, call(request, body, provider, model, index)).await;
        let failed = outcome.failed();
        let reply = outcome.reply(site);
        last = Ok(reply.with("cf-aig-provider", provider).with("cf-aig-model", model));
        if !failed {
            break;
        }
    }
    last
}

fn provider(site: &Site, prefix: &str) -> Result<String, Refusal> {
    if let Some((_, slug)) = SERVED.iter().find(|(name, _)| *name == prefix) {
        return Ok((*slug).to_owned());
    }
    match prefix.strip_prefix("custom-") {
        Some(slug) if site.gateway.custom_providers.contains_key(slug) => Ok(prefix.to_owned()),
        _ => Err(Refusal::invalid_provider()),
    }
}

fn call(request: &Inbound, body: &Value, provider: &str, model: &str, step: usize) -> Call {
    let mut body = body.clone();
    body["model"] = Value::from(model);
    Call {
        provider: provider.to_owned(),
        method: request.method.clone(),
        path: providers::COMPAT.to_owned(),
        query: request.query().to_owned(),
        headers: request.headers.clone(),
        body: body.to_string().into(),
        step,
    }
}
