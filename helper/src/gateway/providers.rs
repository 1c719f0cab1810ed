//! The providers behind a gateway: one row each, from which the CLI, the skill and the checks are made.
//!
//! Source of slugs, bases and replaced prefixes: Cloudflare's provider pages (`usage/providers/*`)
//! and its own npm library `ai-gateway-provider` 4.0.1, which strips the upstream prefix literally.

use std::fmt;

/// The request format that a base URL speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Anthropic Messages: the client appends `/v1/messages`. What Claude Code needs.
    Anthropic,
    /// OpenAI chat completions: the client appends `/chat/completions`.
    OpenAi,
    /// The provider's own API.
    Native,
}

impl Protocol {
    /// The word used in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Protocol::Anthropic => "anthropic",
            Protocol::OpenAi => "openai",
            Protocol::Native => "native",
        }
    }
}

/// How well a row is supported by what Cloudflare publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// On a Cloudflare documentation page.
    Documented,
    /// In Cloudflare's own library, on no page.
    Library,
    /// Follows from the two, seen by no one: to be tested before it is relied on.
    Unverified,
}

impl Evidence {
    /// The word used in tables and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Evidence::Documented => "documented",
            Evidence::Library => "library only",
            Evidence::Unverified => "not verified",
        }
    }
}

/// One base URL that a provider offers behind the gateway.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    /// What follows the slug, without slashes around it; `{name}` stands for one path segment.
    pub tail: &'static str,
    /// What it speaks.
    pub protocol: Protocol,
    /// How sure that is.
    pub evidence: Evidence,
}

/// An environment variable that a provider's own SDK reads its base URL from.
#[derive(Debug, Clone, Copy)]
pub struct SdkVariable {
    /// Its name.
    pub name: &'static str,
    /// What follows `…/{slug}` in its value (with a leading slash), so that SDK and gateway paths meet.
    pub suffix: &'static str,
    /// The variable that the same SDK reads its credential from.
    pub credential: &'static str,
    /// Leave it alone while one of these is set: the same SDK would then send another service's
    /// requests to the wrong path.
    pub unless: &'static [&'static str],
    /// The package in whose source the name was read.
    pub package: &'static str,
}

/// A row of the provider table.
#[derive(Debug)]
pub struct Provider {
    /// The path segment in a gateway URL.
    pub slug: &'static str,
    /// As Cloudflare writes it.
    pub name: &'static str,
    /// The upstream prefix that `…/{slug}/` stands for; empty when there is none.
    pub replaces: &'static str,
    /// The header that carries the provider's credential.
    pub auth_header: &'static str,
    /// Bases, the usual one first.
    pub bases: &'static [Base],
    /// Where this provider's SDKs read a base URL from, if they do.
    pub sdk: &'static [SdkVariable],
    /// Wrong names that people use for it.
    pub aliases: &'static [&'static str],
}

const fn base(tail: &'static str, protocol: Protocol, evidence: Evidence) -> Base {
    Base { tail, protocol, evidence }
}

const fn sdk(
    name: &'static str,
    suffix: &'static str,
    credential: &'static str,
    package: &'static str,
) -> SdkVariable {
    SdkVariable { name, suffix, credential, unless: &[], package }
}

use Evidence::{Documented, Library, Unverified};
use Protocol::{Anthropic, Native, OpenAi};

const OPENAI_STYLE: &[Base] = &[base("", OpenAi, Documented)];
const NATIVE: &[Base] = &[base("", Native, Documented)];
const NATIVE_LIBRARY: &[Base] = &[base("", Native, Library)];

