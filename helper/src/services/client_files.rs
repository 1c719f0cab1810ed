//! The settings files that Claude Code reads for a folder, in its order, and whether each is in effect.
//!
//! Measured with 2.1.332, weakest first: the user's file; the folder's `.claude/settings.json`; its
//! `.claude/settings.local.json`; the one of the repository's root (in a worktree, of the main
//! checkout's root); the file or text of `--settings`; the administrator's. The local file of a root
//! that is the home folder, or that belongs to another user, is not read.
//!
//! With `CLAUDE_CONFIG_DIR=""`, the user's file is `settings.json` in the working folder.

use super::managed;
use super::settings_files::{Document, Rejected};
use crate::facts::claude_code::precedence::SourceKind;
use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Where to look.
pub struct Folder<'a> {
    /// The process environment.
    pub env: &'a ProcessEnv,
    /// The folder where the client is started.
    pub project: Option<&'a Path>,
    /// The value of `--settings`: a path, or the JSON itself.
    pub given: Option<&'a str>,
    /// The folder of managed settings; `None` means the platform's.
    pub managed: Option<&'a Path>,
}

/// An existing settings file.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    /// Its scope.
    pub kind: SourceKind,
    /// Its path; for JSON on a command line, `--settings`.
    pub path: PathBuf,
    /// True if the file comes with the folder, so that a stranger may have written it.
    pub of_folder: bool,
    /// Whether the client uses it.
    pub content: Content,
}

/// Whether the client uses a settings file.
#[derive(Debug, Clone)]
pub enum Content {
    /// It is in effect.
    Taken(Document),
    /// The client ignores it, for this reason.
    Ignored(Rejected),
    /// It cannot be read.
    Unreadable(ErrorKind),
}

impl SettingsFile {
    /// Its settings, if the client uses them.
    pub fn document(&self) -> Option<&Document> {
        match &self.content {
            Content::Taken(document) => Some(document),
            Content::Ignored(_) | Content::Unreadable(_) => None,
        }
    }

    /// The file at a path; `None` if it does not exist.
    pub fn read(kind: SourceKind, path: PathBuf) -> Option<Self> {
        let of_folder = matches!(kind, SourceKind::Project | SourceKind::Local);
        let content = match file::read(&path) {
            Ok(bytes) => Content::of(&bytes, kind),
            // `.claude` may be a file
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return None;
            }
            Err(error) => Content::Unreadable(error.kind()),
        };
        Some(Self { kind, path, of_folder, content })
    }

    /// The file or JSON of `--settings`.
    pub(super) fn given(text: &str) -> Option<Self> {
        let is_json = text.trim().starts_with('{') && text.trim().ends_with('}');
        if !is_json {
            return Self::read(SourceKind::CommandLine, PathBuf::from(text));
        }
        let content = Content::of(text.as_bytes(), SourceKind::CommandLine);
        Some(Self {
            kind: SourceKind::CommandLine,
            path: PathBuf::from("--settings"),
            of_folder: false,
            content,
        })
    }
}

impl Content {
    fn of(bytes: &[u8], kind: SourceKind) -> Self {
        let parsed = match kind {
            SourceKind::Managed => Document::taken_as_managed(bytes),
            _ => Document::taken(bytes),
        };
        match parsed {
            Ok(document) => Self::Taken(document),
            Err(rejected) => Self::Ignored(rejected),
        }
    }
}

/// The project folder that Claude Code names, in its hooks and Bash commands.
pub fn project(env: &ProcessEnv) -> Option<PathBuf> {
    env.path("CLAUDE_PROJECT_DIR")
}

/// Where Claude Code keeps its own files: `$CLAUDE_CONFIG_DIR`, else `~/.claude`.
pub fn config_dir(env: &ProcessEnv) -> Option<PathBuf> {
    let named = env.path("CLAUDE_CONFIG_DIR");
    named.or_else(|| home::folder(env).map(|home| home.join(".claude")))
}

