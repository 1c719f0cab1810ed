//! State that the helper keeps between sessions.
//!
//! It is in `${CLAUDE_PLUGIN_DATA}` if Claude Code sets it (hooks), else in the folder of the same
//! name under its configuration. If there is neither, nothing is stored, which is not an error.

use crate::base::file;
use crate::services::client_files::config_dir;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The state folder.
#[derive(Debug, Clone)]
pub struct State {
    dir: Option<PathBuf>,
}

impl State {
    /// Finds it for this process.
    pub fn find(var: &dyn Fn(&str) -> Option<String>) -> Self {
        let given = var("CLAUDE_PLUGIN_DATA").filter(|d| !d.is_empty()).map(PathBuf::from);
        let given = given.filter(|dir| !is_of_another(dir));
        Self { dir: given.or_else(|| installed(&config_dir(var)?)) }
    }

    /// The folder; it may not exist yet.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// True if `topic` last had another value on this machine, or none yet.
    pub fn is_new(&self, topic: &str, what: &str) -> bool {
        let Some(path) = self.dir.as_ref().map(|dir| dir.join(format!("announced-{topic}"))) else {
            return true;
        };
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let mark = format!("{:016x}", hasher.finish());
        match file::read(&path) {
            Ok(known) if known == mark.as_bytes() => return false,
            // writing to a pipe would wait for a reader
            Err(error) if error.kind() == ErrorKind::Unsupported => return true,
            _ => {}
        }
        if let Some(dir) = path.parent() {
            let _ = fs::create_dir_all(dir);
        }
        // if it cannot be stored, repeating the message is better than losing it
        let _ = fs::write(&path, mark);
        true
    }
}

/// True for the data folder of another plugin, which may export its own variable to Bash programs.
fn is_of_another(dir: &Path) -> bool {
    let mut names = dir.components().rev().map(|part| part.as_os_str().to_string_lossy());
    let ours = names.next().is_some_and(|name| name.starts_with("cloudflare-"));
    !ours
        && names.next().is_some_and(|name| name == "data")
        && names.next().is_some_and(|name| name == "plugins")
}

/// `plugins/data/cloudflare-{marketplace}` of an installed plugin; the most recently used one if
/// there are several.
fn installed(config: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(config.join("plugins").join("data")).ok()?;
    let ours =
        entries.filter_map(Result::ok).filter(|e| e.file_name().to_string_lossy().starts_with("cloudflare-"));
    ours.max_by_key(|e| e.metadata().and_then(|m| m.modified()).ok()).map(|e| e.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_another_plugin_is_not_taken_for_ours() {
        let found = |data: &str| {
            let var = |name: &str| (name == "CLAUDE_PLUGIN_DATA").then(|| data.to_owned());
            State::find(&var).dir
        };
        assert_eq!(found("/h/.claude/plugins/data/codex-openai-codex"), None);
        for ours in
            ["/h/.claude/plugins/data/cloudflare-inline", "/anywhere/else", "/h/plugins/x", "/h/data/x"]
        {
            assert_eq!(found(ours), Some(PathBuf::from(ours)));
        }
    }

    #[test]
    #[cfg(unix)]
    fn the_most_recently_used_data_folder_wins() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("plugins/data");
        let names = ["cloudflare-a", "cloudflare-b", "cloudflare-c", "other-market"];
        for newest in &names[..3] {
            for name in names {
                let dir = data.join(name);
                fs::create_dir_all(&dir).unwrap();
                let age = if name == *newest { 10 } else { 3600 };
                let at = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
                fs::File::open(&dir).unwrap().set_modified(at).unwrap();
            }
            fs::File::open(data.join("other-market"))
                .unwrap()
                .set_modified(std::time::SystemTime::now())
                .unwrap();
            let path = home.path().to_str().unwrap().to_owned();
            let var = |name: &str| (name == "CLAUDE_CONFIG_DIR").then(|| path.clone());
            assert_eq!(State::find(&var).dir, Some(data.join(newest)));
        }
    }

    #[test]
    fn a_thing_is_new_once_and_again_when_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let state = State { dir: Some(dir.path().join("not yet there")) };
        assert!(state.is_new("t", "a") && !state.is_new("t", "a"));
        assert!(state.is_new("other", "a"));
        assert!(state.is_new("t", "b") && state.is_new("t", "a"));
    }

    #[test]
    fn without_a_folder_nothing_is_remembered_and_nothing_fails() {
        for dir in [None, Some(PathBuf::from("/dev/null/x"))] {
            let state = State { dir };
            assert!(state.is_new("t", "a") && state.is_new("t", "a"));
        }
    }
}
