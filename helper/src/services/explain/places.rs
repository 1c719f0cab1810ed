//! Where shells and editors keep what they set for the programs that they start.

use super::shell::ShellLanguage;
use crate::system::env::ProcessEnv;
use std::path::{Path, PathBuf};

/// The startup files of the login shell, in reading order; of all shells if the login shell is
/// unknown.
pub(super) fn start_files(home: &Path, env: &ProcessEnv) -> Vec<(PathBuf, ShellLanguage)> {
    let shell = env.var("SHELL").unwrap_or_default();
    let shell = shell.rsplit('/').next().unwrap_or_default();
    let zsh = env.var("ZDOTDIR").filter(|d| !d.is_empty()).map_or_else(|| home.to_owned(), PathBuf::from);
    let known = ["bash", "zsh", "fish", "pwsh"].contains(&shell);
    let wanted = |name: &str| !known || shell == name;
    let mut files = Vec::new();
    if wanted("zsh") {
        files.extend(
            [".zshenv", ".zprofile", ".zshrc", ".zlogin"].map(|name| (zsh.join(name), ShellLanguage::Posix)),
        );
    }
    if wanted("bash") {
        files.extend(
            [".profile", ".bash_profile", ".bashrc"].map(|name| (home.join(name), ShellLanguage::Posix)),
        );
    }
    if wanted("fish") {
        let dir = config_home(home, env).join("fish");
        let snippets = std::fs::read_dir(dir.join("conf.d")).into_iter().flatten().filter_map(Result::ok);
        let mut snippets: Vec<_> = snippets.map(|entry| entry.path()).collect();
        snippets.sort();
        files.extend(snippets.into_iter().map(|path| (path, ShellLanguage::Fish)));
        files.push((dir.join("config.fish"), ShellLanguage::Fish));
    }
    if wanted("pwsh") || cfg!(windows) {
        files
            .extend(powershell_profiles(home, env).into_iter().map(|path| (path, ShellLanguage::Powershell)));
    }
    files
}

/// The user's configuration folder, according to the XDG specification.
fn config_home(home: &Path, env: &ProcessEnv) -> PathBuf {
    env.var("XDG_CONFIG_HOME").filter(|d| !d.is_empty()).map_or_else(|| home.join(".config"), PathBuf::from)
}

/// This user's PowerShell profiles, as its page "about_Profiles" lists them; the Documents folder
/// may be in OneDrive.
fn powershell_profiles(home: &Path, env: &ProcessEnv) -> Vec<PathBuf> {
    let folders = if cfg!(windows) {
        let documents = [home.join("Documents"), home.join("OneDrive").join("Documents")];
        let editions = ["WindowsPowerShell", "PowerShell"];
        documents.iter().flat_map(|dir| editions.map(|edition| dir.join(edition))).collect()
    } else {
        vec![config_home(home, env).join("powershell")]
    };
    let names = ["profile.ps1", "Microsoft.PowerShell_profile.ps1"];
    folders.iter().flat_map(|dir: &PathBuf| names.map(|name| dir.join(name))).collect()
}

/// VS Code's user settings.
pub(super) fn vscode_files(home: &Path, env: &ProcessEnv) -> Vec<PathBuf> {
    let base = if cfg!(target_os = "macos") {
        home.join("Library/Application Support")
    } else if cfg!(windows) {
        env.var("APPDATA").map_or_else(|| home.join("AppData/Roaming"), PathBuf::from)
    } else {
        config_home(home, env)
    };
    ["Code", "Code - Insiders", "VSCodium"].map(|app| base.join(app).join("User/settings.json")).to_vec()
}
