//! Detects whether a settings file, and a secret in it, would end up in a git repository.
//!
//! Outside any working tree, git is not needed. Inside one, git itself is asked, because only it
//! knows every place with ignore rules (Claude Code, for example, adds `settings.local.json` to the
//! user's own excludes file). Nothing of the repository is executed: no hooks, no file system
//! monitor; and `GIT_*` variables of the caller are not passed on. A working tree whose repository
//! is elsewhere (such as a bare repository over the home folder) is not detected.

use std::ffi::{OsStr, OsString};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::EditableFile;
use super::write::{self, FileMode, WriteError};
use crate::system::env::ProcessEnv;
use crate::system::{file, home};

/// Timeout for one git command, which takes some milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// How git treats a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tracking {
    /// It is not in a working tree.
    NoRepository,
    /// It is ignored.
    Ignored,
    /// It is tracked.
    Tracked,
    /// It is untracked, so the next `git add` would add it. With the line that would ignore it.
    WouldBeTracked(Option<Exclude>),
    /// Git could not be run, or failed, with this message.
    Unknown(String),
}

/// A line for the repository's own excludes file, which is not shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclude {
    /// The repository's `info/exclude`, which all its worktrees share.
    pub file: PathBuf,
    /// The pattern.
    pub line: String,
}

/// How git treats this file, which need not exist. Of the environment, git gets `PATH` and what its user
/// settings need.
pub fn tracking(target: &EditableFile, env: &ProcessEnv) -> Tracking {
    let dir = target.dir();
    let Some(dir) = dir.ancestors().find(|dir| dir.is_dir()) else {
        return Tracking::NoRepository;
    };
    let mut root = None;
    for dir in dir.ancestors() {
        match dir.join(".git").try_exists() {
            Ok(true) => root = root.or(Some(dir)),
            Ok(false) => {}
            // a folder that cannot be read may be a repository
            Err(error) => return Tracking::Unknown(format!("{}: {error}", dir.join(".git").display())),
        }
    }
    let Some(root) = root else { return Tracking::NoRepository };
    let git = Git { dir, root, env };
    let path = target.path().as_os_str();
    // without this, a bracket in a folder's name would be a pattern
    let mut exactly = OsString::from(":(literal)");
    exactly.push(path);
    let said =
        git.says("ls-files", &["--error-unmatch".as_ref(), "--".as_ref(), &exactly]).and_then(|tracked| {
            if tracked.yes {
                return Ok(Tracking::Tracked);
            }
            let ignored = git.says("check-ignore", &["--quiet".as_ref(), "--".as_ref(), path])?;
            Ok(if ignored.yes {
                Tracking::Ignored
            } else {
                Tracking::WouldBeTracked(git.exclude(target.path()))
            })
        });
    said.unwrap_or_else(|error| Tracking::Unknown(error.to_string()))
}

impl Exclude {
    /// Adds the line unless it exists.
    ///
    /// # Errors
    /// If the excludes file cannot be read or written.
    pub fn add(&self) -> Result<(), WriteError> {
        self.rewrite(|mut bytes, line| {
            if !bytes.split(|byte| *byte == b'\n').any(|there| there == line) {
                if bytes.last().is_some_and(|last| *last != b'\n') {
                    bytes.push(b'\n');
                }
                bytes.extend_from_slice(line);
                bytes.push(b'\n');
            }
            bytes
        })
    }

    /// Whether the line exists.
    pub(crate) fn is_there(&self) -> bool {
        let bytes = file::read(&self.file).unwrap_or_default();
        bytes.split(|byte| *byte == b'\n').any(|there| there == self.line.as_bytes())
    }

    /// Removes the line.
    ///
    /// # Errors
    /// If the excludes file cannot be read or written.
    pub fn remove(&self) -> Result<(), WriteError> {
        self.rewrite(|bytes, line| {
            let lines = bytes.split_inclusive(|byte| *byte == b'\n');
            lines.filter(|there| there.strip_suffix(b"\n") != Some(line)).collect::<Vec<_>>().concat()
        })
    }

