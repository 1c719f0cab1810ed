//! Detects whether the client is signed in to claude.ai.

use crate::system::file;
use std::path::{Path, PathBuf};

/// True if the client's state file has an account but no API key, which a login to the Console
/// would add. The credential itself is stored elsewhere and is not read.
pub fn has_login(config_dir: Option<&Path>, home: Option<&Path>) -> bool {
    let files = [config_dir, home].into_iter().flatten().map(|dir| dir.join(".claude.json"));
    files.filter_map(state).any(|state| {
        let says = |name: &str, is: fn(&serde_json::Value) -> bool| state.get(name).is_some_and(is);
        says("oauthAccount", serde_json::Value::is_object)
            && !says("primaryApiKey", serde_json::Value::is_string)
    })
}

fn state(file: PathBuf) -> Option<serde_json::Value> {
    serde_json::from_slice(&file::read(&file).ok()?).ok()
}
