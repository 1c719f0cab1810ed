//! Whether Claude Code trusts a folder, from its own record (read only).
//!
//! Measured with an interactive 2.1.332: the answer to its trust dialog is stored in `.claude.json`
//! as `projects[FOLDER].hasTrustDialogAccepted`. A folder is trusted if it, or a folder above it,
//! is recorded. In a git repository, only folders up to the root of its working tree count, so
//! trusting a folder with many clones does not trust the clones. `claude -p` shows no dialog and
//! runs in any folder; this is not treated as trust.
//!
//! The client also accepts the record of a worktree's main checkout. This is not done here, because
//! the repository's own files determine which checkout that is.

use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Folders that the user of this machine trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    folders: Vec<PathBuf>,
}

impl Trust {
    /// Reads the client's record: `$CLAUDE_CONFIG_DIR/.claude.json`, else `~/.claude.json`.
    pub fn read(env: &ProcessEnv) -> Self {
        let dir = |name: &str| env.path(name);
        let place = dir("CLAUDE_CONFIG_DIR").or_else(|| home::folder(env));
        let bytes = place.and_then(|dir| file::read(&dir.join(".claude.json")).ok());
        let record: Option<Value> = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        record.as_ref().map(Self::of).unwrap_or_default()
    }

    fn of(record: &Value) -> Self {
        let accepted = |project: &Value| project.get("hasTrustDialogAccepted") == Some(&Value::Bool(true));
        let projects = record.get("projects").and_then(Value::as_object).into_iter().flatten();
        let folders = projects.filter(|(_, project)| accepted(project)).map(|(dir, _)| PathBuf::from(dir));
        Self { folders: folders.filter(|dir| dir.is_absolute()).collect() }
    }

    /// True if the client would run commands from this folder's files without asking.
    pub fn covers(&self, folder: &Path) -> bool {
        if self.folders.is_empty() {
            return false;
        }
        let Ok(folder) = home::real(folder) else { return false };
        let root = folder.ancestors().find(|dir| std::fs::symlink_metadata(dir.join(".git")).is_ok());
        let within = |dir: &&Path| root.is_none_or(|root| dir.starts_with(root));
        folder.ancestors().take_while(within).any(|dir| self.folders.iter().any(|known| known == dir))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::fs::create_dir_all;

    /// The measured cases: what is recorded, whether there is a repository, and the result.
    #[test]
    fn trust_reaches_down_but_not_into_a_repository() {
        let rows = [
            (None, false, false),
            (Some("top/repo/sub"), false, true),
            (Some("top"), false, true),
            (Some("top"), true, false),
            (Some("top/repo"), true, true),
            (Some("top/repo/sub"), true, true),
            (Some("top/repo/sub/deeper"), true, false),
        ];
        for (recorded, git, expected) in rows {
            let dir = tempfile::tempdir().unwrap();
            let base = std::fs::canonicalize(dir.path()).unwrap();
            create_dir_all(base.join("top/repo/sub")).unwrap();
            if git {
                create_dir_all(base.join("top/repo/.git")).unwrap();
            }
            let mut projects = serde_json::Map::new();
            if let Some(folder) = recorded {
                let folder = base.join(folder).to_string_lossy().into_owned();
                projects.insert(folder, json!({"hasTrustDialogAccepted": true}));
            }
            let trust = Trust::of(&json!({ "projects": projects }));
            assert_eq!(trust.covers(&base.join("top/repo/sub")), expected, "{recorded:?}, git: {git}");
        }
    }

    #[test]
    fn the_record_is_in_the_configuration_folder_or_else_in_the_home_folder() {
        let dir = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(dir.path()).unwrap();
        for (place, trusted) in [("home", "a"), ("config", "b")] {
            create_dir_all(base.join(place)).unwrap();
            create_dir_all(base.join(trusted)).unwrap();
            let folder = base.join(trusted).to_string_lossy().into_owned();
            let record = json!({"projects": {folder: {"hasTrustDialogAccepted": true}}});
            std::fs::write(base.join(place).join(".claude.json"), record.to_string()).unwrap();
        }
        let path = |name: &str| base.join(name).to_string_lossy().into_owned();
        for (config, trusted, other) in
            [(Some(path("config")), "b", "a"), (Some(String::new()), "a", "b"), (None, "a", "b")]
        {
            let env =
                ProcessEnv::from_iter([("HOME", path("home"))]).with("CLAUDE_CONFIG_DIR", config.clone());
            let trust = Trust::read(&env);
            assert!(trust.covers(&base.join(trusted)) && !trust.covers(&base.join(other)), "{config:?}");
        }
    }

    #[test]
    fn only_true_is_trust() {
        let dir = tempfile::tempdir().unwrap();
        let folder = std::fs::canonicalize(dir.path()).unwrap().to_string_lossy().into_owned();
        for said in [json!(false), json!("true"), json!(1), json!(null)] {
            let record = json!({"projects": {folder.clone(): {"hasTrustDialogAccepted": said}}});
            assert!(!Trust::of(&record).covers(dir.path()), "{record}");
        }
        for record in [json!({}), json!([]), json!({"projects": []})] {
            assert!(!Trust::of(&record).covers(dir.path()), "{record}");
        }
    }
}
