//! Parses the response: the text, who gave it, and its cost.

use super::request::Step;
use crate::base::text::{clean, visible};
use crate::facts::gateway::errors::Response;
use serde::Serialize;
use serde_json::Value;

/// A model's response, with what the gateway reports about it.
#[derive(Debug, Clone, Default, Serialize)]
pub struct SendResponse {
    /// The model's text.
    pub answer: String,
    /// Which step of a route or a chain responded, from 0.
    pub step: Option<u64>,
    /// The provider that responded.
    pub provider: Option<String>,
    /// The model that responded.
    pub model: Option<String>,
    /// `HIT`, `MISS`, or nothing if the cache was not used.
    pub cache: Option<String>,
    /// Input tokens.
    pub tokens_in: Option<u64>,
    /// Output tokens.
    pub tokens_out: Option<u64>,
    /// Id of the entry in the gateway's log.
    pub log_id: Option<String>,
}

impl SendResponse {
    /// Parses headers and body.
    pub(super) fn read(response: &Response, steps: &[Step]) -> Self {
        let json: Value = serde_json::from_str(&response.body).unwrap_or_default();
        let header = |name: &str| response.header(name).map(clean).filter(|value| !value.is_empty());
        let step = header("cf-aig-step").and_then(|step| step.parse().ok());
        let planned = step.and_then(|at: u64| steps.get(usize::try_from(at).ok()?)).or(steps.first());
        let usage = &json["usage"];
        let count = |names: [&str; 2]| names.iter().find_map(|name| usage[*name].as_u64());
        Self {
            answer: text(&json),
            step,
            provider: header("cf-aig-provider").or_else(|| planned.map(|step| step.provider.clone())),
            model: header("cf-aig-model")
                .or_else(|| json["model"].as_str().map(clean))
                .or_else(|| planned.map(|step| step.model.clone())),
            cache: header("cf-aig-cache-status"),
            tokens_in: count(["input_tokens", "prompt_tokens"]),
            tokens_out: count(["output_tokens", "completion_tokens"]),
            log_id: header("cf-aig-log-id"),
        }
    }
}

/// The text of either format with line breaks, but without anything else that a terminal would
/// interpret.
fn text(json: &Value) -> String {
    let parts: Vec<&str> = match json["content"].as_array() {
        Some(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        None => json["choices"][0]["message"]["content"].as_str().into_iter().collect(),
    };
    parts.concat().lines().map(visible).collect::<Vec<_>>().join("\n")
}