/// Reads the files, weakest first.
pub fn read(folder: &Folder<'_>) -> Vec<SettingsFile> {
    let mut files = Vec::new();
    let beside = folder.env.var("CLAUDE_CONFIG_DIR").is_some_and(|dir| dir.is_empty());
    let user = if beside { folder.project.map(Path::to_owned) } else { config_dir(folder.env) };
    let user = user.and_then(|dir| SettingsFile::read(SourceKind::User, dir.join("settings.json")));
    files.extend(user.map(|file| SettingsFile { of_folder: beside, ..file }));
    if let Some(project) = folder.project {
        files.extend(SettingsFile::read(SourceKind::Project, project.join(".claude/settings.json")));
        let local = local_files(project, folder.env);
        files.extend(local.into_iter().filter_map(|path| SettingsFile::read(SourceKind::Local, path)));
    }
    files.extend(folder.given.and_then(SettingsFile::given));
    let managed = managed::files(folder.managed.unwrap_or_else(|| managed::dir()));
    files.extend(managed.into_iter().filter_map(|path| SettingsFile::read(SourceKind::Managed, path)));
    files
}

/// The local settings files of a folder, weakest first; they need not exist.
pub fn local_files(project: &Path, env: &ProcessEnv) -> Vec<PathBuf> {
    let local = |dir: &Path| dir.join(".claude").join("settings.local.json");
    let mut files = vec![local(project)];
    let real = std::fs::canonicalize(project).unwrap_or_else(|_| project.to_owned());
    let home = home::folder(env).and_then(|home| std::fs::canonicalize(home).ok());
    let is_home = |dir: &PathBuf| home.as_ref() == Some(dir);
    let root = root_of(&real).filter(|root| *root != real && !is_home(root) && is_own(root));
    files.extend(root.map(|root| local(&root)));
    files
}

/// The root of the repository that contains a folder; in a worktree, the root of the main checkout.
fn root_of(folder: &Path) -> Option<PathBuf> {
    let is_root = |dir: &&Path| std::fs::metadata(dir.join(".git")).is_ok_and(|m| m.is_dir() || m.is_file());
    let root = folder.ancestors().find(is_root)?;
    Some(main_checkout(root).unwrap_or_else(|| root.to_owned()))
}

/// The main checkout of a worktree. Git's records must point to each other, as the client requires.
fn main_checkout(tree: &Path) -> Option<PathBuf> {
    let said = line(&tree.join(".git"))?;
    let admin = resolve(tree, said.strip_prefix("gitdir:")?.trim());
    let common = resolve(&admin, &line(&admin.join("commondir"))?);
    if admin.parent() != Some(&common.join("worktrees")) {
        return None;
    }
    let back = std::fs::canonicalize(resolve(&admin, &line(&admin.join("gitdir"))?)).ok()?;
    if back != std::fs::canonicalize(tree).ok()?.join(".git") {
        return None;
    }
    if common.file_name().is_some_and(|name| name == ".git") {
        return common.parent().map(Path::to_owned);
    }
    // a bare repository
    (!common.join(".git").exists()).then_some(common)
}

/// A file with one short line.
fn line(path: &Path) -> Option<String> {
    Some(file::text(path)?.trim().to_owned())
}

/// A path without `.` and `..`.
fn resolve(base: &Path, path: &str) -> PathBuf {
    let mut out = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::ParentDir => _ = out.pop(),
            Component::CurDir => {}
            part => out.push(part),
        }
    }
    out
}