/// Every provider that a gateway path can name, in the order in which they are shown.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        slug: "anthropic",
        name: "Anthropic",
        replaces: "https://api.anthropic.com/",
        auth_header: "x-api-key",
        bases: &[base("", Anthropic, Documented)],
        sdk: &[],
        aliases: &["claude"],
    },
    Provider {
        slug: "openai",
        name: "OpenAI",
        replaces: "https://api.openai.com/v1/",
        auth_header: "authorization",
        bases: &[base("", OpenAi, Documented), base("v1", OpenAi, Library)],
        sdk: &[SdkVariable {
            unless: &["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_AD_TOKEN"],
            ..sdk("OPENAI_BASE_URL", "", "OPENAI_API_KEY", "openai (Python, npm, Go)")
        }],
        aliases: &["open-ai", "chatgpt", "gpt"],
    },
    Provider {
        slug: "openrouter",
        name: "OpenRouter",
        replaces: "https://openrouter.ai/api/",
        auth_header: "authorization",
        bases: &[base("", Anthropic, Unverified), base("v1", OpenAi, Documented)],
        sdk: &[sdk("OPENROUTER_BASE_URL", "/v1", "OPENROUTER_API_KEY", "@openrouter/sdk 1.3 (npm)")],
        aliases: &["open-router", "openrouter-ai"],
    },
    Provider {
        slug: "aws-bedrock",
        name: "Amazon Bedrock",
        replaces: "https://bedrock-runtime.{region}.amazonaws.com/",
        auth_header: "authorization",
        bases: &[
            base("bedrock-mantle/{region}/anthropic", Anthropic, Documented),
            base("bedrock-runtime/{region}", Native, Documented),
        ],
        sdk: &[],
        aliases: &["bedrock", "amazon-bedrock", "aws", "bedrock-mantle", "bedrock-runtime"],
    },
    Provider {
        slug: "google-vertex-ai",
        name: "Google Vertex AI",
        replaces: "https://{region}-aiplatform.googleapis.com/",
        auth_header: "authorization",
        bases: &[base("v1", Native, Documented)],
        sdk: &[],
        aliases: &["vertex", "vertex-ai", "google-vertex", "vertexai"],
    },
    Provider {
        slug: "google-ai-studio",
        name: "Google AI Studio",
        replaces: "https://generativelanguage.googleapis.com/",
        auth_header: "x-goog-api-key",
        bases: NATIVE,
        sdk: &[SdkVariable {
            unless: &["GOOGLE_GENAI_USE_VERTEXAI", "GOOGLE_GENAI_USE_ENTERPRISE"],
            ..sdk(
                "GOOGLE_GEMINI_BASE_URL",
                "",
                "GEMINI_API_KEY",
                "google-genai (Python), @google/genai (npm)",
            )
        }],
        aliases: &["google", "gemini", "google-ai", "ai-studio", "google-gemini"],
    },
    Provider {
        slug: "azure-openai",
        name: "Azure OpenAI",
        replaces: "https://{resource}.openai.azure.com/openai/deployments/{deployment}/",
        auth_header: "api-key",
        bases: &[base("{resource}/{deployment}", OpenAi, Documented)],
        sdk: &[],
        aliases: &["azure", "azureopenai", "azure-open-ai"],
    },
    Provider {
        slug: "workers-ai",
        name: "Workers AI",
        replaces: "",
        auth_header: "authorization",
        bases: &[base("v1", OpenAi, Library), base("", Native, Library)],
        sdk: &[],
        aliases: &["workersai", "cloudflare", "workers", "cf-workers-ai"],
    },
    Provider {
        slug: "grok",
        name: "xAI",
        replaces: "https://api.x.ai/",
        auth_header: "authorization",
        bases: &[base("", Anthropic, Documented), base("v1", OpenAi, Documented)],
        sdk: &[],
        aliases: &["xai", "x-ai", "x.ai"],
    },
    Provider {
        slug: "deepseek",
        name: "DeepSeek",
        replaces: "https://api.deepseek.com/",
        auth_header: "authorization",
        bases: &[base("", OpenAi, Documented), base("anthropic", Anthropic, Unverified)],
        sdk: &[],
        aliases: &["deep-seek"],
    },
    Provider {
        slug: "mistral",
        name: "Mistral AI",
        replaces: "https://api.mistral.ai/",
        auth_header: "authorization",
        bases: &[base("", Native, Documented), base("v1", OpenAi, Documented)],
        sdk: &[],
        aliases: &["mistral-ai", "mistralai"],
    },
    Provider {
        slug: "groq",
        name: "Groq",
        replaces: "https://api.groq.com/openai/v1/",
        auth_header: "authorization",
        bases: OPENAI_STYLE,
        sdk: &[],
        aliases: &["groqcloud"],
    },
    Provider {
        slug: "cohere",
        name: "Cohere",
        replaces: "https://api.cohere.com/",
        auth_header: "authorization",
        bases: &[base("", Native, Documented), base("v1", Native, Documented)],
        sdk: &[sdk("CO_API_URL", "", "CO_API_KEY", "cohere (Python)")],
        aliases: &[],
    },
    Provider {
        slug: "perplexity-ai",
        name: "Perplexity",
        replaces: "https://api.perplexity.ai/",
        auth_header: "authorization",
        bases: OPENAI_STYLE,
        sdk: &[sdk(
            "PERPLEXITY_BASE_URL",
            "",
            "PERPLEXITY_API_KEY",
            "perplexityai (Python), @perplexity-ai/perplexity_ai (npm)",
        )],
        aliases: &["perplexity", "pplx"],
    },
    Provider {
        slug: "cerebras",
        name: "Cerebras",
        replaces: "https://api.cerebras.ai/",
        auth_header: "authorization",
        bases: OPENAI_STYLE,
        sdk: &[sdk(
            "CEREBRAS_BASE_URL",
            "",
            "CEREBRAS_API_KEY",
            "cerebras-cloud-sdk (Python), @cerebras/cerebras_cloud_sdk (npm)",
        )],
        aliases: &[],
    },
    Provider {
        slug: "huggingface",
        name: "Hugging Face",
        replaces: "https://api-inference.huggingface.co/models/",
        auth_header: "authorization",
        bases: NATIVE,
        sdk: &[],
        aliases: &["hugging-face", "hf"],
    },
    Provider {
        slug: "replicate",
        name: "Replicate",
        replaces: "https://api.replicate.com/v1/",
        auth_header: "authorization",
        bases: NATIVE,
        sdk: &[],
        aliases: &[],
    },
    Provider {
        slug: "elevenlabs",
        name: "ElevenLabs",
        replaces: "https://api.elevenlabs.io/",
        auth_header: "xi-api-key",
        bases: NATIVE,
        sdk: &[],
        aliases: &["eleven-labs"],
    },
    Provider {
        slug: "cartesia",
        name: "Cartesia",
        replaces: "",
        auth_header: "",
        bases: NATIVE,
        sdk: &[],
        aliases: &[],
    },
    Provider {
        slug: "deepgram",
        name: "Deepgram",
        replaces: "",
        auth_header: "",
        bases: NATIVE,
        sdk: &[],
        aliases: &[],
    },
    Provider {
        slug: "fal",
        name: "Fal AI",
        replaces: "",
        auth_header: "",
        bases: NATIVE,
        sdk: &[],
        aliases: &["fal-ai"],
    },
    Provider {
        slug: "ideogram",
        name: "Ideogram",
        replaces: "",
        auth_header: "",
        bases: NATIVE,
        sdk: &[],
        aliases: &[],
    },
    Provider {
        slug: "baseten",
        name: "Baseten",
        replaces: "",
        auth_header: "",
        bases: NATIVE,
        sdk: &[],
        aliases: &[],
    },
    Provider {
        slug: "parallel",
        name: "Parallel",
        replaces: "",
        auth_header: "x-api-key",
        bases: NATIVE,
        sdk: &[sdk("PARALLEL_BASE_URL", "", "PARALLEL_API_KEY", "parallel-web (Python, npm)")],
        aliases: &[],
    },
    Provider {
        slug: "fireworks",
        name: "Fireworks",
        replaces: "https://api.fireworks.ai/inference/v1/",
        auth_header: "authorization",
        bases: &[base("", OpenAi, Library)],
        sdk: &[],
        aliases: &["fireworks-ai"],
    },
    Provider {
        slug: "adobe-firefly",
        name: "Adobe Firefly",
        replaces: "",
        auth_header: "",
        bases: NATIVE_LIBRARY,
        sdk: &[],
        aliases: &["firefly"],
    },
    Provider {
        slug: "compat",
        name: "OpenAI-compatible endpoint",
        replaces: "",
        auth_header: "authorization",
        bases: &[base("", OpenAi, Documented)],
        sdk: &[],
        aliases: &[],
    },
];

