//! `$CLAUDE_ENV_FILE`: the script that Claude Code puts in front of every Bash command.
//!
//! Everything that is written is in one marked block; the rest of the file belongs to others and
//! stays byte for byte. Only Bash commands see the file: it never reaches the client itself.

use crate::base::quote::posix;
use crate::facts::gateway::auth::Environment;
use crate::system::env::ProcessEnv;
use crate::system::file;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Set by `/cloudflare off` in the client's own environment, which Bash programs inherit. The block
/// checks it: the client reads the file once and keeps it (2.1.330: until a SessionStart hook ran
/// again), so emptying the file would change nothing for Bash programs.
pub const SWITCHED_OFF: &str = "CF_AIG_OFF";
/// Its value while a settings file sets another base URL: a nested `claude` would take the URL from
/// that file and our token from the environment.
const HELD_BACK: &str = "held";

/// True if `/cloudflare off` switched this session off. [`HELD_BACK`] is not the user's choice and ends by
/// itself.
pub fn switched_off(env: &ProcessEnv) -> bool {
    env.var(SWITCHED_OFF).is_some_and(|value| !value.is_empty() && value != HELD_BACK)
}

/// The client's own `ANTHROPIC_BASE_URL`, saved before the block sets the variable for Bash
/// programs; empty if the client has none.
pub const CLIENT_BASE_URL: &str = "CF_AIG_CLIENT_BASE_URL";

const BEGIN: &str = "# >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway >>>";
/// Used instead if the file's last line had no line break and was given one.
const BEGIN_JOINED: &str =
    "# >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway. >>>";
const END: &str = "# <<< cf-aig <<<";
/// Starts the name of a file that replaces the environment file.
const TEMP_PREFIX: &str = ".cf-aig-";
/// The preamble of Bash commands has a few lines; a file of this size is something else.
const MAX_BYTES: u64 = 4 << 20;

/// Why the file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum EnvFileError {
    /// It is not a regular file.
    #[error("the environment file is {0}")]
    NotAFile(&'static str),
    /// It is larger than any environment file.
    #[error("the environment file is larger than 4 MiB")]
    TooLarge,
    /// A value that cannot be written to a shell script.
    #[error("{0} has a value that cannot be written to a shell script")]
    Unquotable(String),
    /// An error of the operating system.
    #[error("{}", describe(.0))]
    Io(#[from] io::Error),
}

/// The lines of our block.
#[derive(Debug)]
pub struct BlockLines {
    text: String,
    holds_secret: bool,
}

impl BlockLines {
    /// The lines as they are written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// The block's lines for these variables. Refuses values that could end the block or the script
/// early.
pub fn block(env: &Environment) -> Result<BlockLines, EnvFileError> {
    let mut text = format!("if [ -z \"${{{SWITCHED_OFF}-}}\" ]; then\n");
    text.push_str(&format!("export {CLIENT_BASE_URL}=\"${{ANTHROPIC_BASE_URL-}}\"\n"));
    for (name, value) in &env.set {
        let value = value.reveal();
        let breaks_block = value.lines().any(|line| line == END || line == BEGIN || line == BEGIN_JOINED);
        if breaks_block || value.contains('\0') || !is_name(name) {
            return Err(EnvFileError::Unquotable((*name).to_owned()));
        }
        text.push_str(&format!("export {name}={}\n", posix(value)));
    }
    for name in &env.unset {
        text.push_str(&format!("unset {name}\n"));
    }
    text.push_str("fi\n");
    Ok(BlockLines { text, holds_secret: env.holds_a_secret() })
}

/// The file's text with our block replaced, added, or (for `None`) removed.
pub fn with_block(text: &[u8], block: Option<&str>) -> Vec<u8> {
    let mut rest = without_block(text);
    if let Some(block) = block {
        let joined = !rest.is_empty() && !rest.ends_with(b"\n");
        if joined {
            rest.push(b'\n');
        }
        let begin = if joined { BEGIN_JOINED } else { BEGIN };
        rest.extend_from_slice(format!("{begin}\n{block}{END}\n").as_bytes());
    }
    rest
}

/// True if this text contains our block.
pub fn has_block(text: &[u8]) -> bool {
    without_block(text).len() != text.len()
}

/// The session's files with our block: `session-env/{id}/sessionstart-hook-{n}.sh` in the client's
/// configuration folder, as 2.1.330 names them.
pub fn of_session(config_dir: &Path, session_id: &str) -> impl Iterator<Item = PathBuf> + use<> {
    let ours = |path: &PathBuf| file::read(path).is_ok_and(|text| has_block(&text));
    files_of_session(config_dir, session_id).filter(ours)
}

/// Removes our block from the session's files, and the temporary files of a writer that was killed:
/// both can hold a token. What cannot be removed stays, readable only by its owner.
pub fn clean_session(config_dir: &Path, session_id: &str) {
    for path in of_session(config_dir, session_id) {
        let _ = write(&path, None);
    }
    let is_temporary = |path: &PathBuf| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(TEMP_PREFIX.as_bytes()))
    };
    for path in files_of_session(config_dir, session_id).filter(is_temporary) {
        let _ = fs::remove_file(path);
    }
}

