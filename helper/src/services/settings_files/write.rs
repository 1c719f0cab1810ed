//! Replaces a file as a whole: whatever happens, it holds the old bytes or the new ones.
//!
//! Lock, compare with the content that the plan was made from, write a temporary file next to it
//! with the old file's owner and mode, flush it, compare again, replace, flush the folder. Claude
//! Code takes no lock, so it may replace the file after any comparison. Where the system can
//! exchange two files (Linux, macOS), the file that ours replaced is therefore read once more, and
//! put back if it is not the expected one; a process that is killed between the two loses it.
//! Elsewhere, such a change is lost in the microseconds between the second comparison and the
//! rename. A program that writes into the open file instead of replacing it can lose its change on
//! every system. Hard links to the file and its extended attributes are lost.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;

pub use super::error::WriteError;
use super::lock::Lock;
use super::{EditableFile, SettingsChange};
use crate::system::file;

/// Between the file's name and the random part of its temporary file's name.
const TEMP_MARK: &str = ".cf-aig-";
const TEMP_END: &str = ".tmp";

/// The permission bits of a written file; the owner is always kept. No effect on Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// Unchanged; for a new file, those of the umask.
    Keep,
    /// Nothing for group and others; a new file is 0600.
    Private,
    /// These bits.
    Exactly(u32),
}

/// Makes a change: writes the file, removes it, or leaves it alone if there is nothing to do. A
/// file that gets a secret becomes private.
///
/// # Errors
/// See [`WriteError`]; also if the file is not what the change was planned from.
pub fn apply(target: &EditableFile, change: &SettingsChange) -> Result<(), WriteError> {
    let mode = if change.holds_secret() { FileMode::Private } else { FileMode::Keep };
    put(target, change.before().map(str::as_bytes), change.after().map(str::as_bytes), mode)
}

/// Replaces the file's content `expected` with `new`; `None` means no file. If only the mode
/// differs, only the mode is changed.
///
/// # Errors
/// See [`WriteError`].
pub fn put(
    target: &EditableFile,
    expected: Option<&[u8]>,
    new: Option<&[u8]>,
    mode: FileMode,
) -> Result<(), WriteError> {
    let path = target.path();
    let Some(new) = new else {
        return match expected {
            None => Ok(()),
            Some(_) => remove(target, expected),
        };
    };
    if expected == Some(new) && target.mode() == wanted(mode, target.mode()) {
        return Ok(());
    }
    let created = create_dirs(target)?;
    let written = replace(target, expected, new, mode);
    if written.is_err() {
        remove_empty_dirs(&created);
    }
    written?;
    flush_folder(path.parent().unwrap_or(path));
    Ok(())
}

/// Removes empty folders, innermost first; keeps others.
pub fn remove_empty_dirs(outermost_first: &[PathBuf]) {
    for dir in outermost_first.iter().rev() {
        if fs::remove_dir(dir).is_err() {
            break;
        }
    }
}

