//! The user's home folder, and a path's real name as people write it.

use std::io;
use std::path::{Path, PathBuf};

/// The home folder as Claude Code has it: `HOME`, on Windows `USERPROFILE` (`HOME` is only set there by
/// Git Bash, and not for mods and PowerShell; measured with 2.1.332). The other name is the second choice.
pub fn folder(var: impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let names = if cfg!(windows) { ["USERPROFILE", "HOME"] } else { ["HOME", "USERPROFILE"] };
    names.into_iter().find_map(|name| var(name).filter(|dir| !dir.trim().is_empty())).map(PathBuf::from)
}

/// The path without links, as [`std::fs::canonicalize`] finds it, but on Windows without the prefix
/// `\\?\`, which other programs and people do not read.
///
/// # Errors
/// The path does not exist, or a folder of it cannot be read.
pub fn real(path: &Path) -> io::Result<PathBuf> {
    dunce::canonicalize(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_is_not_a_home() {
        let with = |home: &'static str, profile: &'static str| {
            folder(move |name: &str| Some(if name == "HOME" { home } else { profile }.to_owned()))
        };
        assert_eq!(with("", ""), None);
        assert_eq!(with("", "/p"), Some(PathBuf::from("/p")));
        assert_eq!(with("/h", ""), Some(PathBuf::from("/h")));
        assert_eq!(with("/h", "/p"), Some(PathBuf::from(if cfg!(windows) { "/p" } else { "/h" })));
    }
}