fn files_of_session(config_dir: &Path, session_id: &str) -> impl Iterator<Item = PathBuf> + use<> {
    // the id becomes a folder name, so accept only the client's UUIDs: anything else could name
    // another folder
    let is_id = !session_id.is_empty() && session_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let folder = is_id.then(|| config_dir.join("session-env").join(session_id));
    let entries = folder.and_then(|folder| fs::read_dir(folder).ok());
    entries.into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path())
}

fn without_block(text: &[u8]) -> Vec<u8> {
    let mut kept = text.to_vec();
    while let Some((from, to)) = find_block(&kept) {
        kept.drain(from..to);
    }
    kept
}

/// The bytes of the first complete block. A marker without its counterpart belongs to someone else.
fn find_block(text: &[u8]) -> Option<(usize, usize)> {
    let mut begun: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        let bare = line.strip_suffix(b"\n").unwrap_or(line);
        if bare == BEGIN.as_bytes() {
            begun = Some(at);
        } else if bare == BEGIN_JOINED.as_bytes() {
            begun = Some(at.saturating_sub(1));
        } else if bare == END.as_bytes()
            && let Some(from) = begun
        {
            return Some((from, at + line.len()));
        }
        at += line.len();
    }
    None
}

/// Writes the block to the file (or, for `None`, removes it). The file is replaced as a whole or
/// not at all, and is readable only by its owner if it holds a secret. Returns whether it changed.
pub fn write(path: &Path, block: Option<&BlockLines>) -> Result<bool, EnvFileError> {
    let before = match read(path) {
        // only a regular file can hold our block
        Err(EnvFileError::NotAFile(_) | EnvFileError::TooLarge) if block.is_none() => None,
        before => before?,
    };
    if before.is_none() && block.is_none() {
        return Ok(false);
    }
    let is_there = before.is_some();
    let (text, mode) = before.unwrap_or_default();
    let after = with_block(&text, block.map(BlockLines::text));
    let mode = if block.is_some_and(|block| block.holds_secret) { 0o600 } else { mode.unwrap_or(0o600) };
    let fits = |meta: &fs::Metadata| file::mode_of(meta).is_none_or(|bits| bits == mode);
    if after == text && fs::metadata(path).is_ok_and(|meta| fits(&meta)) {
        return Ok(false);
    }
    if is_there {
        // renaming over a read-only file would work, but is not what its owner wants
        OpenOptions::new().append(true).open(path)?;
    }
    let folder = path.parent().ok_or(EnvFileError::NotAFile("a path without a folder"))?;
    let mut temp = tempfile::Builder::new().prefix(TEMP_PREFIX).tempfile_in(folder)?;
    temp.write_all(&after)?;
    file::set_mode(temp.as_file(), mode)?;
    temp.persist(path).map_err(|e| e.error)?;
    Ok(true)
}

/// A file's bytes, and its mode if files have one.
type FileBytes = (Vec<u8>, Option<u32>);

/// The file's content; `None` if there is no file.
fn read(path: &Path) -> Result<Option<FileBytes>, EnvFileError> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e.into()),
    };
    let kind = meta.file_type();
    if kind.is_symlink() {
        return Err(EnvFileError::NotAFile("a symbolic link"));
    }
    if kind.is_dir() {
        return Err(EnvFileError::NotAFile("a directory"));
    }
    if !kind.is_file() {
        return Err(EnvFileError::NotAFile("not a regular file"));
    }
    if meta.len() > MAX_BYTES {
        return Err(EnvFileError::TooLarge);
    }
    let mut text = Vec::with_capacity(usize::try_from(meta.len()).unwrap_or_default());
    File::open(path)?.read_to_end(&mut text)?;
    Ok(Some((text, file::mode_of(&meta))))
}

fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    name.bytes().all(plain) && !name.starts_with(|c: char| c.is_ascii_digit()) && !name.is_empty()
}

