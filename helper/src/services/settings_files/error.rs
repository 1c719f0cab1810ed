//! Errors of reading, locking and writing settings files.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::base::error::{self as base, Kind};

/// Why a file was not written. The old one is intact in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file was written by someone else since the plan was made. Plan again.
    #[error("{} changed since the plan was made", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Another process has held the lock for too long.
    #[error("{} is being written by another process", .path.display())]
    Locked {
        /// The locked file or folder.
        path: PathBuf,
    },
    /// The path is a folder, a device or a pipe.
    #[error("{} is not a file", .path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// A symlink cycle.
    #[error("{} is a symlink that points to itself", .path.display())]
    Loop {
        /// The link.
        path: PathBuf,
    },
    /// A symlink into a folder that does not exist, possibly because it is not mounted.
    #[error("{} points to {}, whose folder does not exist", .link.display(), .target.display())]
    Dangling {
        /// The link.
        link: PathBuf,
        /// Its target.
        target: PathBuf,
    },
    /// The file belongs to another user or group, and rewriting would change that.
    #[error("{} belongs to another user or group, which a rewrite would change", .path.display())]
    Owner {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Any other error of the system: no permission, no space.
    #[error("{}", told(action, path, source))]
    Io {
        /// A verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
}

impl WriteError {
    pub(crate) fn of(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::IsADirectory | ErrorKind::NotADirectory => Self::NotAFile { path },
            _ => Self::Io { action, path, source },
        }
    }
}

fn told(action: &str, path: &Path, source: &io::Error) -> String {
    let path = path.display();
    match source.kind() {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            format!("no permission to {action} {path}")
        }
        // for a reader, a file over our own limit
        ErrorKind::FileTooLarge if action == "read" => format!("could not read {path}: {source}"),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            format!("no space left to write {path}")
        }
        _ => format!("could not {action} {path}: {source}"),
    }
}

impl From<WriteError> for base::Error {
    fn from(error: WriteError) -> Self {
        let (kind, hint) = match &error {
            WriteError::Changed { .. } | WriteError::Locked { .. } => {
                (Kind::Conflict, "the file was not changed; run the command again")
            }
            _ => (Kind::Refused, "nothing was written there"),
        };
        base::Error::new(kind, error.to_string()).caused_by(error).hinted(hint)
    }
}