    fn rewrite(&self, edit: impl Fn(Vec<u8>, &[u8]) -> Vec<u8>) -> Result<(), WriteError> {
        let target = EditableFile::resolve(&self.file)?;
        let old = target.read()?;
        let new = edit(old.clone().unwrap_or_default(), self.line.as_bytes());
        if new == old.as_deref().unwrap_or_default() {
            return Ok(());
        }
        write::put(&target, old.as_deref(), Some(&new), FileMode::Keep)
    }
}

/// The search path without folders of a repository, and without relative ones, which may be in one.
fn outside(path: &OsStr, root: &Path) -> OsString {
    let foreign = |dir: &PathBuf| {
        let real = home::real(dir).unwrap_or_else(|_| dir.clone());
        dir.is_absolute() && !real.starts_with(root)
    };
    std::env::join_paths(std::env::split_paths(path).filter(foreign)).unwrap_or_default()
}

struct Git<'a> {
    dir: &'a Path,
    /// The working tree.
    root: &'a Path,
    env: &'a ProcessEnv,
}

struct GitOutput {
    yes: bool,
    text: String,
}

impl Git<'_> {
    /// Exit code 0 means yes, 1 means no, anything else is an error. `ls-files`, `check-ignore` and
    /// `rev-parse` run no filter, pager or diff program from the repository's configuration; an
    /// alias cannot replace them.
    fn says(&self, what: &str, arguments: &[&OsStr]) -> io::Result<GitOutput> {
        let mut command = Command::new("git");
        command
            .args([
                "--no-optional-locks",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "core.hooksPath=/dev/null",
                what,
            ])
            .args(arguments)
            .current_dir(self.dir)
            .env_clear()
            .env("LC_ALL", "C")
            .env("GIT_TERMINAL_PROMPT", "0")
            // a partial clone fetches what is missing, with the program that its configuration names
            .env("GIT_NO_LAZY_FETCH", "1")
            .env("GIT_ALLOW_PROTOCOL", "none")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        // variables for the user's own git settings, and those without which Windows cannot start a
        // program
        for name in ["HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT"] {
            if let Some(value) = self.env.var_os(name) {
                command.env(name, value);
            }
        }
        if let Some(path) = self.env.var_os("PATH") {
            command.env("PATH", outside(&path, self.root));
        }
        let failed = |error: io::Error| io::Error::new(error.kind(), format!("git does not start: {error}"));
        let mut child = command.spawn().map_err(failed)?;
        if !has_ended(&mut child) {
            return Err(io::Error::new(ErrorKind::TimedOut, format!("git {what} timed out")));
        }
        let output = child.wait_with_output()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
        match output.status.code() {
            Some(code @ (0 | 1)) => Ok(GitOutput { yes: code == 0, text: text(&output.stdout) }),
            _ => Err(io::Error::other(text(&output.stderr))),
        }
    }

    fn exclude(&self, path: &Path) -> Option<Exclude> {
        let ask = |what: &[&str]| {
            let what: Vec<&OsStr> = what.iter().map(OsStr::new).collect();
            let said = self.says("rev-parse", &what).ok()?;
            Some(self.dir.join(said.text)).filter(|_| said.yes)
        };
        let file = ask(&["--git-path", "info/exclude"])?;
        let top = home::real(&ask(&["--show-toplevel"])?).ok()?;
        let below = path.strip_prefix(top).ok()?.to_str()?;
        // links of a repository would choose which file gets a line, and the name of its folder which line
        let is_its_own = EditableFile::resolve(&file).is_ok_and(|file| file.path().ends_with("info/exclude"));
        (is_its_own && !below.contains(char::is_control)).then_some(())?;
        Some(Exclude { file: std::path::absolute(file).ok()?, line: format!("/{}", literal(below)) })
    }
}

/// False on timeout, after the child has been killed. Its output fits into a pipe.
fn has_ended(child: &mut std::process::Child) -> bool {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return true,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(PAUSE),
            _ => {
                // both fail only for a child that has already ended
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}

/// A path as a pattern that matches only this path.
fn literal(path: &str) -> String {
    let mut pattern = String::new();
    for c in path.chars() {
        match c {
            c if std::path::is_separator(c) => pattern.push('/'),
            '*' | '?' | '[' | '\\' => pattern.extend(['\\', c]),
            _ => pattern.push(c),
        }
    }
    if pattern.ends_with(' ') {
        pattern.insert(pattern.len() - 1, '\\');
    }
    pattern
}