/// Names that belong to a custom provider: what to call it, and where its upstream speaks Anthropic.
pub const CUSTOM_HINTS: &[(&str, &str, &str)] = &[
    ("zai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("z-ai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("z.ai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("zhipu", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("zhipuai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("glm", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("bigmodel", "https://open.bigmodel.cn", "custom-bigmodel/api/anthropic"),
];

/// The provider part of a gateway URL: a row of the table, or an account's own custom provider.
#[derive(Clone, PartialEq, Eq)]
pub enum ProviderRef {
    /// A row of [`PROVIDERS`].
    Known(&'static Provider),
    /// `custom-{slug}`: the slug, without the prefix.
    Custom(String),
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.slug == other.slug
    }
}

impl Eq for Provider {}

/// What is wrong with a provider's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderError {
    /// Another name for, or a near miss of, this slug.
    DidYouMean(&'static str),
    /// A service that is reached as a custom provider: its base URL, and the path to use.
    Custom(&'static str, &'static str),
    /// Nothing like it is known.
    Unknown,
}

impl ProviderRef {
    /// Takes a slug as it stands in a gateway URL.
    pub fn parse(text: &str) -> Result<Self, ProviderError> {
        if let Some(known) = find(text) {
            return Ok(Self::Known(known));
        }
        if let Some(slug) = text.strip_prefix("custom-")
            && is_custom_slug(slug)
        {
            return Ok(Self::Custom(slug.to_owned()));
        }
        Err(nearest(text))
    }

    /// The path segment.
    pub fn slug(&self) -> String {
        match self {
            Self::Known(provider) => provider.slug.to_owned(),
            Self::Custom(slug) => format!("custom-{slug}"),
        }
    }

    /// The table row, unless it is a custom provider.
    pub fn known(&self) -> Option<&'static Provider> {
        match self {
            Self::Known(provider) => Some(provider),
            Self::Custom(_) => None,
        }
    }

    /// What this tail speaks behind this provider; `None` when it is no base URL of it.
    /// A custom provider's tail is its upstream's business: any is taken as Anthropic-speaking.
    pub fn base(&self, tail: &str) -> Option<Base> {
        match self {
            Self::Known(provider) => provider.bases.iter().copied().find(|b| matches_template(b.tail, tail)),
            Self::Custom(_) => (!ends_in_version(tail)).then(|| base("", Anthropic, Unverified)),
        }
    }
}

impl fmt::Debug for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.slug())
    }
}

