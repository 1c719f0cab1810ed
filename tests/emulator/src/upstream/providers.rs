//! The provider table: slugs, and the formats of their paths.
//!
//! Slugs and paths are those of Cloudflare's provider pages (September 2026) and of its library
//! `ai-gateway-provider`.

use serde_json::json;

use super::{Answer, Ask, anthropic};

/// A provider's slug, the base of its Anthropic-format API, and its chat-completions paths.
struct Provider {
    slug: &'static str,
    /// The part before `v1/messages`; `*` stands for one path segment.
    messages_under: Option<&'static str>,
    /// Paths of the OpenAI format; `*` stands for one path segment.
    chat: &'static [&'static str],
    /// The headers that may contain the provider key, in order of preference.
    key_headers: &'static [&'static str],
}

const BEARER: &[&str] = &["authorization"];
const BOTH: &[&str] = &["x-api-key", "authorization"];

const fn native(slug: &'static str, key_headers: &'static [&'static str]) -> Provider {
    Provider { slug, messages_under: None, chat: &[], key_headers }
}

const fn chat(slug: &'static str, chat: &'static [&'static str]) -> Provider {
    Provider { slug, messages_under: None, chat, key_headers: BEARER }
}

const fn speaks(slug: &'static str, messages_under: &'static str, chat: &'static [&'static str]) -> Provider {
    Provider { slug, messages_under: Some(messages_under), chat, key_headers: BOTH }
}

const PROVIDERS: &[Provider] = &[
    speaks("anthropic", "", &[]),
    speaks("openrouter", "", &["chat/completions", "v1/chat/completions"]),
    speaks("grok", "", &["v1/chat/completions"]),
    speaks("deepseek", "anthropic/", &["chat/completions"]),
    speaks("aws-bedrock", "bedrock-mantle/*/anthropic/", &[]),
    chat("openai", &["chat/completions", "v1/chat/completions"]),
    chat("workers-ai", &["v1/chat/completions"]),
    Provider {
        slug: "azure-openai",
        messages_under: None,
        chat: &["*/*/chat/completions"],
        key_headers: &["api-key", "authorization"],
    },
    chat("groq", &["chat/completions"]),
    chat("mistral", &["v1/chat/completions"]),
    chat("perplexity-ai", &["chat/completions"]),
    chat("cerebras", &["chat/completions"]),
    chat("fireworks", &["chat/completions"]),
    chat("baseten", &["v1/chat/completions"]),
    native("google-ai-studio", &["x-goog-api-key", "authorization"]),
    native("google-vertex-ai", BEARER),
    native("huggingface", BEARER),
    native("cohere", BEARER),
    native("replicate", BEARER),
    native("cartesia", &["x-api-key", "authorization"]),
    native("elevenlabs", &["xi-api-key"]),
    native("deepgram", BEARER),
    native("fal", BEARER),
    native("ideogram", &["api-key"]),
    native("parallel", &["x-api-key"]),
    native("adobe-firefly", BOTH),
];

fn find(slug: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|provider| provider.slug == slug)
}

/// Whether Cloudflare has a provider with that slug; custom providers belong to the account.
pub(crate) fn is_known(slug: &str) -> bool {
    find(slug).is_some()
}

/// The headers of `slug` for its key.
pub(crate) fn key_headers(slug: &str) -> &'static [&'static str] {
    find(slug).map_or(BOTH, |provider| provider.key_headers)
}

/// The API that a path belongs to.
pub(crate) enum Endpoint {
    /// Anthropic's, with its path (`v1/messages`, …).
    Anthropic(String),
    /// OpenAI's chat completions.
    Chat,
    /// Neither.
    Unknown,
}

/// The path that the gateway's `/compat` uses for any provider.
pub(crate) const COMPAT: &str = "compat/chat/completions";

/// `path` is the part after the slug, without a leading slash.
pub(crate) fn endpoint(slug: &str, path: &str) -> Endpoint {
    if path == COMPAT {
        return Endpoint::Chat;
    }
    let Some(provider) = find(slug) else {
        // a custom provider may have either API at any path
        return match path.find("v1/") {
            _ if path.ends_with("chat/completions") => Endpoint::Chat,
            Some(start) => Endpoint::Anthropic(path[start..].to_owned()),
            None => Endpoint::Unknown,
        };
    };
    if provider.chat.iter().any(|pattern| strip(pattern, path) == Some("")) {
        return Endpoint::Chat;
    }
    match provider.messages_under.and_then(|prefix| strip(prefix, path)) {
        Some(rest) => Endpoint::Anthropic(rest.to_owned()),
        None => Endpoint::Unknown,
    }
}

/// The rest of `path` after `pattern`, in which `*` stands for one segment.
fn strip<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut rest = path;
    let mut literals = pattern.split('*');
    rest = rest.strip_prefix(literals.next()?)?;
    for literal in literals {
        let segment = rest.find('/').unwrap_or(rest.len());
        if segment == 0 {
            return None;
        }
        rest = rest[segment..].strip_prefix(literal)?;
    }
    Some(rest)
}

/// Whether `provider` offers `model` in Anthropic's format.
///
/// Anthropic's ids have dashes; it does not know a dotted id from Cloudflare's catalogue.
pub(crate) fn offers(provider: &str, model: &str) -> bool {
    match provider {
        "anthropic" => model.starts_with("claude-") && !model.contains('.'),
        "aws-bedrock" => model.starts_with("anthropic.claude-"),
        "openrouter" => model.contains('/'),
        "grok" => model.starts_with("grok-"),
        "openai" => ["gpt-", "o1", "o3", "o4", "chatgpt-"].iter().any(|p| model.starts_with(p)),
        "workers-ai" => model.starts_with("@cf/") || model.starts_with("@hf/"),
        _ => !model.is_empty(),
    }
}

/// The 404 of a provider that has nothing at this path.
pub(crate) fn not_found(ask: &Ask<'_>) -> Answer {
    if find(ask.provider).is_none_or(|provider| provider.messages_under.is_some()) {
        return anthropic::error(404, "not_found_error", "Not Found");
    }
    let host_path = match ask.provider {
        // the slug stands for `https://api.openai.com/v1`
        "openai" => format!("/v1/{}", ask.path),
        _ => format!("/{}", ask.path),
    };
    Answer::json(
        404,
        &json!({"error": {
            "message": format!("Invalid URL ({} {host_path})", ask.method),
            "type": "invalid_request_error", "param": null, "code": null,
        }}),
    )
}
