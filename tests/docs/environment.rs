//! Every environment variable of the helper, declared once; `docs/environment.md` is generated from it.

use crate::generated::{NOTE, row};
use std::fmt::Write;

/// One environment variable.
#[derive(Debug, Clone, Copy)]
struct Variable {
    /// Its name.
    name: &'static str,
    /// What it does, in one line.
    meaning: &'static str,
    /// The plugin option that it overrides, if there is one.
    option: Option<&'static str>,
}

/// Variables for one purpose, with their heading on the page.
#[derive(Debug, Clone, Copy)]
struct Group {
    /// The heading.
    title: &'static str,
    /// The variables, in the order of the page.
    variables: &'static [Variable],
}

const fn option(name: &'static str, option: &'static str, meaning: &'static str) -> Variable {
    Variable { name, meaning, option: Some(option) }
}

const fn plain(name: &'static str, meaning: &'static str) -> Variable {
    Variable { name, meaning, option: None }
}

/// The name of every variable that is declared.
pub(crate) fn declared() -> Vec<&'static str> {
    GROUPS.iter().flat_map(|group| group.variables).flat_map(|variable| variable.name.split(", ")).collect()
}

/// Every variable, in the order of the page.
const GROUPS: [Group; 5] = [
    Group { title: "Configuration", variables: CONFIGURATION },
    Group { title: "Hosts and the probe", variables: HOSTS },
    Group { title: "Set by Claude Code", variables: CLAUDE_CODE },
    Group { title: "Common conventions", variables: CONVENTIONS },
    Group { title: "Development", variables: DEVELOPMENT },
];

const CONFIGURATION: &[Variable] = &[
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
        "CF_AIG_OFF",
        "If not empty, the hook's block in the session's environment file sets nothing. `/cloudflare off` sets it.",
    ),
];

const HOSTS: &[Variable] = &[
    plain(
        "CF_AIG_GATEWAY_ORIGIN",
        "The gateway's origin, for a custom domain: `https://host`. Plain `http://` on loopback only.",
    ),
    plain("CF_AIG_API_ORIGIN", "The origin of Cloudflare's API. For tests."),
    plain("CF_AIG_PROBE", "`off`: make no request at session start."),
    plain("CLOUDFLARE_ZONE_ID", "Read by the programs that `cf-aig iac` writes, for a custom domain."),
    plain(
        "CF_AIG_REGISTRY",
        "The npm registry that the launcher downloads the helper from. Default: https://registry.npmjs.org.",
    ),
];

const CLAUDE_CODE: &[Variable] = &[
    plain("CLAUDE_PLUGIN_OPTION_*", "The plugin's options, one variable each, for hooks and the mod."),
    plain("CLAUDE_PLUGIN_DATA", "The plugin's data folder: the helper and caches."),
    plain("CLAUDE_ENV_FILE", "The file that sets the environment of Bash commands."),
    plain("CLAUDE_CODE_REMOTE", "`true` in a cloud session."),
    plain("CLAUDE_CODE_OFF_PERSONS_MACHINE", "If on, the session counts as a cloud session."),
    plain("CLAUDECODE", "Set in programs that a session starts."),
    plain("CLAUDE_PROJECT_DIR", "The session's project folder."),
    plain("CLAUDE_CODE_SESSION_ID", "The session's id, for the gateway's log."),
    plain(
        "AI_AGENT, CLAUDE_CODE_ENTRYPOINT, CLAUDE_CODE_SESSION_ATTENDED",
        "Which client runs, and whether a person watches it.",
    ),
    plain(
        "ANTHROPIC_BASE_URL, ANTHROPIC_CUSTOM_HEADERS, ANTHROPIC_MODEL, ANTHROPIC_PROFILE, ANTHROPIC_UNIX_SOCKET, CLAUDE_CODE_OAUTH_TOKEN, CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST, CLAUDE_CODE_HOST_AUTH_ENV_VAR",
        "Claude Code's own variables, read to say where a session goes. `cf-aig explain` shows every variable that matters.",
    ),
    plain("CLAUDE_CONFIG_DIR", "Where Claude Code keeps its settings. Default: `~/.claude`."),
];

const CONVENTIONS: &[Variable] = &[
    plain("HTTPS_PROXY, NO_PROXY", "The proxy for outgoing requests, and the hosts that bypass it."),
    plain(
        "NODE_EXTRA_CA_CERTS",
        "A file with further certificate authorities, which Claude Code trusts too.",
    ),
    plain("USER, USERNAME", "The user's name, for the label `user`."),
    plain(
        "SHELL, ZDOTDIR, APPDATA",
        "Where the startup files of shells and the settings of editors are, for `cf-aig explain`.",
    ),
    plain("NO_COLOR", "If not empty: no colour."),
    plain("TERM", "`dumb`: no colour and no progress lines."),
    plain(
        "CLICOLOR, CLICOLOR_FORCE",
        "`CLICOLOR=0`: no colour. `CLICOLOR_FORCE=1`: colour even if stdout is not a terminal.",
    ),
    plain("COLUMNS", "Overrides the detected terminal width."),
    plain(
        "XDG_STATE_HOME, XDG_CONFIG_HOME",
        "Where `cf-aig setup` keeps its ledger, and where git keeps its configuration.",
    ),
    plain(
        "PATH",
        "Where `cf-aig setup` finds git. It runs git to see whether a file with a secret would be committed.",
    ),
];

const DEVELOPMENT: &[Variable] = &[
    plain(
        "CF_AIG_CLIENT_BASE_URL",
        "Set by the hook's block for Bash programs: Claude Code's own `ANTHROPIC_BASE_URL`.",
    ),
    plain("CF_AIG_COLUMNS", "Set by the mod for the helper: the width of text if stdout is not a terminal."),
    plain(
        "CF_AIG_SETTINGS_BASE_URL",
        "Set by the mod for the helper: the base URL that the client reads from settings files.",
    ),
    plain(
        "CF_AIG_SETTINGS_KEY_HELPER",
        "Set by the mod for the helper if the client reads an apiKeyHelper from settings files.",
    ),
    plain("CF_AIG_BIN", "The helper's binary, for the launcher. Its name begins with `cf-aig`."),
    plain("CF_AIG_UPDATE_DOCS", "`1`: tests write the generated pages instead of comparing them."),
    plain("CF_AIG_CLIENT", "The Claude Code binary for the tests. Default: `claude` on PATH."),
    plain("CF_AIG_TEST_BINARY", "The helper's binary for the tests. Default: the one that cargo built."),
    plain("CF_AIG_CLIENT_OLD", "A second, older client for the tests."),
];

/// The page, in Markdown.
pub(crate) fn page() -> String {
    let mut out = format!(
        "# Environment variables\n\n{NOTE}\n\nA flag wins over a variable, a variable over a plugin option, and \
         that over a gateway URL in `ANTHROPIC_BASE_URL`.\n"
    );
    for group in GROUPS {
        let _ = write!(
            out,
            "\n## {}\n\n| variable | meaning | plugin option |\n| --- | --- | --- |\n",
            group.title
        );
        for variable in group.variables {
            let option = variable.option.map(|name| format!("`{name}`")).unwrap_or_default();
            let names: Vec<_> = variable.name.split(", ").map(|name| format!("`{name}`")).collect();
            row(&mut out, &[&names.join(", "), variable.meaning, &option]);
        }
    }
    out
}
