//! The provider table. A new provider is one more row, with its source.

use super::Evidence::{self, Documented, Library, Unverified};
use super::Protocol::{self, Anthropic, Native, OpenAi};
use super::{Base, Provider, SdkVariable};

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

/// Every provider that a gateway path can contain, in display order.
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

/// Names that need a custom provider: its suggested name, and where its upstream speaks Anthropic's format.
pub const CUSTOM_HINTS: &[(&str, &str, &str)] = &[
    ("zai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("z-ai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("z.ai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("zhipu", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("zhipuai", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("glm", "https://api.z.ai", "custom-zai/api/anthropic"),
    ("bigmodel", "https://open.bigmodel.cn", "custom-bigmodel/api/anthropic"),
];
