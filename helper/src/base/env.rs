//! The environment of this process: the only module that reads it, and the helper's variables,
//! declared once.
//!
//! `docs/environment.md` is generated from this table. A test fails if the source reads a variable
//! of ours that is missing here.

#![allow(clippy::disallowed_methods, reason = "the one module that reads the process environment")]

use std::ffi::OsString;
use std::path::PathBuf;

/// A variable of this process. Values that are not Unicode count as absent, because none of ours are.
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable of this process, in whatever encoding.
pub fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Every variable of this process whose name and value are Unicode.
pub fn vars() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The folder that this process runs in; `None` if it was removed or cannot be read.
pub fn current_dir() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// One environment variable.
#[derive(Debug, Clone, Copy)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it does, in one line.
    pub meaning: &'static str,
    /// The plugin option that it overrides, if there is one.
    pub option: Option<&'static str>,
    /// Its heading on the page.
    pub group: Group,
}

/// What a variable is for; the headings of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Which gateway, who pays, what is routed.
    Configuration,
    /// Where the helper sends requests, and whether it probes.
    Hosts,
    /// Set by Claude Code for its hooks and mods.
    ClaudeCode,
    /// Conventions that many programs follow.
    Conventions,
    /// For developers of this project.
    Development,
}

impl Group {
    /// Every group, in the order of the page.
    pub const ALL: [Self; 5] =
        [Self::Configuration, Self::Hosts, Self::ClaudeCode, Self::Conventions, Self::Development];

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Configuration => "Configuration",
            Self::Hosts => "Hosts and the probe",
            Self::ClaudeCode => "Set by Claude Code",
            Self::Conventions => "Common conventions",
            Self::Development => "Development",
        }
    }
}

const fn option(name: &'static str, option: &'static str, meaning: &'static str) -> Variable {
    Variable { name, meaning, option: Some(option), group: Group::Configuration }
}

const fn plain(group: Group, name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, meaning, option: None, group }
}