/// The row with exactly this slug.
pub fn find(slug: &str) -> Option<&'static Provider> {
    PROVIDERS.iter().find(|p| p.slug == slug)
}

/// The Anthropic-speaking base of a provider, as a tail with its `{…}` still open.
pub fn anthropic_tail(provider: &Provider) -> Option<&'static str> {
    provider.bases.iter().find(|b| b.protocol == Anthropic).map(|b| b.tail)
}

fn is_custom_slug(slug: &str) -> bool {
    !slug.is_empty()
        && slug.len() <= 64
        && slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn ends_in_version(tail: &str) -> bool {
    tail == "v1" || tail.ends_with("/v1")
}

fn matches_template(template: &str, tail: &str) -> bool {
    let (mut wanted, mut given) = (template.split('/'), tail.split('/'));
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return true,
            (Some(w), Some(g)) if w == g || (w.starts_with('{') && !g.is_empty()) => {}
            _ => return false,
        }
    }
}

fn nearest(text: &str) -> ProviderError {
    let lower = text.to_ascii_lowercase();
    let bare = lower.strip_prefix("custom-").unwrap_or(&lower);
    if let Some((_, upstream, path)) = CUSTOM_HINTS.iter().find(|(alias, ..)| *alias == bare) {
        return ProviderError::Custom(upstream, path);
    }
    let exact = PROVIDERS.iter().find(|p| p.slug == lower || p.aliases.contains(&lower.as_str()));
    let near = || {
        PROVIDERS
            .iter()
            .flat_map(|p| std::iter::once(p.slug).chain(p.aliases.iter().copied()).map(move |name| (p, name)))
            .map(|(p, name)| (distance(&lower, name), name.len(), p))
            .filter(|(d, len, _)| *d <= (len / 3).clamp(1, 2))
            .min_by_key(|(d, ..)| *d)
            .map(|(.., p)| p)
    };
    exact.or_else(near).map_or(ProviderError::Unknown, |p| ProviderError::DidYouMean(p.slug))
}

/// Edits (insert, delete, replace, swap of neighbours) between two short ASCII names.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=b.len()).collect();
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_and_aliases_are_unique() {
        let mut names: Vec<_> =
            PROVIDERS.iter().flat_map(|p| std::iter::once(p.slug).chain(p.aliases.iter().copied())).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn a_wrong_name_leads_to_the_right_one() {
        let cases = [
            ("xai", ProviderError::DidYouMean("grok")),
            ("perplexity", ProviderError::DidYouMean("perplexity-ai")),
            ("antropic", ProviderError::DidYouMean("anthropic")),
            ("Anthropic", ProviderError::DidYouMean("anthropic")),
            ("opneai", ProviderError::DidYouMean("openai")),
            ("zai", ProviderError::Custom("https://api.z.ai", "custom-zai/api/anthropic")),
            ("zhipu", ProviderError::Custom("https://api.z.ai", "custom-zai/api/anthropic")),
            ("nothing-like-it", ProviderError::Unknown),
        ];
        for (given, expected) in cases {
            assert_eq!(ProviderRef::parse(given), Err(expected), "{given}");
        }
    }

    #[test]
    fn a_base_is_recognised_by_its_tail() {
        let bedrock = ProviderRef::parse("aws-bedrock").unwrap();
        assert_eq!(bedrock.base("bedrock-mantle/us-east-1/anthropic").unwrap().protocol, Protocol::Anthropic);
        assert_eq!(bedrock.base("bedrock-runtime/eu-west-1").unwrap().protocol, Protocol::Native);
        assert!(bedrock.base("bedrock-runtime").is_none());
        assert!(ProviderRef::parse("anthropic").unwrap().base("v1").is_none());
        assert!(ProviderRef::parse("custom-zai").unwrap().base("api/anthropic").is_some());
        assert!(ProviderRef::parse("custom-zai").unwrap().base("v1").is_none());
    }
}
