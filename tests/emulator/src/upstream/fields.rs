//! Fields of a Messages request that Anthropic rejects, or accepts only with their beta.
//!
//! The message follows a captured 400: `context_management: Extra inputs are not permitted`.

use serde_json::Value;

use super::Ask;

/// The fields that the API accepts, as documented and as Claude Code sends them.
const KNOWN: &[&str] = &[
    "model",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "metadata",
    "max_tokens",
    "thinking",
    "stream",
    "temperature",
    "top_p",
    "top_k",
    "stop_sequences",
    "service_tier",
    "container",
    "mcp_servers",
    "context_management",
    "output_config",
    "output_format",
    "cache_control",
    "speed",
    "inference_geo",
];
/// Fields that need this beta.
const PAIRED: &[(&str, &str)] = &[("context_management", "context-management-2025-06-27")];

/// The refusal's message, if there is something to refuse.
pub(super) fn refusal(ask: &Ask<'_>, request: &Value) -> Option<String> {
    let betas: Vec<&str> = ask
        .headers
        .0
        .iter()
        .filter(|(name, _)| name == "anthropic-beta")
        .flat_map(|(_, value)| value.split(','))
        .map(str::trim)
        .collect();
    let lacks_its_beta =
        |key: &str| PAIRED.iter().any(|(field, beta)| *field == key && !betas.contains(beta));
    let extra =
        request.as_object()?.keys().find(|key| !KNOWN.contains(&key.as_str()) || lacks_its_beta(key))?;
    Some(format!("{extra}: Extra inputs are not permitted"))
}
