//! Reads files that others write: never waits for one, and never reads one without a limit. Also their
//! mode and owner, which only Unix has.

use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// The most that is read of a file, in bytes. Claude Code's own files have a few megabytes.
pub const LIMIT: u64 = 64 << 20;

/// A file's bytes. A pipe is not opened, because that would wait until something writes to it.
///
/// # Errors
/// Those of the file system; `Unsupported` for a pipe; `FileTooLarge` for more than [`LIMIT`] bytes.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_up_to(path, LIMIT)
}

/// The same with another limit, in bytes.
///
/// # Errors
/// Those of [`read`].
pub fn read_up_to(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let meta = std::fs::metadata(path)?;
    #[cfg(unix)]
    if std::os::unix::fs::FileTypeExt::is_fifo(&meta.file_type()) {
        return Err(ErrorKind::Unsupported.into());
    }
    // with room for one more byte, the end is found without growing
    let mut bytes = Vec::with_capacity(usize::try_from(meta.len().min(limit)).unwrap_or_default() + 1);
    File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// A file's text; `None` if it cannot be read or is not UTF-8.
pub fn text(path: &Path) -> Option<String> {
    String::from_utf8(read(path).ok()?).ok()
}

/// A file's permission bits, with the sticky bit and its like; `None` on Windows.
#[cfg(unix)]
pub fn mode_of(meta: &Metadata) -> Option<u32> {
    Some(std::os::unix::fs::MetadataExt::mode(meta) & 0o7777)
}

/// A file's permission bits; `None` on Windows.
#[cfg(not(unix))]
pub fn mode_of(_: &Metadata) -> Option<u32> {
    None
}

/// Sets a file's permission bits.
///
/// # Errors
/// Those of the file system.
#[cfg(unix)]
pub fn set_mode(file: &File, bits: u32) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(bits))
}

/// Does nothing on Windows.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

/// Whether a file belongs to this user; `None` on Windows.
#[cfg(unix)]
pub fn is_own(meta: &Metadata) -> Option<bool> {
    Some(std::os::unix::fs::MetadataExt::uid(meta) == rustix::process::geteuid().as_raw())
}

/// Whether a file belongs to this user; `None` on Windows.
#[cfg(not(unix))]
pub fn is_own(_: &Metadata) -> Option<bool> {
    None
}

#[cfg(test)]
mod tests {
    use super::read_up_to;
    use std::io::ErrorKind;

    #[test]
    fn a_file_is_read_up_to_its_limit_and_no_further() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "12345").unwrap();
        assert_eq!(read_up_to(file.path(), 5).unwrap(), b"12345");
        assert_eq!(read_up_to(file.path(), 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        #[cfg(target_os = "linux")]
        assert_eq!(read_up_to("/dev/zero".as_ref(), 1 << 16).unwrap_err().kind(), ErrorKind::FileTooLarge);
    }
}
