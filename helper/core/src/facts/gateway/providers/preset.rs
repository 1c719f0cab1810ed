//! The providers that Claude Code can use, with what it needs for each.

use super::row::Evidence;

/// How Claude Code connects to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speech {
    /// Messages, through `ANTHROPIC_BASE_URL`.
    Messages,
    /// The client's Bedrock mode.
    Bedrock,
    /// The client's Vertex mode.
    Vertex,
}

/// A row of the table.
#[derive(Debug)]
pub struct Preset {
    /// The name for `--provider`.
    pub name: &'static str,
    /// Aliases.
    pub aliases: &'static [&'static str],
    /// The display name.
    pub title: &'static str,
    /// Provider and tail of the base URL; `{region}` is a placeholder for a segment.
    pub base: &'static str,
    /// The upstream of a custom provider; empty if Cloudflare has the provider.
    pub custom: &'static str,
    /// How Claude Code connects to it.
    pub speech: Speech,
    /// The usual variable of its key; empty if the key is stored at Cloudflare.
    pub key_variable: &'static str,
    /// Additional variables from its own guide.
    pub also: &'static [(&'static str, &'static str)],
    /// The form of its model names, if they differ from Anthropic's.
    pub models: &'static str,
    /// The vendors whose model ids it accepts; empty if that is not known.
    pub vendors: &'static [&'static str],
    /// How certain it is that this works through the gateway.
    pub evidence: Evidence,
}

const PRESET: Preset = Preset {
    name: "",
    aliases: &[],
    title: "",
    base: "",
    custom: "",
    speech: Speech::Messages,
    key_variable: "",
    also: &[],
    models: "",
    vendors: &[],
    evidence: Evidence::Unverified,
};

/// All known upstreams.
pub const PRESETS: &[Preset] = &[
    Preset {
        name: "custom-zai",
        aliases: &["zai", "z.ai", "z-ai", "zhipu", "zhipuai", "glm"],
        title: "z.ai",
        base: "custom-zai/api/anthropic",
        custom: "https://api.z.ai",
        key_variable: "ZAI_API_KEY",
        // z.ai's own helper sets it
        also: &[("API_TIMEOUT_MS", "3000000")],
        vendors: &["z.ai", "Anthropic"],
        ..PRESET
    },
    Preset {
        name: "custom-bigmodel",
        aliases: &["bigmodel"],
        title: "z.ai in China (open.bigmodel.cn)",
        base: "custom-bigmodel/api/anthropic",
        custom: "https://open.bigmodel.cn",
        key_variable: "ZAI_API_KEY",
        also: &[("API_TIMEOUT_MS", "3000000")],
        vendors: &["z.ai", "Anthropic"],
        ..PRESET
    },
    Preset {
        name: "openrouter",
        title: "OpenRouter",
        base: "openrouter",
        key_variable: "OPENROUTER_API_KEY",
        vendors: &["OpenRouter", "Anthropic"],
        ..PRESET
    },
    Preset {
        name: "grok",
        aliases: &["xai"],
        title: "xAI",
        base: "grok",
        key_variable: "XAI_API_KEY",
        models: "grok-4",
        vendors: &["xAI"],
        evidence: Evidence::Documented,
        ..PRESET
    },
    Preset {
        name: "deepseek",
        title: "DeepSeek",
        base: "deepseek/anthropic",
        key_variable: "DEEPSEEK_API_KEY",
        vendors: &["DeepSeek", "Anthropic"],
        ..PRESET
    },
    Preset {
        name: "mantle",
        aliases: &["bedrock-mantle"],
        title: "Amazon Bedrock Mantle",
        base: "aws-bedrock/bedrock-mantle/{region}/anthropic",
        models: "anthropic.claude-opus-5",
        vendors: &["Amazon Bedrock"],
        evidence: Evidence::Documented,
        ..PRESET
    },
    Preset {
        name: "bedrock",
        aliases: &["aws-bedrock"],
        title: "Amazon Bedrock",
        base: "aws-bedrock/bedrock-runtime/{region}",
        speech: Speech::Bedrock,
        evidence: Evidence::Documented,
        ..PRESET
    },
    Preset {
        name: "vertex",
        aliases: &["google-vertex-ai"],
        title: "Google Vertex AI",
        base: "google-vertex-ai/v1",
        speech: Speech::Vertex,
        evidence: Evidence::Documented,
        ..PRESET
    },
];

/// The row of a name.
pub fn preset(name: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.name == name || preset.aliases.contains(&name))
}