/// Why the file cannot be written, without the path and the error number.
fn describe(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "the folder of the environment file does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "the environment file is not writable".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => {
            "the file system of the environment file is read-only".to_owned()
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "the disk is full".to_owned()
        }
        kind => format!("writing the environment file failed: {kind}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_of_others_stay_byte_for_byte(before in proptest::collection::vec(any::<u8>(), 0..60), lines in "([a-z]{0,5}\n){0,3}") {
            let added = with_block(&before, Some(&lines));
            prop_assert!(added.starts_with(&before));
            prop_assert_eq!(with_block(&added, None), before);
        }

        #[test]
        fn writing_twice_is_writing_once(before in "([a-z#> ]{0,9}\n?){0,5}", one in "([a-z]{0,5}\n){0,3}", two in "([a-z]{0,5}\n){0,3}") {
            let once = with_block(before.as_bytes(), Some(&two));
            let twice = with_block(&with_block(before.as_bytes(), Some(&one)), Some(&two));
            prop_assert_eq!(once, twice);
        }
    }

    #[test]
    fn text_that_others_add_behind_the_block_stays() {
        let mut text = with_block(b"export A=1\n", Some("x\n"));
        text.extend_from_slice(b"export B=2\n");
        assert_eq!(with_block(&text, None), b"export A=1\nexport B=2\n");
        assert!(has_block(&text) && !has_block(b"export A=1\n"));
    }

    #[test]
    fn a_marker_without_its_twin_is_a_line_like_any_other() {
        let torn = format!("{BEGIN}\nexport A=1\n");
        assert_eq!(with_block(torn.as_bytes(), None), torn.as_bytes());
    }

    #[test]
    fn only_a_session_of_the_client_has_a_file() {
        let home = tempfile::tempdir().unwrap();
        let file = |folder: &str| {
            let folder = home.path().join(folder);
            fs::create_dir_all(&folder).unwrap();
            let path = folder.join("sessionstart-hook-0.sh");
            fs::write(&path, with_block(b"export A=1\n", Some("x\n"))).unwrap();
            path
        };
        let own = file("session-env/0c1d-2E3f");
        let found = |id: &str| of_session(home.path(), id).collect::<Vec<_>>();
        assert_eq!(found("0c1d-2E3f"), [own]);
        file("session-env");
        file("session-env/a.b");
        file("elsewhere");
        for id in ["", ".", "a.b", "../elsewhere", "0c1d-2E3f/../a.b"] {
            assert_eq!(found(id), [""; 0].map(PathBuf::from), "{id}");
        }
    }

    #[test]
    fn the_end_of_a_session_removes_every_block_and_what_a_killed_writer_left() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("session-env/0c1d");
        fs::create_dir_all(&folder).unwrap();
        let text = with_block(b"export A=1\n", Some("x\n"));
        for name in ["sessionstart-hook-0.sh", "sessionstart-hook-1.sh", ".cf-aig-Ab12Cd"] {
            fs::write(folder.join(name), &text).unwrap();
        }
        fs::write(folder.join("other.sh"), "export B=2\n").unwrap();
        clean_session(home.path(), "0c1d");
        let mut left: Vec<_> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.file_name().unwrap().to_owned(), fs::read_to_string(&path).unwrap()))
            .collect();
        left.sort();
        let expected = [
            ("other.sh", "export B=2\n"),
            ("sessionstart-hook-0.sh", "export A=1\n"),
            ("sessionstart-hook-1.sh", "export A=1\n"),
        ];
        assert_eq!(left, expected.map(|(name, text)| (name.into(), text.to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_keeps_its_mode_until_it_holds_a_secret() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env.sh");
        fs::write(&path, "export A=1\n").unwrap();
        let allow = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let write = |holds_secret| {
            let lines = BlockLines { text: "x\n".to_owned(), holds_secret };
            (write(&path, Some(&lines)).unwrap(), file::mode_of(&path.metadata().unwrap()))
        };
        allow(0o644);
        assert_eq!(write(false), (true, Some(0o644)));
        assert_eq!(write(false), (false, Some(0o644)));
        assert_eq!(write(true), (true, Some(0o600)), "the same text");
        allow(0o640);
        assert_eq!(write(true), (true, Some(0o600)), "opened to the group since");
    }

    #[test]
    fn only_a_file_of_a_plausible_size_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("env.sh");
        let size = |bytes| File::create(&path).unwrap().set_len(bytes).unwrap();
        size(MAX_BYTES);
        assert!(read(&path).is_ok());
        size(MAX_BYTES + 1);
        assert!(matches!(read(&path), Err(EnvFileError::TooLarge)));
        assert!(read(&folder.path().join("none")).unwrap().is_none());
        let below_a_file = path.join("env.sh");
        assert!(matches!(write(&below_a_file, None), Err(EnvFileError::Io(_))));
    }

    #[test]
    fn a_name_is_one_that_every_shell_takes() {
        for name in ["A", "_", "A_1", "_9"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "1A", "a", "A B", "A=", "A\n", "Ä"] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn a_value_that_would_end_the_block_is_refused() {
        use crate::facts::gateway::auth::Value;
        let env = |value: &str| Environment {
            set: vec![("A", Value::Plain(value.to_owned()))],
            ..Environment::default()
        };
        for marker in [BEGIN, BEGIN_JOINED, END] {
            assert!(block(&env(&format!("x\n{marker}\ny"))).is_err(), "{marker}");
            assert!(block(&env(&format!("x{marker}"))).is_ok(), "no line of its own: {marker}");
        }
        assert!(block(&env("a\0b")).is_err());
        let expected = "if [ -z \"${CF_AIG_OFF-}\" ]; then\nexport CF_AIG_CLIENT_BASE_URL=\"${ANTHROPIC_BASE_URL-}\"\nexport A='it'\\''s'\nfi\n";
        assert_eq!(block(&env("it's")).unwrap().text(), expected);
    }
}
