//! The Claude Code client: its version, and what it allows plugins to do.

use std::fmt;

/// The first client that loads mods (Claude Code documentation, "Create a mod").
pub const MODS_SINCE: Version = Version(2, 1, 287);

/// This plugin's name. A plugin from another marketplace may have the same name.
pub const PLUGIN_NAME: &str = "cloudflare";

/// A client version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What a child process's environment reveals about the client that started it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Client {
    /// From `AI_AGENT=claude-code_2-1-330_…`.
    pub version: Option<Version>,
    /// A cloud session: the host decides where Claude's requests go.
    pub cloud: bool,
    /// The session is interactive, so a hook's output is shown; false in `claude -p` and the SDK.
    pub attended: bool,
    /// The session is headless: `claude -p` and the SDK set this.
    pub unattended: bool,
    /// A provider variable that makes the client ignore `ANTHROPIC_BASE_URL`.
    pub other_provider: Option<&'static str>,
}

/// Variables that switch the client to a provider with its own base URL variable.
pub const PROVIDER_SWITCHES: &[&str] = &[
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
    "CLAUDE_CODE_USE_MANTLE",
    "CLAUDE_CODE_USE_ANTHROPIC_AWS",
    "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD",
];

/// The variable with the base URL of the provider that a switch selects.
pub fn base_url_of(switch: &str) -> &'static str {
    match switch {
        "CLAUDE_CODE_USE_BEDROCK" => "ANTHROPIC_BEDROCK_BASE_URL",
        "CLAUDE_CODE_USE_VERTEX" => "ANTHROPIC_VERTEX_BASE_URL",
        "CLAUDE_CODE_USE_FOUNDRY" => "ANTHROPIC_FOUNDRY_BASE_URL",
        "CLAUDE_CODE_USE_MANTLE" => "ANTHROPIC_BEDROCK_MANTLE_BASE_URL",
        "CLAUDE_CODE_USE_ANTHROPIC_AWS" => "ANTHROPIC_AWS_BASE_URL",
        "CLAUDE_CODE_USE_ANTHROPIC_GOOGLE_CLOUD" => "ANTHROPIC_GOOGLE_CLOUD_BASE_URL",
        _ => "ANTHROPIC_BASE_URL",
    }
}

/// Disables the client's nonessential requests, including the one for startup data, the only one that sends
/// `ANTHROPIC_CUSTOM_HEADERS` to api.anthropic.com (2.1.287 to 2.1.332, read in the binary and measured). Any
/// non-empty text counts. It also disables automatic updates, telemetry, feature flags and claude.ai features.
pub const DISABLE_NONESSENTIAL_TRAFFIC: &str = "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC";

impl Client {
    /// Reads it from a process environment.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Self {
        let is_on = |name: &str| var(name).is_some_and(|value| is_on(&value));
        Self {
            version: var("AI_AGENT").and_then(|agent| version_of(&agent)),
            cloud: is_on("CLAUDE_CODE_REMOTE")
                || is_on("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST")
                || is_on("CLAUDE_CODE_OFF_PERSONS_MACHINE"),
            attended: var("CLAUDE_CODE_ENTRYPOINT").is_some_and(|v| v == "cli")
                && var("CLAUDE_CODE_SESSION_ATTENDED").is_none_or(|v| v != "0"),
            unattended: var("CLAUDE_CODE_ENTRYPOINT").is_some_and(|v| v.starts_with("sdk"))
                || var("CLAUDE_CODE_SESSION_ATTENDED").is_some_and(|v| v == "0"),
            other_provider: PROVIDER_SWITCHES.iter().copied().find(|name| is_on(name)),
        }
    }

    /// True for a client that is known to load mods.
    pub fn loads_mods(&self) -> bool {
        self.version.is_some_and(|version| version >= MODS_SINCE)
    }

    /// False for a client that is known to be too old for mods.
    pub fn may_load_mods(&self) -> bool {
        self.version.is_none_or(|version| version >= MODS_SINCE)
    }
}

/// True for values that the client treats as on. Measured with `CLAUDE_CODE_USE_BEDROCK`: `1`, ` 1 `,
/// `yes`, `on`, `TRUE` are; `2`, `foo`, `0`, `no`, `false` are not.
pub fn is_on(value: &str) -> bool {
    let value = value.trim();
    ["1", "true", "yes", "on"].iter().any(|on| value.eq_ignore_ascii_case(on))
}

/// `claude-code_2-1-330_harness` → 2.1.330.
fn version_of(agent: &str) -> Option<Version> {
    let rest = agent.strip_prefix("claude-code_")?;
    let mut numbers = rest.split('_').next()?.split('-').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some(Version(next()?, next()?, next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(vars: &[(&str, &str)]) -> Client {
        Client::from_env(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn a_client_older_than_mods_is_detected_by_its_agent_variable() {
        assert!(!client(&[("AI_AGENT", "claude-code_2-1-240_harness")]).may_load_mods());
        assert!(client(&[("AI_AGENT", "claude-code_2-1-287_agent")]).may_load_mods());
        assert!(client(&[("AI_AGENT", "claude-code_3-0-0")]).may_load_mods());
        assert!(client(&[("AI_AGENT", "other")]).may_load_mods(), "nothing known, nothing claimed");
    }

    #[test]
    fn a_cloud_session_and_another_provider_are_seen() {
        assert!(client(&[("CLAUDE_CODE_REMOTE", "true")]).cloud);
        assert!(client(&[("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "1")]).cloud);
        assert!(!client(&[("CLAUDE_CODE_REMOTE", "false")]).cloud);
        assert_eq!(
            client(&[("CLAUDE_CODE_USE_BEDROCK", "1")]).other_provider,
            Some("CLAUDE_CODE_USE_BEDROCK")
        );
    }
}
