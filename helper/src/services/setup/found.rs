//! A token for Cloudflare's API that is already on this machine: a configured one, or wrangler's login.
//!
//! The location of wrangler's login is from its public source, cloudflare/workers-sdk:
//! `getGlobalWranglerConfigPath` (packages/workers-utils) and `UserAuthConfig` (`oauth_token`,
//! `expiration_time` in `config/default.toml`). Its chosen account, `wrangler-account.json`, is in the
//! project's folder and could come from a repository, so the accounts are read from the API instead.

use crate::base::secret::Secret;
use crate::base::time;
use crate::services::config::Config;
use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use std::path::{Path, PathBuf};

/// Wrangler's file is a few hundred bytes.
const MAX_FILE: u64 = 64 << 10;

/// The credential for Cloudflare's API, if there is one.
#[derive(Debug)]
pub enum FoundCredential {
    /// The configured token and its source.
    Configured(Secret, String),
    /// Wrangler's login, from this file. It is sent to Cloudflare's API and never written.
    Wrangler(Secret, PathBuf),
    /// Wrangler's login has expired.
    Expired(PathBuf),
    /// None.
    Nothing,
}

impl FoundCredential {
    /// Looks in the configuration first, then in wrangler's file.
    pub fn look(config: &Config, env: &ProcessEnv) -> Self {
        if let Some(token) = &config.api_token {
            return Self::Configured(token.value.clone(), token.source.to_string());
        }
        let Some(path) = wrangler_file(env) else { return Self::Nothing };
        let bytes = file::read_up_to(&path, MAX_FILE).ok();
        let Some(text) = bytes.and_then(|bytes| String::from_utf8(bytes).ok()) else { return Self::Nothing };
        match login(&text, time::now()) {
            Some(Some(token)) => Self::Wrangler(token, path),
            Some(None) => Self::Expired(path),
            None => Self::Nothing,
        }
    }

    /// The token.
    pub fn token(&self) -> Option<&Secret> {
        match self {
            Self::Configured(token, _) | Self::Wrangler(token, _) => Some(token),
            Self::Expired(_) | Self::Nothing => None,
        }
    }

    /// What was found and where, in one line.
    pub fn sentence(&self) -> String {
        match self {
            Self::Configured(_, source) => format!("an API token in {source}"),
            Self::Wrangler(_, file) => {
                format!("wrangler's login in {}; setup does not copy it", file.display())
            }
            Self::Expired(file) => {
                format!("wrangler's login in {} has expired; `wrangler login` renews it", file.display())
            }
            Self::Nothing => "no API token; with CLOUDFLARE_API_TOKEN setup lists your gateways".to_owned(),
        }
    }
}

/// `$WRANGLER_HOME`, or `~/.wrangler` if that is a folder, or a folder in the system's configuration folder:
/// `.wrangler`, or, if there is one, `wrangler`, where later versions move it (their changelog).
fn wrangler_file(env: &ProcessEnv) -> Option<PathBuf> {
    let set = |name: &str| env.filled(name).map(PathBuf::from);
    let folder = match set("WRANGLER_HOME") {
        Some(folder) => folder,
        None => {
            let home = home::folder(env);
            let legacy = home.as_ref().map(|home| home.join(".wrangler")).filter(|folder| folder.is_dir());
            legacy.or_else(|| {
                let parent = config_folder(&set, home.as_deref())?;
                let moved = Some(parent.join("wrangler")).filter(|folder| folder.is_dir());
                Some(moved.unwrap_or_else(|| parent.join(".wrangler")))
            })?
        }
    };
    Some(folder.join("config").join("default.toml"))
}

/// The configuration folder of the npm package `xdg-app-paths`, which wrangler uses.
fn config_folder(set: &dyn Fn(&str) -> Option<PathBuf>, home: Option<&Path>) -> Option<PathBuf> {
    if let Some(folder) = set("XDG_CONFIG_HOME") {
        return Some(folder);
    }
    if cfg!(windows) {
        return Some(set("APPDATA")?.join("xdg.config"));
    }
    Some(home?.join(if cfg!(target_os = "macos") { "Library/Preferences" } else { ".config" }))
}

/// Wrangler's token; `Some(None)` if it has expired or its expiry is unknown.
fn login(toml: &str, now: i64) -> Option<Option<Secret>> {
    let token = Secret::new(text(toml, "oauth_token")?)?;
    let until = text(toml, "expiration_time").and_then(|text| time::read(&text));
    Some(Some(token).filter(|_| until.is_some_and(|until| until > now)))
}

/// The value of a top-level key in a TOML file. Wrangler writes one per line, and these two without
/// escapes.
fn text(toml: &str, name: &str) -> Option<String> {
    let top = toml.lines().map(str::trim).take_while(|line| !line.starts_with('['));
    let value = top.filter_map(|line| line.split_once('=')).find(|(key, _)| key.trim() == name)?.1.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (inner, _) = value[1..].split_once(quote)?;
    (!inner.contains('\\')).then(|| inner.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000_000;

    fn file(until: &str) -> String {
        format!(
            "oauth_token = \"of-wrangler\"\nexpiration_time = \"{until}\"\nrefresh_token = \"r\"\nscopes = [ \"account:read\" ]\n"
        )
    }

    #[test]
    fn a_login_counts_until_it_expires() {
        let (after, before) = (time::written(NOW + 1000), time::written(NOW - 1000));
        let token = |text: &str| login(text, NOW).map(|token| token.map(|token| token.reveal().to_owned()));
        assert_eq!(token(&file(&after)), Some(Some("of-wrangler".to_owned())));
        assert_eq!(token(&file(&before)), Some(None));
        assert_eq!(token("oauth_token = 'of-wrangler'"), Some(None));
        for none in
            ["", "api_token = \"x\"", "oauth_token = 5", "[x]\noauth_token = \"x\"", "oauth_token = \""]
        {
            assert_eq!(token(none), None, "{none}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn wranglers_folder_is_found_as_wrangler_finds_it() {
        let home = tempfile::tempdir().expect("a folder");
        let at = |vars: &[(&str, &str)]| {
            let env = ProcessEnv::from_iter(vars.iter().copied())
                .with("HOME", home.path().to_str().map(str::to_owned));
            wrangler_file(&env).expect("a path")
        };
        let end = "config/default.toml";
        assert_eq!(at(&[]), home.path().join(".config/.wrangler").join(end));
        assert_eq!(at(&[("XDG_CONFIG_HOME", "/x")]), Path::new("/x/.wrangler").join(end));
        std::fs::create_dir_all(home.path().join(".config/wrangler")).expect("a folder");
        assert_eq!(at(&[]), home.path().join(".config/wrangler").join(end));
        std::fs::create_dir(home.path().join(".wrangler")).expect("a folder");
        assert_eq!(at(&[("XDG_CONFIG_HOME", "/x")]), home.path().join(".wrangler").join(end));
        assert_eq!(at(&[("WRANGLER_HOME", "/w")]), Path::new("/w").join(end));
    }
}
