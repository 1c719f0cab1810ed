//! The variables that decide where Claude Code's requests go and which credential they carry.
//!
//! Names read in the 2.1.330 binary; what each does was measured or is in Anthropic's pages
//! "environment variables" and "LLM gateway".

/// What a variable is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Where requests go.
    Address,
    /// Who is asking.
    Credential,
    /// Which provider the client speaks to.
    Switch,
    /// The way there.
    Network,
    /// What is asked for.
    Model,
}

/// How a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// As it is, without a user name and password that a URL may hold.
    Plain,
    /// Not at all.
    Secret,
    /// Header names only.
    Headers,
    /// That it is a command.
    Command,
}

/// A row of the table.
#[derive(Debug)]
pub struct Variable {
    /// As it is spelled in an environment; `apiKeyHelper` is a key of settings files instead.
    pub name: &'static str,
    /// What it is about.
    pub topic: Topic,
    /// How its value may be shown.
    pub shown: Shown,
}

/// The settings key that names a command which prints the credential.
pub const API_KEY_HELPER: &str = "apiKeyHelper";

const fn row(name: &'static str, topic: Topic, shown: Shown) -> Variable {
    Variable { name, topic, shown }
}

/// Every one of them, in the order in which they are explained.
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

/// The row of a name as a person types it: case does not matter where it decides nothing.
pub fn variable(name: &str) -> Option<&'static Variable> {
    let exact = VARIABLES.iter().find(|row| row.name == name);
    exact.or_else(|| VARIABLES.iter().find(|row| row.name.eq_ignore_ascii_case(name)))
}

/// True for the values that the client takes as on. Measured with `CLAUDE_CODE_USE_BEDROCK`: `1`,
/// ` 1 `, `yes`, `on`, `TRUE` are; `2`, `foo`, `0`, `no`, `false` are not.
pub fn is_on(value: &str) -> bool {
    let value = value.trim();
    ["1", "true", "yes", "on"].iter().any(|on| value.eq_ignore_ascii_case(on))
}
