//! Whether the client is signed in to claude.ai.

use std::path::{Path, PathBuf};

/// True when the client's state file says whose account it is and holds no key of its own, as it does after
/// a login to the Console. The credential itself stands elsewhere and is not looked at.
pub fn has_login(config_dir: Option<&Path>, home: Option<&Path>) -> bool {
    let files = [config_dir, home].into_iter().flatten().map(|dir| dir.join(".claude.json"));
    files.filter_map(state).any(|state| {
        let says = |name: &str, is: fn(&serde_json::Value) -> bool| state.get(name).is_some_and(is);
        says("oauthAccount", serde_json::Value::is_object)
            && !says("primaryApiKey", serde_json::Value::is_string)
    })
}

fn state(file: PathBuf) -> Option<serde_json::Value> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}
