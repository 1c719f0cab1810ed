//! Exports the whole log to a file: resumable, without gaps or duplicates, in constant memory.
//!
//! `FILE.progress` exists next to `FILE` until the export is complete. It records how many bytes of
//! the file are valid, and the entry to resume after. It is replaced atomically, and only after
//! those bytes are on disk; anything written after them is truncated on resume.

use super::rows::ExportFormat;
use super::walk::{LogWalk, Position};
use super::{LogReader, Query, Range};
use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use crate::facts::gateway::resources::LogEntry;
use crate::ui::progress::Progress;
use crate::ui::{file, note};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

/// The number of steps between two progress records.
const STEPS: u32 = 4;
/// Pauses before retrying a step that failed because of the network, in seconds.
const PATIENCE: [u64; 5] = [1, 2, 4, 8, 16];

/// What to export.
#[derive(Debug)]
pub struct ExportJob<'a> {
    /// The source.
    pub reader: &'a LogReader,
    /// Which entries.
    pub query: &'a Query,
    /// The time range.
    pub range: Range,
    /// The format.
    pub format: ExportFormat,
    /// The range and the query as typed: `7d` means another range tomorrow, but is the same export.
    pub asked: String,
}

/// The result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Entries in the file, including those of earlier runs.
    pub entries: u64,
    /// The range; that of the first run if this one resumed it.
    pub range: Range,
    /// True if it resumed an earlier run.
    pub resumed: bool,
}

/// The progress of an export, as stored in `FILE.progress`. A version that does not know a field would
/// resume at the wrong entry, so it refuses the file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mark {
    schema: u8,
    /// Identifies the export.
    job: String,
    since: Option<i64>,
    until: Option<i64>,
    /// How many bytes of the file are valid.
    bytes: u64,
    entries: u64,
    /// The time of the last entry, and the entries of that moment.
    at: Option<i64>,
    seen: HashSet<String>,
    /// Workers Observability: the cursor to continue at.
    cursor: Option<String>,
}

