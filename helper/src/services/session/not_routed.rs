//! Why a session is not routed. Each reason has one sentence and one fix, used everywhere.

use crate::base::error::{Error, Kind};
use crate::facts::claude_code::client::PLUGIN_NAME;
use crate::facts::claude_code::client::{MODS_SINCE, Version};
use crate::facts::gateway::auth::AuthMode;
use crate::services::config::Routing;
use std::fmt;
use std::path::PathBuf;

/// Why a session, or Claude Code itself, is not routed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotRouted {
    /// No gateway is configured.
    NotConfigured,
    /// `routing` is `off`.
    Off,
    /// A configured value is invalid; the sentence contains it.
    Problem(String),
    /// There is no provider credential and no choice of who pays.
    WhoPays,
    /// The mode pays with the gateway token, but there is none.
    NeedsGatewayToken(AuthMode),
    /// The client is switched to a provider that ignores `ANTHROPIC_BASE_URL`.
    OtherProvider(&'static str),
    /// `/cloudflare off` was used in this session.
    SwitchedOff,
    /// `routing` leaves Claude Code itself to another mechanism: `settings` or `tools`.
    ByRouting(Routing),
    /// A cloud session.
    Cloud,
    /// The client was started with this flag.
    StartedWith(&'static str),
    /// The client is older than mods.
    OldClient(Version),
    /// This setting prevents mods and hooks from loading.
    HooksOff {
        /// `disableAllHooks` or `allowManagedHooksOnly`.
        key: &'static str,
        /// The settings file.
        file: PathBuf,
    },
    /// No settings file enables the plugin.
    NotEnabled,
    /// Another enabled plugin of the same name comes first, and the client loads only that one.
    OtherPluginFirst {
        /// `name@marketplace` of the other plugin.
        other: String,
    },
    /// `apiKeyHelper` prints a key that would pay instead of this mode's payer.
    KeyHelper(AuthMode),
    /// The mode is `own-key`, and the only credential is a claude.ai login.
    LoginInstead,
    /// Managed settings exist: the client then lets no plugin set its environment.
    Managed(PathBuf),
    /// A settings file would send the client's requests elsewhere, with the gateway token.
    SettingsFile(Diversion),
}

/// How a settings file sends the client's requests elsewhere. Its headers, including the token, are
/// sent too (measured with 2.1.332, for five other providers).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Diversion {
    /// It sets `ANTHROPIC_BASE_URL` to this host.
    Host(String),
    /// It sets this variable, which switches the client to another provider.
    Provider(&'static str),
    /// It sets this proxy or these certificates, and the client does not trust its folder.
    Way(&'static str),
}

impl NotRouted {
    /// True if the plugin is installed and something other than the user's configuration stops it.
    pub(super) fn is_obstacle(&self) -> bool {
        matches!(
            self,
            Self::StartedWith(_)
                | Self::OldClient(_)
                | Self::HooksOff { .. }
                | Self::OtherPluginFirst { .. }
                | Self::Managed(_)
                | Self::SettingsFile(_)
                | Self::KeyHelper(_)
        )
    }

    /// True for a faulty route: not the user's choice, and not a value that is reported anyway.
    pub fn is_fault(&self) -> bool {
        matches!(
            self,
            Self::WhoPays | Self::NeedsGatewayToken(_) | Self::OtherProvider(_) | Self::LoginInstead
        )
    }

    /// The fix; `None` if the sentence contains it, or if the user chose this.
    pub fn fix(&self) -> Option<String> {
        self.words().1
    }

    /// The sentence and the fix.
    fn words(&self) -> (String, Option<String>) {
        const CONFIGURE: &str = "/plugin configure cloudflare";
        const CHOOSE: &str = "run /plugin configure cloudflare, or `cf-aig setup`";
        const SETUP: &str = "route with `cf-aig setup` (a settings file) or `cf-aig run -- claude`";
        let says = |says: &str| (says.to_owned(), None);
        let fixed = |says: &str, fix: &str| (says.to_owned(), Some(fix.to_owned()));
        match self {
            Self::NotConfigured => {
                fixed(&format!("no gateway is configured: {CONFIGURE}, account_id and gateway_id"), CHOOSE)
            }
            Self::Off => fixed("routing is off", "run /cloudflare on, or change the plugin option `routing`"),
            Self::Problem(text) => says(text),
            Self::WhoPays => fixed(
                &format!(
                    "no provider key is set, so choose who pays: {CONFIGURE}, auth = stored-key, unified-billing or subscription"
                ),
                CHOOSE,
            ),
            Self::NeedsGatewayToken(mode) => {
                fixed(&format!("auth {mode} needs a gateway token: {CONFIGURE}, gateway_token"), CHOOSE)
            }
            Self::OtherProvider(name) => fixed(
                &format!("{name} is set, so the client ignores ANTHROPIC_BASE_URL"),
                &format!("unset {name}: `cf-aig explain {name}` shows where it is set"),
            ),
            Self::SwitchedOff => {
                says("routing is switched off for this session; /cloudflare on turns it back on")
            }
            Self::ByRouting(Routing::Settings) => says("routing is settings: a settings file decides"),
            Self::ByRouting(routing) => says(&format!("routing is {routing}: only Bash programs are routed")),
            Self::Cloud => says("in a cloud session, the host decides where Claude's own requests go"),
            Self::StartedWith(flag) => fixed(
                &format!("Claude Code was started with {flag}, which loads no plugin"),
                &format!("start Claude Code without {flag}, or {SETUP}"),
            ),
            Self::OldClient(version) => fixed(
                &format!(
                    "Claude Code {version} is older than {MODS_SINCE}, the first version that lets a plugin route it"
                ),
                &format!("`claude update`, or {SETUP}"),
            ),
            Self::HooksOff { key, file } => fixed(
                &format!("{key} in {} prevents the plugin from loading", file.display()),
                &format!("remove {key} from {}, or {SETUP}", file.display()),
            ),
            Self::NotEnabled => says("no settings file enables the plugin"),
            Self::OtherPluginFirst { other } => fixed(
                &format!(
                    "another plugin named `{PLUGIN_NAME}` ({other}) is enabled first, and Claude Code loads only that one"
                ),
                &format!("`claude plugin disable {other}`, or {SETUP}"),
            ),
            Self::SettingsFile(Diversion::Host(host)) => fixed(
                &format!(
                    "a settings file sets ANTHROPIC_BASE_URL to {host}, and Claude Code would send the gateway token there"
                ),
                "remove ANTHROPIC_BASE_URL from that file (`cf-aig explain` shows it), or run `cf-aig setup`",
            ),
            Self::SettingsFile(Diversion::Provider(name)) => fixed(
                &format!(
                    "a settings file sets {name}, and Claude Code would send the gateway token to that provider"
                ),
                &format!("remove {name} from that file: `cf-aig explain {name}` shows it"),
            ),
            Self::SettingsFile(Diversion::Way(name)) => fixed(
                &format!(
                    "a settings file of this folder sets {name}, and Claude Code does not trust this folder"
                ),
                &format!(
                    "start Claude Code here and accept its trust dialog, or remove {name} from that file"
                ),
            ),
            Self::KeyHelper(mode) => fixed(
                &format!("auth is {mode}, but the key from apiKeyHelper would pay instead"),
                "remove apiKeyHelper (`cf-aig explain apiKeyHelper` shows the file), or set auth = own-key, with which its key pays",
            ),
            Self::LoginInstead => fixed(
                "auth is own-key, but there is no key, so Claude Code would send its login to the gateway",
                "set ANTHROPIC_API_KEY, or set auth = subscription to send the login to the gateway",
            ),
            Self::Managed(file) => fixed(
                &format!("managed settings ({}) prevent plugins from routing the client", file.display()),
                SETUP,
            ),
        }
    }
}

impl fmt::Display for NotRouted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words().0)
    }
}

impl From<NotRouted> for Error {
    /// With the exit code, and other ways to set the missing value.
    fn from(why: NotRouted) -> Self {
        let kind = match why {
            NotRouted::Problem(_) => Kind::Usage,
            NotRouted::WhoPays | NotRouted::NeedsGatewayToken(_) | NotRouted::LoginInstead => Kind::Auth,
            NotRouted::NotConfigured | NotRouted::Off => Kind::NotFound,
            _ => Kind::Conflict,
        };
        let hint = match why {
            NotRouted::NotConfigured => {
                "or set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID, or pass --account-id and --gateway-id"
            }
            NotRouted::WhoPays => "or pass --auth",
            NotRouted::NeedsGatewayToken(_) => "or set CF_AIG_TOKEN",
            NotRouted::SettingsFile(_) => &why.fix().unwrap_or_default(),
            _ => return Error::new(kind, why.to_string()),
        };
        Error::new(kind, why.to_string()).hinted(hint)
    }
}
