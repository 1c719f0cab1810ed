//! The provider table. A new provider is one more row, with its source.

use super::row::Evidence::{self, Documented, Library, Unverified};
use super::row::Protocol::{self, Anthropic, Native, OpenAi};
use super::row::{Base, Provider, SdkVariable};

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

const OPENAI_STYLE: &[Base] = &[base("", OpenAi, Documented)];
const NATIVE: &[Base] = &[base("", Native, Documented)];
const NATIVE_LIBRARY: &[Base] = &[base("", Native, Library)];

/// What most rows have.
const PROVIDER: Provider = Provider {
    slug: "",
    name: "",
    replaces: "",
    auth_header: "authorization",
    bases: NATIVE,
    sdk: &[],
    aliases: &[],
};

/// Every provider that a gateway path can contain, in display order.
pub const PROVIDERS: &[Provider] = &[
    Provider {
        slug: "anthropic",
        name: "Anthropic",
        replaces: "https://api.anthropic.com/",
        auth_header: "x-api-key",
        bases: &[base("", Anthropic, Documented)],
        aliases: &["claude"],
        ..PROVIDER
    },
    Provider {
        slug: "openai",
        name: "OpenAI",
        replaces: "https://api.openai.com/v1/",
        bases: &[base("", OpenAi, Documented), base("v1", OpenAi, Library)],
        sdk: &[SdkVariable {
            unless: &["AZURE_OPENAI_API_KEY", "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_AD_TOKEN"],
            ..sdk("OPENAI_BASE_URL", "", "OPENAI_API_KEY", "openai (Python, npm, Go)")
        }],
        aliases: &["open-ai", "chatgpt", "gpt"],
        ..PROVIDER
    },
    Provider {
        slug: "openrouter",
        name: "OpenRouter",
        replaces: "https://openrouter.ai/api/",
        bases: &[base("", Anthropic, Unverified), base("v1", OpenAi, Documented)],
        sdk: &[sdk("OPENROUTER_BASE_URL", "/v1", "OPENROUTER_API_KEY", "@openrouter/sdk 1.3 (npm)")],
        aliases: &["open-router", "openrouter-ai"],
        ..PROVIDER
    },
    Provider {
        slug: "aws-bedrock",
        name: "Amazon Bedrock",
        replaces: "https://bedrock-runtime.{region}.amazonaws.com/",
        bases: &[
            base("bedrock-mantle/{region}/anthropic", Anthropic, Documented),
            base("bedrock-runtime/{region}", Native, Documented),
        ],
        aliases: &["bedrock", "amazon-bedrock", "aws", "bedrock-mantle", "bedrock-runtime"],
        ..PROVIDER
    },
    Provider {
        slug: "google-vertex-ai",
        name: "Google Vertex AI",
        replaces: "https://{region}-aiplatform.googleapis.com/",
        bases: &[base("v1", Native, Documented)],
        aliases: &["vertex", "vertex-ai", "google-vertex", "vertexai"],
        ..PROVIDER
    },
    Provider {
        slug: "google-ai-studio",
        name: "Google AI Studio",
        replaces: "https://generativelanguage.googleapis.com/",
        auth_header: "x-goog-api-key",
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
        ..PROVIDER
    },
    Provider {
        slug: "azure-openai",
        name: "Azure OpenAI",
        replaces: "https://{resource}.openai.azure.com/openai/deployments/{deployment}/",
        auth_header: "api-key",
        bases: &[base("{resource}/{deployment}", OpenAi, Documented)],
        aliases: &["azure", "azureopenai", "azure-open-ai"],
        ..PROVIDER
    },
    Provider {
        slug: "workers-ai",
        name: "Workers AI",
        bases: &[base("v1", OpenAi, Library), base("", Native, Library)],
        aliases: &["workersai", "cloudflare", "workers", "cf-workers-ai"],
        ..PROVIDER
    },
    Provider {
        slug: "grok",
        name: "xAI",
        replaces: "https://api.x.ai/",
        bases: &[base("", Anthropic, Documented), base("v1", OpenAi, Documented)],
        aliases: &["xai", "x-ai", "x.ai"],
        ..PROVIDER
    },
    Provider {
        slug: "deepseek",
        name: "DeepSeek",
        replaces: "https://api.deepseek.com/",
        bases: &[base("", OpenAi, Documented), base("anthropic", Anthropic, Unverified)],
        aliases: &["deep-seek"],
        ..PROVIDER
    },
    Provider {
        slug: "mistral",
        name: "Mistral AI",
        replaces: "https://api.mistral.ai/",
        bases: &[base("", Native, Documented), base("v1", OpenAi, Documented)],
        aliases: &["mistral-ai", "mistralai"],
        ..PROVIDER
    },
    Provider {
        slug: "groq",
        name: "Groq",
        replaces: "https://api.groq.com/openai/v1/",
        bases: OPENAI_STYLE,
        aliases: &["groqcloud"],
        ..PROVIDER
    },
    Provider {
        slug: "cohere",
        name: "Cohere",
        replaces: "https://api.cohere.com/",
        bases: &[base("", Native, Documented), base("v1", Native, Documented)],
        sdk: &[sdk("CO_API_URL", "", "CO_API_KEY", "cohere (Python)")],
        ..PROVIDER
    },
    Provider {
        slug: "perplexity-ai",
        name: "Perplexity",
        replaces: "https://api.perplexity.ai/",
        bases: OPENAI_STYLE,
        sdk: &[sdk(
            "PERPLEXITY_BASE_URL",
            "",
            "PERPLEXITY_API_KEY",
            "perplexityai (Python), @perplexity-ai/perplexity_ai (npm)",
        )],
        aliases: &["perplexity", "pplx"],
        ..PROVIDER
    },
    Provider {
        slug: "cerebras",
        name: "Cerebras",
        replaces: "https://api.cerebras.ai/",
        bases: OPENAI_STYLE,
        sdk: &[sdk(
            "CEREBRAS_BASE_URL",
            "",
            "CEREBRAS_API_KEY",
            "cerebras-cloud-sdk (Python), @cerebras/cerebras_cloud_sdk (npm)",
        )],
        ..PROVIDER
    },
    Provider {
        slug: "huggingface",
        name: "Hugging Face",
        replaces: "https://api-inference.huggingface.co/models/",
        aliases: &["hugging-face", "hf"],
        ..PROVIDER
    },
    Provider { slug: "replicate", name: "Replicate", replaces: "https://api.replicate.com/v1/", ..PROVIDER },
    Provider {
        slug: "elevenlabs",
        name: "ElevenLabs",
        replaces: "https://api.elevenlabs.io/",
        auth_header: "xi-api-key",
        aliases: &["eleven-labs"],
        ..PROVIDER
    },
    Provider { slug: "cartesia", name: "Cartesia", auth_header: "", ..PROVIDER },
    Provider { slug: "deepgram", name: "Deepgram", auth_header: "", ..PROVIDER },
    Provider { slug: "fal", name: "Fal AI", auth_header: "", aliases: &["fal-ai"], ..PROVIDER },
    Provider { slug: "ideogram", name: "Ideogram", auth_header: "", ..PROVIDER },
    Provider { slug: "baseten", name: "Baseten", auth_header: "", ..PROVIDER },
    Provider {
        slug: "parallel",
        name: "Parallel",
        auth_header: "x-api-key",
        sdk: &[sdk("PARALLEL_BASE_URL", "", "PARALLEL_API_KEY", "parallel-web (Python, npm)")],
        ..PROVIDER
    },
    Provider {
        slug: "fireworks",
        name: "Fireworks",
        replaces: "https://api.fireworks.ai/inference/v1/",
        bases: &[base("", OpenAi, Library)],
        aliases: &["fireworks-ai"],
        ..PROVIDER
    },
    Provider {
        slug: "adobe-firefly",
        name: "Adobe Firefly",
        auth_header: "",
        bases: NATIVE_LIBRARY,
        aliases: &["firefly"],
        ..PROVIDER
    },
    Provider { slug: "compat", name: "OpenAI-compatible endpoint", bases: OPENAI_STYLE, ..PROVIDER },
];
