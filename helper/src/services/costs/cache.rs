//! The figures for the status line: the last ones fetched, in a small file, with their age.

use crate::services::state::StateFolder;
use crate::system;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const FILE: &str = "costs.json";
/// Touched when a status line is drawn, and when a refresh starts.
const WANTED: &str = "costs-wanted";
const ASKED: &str = "costs-asked";
/// Figures are not refreshed if no status line was drawn for this long.
const SEEN: Duration = Duration::from_secs(2 * 86_400);
/// Figures older than this are stale: Cloudflare itself counts ten minutes late.
const OLD: Duration = Duration::from_secs(600);
const AGAIN: Duration = Duration::from_secs(60);

/// The last figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cached {
    /// When Cloudflare was queried, in seconds since 1970.
    pub at: i64,
    /// The gateway.
    pub gateway: String,
    /// The day of `today`, UTC.
    pub day: String,
    /// US dollars on that day.
    pub today: f64,
    /// US dollars in its month.
    pub month: f64,
    /// The spent part of the tightest spend limit.
    pub limit: Option<f64>,
}

impl Cached {
    /// Stores the figures. If that fails, the status line stays empty and nothing else fails.
    pub fn remember(&self, state: &StateFolder) {
        let Some(file) = file(state) else { return };
        let Some(dir) = file.parent() else { return };
        let written = fs::create_dir_all(dir).and_then(|()| {
            let new = tempfile::NamedTempFile::new_in(dir)?;
            fs::write(new.path(), serde_json::to_vec(self)?)?;
            new.persist(&file).map_err(|failed| failed.error)
        });
        drop(written);
    }

    /// The stored figures.
    pub fn last(state: &StateFolder) -> Option<Self> {
        serde_json::from_slice(&system::file::read(&file(state)?).ok()?).ok()
    }
}

/// Records that a status line was drawn, so that refreshing is worthwhile.
pub fn want(state: &StateFolder) {
    if let Some(dir) = state.dir().filter(|dir| dir.is_dir() && !is_young(&dir.join(WANTED), SEEN / 2)) {
        let _ = fs::write(dir.join(WANTED), "");
    }
}

/// Starts a process that refreshes the figures, if a status line was drawn lately and they are
/// stale. Returns at once; starts at most one refresh a minute.
pub fn renew_in_background(state: &StateFolder) {
    let Some(dir) = state.dir() else { return };
    let old = || !is_young(&dir.join(FILE), OLD) && !is_young(&dir.join(ASKED), AGAIN);
    if !is_young(&dir.join(WANTED), SEEN) || !old() || fs::write(dir.join(ASKED), "").is_err() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    command.args(["costs", "--refresh", "--since", "1h"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    detach(&mut command);
    let _ = command.spawn();
}

/// Lets the child outlive the hook that starts it.
#[cfg(unix)]
fn detach(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// The same, without a console window.
#[cfg(windows)]
fn detach(command: &mut Command) {
    const DETACHED_PROCESS: u32 = 0x0000_0008;
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
    std::os::windows::process::CommandExt::creation_flags(
        command,
        DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP,
    );
}

/// Whether a file was written within that time.
fn is_young(file: &Path, within: Duration) -> bool {
    let age = fs::metadata(file).and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
    age.is_some_and(|age| age < within)
}

fn file(state: &StateFolder) -> Option<PathBuf> {
    Some(state.dir()?.join(FILE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::env::ProcessEnv;

    /// The file of the first version that wrote one.
    const FIRST: &str =
        r#"{"at":1790000000,"gateway":"dev","day":"2026-09-21","today":1.5,"month":20.25,"limit":0.5}"#;

    #[test]
    fn a_cache_file_of_another_version_is_read_or_ignored_and_then_rewritten() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateFolder::find(&ProcessEnv::from_iter([("CLAUDE_PLUGIN_DATA", dir.path())]));
        let last = |text: &str| {
            fs::write(file(&state).unwrap(), text).unwrap();
            Cached::last(&state)
        };
        let first = last(FIRST).unwrap();
        assert_eq!((first.at, first.today, first.month, first.limit), (1_790_000_000, 1.5, 20.25, Some(0.5)));
        assert_eq!(last(&FIRST.replacen('{', r#"{"from_a_later_version":{},"#, 1)), Some(first.clone()));
        assert_eq!([last(&FIRST.replace("today", "now")), last("{}"), last("")], [None, None, None]);
        first.remember(&state);
        assert_eq!(fs::read_to_string(file(&state).unwrap()).unwrap(), FIRST);
    }
}
