//! The sign-in profile in `~/.config/anthropic`, which Claude Code and Anthropic's SDKs share.
//!
//! Read in the 2.1.332 binary: `configs/NAME.json` with `authentication.type` and `base_url`, where
//! NAME is `ANTHROPIC_PROFILE`, else the content of `active_config`, else `default`. It is used if
//! there is no other credential; then its URL and its login apply (measured with 2.1.332 and
//! 2.1.330). `ANTHROPIC_BASE_URL` takes precedence over its URL, and its login goes there (2.1.332).

use crate::system::env::ProcessEnv;
use crate::system::file as read;
use crate::system::home;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A profile that the client can sign in with.
#[derive(Debug)]
pub struct Profile {
    /// Its file.
    pub file: PathBuf,
    /// Its base URL, if it has one.
    pub base_url: Option<String>,
}

impl Profile {
    /// The profile that a client with these variables would use, if it can.
    pub fn find(env: &ProcessEnv) -> Option<Self> {
        let dir = |name: &str| env.filled(name).map(PathBuf::from);
        let folder = dir("ANTHROPIC_CONFIG_DIR")
            .or_else(|| dir("XDG_CONFIG_HOME").map(|dir| dir.join("anthropic")))
            .or_else(|| home::folder(env).map(|dir| dir.join(".config").join("anthropic")))?;
        let active = || read::text(&folder.join("active_config"));
        let name = env.var("ANTHROPIC_PROFILE").or_else(active).map(|name| name.trim().to_owned());
        let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "default".to_owned());
        if name.contains(['/', '\\']) || name.starts_with('.') {
            return None;
        }
        let file = folder.join("configs").join(format!("{name}.json"));
        let config: Value = serde_json::from_slice(&read::read(&file).ok()?).ok()?;
        let kind = config.get("authentication")?.get("type")?.as_str()?;
        let login = folder.join("credentials").join(format!("{name}.json"));
        let login = config["authentication"]["credentials_path"].as_str().map_or(login, PathBuf::from);
        let usable = kind == "oidc_federation" || kind == "user_oauth" && is_filled(&login);
        let url = config.get("base_url").and_then(Value::as_str).map(str::trim);
        let base_url = url.filter(|url| !url.is_empty()).map(str::to_owned);
        usable.then_some(Self { file, base_url })
    }
}

fn is_filled(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() > 0)
}
