//! Decisions from the client's settings files, beyond the values that [`super::explain`] shows.

use crate::facts::claude_code::client::{PROVIDER_SWITCHES, is_on};
use crate::facts::claude_code::precedence::SourceKind;
use crate::services::client_files::{self, Folder, SettingsFile};
use crate::services::settings_files::{Document, EnvVariable, Key};
use crate::services::trust::Trust;
use crate::system::env::ProcessEnv;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The settings files that a client reads, weakest first.
#[derive(Debug, Clone, Default)]
pub struct UserSettings {
    files: Arc<[SettingsFile]>,
    of_folder: Vec<FolderValue>,
    /// `setup` goes on without showing the user what it found.
    unseen: bool,
}

/// A variable by which the folder's own files have a say in what this helper does.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FolderValue {
    name: String,
    value: String,
    /// Claude Code trusts the folder.
    trusted: bool,
}

/// True for a variable that configures this helper, or decides where it sends something. Labels for the
/// gateway's log do neither.
fn decides(name: &str) -> bool {
    let ours =
        ["CF_AIG_", "CLOUDFLARE_", "CLAUDE_PLUGIN_OPTION_"].iter().any(|start| name.starts_with(start));
    let label = matches!(name, "CF_AIG_METADATA" | "CLAUDE_PLUGIN_OPTION_METADATA");
    ours && !label || name == "ANTHROPIC_BASE_URL" || NETWORK_VARIABLES.contains(&name)
}

