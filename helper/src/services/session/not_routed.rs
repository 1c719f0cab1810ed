//! Why a session is not routed. Each reason has one sentence and one fix, used everywhere.

use super::PLUGIN_NAME;
use crate::base::error::{Error, Kind};
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

    /// The fix; `None` if the sentence contains it, or if the user chose this.
    pub fn fix(&self) -> Option<String> {
        let setup = "`cf-aig setup` (a settings file) or `cf-aig run -- claude`";
        Some(match self {
            Self::OtherProvider(name) => {
                format!("unset {name}: `cf-aig explain {name}` shows where it is set")
            }
            Self::Off => "/cloudflare on, or the plugin option `routing`".to_owned(),
            Self::OtherPluginFirst { other } => {
                format!("`claude plugin disable {other}`, or route with {setup}")
            }
            Self::HooksOff { key, file } => {
                format!("remove {key} from {}, or route with {setup}", file.display())
            }
            Self::Managed(_) => format!("route with {setup}"),
            Self::KeyHelper(_) => {
                "remove apiKeyHelper (`cf-aig explain apiKeyHelper` shows the file), or set auth = own-key, with which its key pays"
                    .to_owned()
            }
            Self::LoginInstead => {
                "set ANTHROPIC_API_KEY, or set auth = subscription to send the login to the gateway".to_owned()
            }
            Self::SettingsFile(Diversion::Host(_)) => {
                "remove ANTHROPIC_BASE_URL from that file (`cf-aig explain` shows it), or run `cf-aig setup`"
                    .to_owned()
            }
            Self::SettingsFile(Diversion::Provider(name)) => {
                format!("remove {name} from that file: `cf-aig explain {name}` shows it")
            }
            Self::SettingsFile(Diversion::Way(name)) => {
                format!("start Claude Code here and accept its trust dialog, or remove {name} from that file")
            }
            Self::StartedWith(flag) => format!("start Claude Code without {flag}, or route with {setup}"),
            Self::OldClient(_) => format!("`claude update`, or route with {setup}"),
            Self::NotConfigured | Self::WhoPays | Self::NeedsGatewayToken(_) => {
                "/plugin configure cloudflare, or `cf-aig setup`".to_owned()
            }
            Self::Problem(_) | Self::SwitchedOff | Self::ByRouting(_) | Self::Cloud | Self::NotEnabled => {
                return None;
            }
        })
    }
}

impl fmt::Display for NotRouted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let configure = "/plugin configure cloudflare";
        match self {
            Self::NotConfigured => {
                write!(f, "no gateway is configured: {configure}, account_id and gateway_id")
            }
            Self::Off => f.write_str("routing is off"),
            Self::Problem(text) => f.write_str(text),
            Self::WhoPays => write!(
                f,
                "no provider key is set, so choose who pays: {configure}, auth = stored-key, unified-billing or subscription"
            ),
            Self::NeedsGatewayToken(mode) => {
                write!(f, "auth {mode} needs a gateway token: {configure}, gateway_token")
            }
            Self::OtherProvider(name) => {
                write!(f, "{name} is set, so the client ignores ANTHROPIC_BASE_URL")
            }
            Self::SwitchedOff => {
                f.write_str("routing is switched off for this session; /cloudflare on turns it back on")
            }
            Self::ByRouting(Routing::Settings) => f.write_str("routing is settings: a settings file decides"),
            Self::ByRouting(routing) => write!(f, "routing is {routing}: only Bash programs are routed"),
            Self::Cloud => f.write_str("in a cloud session, the host decides where Claude's own requests go"),
            Self::StartedWith(flag) => {
                write!(f, "Claude Code was started with {flag}, which loads no plugin")
            }
            Self::OldClient(version) => {
                write!(
                    f,
                    "Claude Code {version} is older than {MODS_SINCE}, the first version that lets a plugin route it"
                )
            }
            Self::HooksOff { key, file } => {
                write!(f, "{key} in {} prevents the plugin from loading", file.display())
            }
            Self::NotEnabled => f.write_str("no settings file enables the plugin"),
            Self::OtherPluginFirst { other } => write!(
                f,
                "another plugin named `{PLUGIN_NAME}` ({other}) is enabled first, and Claude Code loads only that one"
            ),
            Self::SettingsFile(Diversion::Host(host)) => write!(
                f,
                "a settings file sets ANTHROPIC_BASE_URL to {host}, and Claude Code would send the gateway token there"
            ),
            Self::SettingsFile(Diversion::Provider(name)) => write!(
                f,
                "a settings file sets {name}, and Claude Code would send the gateway token to that provider"
            ),
            Self::SettingsFile(Diversion::Way(name)) => write!(
                f,
                "a settings file of this folder sets {name}, and Claude Code does not trust this folder"
            ),
            Self::KeyHelper(mode) => {
                write!(f, "auth is {mode}, but the key from apiKeyHelper would pay instead")
            }
            Self::LoginInstead => f.write_str(
                "auth is own-key, but there is no key, so Claude Code would send its login to the gateway",
            ),
            Self::Managed(file) => {
                write!(f, "managed settings ({}) prevent plugins from routing the client", file.display())
            }
        }
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
            NotRouted::NotConfigured => "or set CLOUDFLARE_ACCOUNT_ID and CF_AIG_GATEWAY_ID",
            NotRouted::WhoPays => "or pass --auth",
            NotRouted::NeedsGatewayToken(_) => "or set CF_AIG_TOKEN",
            NotRouted::SettingsFile(_) => &why.fix().unwrap_or_default(),
            _ => return Error::new(kind, why.to_string()),
        };
        Error::new(kind, why.to_string()).hinted(hint)
    }
}
