//! Advisory locks: one writer at a time, across processes, without leftover files.
//!
//! On Unix, a settings file is protected by a lock on its folder, which needs no extra file and
//! survives the rename that replaces the settings file. If folders cannot be locked (Windows), a
//! file in the temporary folder is used instead. The lock ends with the process, however that ends.

use std::fs::{self, File, TryLockError};
use std::path::Path;
use std::time::{Duration, Instant};

use super::error::WriteError;

/// Timeout: an edit takes milliseconds, so a longer hold means that the process is stuck.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// Held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    /// `None` if the file system has no locks; re-reading before a write still protects the file.
    held: Option<File>,
}

impl Lock {
    /// The lock of all settings files in `dir`.
    pub(crate) fn of_folder(dir: &Path) -> Result<Self, WriteError> {
        let file = open_folder(dir).map_err(|e| WriteError::of("open", dir, e))?;
        Self::take(file, dir)
    }

    /// Locks the file `path`, creating it if it is missing, readable only by its owner.
    pub(crate) fn of_file(path: &Path) -> Result<Self, WriteError> {
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(false).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path).map_err(|e| WriteError::of("open", path, e))?;
        Self::take(file, path)
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held.is_some()
    }

    fn take(file: File, path: &Path) -> Result<Self, WriteError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { held: Some(file) }),
                Err(TryLockError::Error(_)) => return Ok(Self { held: None }),
                Err(TryLockError::WouldBlock) if Instant::now() < deadline => std::thread::sleep(PAUSE),
                Err(TryLockError::WouldBlock) => {
                    return Err(WriteError::Locked { path: path.to_owned() });
                }
            }
        }
    }
}

#[cfg(unix)]
fn open_folder(dir: &Path) -> std::io::Result<File> {
    File::open(dir)
}

#[cfg(not(unix))]
fn open_folder(dir: &Path) -> std::io::Result<File> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hash = DefaultHasher::new();
    dir.hash(&mut hash);
    let path = std::env::temp_dir().join(format!("cf-aig-{:016x}.lock", hash.finish()));
    fs::OpenOptions::new().create(true).truncate(false).write(true).open(path)
}
