//! Resolves symlinks of a settings path, so that a link stays and its target is written.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use super::error::WriteError;
use crate::system::{file, home};

/// The same limit as in Linux.
const MAX_LINKS: usize = 40;

/// A settings file to read and write; it need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditableFile {
    given: PathBuf,
    path: PathBuf,
}

impl EditableFile {
    /// Follows the links of `path`, which may be relative to the working directory.
    ///
    /// # Errors
    /// If links form a cycle, a link points into a folder that does not exist, or a folder cannot
    /// be read.
    pub fn resolve(path: &Path) -> Result<Self, WriteError> {
        let given = std::path::absolute(path).map_err(|e| WriteError::of("resolve", path, e))?;
        let mut path = in_real_folder(&given)?;
        for links in 0..MAX_LINKS {
            let dir = path.parent().unwrap_or(Path::new("/"));
            match fs::read_link(&path) {
                Ok(link) => path = in_real_folder(&dir.join(link))?,
                // a folder for the file itself may be created, but not one for the target of a link
                Err(_) if links > 0 && !dir.exists() => {
                    return Err(WriteError::Dangling { link: given, target: path });
                }
                Err(_) => return Ok(Self { given, path }),
            }
        }
        Err(WriteError::Loop { path: given })
    }

    /// The requested path, made absolute.
    pub fn given(&self) -> &Path {
        &self.given
    }

    /// The file itself: no part of its path is a link.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of the file; `None` if there is no file.
    ///
    /// # Errors
    /// It is not a regular file, cannot be read, or is larger than [`file::LIMIT`].
    pub fn read(&self) -> Result<Option<Vec<u8>>, WriteError> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WriteError::of("read", &self.path, error)),
            Ok(meta) if !meta.is_file() => {
                return Err(WriteError::NotAFile { path: self.path.clone() });
            }
            Ok(_) => {}
        }
        match file::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(WriteError::of("read", &self.path, error)),
        }
    }

    /// The permission bits of the file; `None` if there is no file, and on Windows.
    pub fn mode(&self) -> Option<u32> {
        file::mode_of(&fs::metadata(&self.path).ok()?)
    }

    /// The folders that writing the file would create, outermost first.
    pub fn missing_dirs(&self) -> Vec<PathBuf> {
        let mut missing: Vec<PathBuf> =
            self.dir().ancestors().take_while(|dir| !dir.exists()).map(Path::to_owned).collect();
        missing.reverse();
        missing
    }

    pub(crate) fn dir(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}

/// The same file with its folder's real path; parts of the folder that do not exist yet stay
/// unchanged.
fn in_real_folder(path: &Path) -> Result<PathBuf, WriteError> {
    let none = || WriteError::NotAFile { path: path.to_owned() };
    let (dir, name) = (path.parent().ok_or_else(none)?, path.file_name().ok_or_else(none)?);
    for ancestor in dir.ancestors() {
        let is_plain = matches!(ancestor.components().next_back(), Some(Component::Normal(_)));
        match home::real(ancestor) {
            Ok(real) => {
                let missing = dir.strip_prefix(ancestor).unwrap_or(Path::new(""));
                return Ok(real.join(missing).join(name));
            }
            Err(error) if error.kind() == ErrorKind::NotFound && is_plain => {}
            Err(error) => return Err(WriteError::of("resolve", path, error)),
        }
    }
    Err(none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_over_the_limit_is_an_error_and_not_an_empty_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::File::create(&path).unwrap().set_len(file::LIMIT + 1).unwrap();
        let read = EditableFile::resolve(&path).unwrap().read();
        assert!(matches!(read, Err(WriteError::Io { .. })), "{read:?}");
    }
}
