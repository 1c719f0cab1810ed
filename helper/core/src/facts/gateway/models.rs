//! Which vendor's model an id belongs to, and which providers for Claude Code serve it.
//!
//! Only the form of an id is compared; there is no list of models. Names that the
//! client or a provider may map (short names, Anthropic's ids at z.ai and DeepSeek) are not reported, and neither
//! are forms that are unknown here, except at Anthropic, whose ids all start with `claude-`.

use super::GatewayUrl;
use super::upstream::Upstream;
use crate::base::text::visible;

/// Prefixes of ids, and the vendor that uses such ids.
const VENDORS: &[(&str, &str)] = &[
    ("claude-", ANTHROPIC),
    ("glm-", "z.ai"),
    ("deepseek-", "DeepSeek"),
    ("grok-", "xAI"),
    ("gpt-", "OpenAI"),
    ("o1", "OpenAI"),
    ("o3", "OpenAI"),
    ("o4-", "OpenAI"),
    ("gemini-", "Google"),
    ("kimi-", "Moonshot AI"),
    ("qwen", "Alibaba"),
    ("mistral-", "Mistral"),
    ("llama-", "Meta"),
];
const ANTHROPIC: &str = "Anthropic";
/// Its ids are `vendor/model`.
const OPENROUTER: &str = "OpenRouter";
/// Its ids are `….anthropic.claude-…`, or ARNs.
const BEDROCK: &str = "Amazon Bedrock";

/// Short names, which the client turns into ids.
const SHORT: &[&str] = &["default", "best", "sonnet", "opus", "haiku", "opusplan", "inherit"];

/// Why this URL's provider does not serve `model`, as a sentence; `None` if no reason is known.
pub fn misfit(model: &str, url: &GatewayUrl) -> Option<String> {
    let vendor = vendor(model);
    let shown: String = visible(model).chars().take(60).collect();
    if url.provider().known().is_some_and(|provider| provider.slug == "anthropic") {
        let fits = vendor == Some(ANTHROPIC);
        return (!fits).then(|| {
            format!("`{shown}` is not an Anthropic model, but this gateway URL leads to Anthropic")
        });
    }
    let upstream = Upstream::at(url)?;
    let takes = upstream.preset.map(|preset| preset.vendors).filter(|vendors| !vendors.is_empty())?;
    let vendor = vendor?;
    let is_short = SHORT.contains(&model.trim_end_matches("[1m]").to_ascii_lowercase().as_str());
    (!is_short && !takes.contains(&vendor)).then(|| {
        format!("`{shown}` is a model id of {vendor}, but this gateway URL leads to {}", upstream.title)
    })
}

/// The vendor, by the form of the id.
fn vendor(model: &str) -> Option<&'static str> {
    let model = model.trim().trim_end_matches("[1m]").to_ascii_lowercase();
    match () {
        () if SHORT.contains(&model.as_str()) => Some(ANTHROPIC),
        () if model.starts_with("arn:aws") || model.contains("anthropic.claude-") => Some(BEDROCK),
        () if model.contains('/') => Some(OPENROUTER),
        () if model.starts_with("claude-") && model.contains('@') => Some("Google Vertex AI"),
        () => VENDORS.iter().find(|(prefix, _)| model.starts_with(prefix)).map(|(_, vendor)| *vendor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::HostPolicy;
    use crate::facts::gateway::upstream::{PRESETS, Speech};

    const ROOT: &str = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev";

    fn at(base: &str, model: &str) -> Option<String> {
        let url = GatewayUrl::parse(&format!("{ROOT}/{base}"), &HostPolicy::default()).unwrap();
        misfit(model, &url)
    }

    #[test]
    fn every_provider_that_speaks_messages_has_a_row() {
        let speaking = PRESETS.iter().filter(|preset| preset.speech == Speech::Messages);
        for preset in speaking {
            assert!(!preset.vendors.is_empty(), "{}", preset.name);
        }
    }

    #[test]
    fn a_name_of_another_provider_is_reported_everywhere_and_its_own_is_not() {
        let own = [
            ("anthropic", "claude-opus-5-5"),
            ("custom-zai/api/anthropic", "glm-4.6"),
            ("custom-bigmodel/api/anthropic", "GLM-4.6"),
            ("deepseek/anthropic", "deepseek-chat"),
            ("grok", "grok-4"),
            ("aws-bedrock/bedrock-mantle/us-east-1/anthropic", "anthropic.claude-opus-5"),
            ("openrouter", "anthropic/claude-sonnet-5"),
        ];
        for (base, _) in own {
            for (home, model) in own {
                let same = base == home || base.starts_with("custom-") && home.starts_with("custom-");
                let mapped = model.starts_with("claude-")
                    && ["custom-zai", "custom-bigmodel", "deepseek", "openrouter"]
                        .iter()
                        .any(|mapping| base.starts_with(mapping));
                assert_eq!(at(base, model).is_none(), same || mapped, "{model} at {base}");
            }
            assert!(at(base, "gpt-5.2").is_some(), "{base}");
            assert_eq!(at(base, "sonnet[1m]"), None, "{base}");
        }
        assert_eq!(at("custom-mine/api/anthropic", "glm-4.6"), None, "nothing is known of it");
        assert_eq!(at("grok", "my-model"), None);
        assert!(at("anthropic", "my-model").is_some());
    }
}
