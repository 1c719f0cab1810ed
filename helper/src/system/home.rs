//! The user's home folder, and canonical paths in the form that people write.

use super::env::ProcessEnv;
use std::io;
use std::path::{Path, PathBuf};

/// The home folder as Claude Code determines it: `HOME`, on Windows `USERPROFILE` (there only Git
/// Bash sets `HOME`, but not for mods and PowerShell; measured with 2.1.332). Falls back to the
/// other variable.
pub fn folder(env: &ProcessEnv) -> Option<PathBuf> {
    let names = if cfg!(windows) { ["USERPROFILE", "HOME"] } else { ["HOME", "USERPROFILE"] };
    names.into_iter().find_map(|name| env.filled(name)).map(PathBuf::from)
}

/// The path with links resolved, as [`std::fs::canonicalize`] returns it, but on Windows without
/// the prefix `\\?\`, which many programs do not understand.
///
/// # Errors
/// The path does not exist, or one of its folders cannot be read.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    dunce::canonicalize(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_is_not_a_home() {
        let with = |home: &'static str, profile: &'static str| {
            folder(&ProcessEnv::from_iter([("HOME", home), ("USERPROFILE", profile)]))
        };
        assert_eq!(with("", ""), None);
        assert_eq!(with("", "/p"), Some(PathBuf::from("/p")));
        assert_eq!(with("/h", ""), Some(PathBuf::from("/h")));
        assert_eq!(with("/h", "/p"), Some(PathBuf::from(if cfg!(windows) { "/p" } else { "/h" })));
    }
}
