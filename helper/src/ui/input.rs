//! Reads input from a file, or from stdin if its name is `-`.
//!
//! Exit codes are the same for all commands: input that cannot be read is "not found" (4), input
//! that is too large or not text is "usage" (2).

use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

/// Size limit of a secret: longer than any token or service account.
const MAX_SECRET: u64 = 64 << 10;

/// Opened input.
pub struct Input {
    /// The file name as given, or `stdin`.
    pub name: String,
    /// Its bytes.
    pub reader: Box<dyn Read>,
}

/// The name to use in messages.
pub fn name(file: &Path) -> String {
    if is_stdin(file) { "stdin".to_owned() } else { file.display().to_string() }
}

fn is_stdin(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// Opens a file, or stdin for `-`. At a terminal, `invitation` asks the user to type.
///
/// # Errors
/// Not found, if the file cannot be opened.
pub fn open(file: &Path, invitation: &str) -> Result<Input> {
    let name = name(file);
    if is_stdin(file) {
        let stdin = io::stdin();
        if stdin.is_terminal() && !invitation.is_empty() {
            super::out::note(invitation);
        }
        return Ok(Input { name, reader: Box::new(stdin) });
    }
    let reader = Box::new(File::open(file).map_err(|cause| unreadable(&name, cause))?);
    Ok(Input { name, reader })
}

/// Reads a file, or stdin for `-`, of at most `limit` bytes.
///
/// # Errors
/// Not found, if it cannot be read; usage, if it is larger or not UTF-8.
pub fn text(file: &Path, limit: u64) -> Result<String> {
    let Input { name, reader } = open(file, "")?;
    utf8(&name, bytes(&name, reader, limit)?)
}

fn utf8(name: &str, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|cause| {
        Error::new(Kind::Usage, format!("{name} is not UTF-8 text")).caused_by(cause.utf8_error())
    })
}

fn bytes(name: &str, reader: impl Read, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(name, cause))?;
    if bytes.len() as u64 > limit {
        return Err(Error::new(Kind::Usage, format!("{name} is larger than {limit} bytes")));
    }
    Ok(bytes)
}

/// The error for input that cannot be read.
pub fn unreadable(name: &str, cause: io::Error) -> Error {
    Error::new(Kind::NotFound, format!("could not read {name}: {cause}")).caused_by(cause)
}

/// The first `limit` bytes of a file, or of stdin for `-`; invalid UTF-8 is replaced.
///
/// # Errors
/// Not found, if it cannot be read.
pub fn beginning(file: &Path, limit: u64) -> Result<String> {
    let Input { name, reader } = open(file, "")?;
    let mut bytes = Vec::new();
    reader.take(limit).read_to_end(&mut bytes).map_err(|cause| unreadable(&name, cause))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// All of stdin as text, at most `limit` bytes; `None` if stdin is a terminal. Invalid UTF-8 is
/// replaced.
///
/// # Errors
/// Errors of [`text`].
pub fn piped(limit: u64) -> Result<Option<String>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let bytes = bytes("stdin", stdin, limit)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// A secret from stdin, without a byte order mark; `None` if stdin is a terminal or empty.
///
/// # Errors
/// Errors of [`text`]: a secret is never changed, so its bytes must be UTF-8.
pub fn piped_secret() -> Result<Option<Secret>> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Ok(None);
    }
    let text = utf8("stdin", bytes("stdin", stdin, MAX_SECRET)?)?;
    Ok(Secret::new(text.trim_start_matches('\u{feff}')))
}

/// True if stdin is a terminal.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_has_one_exit_code_for_each_failure() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let kind = |path: &Path| text(path, 4).map_err(|error| error.kind);
        assert_eq!(kind(&at("fits", b"four")), Ok("four".to_owned()));
        assert_eq!(kind(&at("large", b"fives")), Err(Kind::Usage));
        assert_eq!(kind(&at("bytes", b"\xff")), Err(Kind::Usage));
        assert_eq!(kind(&dir.path().join("missing")), Err(Kind::NotFound));
        assert_eq!(kind(dir.path()), Err(Kind::NotFound));
    }
}
