//! The few things that a running session's settings files tell, read only.
//!
//! Settings are strict JSON: the client ignores a file that is not, and so does this.

use crate::base::home;
use crate::facts::claude_code::client::PROVIDER_SWITCHES;
use crate::facts::claude_code::precedence::is_on;
use crate::facts::claude_code::settings_schema::wrong_type;
use crate::services::managed;
use crate::services::trust::Trust;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Where Claude Code keeps its own files: `$CLAUDE_CONFIG_DIR`, else `~/.claude`.
pub fn config_dir(var: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let named = var("CLAUDE_CONFIG_DIR").filter(|d| !d.is_empty()).map(PathBuf::from);
    named.or_else(|| home::folder(var).map(|home| home.join(".claude")))
}

/// The settings files that a session reads, weakest first: user, project, local; and the managed ones.
#[derive(Debug, Clone, Default)]
pub struct UserSettings {
    user: Option<Value>,
    of_project: Vec<Value>,
    of_managed: Vec<Value>,
    hooks_off: Option<(&'static str, PathBuf)>,
    managed: Option<PathBuf>,
    untrusted: Vec<Untrusted>,
}

/// A value with which the files of a folder that the client does not trust would decide where
/// requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Untrusted {
    name: &'static str,
    value: String,
}

/// Variables that decide where this helper sends a credential.
const DECIDES_WHERE: [&str; 7] = [
    "ANTHROPIC_BASE_URL",
    "CLOUDFLARE_ACCOUNT_ID",
    "CLAUDE_PLUGIN_OPTION_ACCOUNT_ID",
    "CF_AIG_GATEWAY_ID",
    "CLAUDE_PLUGIN_OPTION_GATEWAY_ID",
    "CF_AIG_GATEWAY_ORIGIN",
    "CF_AIG_API_ORIGIN",
];

/// Variables that decide which proxy carries a request and which certificates count on the way, for
/// Claude Code and for this helper. A proxy together with a certificate of its own reads everything.
pub const DECIDES_THE_WAY: [&str; 15] = [
    "HTTPS_PROXY",
    "https_proxy",
    "HTTP_PROXY",
    "http_proxy",
    "ALL_PROXY",
    "all_proxy",
    "CLAUDE_CODE_HTTPS_PROXY",
    "CLAUDE_CODE_HTTP_PROXY",
    "CLAUDE_CODE_PROXY_URL",
    "ANTHROPIC_UNIX_SOCKET",
    "NODE_EXTRA_CA_CERTS",
    "NODE_TLS_REJECT_UNAUTHORIZED",
    "CLAUDE_CODE_CERT_STORE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

impl UserSettings {
    /// Reads those that are there and that the client would take. `trust` is the client's own record
    /// of the folders that it trusts; it is asked for only where a project's file would decide
    /// where a credential goes.
    pub fn read(config_dir: Option<&Path>, project: Option<&Path>, trust: impl FnOnce() -> Trust) -> Self {
        let mut hooks_off = None;
        let mut take = |path: PathBuf, managed: bool| {
            let file = load(&path, managed)?;
            let on = |key: &&&str| file.get(**key) == Some(&Value::Bool(true));
            if let (None, Some(key)) = (&hooks_off, NO_MODS.iter().find(on)) {
                hooks_off = Some((*key, path));
            }
            Some(file)
        };
        let user = config_dir.and_then(|dir| take(dir.join("settings.json"), false));
        let names = ["settings.json", "settings.local.json"];
        let of_project: Vec<Value> =
            names.iter().filter_map(|name| take(project?.join(".claude").join(name), false)).collect();
        let mut untrusted: Vec<Untrusted> = of_project.iter().flat_map(decisions).collect();
        if !untrusted.is_empty() && project.is_some_and(|project| trust().covers(project)) {
            untrusted.clear();
        }
        let (mut managed, mut of_managed) = (None, Vec::new());
        for path in managed::files(managed::dir()) {
            of_managed.extend(take(path.clone(), true));
            managed = managed.or_else(|| managed::says_something(&path).then_some(path));
        }
        Self { user, of_project, of_managed, hooks_off, managed, untrusted }
    }

    /// The one file that `--settings` of the client's command line names; `text` may be the JSON itself.
    pub fn of_command_line(text: &str) -> Self {
        let bytes =
            if text.trim_start().starts_with('{') { Some(text.into()) } else { std::fs::read(text).ok() };
        let file = bytes.and_then(|bytes| parse(&bytes, false));
        Self { of_project: file.into_iter().collect(), ..Self::default() }
    }

    /// True when a process has this value from the files of a folder that the client does not trust:
    /// `claude -p` hands such values on without asking.
    pub fn is_untrusted(&self, name: &str, value: &str) -> bool {
        self.untrusted.iter().any(|found| found.name == name && found.value == value)
    }

    /// The same settings where the gateway that the project's files name is the user's own choice. A proxy
    /// is none.
    #[must_use]
    pub fn trusted(mut self) -> Self {
        self.untrusted.retain(|found| DECIDES_THE_WAY.contains(&found.name));
        self
    }

    /// The setting that keeps mods from loading, and the file that has it.
    pub fn hooks_off(&self) -> Option<(&'static str, PathBuf)> {
        self.hooks_off.clone()
    }

    /// The managed settings file that says anything: with one, the client lets no mod set its environment.
    pub fn managed_says_something(&self) -> Option<PathBuf> {
        self.managed.clone()
    }

    fn files(&self) -> impl DoubleEndedIterator<Item = &Value> {
        self.user.iter().chain(&self.of_project)
    }

    /// True when a script of the user's hands out the credential.
    pub fn has_api_key_helper(&self) -> bool {
        self.files().any(|file| file.get("apiKeyHelper").is_some_and(Value::is_string))
    }

    /// `ANTHROPIC_BASE_URL` of the strongest file that sets it. The client applies it over the shell's.
    pub fn base_url(&self) -> Option<&str> {
        self.files().chain(&self.of_managed).filter_map(|file| file.get(BASE_URL)?.as_str()).next_back()
    }

    /// The variable with which a file has the client speak to another provider.
    pub fn provider_switch(&self) -> Option<&'static str> {
        let files = || self.files().chain(&self.of_managed);
        let set = |name: &str| files().filter_map(|file| Some(text(file.get("env")?.get(name)?))).next_back();
        PROVIDER_SWITCHES.iter().copied().find(|name| set(name).is_some_and(|value| is_on(&value)))
    }

    /// The variable with which the files of a folder that the client does not trust decide the way of
    /// its requests.
    pub fn untrusted_way(&self) -> Option<&'static str> {
        let mut names = self.untrusted.iter().filter(|found| !found.value.is_empty()).map(|found| found.name);
        names.find(|name| DECIDES_THE_WAY.contains(name))
    }

    /// A value that the user configured for this plugin, whichever marketplace it came from. Only
    /// values that are not sensitive are kept there. A project's files do not count, as with the
    /// client itself: a repository must not name the gateway that sees a user's requests.
    pub fn plugin_option(&self, key: &str) -> Option<String> {
        let of_plugin = |file: &Value| -> Option<String> {
            let configs = file.get("pluginConfigs")?.as_object()?;
            let ours = configs.iter().filter(|(id, _)| id.starts_with("cloudflare@"));
            ours.filter_map(|(_, config)| Some(config.get("options")?.get(key)?.as_str()?.to_owned())).next()
        };
        self.user.as_ref().and_then(of_plugin)
    }

    /// Enabled plugins of this name, as `name@marketplace`, in the order in which the client loads them.
    pub fn enabled_plugins(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for file in self.files() {
            for (id, on) in file.get("enabledPlugins").and_then(Value::as_object).into_iter().flatten() {
                if id.split('@').next() == Some(name) {
                    found.retain(|known| known != id);
                    if on.as_bool() == Some(true) {
                        found.push(id.clone());
                    }
                }
            }
        }
        found
    }
}

