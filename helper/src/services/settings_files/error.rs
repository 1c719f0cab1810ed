//! Why a settings file could not be read, locked or written.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Why a file was not written. The old one is intact in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Someone wrote the file since the plan was made. Plan again.
    #[error("{} changed since the plan was made", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Another process holds the lock for too long.
    #[error("{} is being written by another process", .path.display())]
    Locked {
        /// The file or folder that is locked.
        path: PathBuf,
    },
    /// A folder, a device or a pipe stands in the place of the file.
    #[error("{} is not a file", .path.display())]
    NotAFile {
        /// What stands there.
        path: PathBuf,
    },
    /// Symlinks in a circle.
    #[error("{} is a symlink that leads to itself", .path.display())]
    Loop {
        /// The link.
        path: PathBuf,
    },
    /// A symlink into a folder that does not exist, perhaps not mounted.
    #[error("{} leads to {}, whose folder does not exist", .link.display(), .target.display())]
    Dangling {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        target: PathBuf,
    },
    /// The file belongs to someone else, and would not any more.
    #[error("{} belongs to another user or group, which a rewrite would change", .path.display())]
    Owner {
        /// The file.
        path: PathBuf,
    },
    /// A read-only folder or file system, or not this user's.
    #[error("no permission to {action} {}", .path.display())]
    Denied {
        /// A verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No space, quota or file size left.
    #[error("no space left to write {}", .path.display())]
    Full {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else that the system says.
    #[error("could not {action} {}", .path.display())]
    Io {
        /// A verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    pub(crate) fn of(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                Self::Denied { action, path, source }
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::Full { path, source }
            }
            ErrorKind::IsADirectory | ErrorKind::NotADirectory => Self::NotAFile { path },
            _ => Self::Io { action, path, source },
        }
    }
}
