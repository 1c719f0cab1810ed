//! The plugin's state in the client: loaded, not loaded, or prevented from routing.

use super::inputs::SessionInputs;
use super::not_routed::NotRouted;
use crate::facts::claude_code::client::{PLUGIN_NAME, is_on};
use crate::services::config::{Config, Routing};
use crate::services::env_file::switched_off;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use std::path::{Path, PathBuf};

/// The name of our own marketplace, in `.claude-plugin/marketplace.json`.
const OUR_MARKETPLACE: &str = "cloudflare-gateway";

/// What decides whether the client lets the plugin route it. Gathered once at startup.
#[derive(Debug, Clone, Default)]
pub struct Plugin {
    /// The mod itself runs the helper, so it is loaded: settings need not be checked.
    pub mod_asks: bool,
    /// `/cloudflare off` was used in this session.
    pub switched_off: bool,
    /// `--safe-mode` or `--bare`, which the client passes on in its environment.
    pub started_with: Option<&'static str>,
    /// This process belongs to a plugin that the client loaded, even if no settings file enables
    /// it.
    pub loaded: bool,
    /// The enabled plugin of the same name that the client loads instead of this one.
    pub other_first: Option<String>,
    /// A settings file enables this plugin.
    pub enabled: bool,
    /// The setting that prevents mods from loading, and its file.
    pub hooks_off: Option<(&'static str, PathBuf)>,
    /// The managed settings file that contains any setting.
    pub managed: Option<PathBuf>,
    /// `ANTHROPIC_BASE_URL` from settings files: on disk, and as the client has read them.
    pub file_urls: Vec<String>,
    /// The variable with which a settings file switches the client to another provider.
    pub file_switch: Option<&'static str>,
    /// The variable with which the files of an untrusted folder set a proxy or certificates.
    pub file_network: Option<&'static str>,
}

impl Plugin {
    /// Gathers it from the environment and from settings files that were already read.
    pub fn gather(env: &ProcessEnv, settings: &UserSettings, config_dir: Option<&Path>) -> Self {
        let filled = |name: &str| env.filled(name);
        let on = |name: &str| filled(name).is_some_and(|value| is_on(&value));
        let started_with = match () {
            () if on("CLAUDE_CODE_SAFE_MODE") => Some("--safe-mode"),
            () if on("CLAUDE_CODE_SIMPLE") => Some("--bare"),
            () => None,
        };
        let ids = settings.enabled_plugins(PLUGIN_NAME);
        let loaded =
            ["CLAUDE_PLUGIN_ROOT", "CLAUDE_PLUGIN_OPTION_ACCOUNT_ID"].iter().any(|n| env.var(n).is_some());
        let own = own_id(filled("CLAUDE_PLUGIN_DATA").as_deref(), config_dir, &ids);
        let other_first = own.as_ref().and_then(|own| {
            let at = ids.iter().position(|id| id == own);
            ids.first().filter(|_| at.is_none_or(|at| at > 0) && (at.is_some() || loaded)).cloned()
        });
        Self {
            mod_asks: false,
            switched_off: switched_off(env),
            started_with,
            loaded,
            other_first,
            enabled: own.is_some_and(|own| ids.contains(&own)),
            hooks_off: settings.hooks_off(),
            managed: settings.managed_says_something(),
            file_urls: settings.base_url().into_iter().collect(),
            file_switch: settings.provider_switch(),
            file_network: settings.untrusted_network(),
        }
    }

    /// Adds further files that a client will apply over its environment.
    pub fn will_read(&mut self, settings: &UserSettings) {
        self.file_urls.extend(settings.base_url());
        self.file_switch = self.file_switch.or(settings.provider_switch());
        self.file_network = self.file_network.or(settings.untrusted_network());
    }
}

/// The installed plugin of this name that contains this helper, as `name@marketplace`. None with `--plugin-dir`,
/// which takes precedence over installed plugins.
///
/// `data` is `$CLAUDE_PLUGIN_DATA`, which the client sets for a plugin's hooks:
/// `…/{name}-{marketplace}`, and `{name}-inline` with `--plugin-dir` (2.1.332). Its
/// `$CLAUDE_PLUGIN_ROOT` does not contain a marketplace if that is a local directory.
fn own_id(data: Option<&str>, config_dir: Option<&Path>, ids: &[String]) -> Option<String> {
    let folder = data.and_then(|dir| dir.trim_end_matches(['/', '\\']).rsplit(['/', '\\']).next());
    let ours = folder.and_then(|name| name.strip_prefix(PLUGIN_NAME)?.strip_prefix('-'));
    if ours == Some("inline") {
        return None;
    }
    let named = |id: &&String| {
        Some(id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '_', "-").as_str()) == folder
    };
    if let Some(id) = ids.iter().find(named) {
        return Some(id.clone());
    }
    let ours = |id: &&String| {
        id.strip_prefix(PLUGIN_NAME).and_then(|rest| rest.strip_prefix('@')) == Some(OUR_MARKETPLACE)
    };
    let carrying = |wanted| move |id: &&String| carries_helper(config_dir, id) == wanted;
    let found = ids.iter().find(ours).or_else(|| ids.iter().find(carrying(Some(true))));
    found.or_else(|| ids.iter().find(carrying(None))).cloned()
}

/// Whether the installed plugin of that id contains this helper; `None` if its files are not where
/// the client copies plugins (a marketplace in a local directory is used in place).
fn carries_helper(config_dir: Option<&Path>, id: &str) -> Option<bool> {
    let (name, marketplace) = id.split_once('@')?;
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\']);
    let dir = config_dir.filter(|_| plain(name) && plain(marketplace))?;
    let versions = std::fs::read_dir(dir.join("plugins/cache").join(marketplace).join(name)).ok()?;
    Some(versions.filter_map(Result::ok).any(|version| version.path().join("helper/cf-aig").is_file()))
}

/// Why the plugin does not route Claude Code itself, given a route. The first reason counts.
pub(super) fn hindrance(config: &Config, around: &SessionInputs, plugin: &Plugin) -> Option<NotRouted> {
    match config.routing.value {
        _ if plugin.switched_off => return Some(NotRouted::SwitchedOff),
        Routing::Session => {}
        other => return Some(NotRouted::ByRouting(other)),
    }
    if around.client.cloud {
        return Some(NotRouted::Cloud);
    }
    if plugin.mod_asks {
        return None;
    }
    let absent = !plugin.loaded && !plugin.enabled && plugin.other_first.is_none();
    if absent { Some(NotRouted::NotEnabled) } else { obstacle(around, plugin) }
}

/// What would prevent an installed plugin from routing under `routing = session`.
pub fn obstacle(around: &SessionInputs, plugin: &Plugin) -> Option<NotRouted> {
    let client = &around.client;
    let other = || plugin.other_first.clone().map(|other| NotRouted::OtherPluginFirst { other });
    let off = || plugin.hooks_off.clone().map(|(key, file)| NotRouted::HooksOff { key, file });
    plugin
        .started_with
        .map(NotRouted::StartedWith)
        .or_else(|| client.version.filter(|_| !client.may_load_mods()).map(NotRouted::OldClient))
        .or_else(other)
        .or_else(off)
        .or_else(|| plugin.managed.clone().map(NotRouted::Managed))
}