/// What a project's file says about [`DECIDES_WHERE`].
fn decisions(file: &Value) -> Vec<Untrusted> {
    let said = |name: &'static str| Some(Untrusted { name, value: text(file.get("env")?.get(name)?) });
    DECIDES_WHERE.into_iter().chain(DECIDES_THE_WAY).filter_map(said).collect()
}

/// A value of `env`; the client takes a number as its text.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The members that are asked for here. The rest, which may be megabytes, is checked and not kept.
const MEMBERS: [&str; 6] =
    ["env", "apiKeyHelper", "pluginConfigs", "enabledPlugins", "disableAllHooks", "allowManagedHooksOnly"];

/// The one variable of `env` that is kept; the others may be secrets.
const BASE_URL: &str = "ANTHROPIC_BASE_URL";

/// Settings that keep mods from loading.
pub const NO_MODS: [&str; 2] = ["disableAllHooks", "allowManagedHooksOnly"];

fn load(path: &Path, managed: bool) -> Option<Value> {
    parse(&std::fs::read(path).ok()?, managed)
}

fn parse(bytes: &[u8], managed: bool) -> Option<Value> {
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let members: HashMap<String, &RawValue> = serde_json::from_slice(text).ok()?;
    let void = |(name, raw): (&String, &&RawValue)| {
        let value = serde_json::from_str(raw.get()).ok();
        name != "env" && value.is_some_and(|value| wrong_type(name, &value).is_some())
    };
    if !managed && members.iter().any(void) {
        return None;
    }
    let member = |name: &&str| -> Option<(String, Value)> {
        let value: Value = serde_json::from_str(members.get(*name)?.get()).ok()?;
        Some(((*name).to_owned(), value))
    };
    let base_url = || -> Option<(String, Value)> {
        let mut env: HashMap<String, Value> = serde_json::from_str(members.get("env")?.get()).ok()?;
        // the client takes a number as its text
        let value = env.remove(BASE_URL).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
        Some((BASE_URL.to_owned(), value?.into()))
    };
    Some(MEMBERS.iter().filter_map(member).chain(base_url()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(files: &[&str]) -> UserSettings {
        let mut files: Vec<_> = files.iter().map(|t| serde_json::from_str(t).unwrap()).collect();
        UserSettings { user: Some(files.remove(0)), of_project: files, ..UserSettings::default() }
    }

    #[test]
    fn options_are_found_whatever_the_marketplace_is_called() {
        let s = settings(&[r#"{"pluginConfigs":{"cloudflare@any":{"options":{"gateway_id":"dev"}}}}"#, "{}"]);
        assert_eq!(s.plugin_option("gateway_id").as_deref(), Some("dev"));
        assert_eq!(s.plugin_option("account_id"), None);
        let s = settings(&["{}", r#"{"pluginConfigs":{"cloudflare@any":{"options":{"gateway_id":"dev"}}}}"#]);
        assert_eq!(s.plugin_option("gateway_id"), None, "not from a project's file");
    }

    #[test]
    fn plugins_of_the_same_name_are_listed_in_order() {
        let s = settings(&[
            r#"{"enabledPlugins":{"cloudflare@a":true,"x@a":true,"cloudflare@b":true}}"#,
            r#"{"enabledPlugins":{"cloudflare@a":false}}"#,
        ]);
        assert_eq!(s.enabled_plugins("cloudflare"), ["cloudflare@b"]);
    }
}
