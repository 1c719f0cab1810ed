//! The variables that decide where Claude Code's requests go and which credential they carry.
//!
//! Names read in the 2.1.330 binary; their effects were measured or are documented on Anthropic's pages
//! "environment variables" and "LLM gateway".

/// The topic of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Where requests go.
    Address,
    /// Credentials.
    Credential,
    /// Which provider the client uses.
    Switch,
    /// The network path.
    Network,
    /// What is requested.
    Model,
}

/// How a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Unchanged, except for credentials in a URL.
    Plain,
    /// Not at all.
    Secret,
    /// Only header names.
    Headers,
    /// Only that it is a command.
    Command,
}

/// A row of the table.
#[derive(Debug)]
pub struct Variable {
    /// The name in an environment; `apiKeyHelper` is a key in settings files instead.
    pub name: &'static str,
    /// Its topic.
    pub topic: Topic,
    /// How its value may be shown.
    pub shown: Shown,
}

/// The settings key with a command that prints the credential.
pub const API_KEY_HELPER: &str = "apiKeyHelper";

const fn row(name: &'static str, topic: Topic, shown: Shown) -> Variable {
    Variable { name, topic, shown }
}

/// All variables, in the order in which they are explained.
pub const VARIABLES: &[Variable] = &[
    row("ANTHROPIC_BASE_URL", Topic::Address, Shown::Plain),
    row("ANTHROPIC_API_KEY", Topic::Credential, Shown::Secret),
    row("ANTHROPIC_AUTH_TOKEN", Topic::Credential, Shown::Secret),
    row(API_KEY_HELPER, Topic::Credential, Shown::Command),
    row("CLAUDE_CODE_OAUTH_TOKEN", Topic::Credential, Shown::Secret),
    row("ANTHROPIC_CUSTOM_HEADERS", Topic::Credential, Shown::Headers),
    row("ANTHROPIC_UNIX_SOCKET", Topic::Address, Shown::Plain),
    row("CLAUDE_CODE_USE_BEDROCK", Topic::Switch, Shown::Plain),
    row("ANTHROPIC_BEDROCK_BASE_URL", Topic::Address, Shown::Plain),
    row("CLAUDE_CODE_SKIP_BEDROCK_AUTH", Topic::Credential, Shown::Plain),
    row("AWS_BEARER_TOKEN_BEDROCK", Topic::Credential, Shown::Secret),
    row("CLAUDE_CODE_USE_MANTLE", Topic::Switch, Shown::Plain),
    row("ANTHROPIC_BEDROCK_MANTLE_BASE_URL", Topic::Address, Shown::Plain),
    row("CLAUDE_CODE_SKIP_MANTLE_AUTH", Topic::Credential, Shown::Plain),
    row("CLAUDE_CODE_USE_VERTEX", Topic::Switch, Shown::Plain),
    row("ANTHROPIC_VERTEX_BASE_URL", Topic::Address, Shown::Plain),
    row("ANTHROPIC_VERTEX_PROJECT_ID", Topic::Address, Shown::Plain),
    row("CLOUD_ML_REGION", Topic::Address, Shown::Plain),
    row("CLAUDE_CODE_SKIP_VERTEX_AUTH", Topic::Credential, Shown::Plain),
    row("CLAUDE_CODE_USE_FOUNDRY", Topic::Switch, Shown::Plain),
    row("ANTHROPIC_FOUNDRY_BASE_URL", Topic::Address, Shown::Plain),
    row("ANTHROPIC_FOUNDRY_RESOURCE", Topic::Address, Shown::Plain),
    row("ANTHROPIC_FOUNDRY_API_KEY", Topic::Credential, Shown::Secret),
    row("ANTHROPIC_FOUNDRY_AUTH_TOKEN", Topic::Credential, Shown::Secret),
    row("CLAUDE_CODE_SKIP_FOUNDRY_AUTH", Topic::Credential, Shown::Plain),
    row("CLAUDE_CODE_USE_ANTHROPIC_AWS", Topic::Switch, Shown::Plain),
    row("ANTHROPIC_AWS_BASE_URL", Topic::Address, Shown::Plain),
    row("ANTHROPIC_AWS_WORKSPACE_ID", Topic::Address, Shown::Plain),
    row("ANTHROPIC_AWS_API_KEY", Topic::Credential, Shown::Secret),
    row("CLAUDE_CODE_SKIP_ANTHROPIC_AWS_AUTH", Topic::Credential, Shown::Plain),
    row("CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD", Topic::Switch, Shown::Plain),
    row("ANTHROPIC_GOOGLE_CLOUD_BASE_URL", Topic::Address, Shown::Plain),
    row("ANTHROPIC_GOOGLE_CLOUD_PROJECT", Topic::Address, Shown::Plain),
    row("ANTHROPIC_GOOGLE_CLOUD_LOCATION", Topic::Address, Shown::Plain),
    row("ANTHROPIC_GOOGLE_CLOUD_WORKSPACE_ID", Topic::Address, Shown::Plain),
    row("CLAUDE_CODE_SKIP_ANTHROPIC_GOOGLE_CLOUD_AUTH", Topic::Credential, Shown::Plain),
    row("CLAUDE_CODE_USE_GATEWAY", Topic::Switch, Shown::Plain),
    row("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", Topic::Switch, Shown::Plain),
    row("HTTPS_PROXY", Topic::Network, Shown::Plain),
    row("https_proxy", Topic::Network, Shown::Plain),
    row("HTTP_PROXY", Topic::Network, Shown::Plain),
    row("http_proxy", Topic::Network, Shown::Plain),
    row("NO_PROXY", Topic::Network, Shown::Plain),
    row("no_proxy", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_HTTPS_PROXY", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_HTTP_PROXY", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_PROXY_URL", Topic::Network, Shown::Plain),
    row("NODE_EXTRA_CA_CERTS", Topic::Network, Shown::Plain),
    row("NODE_TLS_REJECT_UNAUTHORIZED", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_CERT_STORE", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_CLIENT_CERT", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_CLIENT_KEY", Topic::Network, Shown::Plain),
    row("CLAUDE_CODE_CLIENT_KEY_PASSPHRASE", Topic::Network, Shown::Secret),
    row("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", Topic::Network, Shown::Plain),
    row("ANTHROPIC_MODEL", Topic::Model, Shown::Plain),
    row("ANTHROPIC_SMALL_FAST_MODEL", Topic::Model, Shown::Plain),
    row("ANTHROPIC_DEFAULT_OPUS_MODEL", Topic::Model, Shown::Plain),
    row("ANTHROPIC_DEFAULT_SONNET_MODEL", Topic::Model, Shown::Plain),
    row("ANTHROPIC_DEFAULT_HAIKU_MODEL", Topic::Model, Shown::Plain),
    row("CLAUDE_CODE_SUBAGENT_MODEL", Topic::Model, Shown::Plain),
];

/// The row of a name as typed, ignoring case if that is unambiguous.
pub fn variable(name: &str) -> Option<&'static Variable> {
    let exact = VARIABLES.iter().find(|row| row.name == name);
    exact.or_else(|| VARIABLES.iter().find(|row| row.name.eq_ignore_ascii_case(name)))
}