/// Every variable, in the order of the page.
pub const VARIABLES: &[Variable] = &[
    option(
        "CLOUDFLARE_ACCOUNT_ID",
        "account_id",
        "The Cloudflare account: 32 hex digits, or the whole gateway URL.",
    ),
    option("CF_AIG_GATEWAY_ID", "gateway_id", "The gateway's name. Default: `default`."),
    option("CF_AIG_TOKEN", "gateway_token", "The gateway token, with *AI Gateway Run*. Secret."),
    option("CLOUDFLARE_API_TOKEN", "api_token", "The token for Cloudflare's API. Secret."),
    option("CF_AIG_AUTH", "auth", "Who pays: `own-key`, `stored-key`, `unified-billing`, `subscription`."),
    option("CF_AIG_ROUTING", "routing", "What is routed: `session`, `settings`, `tools`, `off`."),
    option(
        "CF_AIG_ON_UNREACHABLE",
        "on_unreachable",
        "What to do if the gateway does not respond: `warn`, `direct`, `block`.",
    ),
    option("CF_AIG_PROVIDERS", "providers", "Other providers whose SDKs are routed in Bash programs."),
    option(
        "CF_AIG_METADATA",
        "metadata",
        "Labels in the gateway's log: `session`, `project`, `user`, `key=value`, or `none`.",
    ),
    plain(
        Group::Configuration,
        "CF_AIG_OFF",
        "If not empty, the hook's block in the session's environment file sets nothing. `/cloudflare off` sets it.",
    ),
    plain(
        Group::ClaudeCode,
        "CF_AIG_CLIENT_BASE_URL",
        "Set by the hook's block for Bash programs: Claude Code's own `ANTHROPIC_BASE_URL`.",
    ),
    plain(
        Group::Hosts,
        "CF_AIG_GATEWAY_ORIGIN",
        "The gateway's origin, for a custom domain: `https://host`. Plain `http://` on loopback only.",
    ),
    plain(Group::Hosts, "CF_AIG_API_ORIGIN", "The origin of Cloudflare's API. For tests."),
    plain(Group::Hosts, "CF_AIG_PROBE", "`off`: make no request at session start."),
    plain(
        Group::Hosts,
        "CLOUDFLARE_ZONE_ID",
        "Read by the programs that `cf-aig iac` writes, for a custom domain.",
    ),
    plain(
        Group::ClaudeCode,
        "CLAUDE_PLUGIN_OPTION_*",
        "The plugin's options, one variable each, for hooks and the mod.",
    ),
    plain(
        Group::ClaudeCode,
        "CLAUDE_PLUGIN_DATA",
        "The plugin's data folder: the helper, caches, the ledger.",
    ),
    plain(Group::ClaudeCode, "CLAUDE_ENV_FILE", "The file that sets the environment of Bash commands."),
    plain(Group::ClaudeCode, "CLAUDE_CODE_REMOTE", "`true` in a cloud session."),
    plain(
        Group::ClaudeCode,
        "CLAUDE_CODE_OFF_PERSONS_MACHINE",
        "If on, the session counts as a cloud session.",
    ),
    plain(Group::ClaudeCode, "CLAUDECODE", "Set in programs that a session starts."),
    plain(Group::ClaudeCode, "CLAUDE_PROJECT_DIR", "The session's project folder."),
    plain(Group::ClaudeCode, "CLAUDE_CODE_SESSION_ID", "The session's id, for the gateway's log."),
    plain(
        Group::ClaudeCode,
        "AI_AGENT, CLAUDE_CODE_ENTRYPOINT, CLAUDE_CODE_SESSION_ATTENDED",
        "Which client runs, and whether a person watches it.",
    ),
    plain(
        Group::ClaudeCode,
        "ANTHROPIC_BASE_URL, ANTHROPIC_CUSTOM_HEADERS, ANTHROPIC_MODEL, ANTHROPIC_PROFILE, ANTHROPIC_UNIX_SOCKET, CLAUDE_CODE_OAUTH_TOKEN, CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST, CLAUDE_CODE_HOST_AUTH_ENV_VAR",
        "Claude Code's own variables, read to say where a session goes. `cf-aig explain` shows all that decide.",
    ),
    plain(
        Group::ClaudeCode,
        "CLAUDE_CONFIG_DIR",
        "Where Claude Code keeps its settings. Default: `~/.claude`.",
    ),
    plain(
        Group::Conventions,
        "HTTPS_PROXY, NO_PROXY",
        "The proxy for outgoing requests, and the hosts that bypass it.",
    ),
    plain(
        Group::Conventions,
        "NODE_EXTRA_CA_CERTS",
        "A file with further certificate authorities, which Claude Code trusts too.",
    ),
    plain(Group::Conventions, "USER, USERNAME", "The user's name, for the label `user`."),
    plain(
        Group::Conventions,
        "SHELL, ZDOTDIR, APPDATA",
        "Where the startup files of shells and the settings of editors are, for `cf-aig explain`.",
    ),
    plain(Group::Conventions, "NO_COLOR", "If not empty: no colour."),
    plain(
        Group::Conventions,
        "CLICOLOR, CLICOLOR_FORCE",
        "`CLICOLOR=0`: no colour. `CLICOLOR_FORCE=1`: colour even if stdout is not a terminal.",
    ),
    plain(Group::Conventions, "COLUMNS", "The terminal width, if it differs from the real one."),
    plain(
        Group::Conventions,
        "XDG_STATE_HOME, XDG_CONFIG_HOME",
        "Where `cf-aig setup` keeps its ledger, and where git keeps its configuration.",
    ),
    plain(
        Group::Hosts,
        "CF_AIG_REGISTRY",
        "The npm registry that the launcher downloads the helper from. Default: https://registry.npmjs.org.",
    ),
    plain(
        Group::Development,
        "CF_AIG_COLUMNS",
        "Set by the mod for the helper: the width of text if stdout is not a terminal.",
    ),
    plain(
        Group::Development,
        "CF_AIG_SETTINGS_BASE_URL",
        "Set by the mod for the helper: the base URL that the client reads from settings files.",
    ),
    plain(
        Group::Development,
        "CF_AIG_SETTINGS_KEY_HELPER",
        "Set by the mod for the helper if the client reads an apiKeyHelper from settings files.",
    ),
    plain(Group::Development, "CF_AIG_BIN", "The helper's binary, for the launcher."),
    plain(
        Group::Development,
        "CF_AIG_UPDATE_DOCS",
        "`1`: tests write the generated pages instead of comparing them.",
    ),
    plain(
        Group::Development,
        "CF_AIG_CLIENT",
        "The Claude Code binary for the tests. Default: `claude` on PATH.",
    ),
    plain(
        Group::Development,
        "CF_AIG_TEST_BINARY",
        "The helper's binary for the tests. Default: the one that cargo built.",
    ),
    plain(Group::Development, "CF_AIG_CLIENT_OLD", "A second, older client for the tests."),
];