fn replace(
    target: &EditableFile,
    expected: Option<&[u8]>,
    new: &[u8],
    mode: FileMode,
) -> Result<(), WriteError> {
    let path = target.path();
    let lock = Lock::of_folder(target.dir())?;
    remove_leftovers(target, &lock);
    compare(target, expected)?;
    let temp = write_beside(target, new, mode)?;
    compare(target, expected)?;
    let Some(expected) = expected else {
        return match temp.persist_noclobber(path) {
            Ok(_) => Ok(()),
            Err(failed) if failed.error.kind() == ErrorKind::AlreadyExists => Err(changed(target)),
            Err(failed) => Err(WriteError::of("replace", path, failed.error)),
        };
    };
    match exchange(temp.path(), path) {
        Ok(()) if fs::read(temp.path()).is_ok_and(|replaced| replaced == expected) => Ok(()),
        Ok(()) => {
            put_back(temp, path).map_err(|e| WriteError::of("replace", path, e))?;
            Err(changed(target))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Err(changed(target)),
        // the file system cannot exchange files
        Err(_) => {
            temp.persist(path).map(drop).map_err(|failed| WriteError::of("replace", path, failed.error))
        }
    }
}

/// After an exchange with `path` that put another program's file in the place of `temp`: exchanges
/// them again until what comes back is what was last put there, so that the newest file stays.
fn put_back(temp: NamedTempFile, path: &Path) -> io::Result<()> {
    /// More writes than a program makes in this moment.
    const MAX_EXCHANGES: u32 = 1000;
    let mut placed = identity(&temp.as_file().metadata()?);
    for _ in 0..MAX_EXCHANGES {
        let next = identity(&fs::metadata(temp.path())?);
        if exchange(temp.path(), path).is_err() {
            // somebody removed our file, or the system stopped exchanging: theirs has to stay
            return temp.persist(path).map(drop).map_err(|failed| failed.error);
        }
        if identity(&fs::metadata(temp.path())?) == placed {
            return Ok(());
        }
        placed = next;
    }
    Ok(())
}

/// Renames each of two files to the name of the other, as one step.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Device and inode number: the same file under whatever name.
#[cfg(unix)]
fn identity(meta: &fs::Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (meta.dev(), meta.ino())
}

/// Never called: files are not exchanged here.
#[cfg(not(unix))]
fn identity(_: &fs::Metadata) -> (u64, u64) {
    (0, 0)
}

/// Takes the file away by a rename and reads it under its new name, so that no change by another
/// program is lost.
fn remove(target: &EditableFile, expected: Option<&[u8]>) -> Result<(), WriteError> {
    let path = target.path();
    let lock = Lock::of_folder(target.dir())?;
    remove_leftovers(target, &lock);
    compare(target, expected)?;
    let prefix = temp_prefix(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(&prefix).suffix(TEMP_END);
    let taken = match builder.make_in(target.dir(), |name| fs::rename(path, name)) {
        Ok(taken) => taken.into_temp_path(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(changed(target)),
        Err(error) => return Err(WriteError::of("remove", path, error)),
    };
    if fs::read(&taken).ok().as_deref() == expected {
        taken.close().map_err(|e| WriteError::of("remove", path, e))?;
        flush_folder(target.dir());
        return Ok(());
    }
    match taken.persist_noclobber(path) {
        Err(failed) if failed.error.kind() != ErrorKind::AlreadyExists => {
            Err(WriteError::of("remove", path, failed.error))
        }
        // it is back, or a still newer one is there
        _ => Err(changed(target)),
    }
}

fn changed(target: &EditableFile) -> WriteError {
    WriteError::Changed { path: target.path().to_owned() }
}

fn compare(target: &EditableFile, expected: Option<&[u8]>) -> Result<(), WriteError> {
    if target.read()?.as_deref() == expected { Ok(()) } else { Err(changed(target)) }
}

fn write_beside(target: &EditableFile, new: &[u8], mode: FileMode) -> Result<NamedTempFile, WriteError> {
    let path = target.path();
    let old = fs::metadata(path).ok();
    let mut builder = tempfile::Builder::new();
    let prefix = temp_prefix(path);
    builder.prefix(&prefix).suffix(TEMP_END);
    if old.is_none() && mode == FileMode::Keep {
        open_as_umask_has_it(&mut builder);
    }
    let mut temp =
        builder.tempfile_in(target.dir()).map_err(|e| WriteError::of("write in", target.dir(), e))?;
    let write = |e| WriteError::of("write", path, e);
    temp.write_all(new).map_err(write)?;
    if let Some(old) = &old {
        keep_owner(temp.as_file(), old)
            .map_err(|source| WriteError::Owner { path: path.to_owned(), source })?;
    }
    if let Some(bits) = wanted(mode, target.mode()) {
        file::set_mode(temp.as_file(), bits).map_err(write)?;
    }
    temp.as_file().sync_all().map_err(write)?;
    Ok(temp)
}

/// The permission bits of the new file, if they are not simply those of a new file.
fn wanted(mode: FileMode, old: Option<u32>) -> Option<u32> {
    match (mode, old) {
        (FileMode::Exactly(bits), _) => Some(bits),
        (FileMode::Keep, old) => old,
        (FileMode::Private, Some(old)) => Some(old & 0o700),
        (FileMode::Private, None) => Some(0o600),
    }
}

/// Removes temporary files of a killed writer of this file. They may hold a secret.
pub fn sweep(target: &EditableFile) {
    if let Ok(lock) = Lock::of_folder(target.dir()) {
        remove_leftovers(target, &lock);
    }
}

/// Every writer holds the lock while its temporary file exists. If the file system has no locks,
/// only the age shows that the writer is gone.
fn remove_leftovers(target: &EditableFile, lock: &Lock) {
    let prefix = temp_prefix(target.path());
    for entry in fs::read_dir(target.dir()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let bytes = name.as_encoded_bytes();
        let named = bytes.starts_with(prefix.as_encoded_bytes()) && bytes.ends_with(TEMP_END.as_bytes());
        // for a link, this is the link itself
        let Some(meta) = named.then(|| entry.metadata().ok()).flatten() else { continue };
        if meta.is_file()
            && file::is_own(&meta).unwrap_or(true)
            && (lock.is_held() || is_older_than_a_writer(&meta))
        {
            // nothing depends on it: the next writer tries again
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// An hour is longer than any writer needs.
fn is_older_than_a_writer(meta: &fs::Metadata) -> bool {
    let age = meta.modified().ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_secs(60 * 60))
}

fn temp_prefix(path: &Path) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(TEMP_MARK);
    prefix
}

fn create_dirs(target: &EditableFile) -> Result<Vec<PathBuf>, WriteError> {
    let missing = target.missing_dirs();
    if !missing.is_empty() {
        fs::create_dir_all(target.dir()).map_err(|e| {
            remove_empty_dirs(&missing);
            WriteError::of("create", target.dir(), e)
        })?;
        for dir in &missing {
            flush_folder(dir.parent().unwrap_or(dir));
        }
    }
    Ok(missing)
}

/// Errors here are not reported: the new file is already in place.
#[cfg(unix)]
fn flush_folder(dir: &Path) {
    let _ = File::open(dir).and_then(|dir| dir.sync_all());
}

#[cfg(not(unix))]
fn flush_folder(_: &Path) {}

#[cfg(unix)]
fn keep_owner(file: &File, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    std::os::unix::fs::fchown(file, Some(old.uid()), Some(old.gid()))
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: &fs::Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn open_as_umask_has_it(builder: &mut tempfile::Builder<'_, '_>) {
    let bits: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    builder.permissions(bits);
}

#[cfg(not(unix))]
fn open_as_umask_has_it(_: &mut tempfile::Builder<'_, '_>) {}
