//! Writes files to paths that the user gives.
//!
//! Exit codes are the same for all commands: a file that cannot be written is "refused by the
//! platform" (7), one that must not be replaced is a conflict (5).

use crate::base::error::{Error, Kind, Result};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;
use tempfile::{NamedTempFile, PersistError};

/// Writes a file, replacing an existing one.
///
/// # Errors
/// Refused, if it cannot be written.
pub fn write(file: &Path, text: &str) -> Result<()> {
    // write to anything but a regular file (`/dev/stdout`, a pipe) instead of replacing it
    if fs::metadata(file).is_ok_and(|meta| !meta.is_file()) {
        return fs::write(file, text).map_err(|cause| unwritable(file, cause));
    }
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    whole(&path, text, OPEN, |new| new.persist(&path)).map_err(|cause| unwritable(file, cause))
}

/// Writes a new file.
///
/// # Errors
/// Conflict, if it exists; refused, if it cannot be written.
pub fn create(file: &Path, text: &str) -> Result<()> {
    whole(file, text, OPEN, |new| new.persist_noclobber(file)).map_err(|cause| unwritable(file, cause))
}

/// Writes a new file that only its owner can read. Errors are those of [`create`].
pub fn create_private(file: &Path, text: &str) -> Result<()> {
    whole(file, text, PRIVATE, |new| new.persist_noclobber(file)).map_err(|cause| unwritable(file, cause))
}

/// With the permissions of the umask.
const OPEN: u32 = 0o666;
const PRIVATE: u32 = 0o600;

/// Writes a temporary file next to it first, so that the file is complete or absent, even on a full
/// disk.
fn whole(
    file: &Path,
    text: &str,
    #[cfg_attr(not(unix), allow(unused_variables))] mode: u32,
    put: impl FnOnce(NamedTempFile) -> std::result::Result<File, PersistError>,
) -> io::Result<()> {
    let folder = file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cf-aig-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    let mut new = builder.tempfile_in(folder)?;
    new.write_all(text.as_bytes())?;
    put(new).map(drop).map_err(|error| error.error)
}

/// The error for a file that cannot be written.
pub fn unwritable(file: &Path, cause: io::Error) -> Error {
    let name = file.display();
    let error = match cause.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::new(Kind::Conflict, format!("{name} already exists")).hinted("name a new file")
        }
        _ => Error::new(Kind::Refused, format!("could not write {name}: {cause}")),
    };
    error.caused_by(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_has_one_exit_code_for_each_failure() {
        let dir = tempfile::tempdir().unwrap();
        let (file, nowhere) = (dir.path().join("file"), dir.path().join("missing/file"));
        create_private(&file, "text").unwrap();
        let kind = |result: Result<()>| result.map_err(|error| error.kind);
        assert_eq!(kind(create(&file, "other")), Err(Kind::Conflict));
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        assert_eq!(kind(write(&file, "other")), Ok(()));
        assert_eq!(kind(write(&nowhere, "")), Err(Kind::Refused));
        assert_eq!(kind(create(&nowhere, "")), Err(Kind::Refused));
        assert_eq!(kind(create_private(&nowhere, "")), Err(Kind::Refused));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the temporary file is removed");
    }
}