/// Variables that decide which proxy and which certificates Claude Code and this helper use. A
/// proxy together with its own certificate can read everything.
pub const NETWORK_VARIABLES: [&str; 15] = [
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
    /// Reads the existing files. `trust` is the client's own record of trusted folders; it is
    /// consulted only if a file that comes with the folder would decide where a credential goes.
    pub fn read(env: &ProcessEnv, project: Option<&Path>, trust: impl FnOnce() -> Trust) -> Self {
        let files = client_files::read(&Folder { env, project, given: None, managed: None });
        let documents = files.iter().filter(|file| file.of_folder).filter_map(SettingsFile::document);
        let variables = documents.flat_map(Document::env).filter(|variable| decides(&variable.name));
        let mut of_folder: Vec<_> = variables
            .map(|EnvVariable { name, value, .. }| FolderValue { name, value, trusted: false })
            .collect();
        if !of_folder.is_empty() && project.is_some_and(|project| trust().covers(project)) {
            of_folder.iter_mut().for_each(|found| found.trusted = true);
        }
        Self { files: files.into(), of_folder, unseen: false }
    }

    /// The same settings; what this process got from the files of another folder is checked too.
    #[must_use]
    pub fn beside(mut self, folder: &Self) -> Self {
        self.of_folder.extend_from_slice(&folder.of_folder);
        self
    }

    /// The file of `--settings` on the client's command line; `text` may be the JSON itself.
    pub fn of_command_line(text: &str) -> Self {
        Self { files: SettingsFile::given(text).into_iter().collect(), ..Self::default() }
    }

    /// True if a process got this value from the files of an untrusted folder: `claude -p` passes
    /// such values on without asking.
    pub fn is_untrusted(&self, name: &str, value: &str) -> bool {
        let mut found = self.of_folder.iter().filter(|found| found.name == name && found.value == value);
        let Some(first) = found.next() else { return false };
        let trusted = first.trusted || found.any(|found| found.trusted);
        !trusted || self.unseen && !NETWORK_VARIABLES.contains(&name)
    }

    /// The same settings for a `setup` that asks nothing: as nobody sees what the folder's files decide, the
    /// client's trust is not enough. This does not concern a proxy.
    #[must_use]
    pub fn unseen(mut self) -> Self {
        self.unseen = true;
        self
    }

    /// All of them, weakest first.
    pub fn files(&self) -> &[SettingsFile] {
        &self.files
    }

    /// Those that are in effect, weakest first.
    pub fn documents(&self) -> impl DoubleEndedIterator<Item = (&SettingsFile, &Document)> {
        self.files.iter().filter_map(|file| Some((file, file.document()?)))
    }

    /// The settings in this file, if they were read and are in effect.
    pub fn document(&self, path: &Path) -> Option<&Document> {
        self.files.iter().find(|file| file.path == path)?.document()
    }

    /// The setting that prevents mods from loading, and its file.
    pub fn hooks_off(&self) -> Option<(&'static str, PathBuf)> {
        self.files.iter().find_map(|file| Some((no_mods(file)?, file.path.clone())))
    }

    /// The managed settings file that contains any setting: if there is one, the client lets no mod
    /// set its environment.
    pub fn managed_says_something(&self) -> Option<PathBuf> {
        let managed = self.files.iter().filter(|file| file.kind == SourceKind::Managed);
        managed.filter(|file| says_something(file)).map(|file| file.path.clone()).next()
    }

    /// True if a script of the user supplies the credential.
    pub fn has_api_key_helper(&self) -> bool {
        let helper = |file: &SettingsFile| match file.document()?.get(&Key::top("apiKeyHelper"))? {
            Value::String(command) => Some(command),
            _ => None,
        };
        self.files.iter().filter_map(helper).next_back().is_some_and(|command| !command.trim().is_empty())
    }

    /// A variable from the strongest file that sets it, and that file. A number counts as its text.
    pub fn variable(&self, name: &str) -> Option<(String, &SettingsFile)> {
        let counts = |file: &&SettingsFile| !never_from(name, file.kind);
        let said = |file: &'_ SettingsFile| file.document()?.variable(name);
        self.files.iter().rev().filter(counts).find_map(|file| Some((said(file)?, file)))
    }

    /// `ANTHROPIC_BASE_URL` from the strongest file that sets it. The client applies it over the
    /// shell's.
    pub fn base_url(&self) -> Option<String> {
        self.variable("ANTHROPIC_BASE_URL").map(|(url, _)| url)
    }

    /// The variable with which a file switches the client to another provider.
    pub fn provider_switch(&self) -> Option<&'static str> {
        PROVIDER_SWITCHES
            .iter()
            .copied()
            .find(|name| self.variable(name).is_some_and(|(value, _)| is_on(&value)))
    }

    /// The variable with which the files of an untrusted folder decide how requests are sent.
    pub fn untrusted_network(&self) -> Option<&'static str> {
        let set = |name: &&str| {
            self.of_folder
                .iter()
                .any(|found| found.name == *name && !found.trusted && !found.value.is_empty())
        };
        NETWORK_VARIABLES.into_iter().find(set)
    }

    /// A value that the user configured for this plugin, from whichever marketplace. Only values
    /// that are not sensitive are stored there. A project's files are ignored, as in the client
    /// itself: a repository must not choose the gateway that sees a user's requests.
    pub fn plugin_option(&self, key: &str) -> Option<String> {
        let of_plugin = |configs: &Value| -> Option<String> {
            let ours = configs.as_object()?.iter().filter(|(id, _)| id.starts_with("cloudflare@"));
            ours.filter_map(|(_, config)| Some(config.get("options")?.get(key)?.as_str()?.to_owned())).next()
        };
        let own = self.files.iter().filter(|file| file.kind == SourceKind::User && !file.of_folder);
        own.filter_map(|file| of_plugin(&file.document()?.get(&Key::top("pluginConfigs"))?)).next()
    }

    /// Enabled plugins of this name, as `name@marketplace`, in the order in which the client loads them.
    pub fn enabled_plugins(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let key = Key::top("enabledPlugins");
        // it is unknown which of the plugins in managed settings come first
        let files = self.files.iter().filter(|file| file.kind != SourceKind::Managed);
        for plugins in files.filter_map(|file| file.document()?.get(&key)) {
            for (id, on) in plugins.as_object().into_iter().flatten() {
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

/// Settings that prevent mods from loading.
const NO_MODS: [&str; 2] = ["disableAllHooks", "allowManagedHooksOnly"];

/// A file's setting that prevents mods from loading.
pub fn no_mods(file: &SettingsFile) -> Option<&'static str> {
    let document = file.document()?;
    NO_MODS.into_iter().find(|key| document.get(&Key::top(*key)) == Some(Value::Bool(true)))
}

/// True if the file contains any setting: an empty object, or members that are all empty objects,
/// do not count (measured, 2.1.330).
pub fn says_something(file: &SettingsFile) -> bool {
    let Some(document) = file.document() else { return false };
    let members = document.root.as_ref().map_or(&[][..], |root| &root.members);
    members.iter().any(|m| document.text().is_some_and(|text| !is_empty_object(&text[m.value.clone()])))
}

fn is_empty_object(raw: &str) -> bool {
    raw.strip_prefix('{').and_then(|raw| raw.strip_suffix('}')).is_some_and(|inner| inner.trim().is_empty())
}

/// True if the client ignores a variable in files of that kind.
pub fn never_from(name: &str, kind: SourceKind) -> bool {
    match name {
        "CLAUDE_CODE_OAUTH_TOKEN" => matches!(kind, SourceKind::Project | SourceKind::Local),
        "ANTHROPIC_UNIX_SOCKET" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(files: &[&str]) -> UserSettings {
        let dir = tempfile::tempdir().unwrap();
        let file = |(at, text): (usize, &&str)| {
            let path = dir.path().join(at.to_string());
            std::fs::write(&path, text).unwrap();
            SettingsFile::read(if at == 0 { SourceKind::User } else { SourceKind::Project }, path).unwrap()
        };
        UserSettings { files: files.iter().enumerate().map(file).collect(), ..UserSettings::default() }
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
