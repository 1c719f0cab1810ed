//! Files that a command writes where the user says.
//!
//! One set of exit codes: a file that cannot be written is "refused by the platform" (7), one that must
//! not be replaced is a conflict (5).

use crate::base::error::{Error, Kind, Result};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file, replacing what is there.
///
/// # Errors
/// Refused, when it cannot be written.
pub fn write(file: &Path, text: &str) -> Result<()> {
    fs::write(file, text).map_err(|cause| unwritable(file, cause))
}

/// Writes a new file.
///
/// # Errors
/// Conflict, when it exists; refused, when it cannot be written.
pub fn create(file: &Path, text: &str) -> Result<()> {
    create_with(file, text, OpenOptions::new())
}

/// Writes a new file that only its owner can read. Fails as [`create`] does.
pub fn create_private(file: &Path, text: &str) -> Result<()> {
    #[allow(unused_mut)]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    create_with(file, text, options)
}

fn create_with(file: &Path, text: &str, mut options: OpenOptions) -> Result<()> {
    let written = options.write(true).create_new(true).open(file);
    written.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|cause| unwritable(file, cause))
}

/// The failure to write a file.
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
    }
}