impl ExportJob<'_> {
    /// Exports to a file, starting or resuming, or to what is there and is no file, such as a pipe.
    ///
    /// Errors: the file belongs to something else or another process is writing it (conflict), it
    /// cannot be written (refused), and all errors of reading; what was read until then is kept.
    pub fn to_file(&self, path: &Path) -> Result<Done> {
        if file::is_special(path) {
            let mut mark = self.mark();
            let mut stream = OpenOptions::new().write(true).open(path).map_err(|e| wrong(path, e))?;
            let put =
                |text: &str| stream.write_all(text.as_bytes()).map(|()| true).map_err(|e| wrong(path, e));
            self.run(&mut mark, put, |_| Ok(()))?;
            return Ok(Done { entries: mark.entries, range: mark.range(), resumed: false });
        }
        let progress = beside(path);
        let known = self.known(&progress)?;
        let resumed = known.is_some();
        let mut mark = match known {
            Some(mark) => mark,
            None => {
                file::check_new(path)?;
                // create the progress file first: a file without one belongs to someone else
                let mark = self.mark();
                save(&progress, &mark)?;
                mark
            }
        };
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|e| wrong(path, e))?;
        lock(&file, path)?;
        if file.metadata().map_err(|e| wrong(path, e))?.len() < mark.bytes {
            let message = format!("{} is shorter than {} says", path.display(), progress.display());
            return Err(Error::new(Kind::Conflict, message).hinted("delete both and start again"));
        }
        file.set_len(mark.bytes).map_err(|e| wrong(path, e))?;
        file.seek(SeekFrom::Start(mark.bytes)).map_err(|e| wrong(path, e))?;
        let put = |text: &str| (&file).write_all(text.as_bytes()).map(|()| true).map_err(|e| wrong(path, e));
        let keep = |mark: &Mark| {
            file.sync_data().map_err(|e| wrong(path, e))?;
            save(&progress, mark)
        };
        self.run(&mut mark, put, keep).map_err(|error| error.hinted("run the same command to resume"))?;
        fs::remove_file(&progress).map_err(|e| wrong(&progress, e))?;
        Ok(Done { entries: mark.entries, range: mark.range(), resumed })
    }

    /// Exports to a stream, which cannot be resumed. `put` returns false once nobody reads it.
    pub fn to_stream(&self, put: impl FnMut(&str) -> Result<bool>) -> Result<()> {
        self.run(&mut self.mark(), put, |_| Ok(()))
    }

    fn run(
        &self,
        mark: &mut Mark,
        mut put: impl FnMut(&str) -> Result<bool>,
        mut keep: impl FnMut(&Mark) -> Result<()>,
    ) -> Result<()> {
        let mut text = if mark.bytes == 0 { self.format.head() } else { String::new() };
        let position = Position { at: mark.at, seen: mark.seen.clone(), cursor: mark.cursor.clone() };
        let mut walk = LogWalk::new(self.reader, self.query, mark.range(), position);
        let mut progress = Progress::new("entries");
        let mut unkept = 0;
        let result = loop {
            // entries are whole lines, and no secret spans two
            let clean = redact::output(&text);
            if !put(&clean)? {
                return Ok(());
            }
            mark.bytes += clean.len() as u64;
            unkept += 1;
            if unkept >= STEPS {
                mark.note(&walk.position);
                keep(mark)?;
                unkept = 0;
            }
            let entries = match patiently(&mut walk, mark) {
                Ok(Some(entries)) => entries,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            };
            text = entries.iter().map(|entry| self.format.line(entry)).collect();
            mark.entries += entries.len() as u64;
            progress.at(mark.entries, walk.ahead.map(|ahead| mark.entries + ahead));
        };
        mark.note(&walk.position);
        keep(mark)?;
        result
    }

    /// Distinguishes this export from others.
    fn key(&self) -> String {
        let ExportJob { reader, format, asked, .. } = self;
        format!("{} {} {format} {asked}", reader.name(), reader.store)
    }

    fn mark(&self) -> Mark {
        let Range { since, until } = self.range;
        Mark { schema: 1, job: self.key(), since, until, ..Mark::default() }
    }

    fn known(&self, progress: &Path) -> Result<Option<Mark>> {
        let bytes = match fs::read(progress) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(progress, error)),
        };
        let conflict = |what: &str| {
            Error::new(Kind::Conflict, format!("{} {what}", progress.display()))
                .hinted("finish that one with its own arguments, or delete it and its file")
        };
        match serde_json::from_slice::<Mark>(&bytes) {
            Ok(mark) if mark.schema == 1 && mark.job == self.key() => Ok(Some(mark)),
            Ok(_) => Err(conflict("is of another export")),
            Err(cause) => Err(conflict("cannot be read").caused_by(cause)),
        }
    }
}

impl Mark {
    fn range(&self) -> Range {
        Range { since: self.since, until: self.until }
    }

    /// Everything up to this position is in the file.
    fn note(&mut self, position: &Position) {
        let Position { at, seen, cursor } = position.clone();
        (self.at, self.seen, self.cursor) = (at, seen, cursor);
    }
}

/// Retries a step that failed because of the network.
fn patiently(walk: &mut LogWalk<'_>, mark: &Mark) -> Result<Option<Vec<LogEntry>>> {
    let mut pauses = PATIENCE.iter();
    loop {
        match walk.step() {
            Err(error) if error.kind == Kind::Network => {
                let Some(pause) = pauses.next() else { return Err(error) };
                let (why, entries) = (error.message, mark.entries);
                note(format!("{why}; {entries} entries so far, next attempt in {pause} s"));
                thread::sleep(Duration::from_secs(*pause));
            }
            answer => return answer,
        }
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".progress");
    name.into()
}

fn save(path: &Path, mark: &Mark) -> Result<()> {
    let folder = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let saved = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        serde_json::to_writer(&mut file, mark)?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|error| error.error)
    });
    saved.map(|_| ()).map_err(|error| file::unwritable(path, error))
}

fn lock(file: &File, path: &Path) -> Result<()> {
    // not every file system supports locks
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        return Err(Error::new(Kind::Conflict, format!("another process is writing {}", path.display())));
    }
    Ok(())
}

fn wrong(path: &Path, cause: io::Error) -> Error {
    Error::new(Kind::Refused, format!("could not write {}: {cause}", path.display())).caused_by(cause)
}
