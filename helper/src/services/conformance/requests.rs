//! The headers and bodies that the checks send: ordinary ones, and rich ones with every feature.

use crate::services::verify::request::NO_MODEL;
use serde_json::{Value, json};

pub(super) const VERSION: &str = "2023-06-01";
/// A beta that pairs with a body field, one without a field, and an unknown one.
pub(super) const BETAS: &str = "claude-code-20250219,context-management-2025-06-27,interleaved-thinking-2025-05-14,cf-aig-conformance-2099-01-01";
/// A header that does not exist yet.
pub(super) const OPEN: (&str, &str) = ("anthropic-cf-aig-conformance", "kept");
/// A field that does not exist yet.
pub(super) const UNKNOWN: &str = "cf_aig_conformance";
/// The first block of Claude Code's system prompt. Anthropic strips it if it is a separate block in
/// first place.
pub(super) const ATTRIBUTION: &str = "x-anthropic-billing-header: cc_version=2.1.330; cc_entrypoint=sdk-cli;";

/// The headers of an ordinary request.
pub(super) fn plain_headers() -> Vec<(String, String)> {
    let all = [
        ("content-type", "application/json"),
        ("anthropic-version", VERSION),
        ("anthropic-beta", "claude-code-20250219"),
        // the client accepts compression, but what is checked here must not be compressed
        ("accept-encoding", "identity"),
    ];
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
}

/// The headers of the rich request.
pub(super) fn rich_headers() -> Vec<(String, String)> {
    let mut headers = plain_headers();
    for (name, value) in &mut headers {
        if name == "anthropic-beta" {
            *value = BETAS.to_owned();
        }
    }
    headers.push((OPEN.0.to_owned(), OPEN.1.to_owned()));
    headers
}

/// An ordinary body. Its white space, escapes and key order are such that no JSON library would
/// write them.
pub(super) fn plain_body(model: &str) -> String {
    let model = json!(model);
    format!(
        "{{ \"max_tokens\": 1,\"model\" : {model},\n \"messages\": [{{\"role\": \"user\", \
         \"content\": \"caf\\u00e9 \\/ na\u{ef}ve \u{1f980}\"}}] }}"
    )
}

/// A body with everything that Claude Code 2.1.330 sends, and unknown fields that later versions
/// may send.
pub(super) fn rich_body(model: &str) -> Value {
    let mut body = json!({
        "model": model,
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "first"},
                {"type": "text", "text": "second", "cache_control": {"type": "ephemeral"}},
            ]},
        ],
        "system": [
            {"type": "text", "text": ATTRIBUTION},
            {"type": "text", "text": "You are a check.", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            {"type": "text", "text": "Say ok."},
        ],
        "tools": [{
            "name": "look",
            "description": "Looks.",
            "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}},
            "defer_loading": true,
            "cache_control": {"type": "ephemeral"},
        }],
        "metadata": {"user_id": "cf-aig-conformance"},
        "max_tokens": 2048,
        "thinking": {"type": "adaptive"},
        "context_management": {"edits": [{"type": "clear_tool_uses_20250919"}]},
        "output_config": {"effort": "low"},
        "stream": false,
    });
    body[UNKNOWN] = json!({"nested": [1, 2.50, null]});
    body
}

/// The body for `count_tokens`, without `max_tokens`.
pub(super) fn to_count(model: &str) -> Value {
    json!({"model": model, "messages": [{"role": "user", "content": "How many tokens is this?"}]})
}

/// A body with a field that requires a beta header, for a model that does not exist.
pub(super) fn with_beta_field() -> Value {
    let mut body = for_free("hi");
    body["context_management"] = json!({"edits": []});
    body
}

/// A body for a model that does not exist.
pub(super) fn for_free(text: &str) -> Value {
    json!({"model": NO_MODEL, "max_tokens": 1, "messages": [{"role": "user", "content": text}]})
}
