//! Where managed settings are; they override every scope.

use std::path::{Path, PathBuf};

/// Their folder on this platform, according to Anthropic's page "settings"; measured only on Linux.
pub fn dir() -> &'static Path {
    Path::new(if cfg!(target_os = "macos") {
        "/Library/Application Support/ClaudeCode"
    } else if cfg!(windows) {
        r"C:\Program Files\ClaudeCode"
    } else {
        "/etc/claude-code"
    })
}

/// The files that may be in it; later ones win: `managed-settings.json`, then the files in
/// `managed-settings.d`.
pub fn files(dir: &Path) -> Vec<PathBuf> {
    let drop_in = std::fs::read_dir(dir.join("managed-settings.d")).into_iter().flatten();
    let mut files: Vec<_> = drop_in.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ext| ext == "json"));
    files.sort();
    files.insert(0, dir.join("managed-settings.json"));
    files
}