/// True if the root, its `.git` and its `.claude` belong to this user. The client checks this only
/// on platforms with numeric file owners, and ignores the root's local settings on others.
fn is_own(root: &Path) -> bool {
    let own = |meta: std::fs::Metadata| file::is_own(&meta) == Some(true);
    let own_or_absent = |path: PathBuf| {
        std::fs::symlink_metadata(path).map_or_else(|error| error.kind() == ErrorKind::NotFound, own)
    };
    std::fs::metadata(root).is_ok_and(own)
        && own_or_absent(root.join(".git"))
        && own_or_absent(root.join(".claude"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};

    fn kinds(project: &Path, home: &Path, config: Option<&str>) -> Vec<String> {
        let env =
            ProcessEnv::from_iter([("HOME", home)]).with("CLAUDE_CONFIG_DIR", config.map(str::to_owned));
        let nowhere = Path::new("/nowhere");
        let files = read(&Folder { env: &env, project: Some(project), given: None, managed: Some(nowhere) });
        let base = home.parent().unwrap();
        let name = |file: &SettingsFile| {
            let path = file.path.strip_prefix(base).unwrap_or(&file.path);
            format!("{} {}", file.kind.id(), path.display())
        };
        files.iter().map(name).collect()
    }

    fn settings(dir: &Path, name: &str) {
        create_dir_all(dir.join(".claude")).unwrap();
        write(dir.join(".claude").join(name), "{}").unwrap();
    }

    #[test]
    fn a_subdirectory_has_the_local_file_of_the_root_too() {
        let dir = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(dir.path()).unwrap();
        let (home, repo) = (base.join("home"), base.join("repo"));
        let sub = repo.join("a/b");
        create_dir_all(repo.join(".git")).unwrap();
        for place in [&repo, &sub, &home] {
            settings(place, "settings.json");
            settings(place, "settings.local.json");
        }
        let user = "user home/.claude/settings.json";
        let own = "local repo/a/b/.claude/settings.local.json";
        let root = "local repo/.claude/settings.local.json";
        assert_eq!(kinds(&sub, &home, None), [user, "project repo/a/b/.claude/settings.json", own, root]);
        assert_eq!(kinds(&repo, &home, None), [user, "project repo/.claude/settings.json", root]);
        // a home folder that is a repository
        create_dir_all(home.join(".git")).unwrap();
        create_dir_all(home.join("p")).unwrap();
        assert_eq!(kinds(&home.join("p"), &home, None), [user]);
    }

    #[test]
    fn a_worktree_has_the_local_file_of_the_main_checkout_if_both_sides_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(dir.path()).unwrap();
        let (home, main, tree) = (base.join("home"), base.join("main"), base.join("tree"));
        let admin = main.join(".git/worktrees/tree");
        create_dir_all(&admin).unwrap();
        create_dir_all(tree.join("sub")).unwrap();
        create_dir_all(&home).unwrap();
        write(tree.join(".git"), format!("gitdir: {}\n", admin.display())).unwrap();
        write(admin.join("commondir"), "../..\n").unwrap();
        settings(&main, "settings.local.json");
        settings(&tree, "settings.local.json");
        let (own, root) =
            ("local tree/.claude/settings.local.json", "local main/.claude/settings.local.json");
        // a folder that only claims to be a worktree of that repository
        assert_eq!(kinds(&tree, &home, None), [own]);
        write(admin.join("gitdir"), format!("{}\n", tree.join(".git").display())).unwrap();
        assert_eq!(kinds(&tree, &home, None), [own, root]);
        assert_eq!(kinds(&tree.join("sub"), &home, None), [root]);
    }

    #[test]
    fn an_empty_configuration_folder_is_the_working_folder() {
        let dir = tempfile::tempdir().unwrap();
        let base = std::fs::canonicalize(dir.path()).unwrap();
        let (home, project) = (base.join("home"), base.join("project"));
        create_dir_all(&project).unwrap();
        settings(&home, "settings.json");
        assert_eq!(kinds(&project, &home, Some("")), Vec::<String>::new());
        write(project.join("settings.json"), "{}").unwrap();
        assert_eq!(kinds(&project, &home, Some("")), ["user project/settings.json"]);
    }
}
