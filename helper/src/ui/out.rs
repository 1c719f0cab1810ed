//! Standard output and standard error.

use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use crate::base::text::{printable, visible_json};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, StdoutLock, Write};

/// Writes text to stdout and flushes it, with secrets hidden.
///
/// # Errors
/// Refused, if stdout cannot be written to (such as a full disk). A closed pipe (`| head`) is not
/// an error: the rest of the text is dropped.
pub fn print(text: impl AsRef<str>) -> Result<()> {
    let mut stream = Stream::stdout();
    stream.put(text.as_ref().as_bytes())?;
    stream.finish()
}

/// Writes text that contains secrets on purpose: for the mod, for a child's environment, or because
/// the user asked for them. Errors are those of [`print`].
pub fn print_secrets(text: impl AsRef<str>) -> Result<()> {
    Stream::stdout().put_as_it_is(text.as_ref().as_bytes()).map(|_| ())
}

/// Writes one JSON document and a line break to stdout, with invisible characters escaped. Errors are
/// those of [`print`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    let text = serde_json::to_string_pretty(value).map_err(|cause| {
        Error::new(Kind::Finding, format!("could not write the result as JSON: {cause}")).caused_by(cause)
    })?;
    print(visible_json(&text) + "\n")
}

/// Prints a report: as JSON if `--json` was given, else its text. Errors are those of [`print`].
pub fn print_report<T: AsRef<str>>(
    json: bool,
    report: &impl Serialize,
    text: impl FnOnce() -> T,
) -> Result<()> {
    if json { print_json(report) } else { print(text()) }
}

/// The indentation of a broken line: the column of the hints' text.
const HINT: usize = 8;

/// Writes one message to stderr, without characters that a terminal would interpret: it may quote a
/// server. Errors are ignored: there is nowhere left to report them.
pub fn note(text: impl Display) {
    let text = format!("cf-aig: {}\n", redact::output(&printable(&text.to_string())));
    let _ = write!(io::stderr(), "{}", super::screen::Screen::stderr().fold(&text, HINT));
}

/// Prints what the command-line parser returns instead of a command: help and version to stdout, a
/// usage error to stderr.
///
/// # Errors
/// Usage, already shown, for a usage error; errors of [`print`].
pub fn answer(answer: &clap::Error) -> Result<()> {
    let text = answer.render().to_string();
    if !answer.use_stderr() {
        return print(text);
    }
    let _ = write!(io::stderr(), "{}", redact::output(&text));
    Err(Error::shown(Kind::Usage))
}

/// True if stdout is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Standard output for text that arrives in pieces, with secrets hidden. An incomplete line is held
/// until it is complete or until [`Stream::finish`].
#[derive(Debug)]
pub struct Stream {
    out: StdoutLock<'static>,
    filter: redact::Filter,
    closed: bool,
}

impl Stream {
    /// Locks stdout until dropped.
    pub fn stdout() -> Self {
        Self { out: io::stdout().lock(), filter: redact::Filter::default(), closed: false }
    }

    /// Writes the rest of the last line.
    ///
    /// # Errors
    /// Refused, if stdout cannot be written to.
    pub fn finish(mut self) -> Result<()> {
        let rest = self.filter.finish();
        self.put_as_it_is(&rest).map(|_| ())
    }

    /// Writes and flushes complete lines; returns false once the reader has closed the pipe.
    ///
    /// # Errors
    /// Refused, if stdout cannot be written to.
    pub fn put(&mut self, bytes: &[u8]) -> Result<bool> {
        let clean = self.filter.push(bytes);
        self.put_as_it_is(&clean)
    }

    fn put_as_it_is(&mut self, bytes: &[u8]) -> Result<bool> {
        if self.closed || bytes.is_empty() {
            return Ok(!self.closed);
        }
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Ok(()) => Ok(true),
            Err(cause) if cause.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(false)
            }
            Err(cause) => {
                Err(Error::new(Kind::Refused, format!("could not write to stdout: {cause}")).caused_by(cause))
            }
        }
    }
}

impl Drop for Stream {
    /// Writes an unfinished line. Call `finish` to learn whether it was written.
    fn drop(&mut self) {
        let rest = self.filter.finish();
        let _ = self.put_as_it_is(&rest);
    }
}

/// Waits for `pause`; returns false as soon as the reader of stdout closes the pipe.
#[cfg(unix)]
pub fn wait_for_reader(pause: std::time::Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let out = io::stdout();
    // no events are requested, because the closed end of a pipe is always reported
    let mut fds = [PollFd::new(&out, PollFlags::empty())];
    let start = std::time::Instant::now();
    let timeout = Timespec::try_from(pause).ok();
    if poll(&mut fds, timeout.as_ref()).is_ok() {
        return fds[0].revents().is_empty();
    }
    std::thread::sleep(pause.saturating_sub(start.elapsed()));
    true
}

/// Waits for `pause`; cannot detect a closed pipe on this platform.
#[cfg(not(unix))]
pub fn wait_for_reader(pause: std::time::Duration) -> bool {
    std::thread::sleep(pause);
    true
}
