//! Writes files to paths that the user gives.
//!
//! Exit codes are the same for all commands: a file that cannot be written is "refused by the
//! platform" (7), one that must not be replaced is a conflict (5).

use crate::base::error::{Error, Kind, Result};
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// Checks that a new file can be written there, before the work whose result it gets.
///
/// # Errors
/// Conflict, if it exists; refused, if its folder does not.
pub fn check_new(file: &Path) -> Result<()> {
    if is_special(file) {
        return Ok(());
    }
    if file.symlink_metadata().is_ok() {
        return Err(unwritable(file, io::ErrorKind::AlreadyExists.into()));
    }
    match fs::metadata(folder(file)) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Err(unwritable(file, io::ErrorKind::NotADirectory.into())),
        Err(cause) => Err(unwritable(file, cause)),
    }
}

/// True for what is written to instead of being created: `/dev/stdout`, a pipe.
pub fn is_special(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
}

fn folder(file: &Path) -> &Path {
    file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a new file.
///
/// # Errors
/// Conflict, if it exists; refused, if it cannot be written.
pub fn create(file: &Path, text: &str) -> Result<()> {
    new(file, text, 0o666).map_err(|cause| unwritable(file, cause))
}

/// Writes a new file that only its owner can read. Errors are those of [`create`].
pub fn create_private(file: &Path, text: &str) -> Result<()> {
    new(file, text, 0o600).map_err(|cause| unwritable(file, cause))
}

/// Writes a temporary file next to it first, so that the file is complete or absent, even on a full
/// disk. The umask applies to its mode.
fn new(file: &Path, text: &str, #[cfg_attr(not(unix), allow(unused_variables))] mode: u32) -> io::Result<()> {
    if is_special(file) {
        return fs::write(file, text);
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(".cf-aig-").suffix(".tmp");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    let mut new = builder.tempfile_in(folder(file))?;
    new.write_all(text.as_bytes())?;
    new.persist_noclobber(file).map(drop).map_err(|error| error.error)
}

/// The error for a file that cannot be written.
pub fn unwritable(file: &Path, cause: io::Error) -> Error {
    let name = file.display();
    // an error that is not the system's own names the temporary file
    let why = cause.raw_os_error().map_or_else(|| cause.kind().to_string(), |_| cause.to_string());
    let error = match cause.kind() {
        io::ErrorKind::AlreadyExists => {
            Error::new(Kind::Conflict, format!("{name} already exists")).hinted("name a new file")
        }
        _ => Error::new(Kind::Refused, format!("could not write {name}: {why}")),
    };
    error.caused_by(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_has_one_exit_code_for_each_failure() {
        let dir = tempfile::Builder::new().prefix("out").tempdir().unwrap();
        let (file, nowhere) = (dir.path().join("file"), dir.path().join("missing/file"));
        create_private(&file, "text").unwrap();
        let kind = |result: Result<()>| result.map_err(|error| error.kind);
        assert_eq!(kind(create(&file, "other")), Err(Kind::Conflict));
        assert_eq!(fs::read_to_string(&file).unwrap(), "text");
        assert_eq!(kind(check_new(&file)), Err(Kind::Conflict));
        assert_eq!(kind(check_new(&nowhere)), Err(Kind::Refused));
        assert_eq!(kind(check_new(&dir.path().join("new"))), Ok(()));
        let said = create(&nowhere, "").unwrap_err().to_string();
        assert!(!said.contains(".tmp"), "{said}");
        assert_eq!(kind(create(&nowhere, "")), Err(Kind::Refused));
        assert_eq!(kind(create_private(&nowhere, "")), Err(Kind::Refused));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "the temporary file is removed");
    }
}
