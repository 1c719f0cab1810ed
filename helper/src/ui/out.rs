//! Standard output and standard error.

use crate::base::error::{Error, Kind, Result};
use crate::base::redact;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, StdoutLock, Write};
use std::process::ExitCode;

/// Writes text to stdout and flushes it, secrets hidden.
///
/// # Errors
/// Refused, when stdout cannot be written (a full disk, say). A reader that has gone (`| head`) is not an
/// error: the rest of the text is dropped.
pub fn print(text: impl AsRef<str>) -> Result<()> {
    let mut stream = Stream::stdout();
    stream.put(text.as_ref().as_bytes())?;
    stream.finish()
}

/// Writes text that holds secrets on purpose: for the mod, for a child's environment, or because the user
/// asked to see them. Fails as [`print`] does.
pub fn print_secrets(text: impl AsRef<str>) -> Result<()> {
    Stream::stdout().put_as_it_is(text.as_ref().as_bytes()).map(|_| ())
}

/// Writes one JSON document and a line end to stdout. Fails as [`print`] does.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|cause| Error::new(Kind::Finding, format!("could not write the result as JSON: {cause}")))?;
    text.push('\n');
    print(text)
}

/// Writes one message to stderr. Errors are ignored: there is nowhere left to report them.
pub fn note(text: impl Display) {
    let text = text.to_string();
    let _ = writeln!(io::stderr(), "cf-aig: {}", redact::output(&text));
}

/// What the command line's parser answers instead of a command: help and version on stdout, a usage error
/// on stderr.
///
/// # Errors
/// Those of [`print`].
pub fn answer(answer: &clap::Error) -> Result<ExitCode> {
    if answer.use_stderr() {
        let text = answer.render().to_string();
        let _ = write!(io::stderr(), "{}", redact::output(&text));
    } else {
        print(answer.render().to_string())?;
    }
    Ok(ExitCode::from(u8::try_from(answer.exit_code()).unwrap_or(Kind::Usage.exit_code())))
}

/// True for the failure to write to a reader that has gone.
pub fn is_closed(error: &Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<io::Error>());
    cause.is_some_and(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// True when stdout is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Standard output for text that comes piece by piece, secrets hidden. A line that is not complete waits
/// for its end or for [`Stream::finish`].
#[derive(Debug)]
pub struct Stream {
    out: StdoutLock<'static>,
    filter: redact::Filter,
    closed: bool,
}

impl Stream {
    /// Locks stdout until it is dropped.
    pub fn stdout() -> Self {
        Self { out: io::stdout().lock(), filter: redact::Filter::default(), closed: false }
    }

    /// Writes what is left of the last line.
    ///
    /// # Errors
    /// Refused, when stdout cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let rest = self.filter.finish();
        self.put_as_it_is(&rest).map(|_| ())
    }

    /// Writes and flushes the lines that are complete; false once the reader has gone and there is no point
    /// in going on.
    ///
    /// # Errors
    /// Refused, when stdout cannot be written.
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
    /// What is left of a line that nobody finished. Who wants to know whether it arrived calls `finish`.
    fn drop(&mut self) {
        let rest = self.filter.finish();
        let _ = self.put_as_it_is(&rest);
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.put(bytes) {
            Ok(true) => Ok(bytes.len()),
            Ok(false) => Err(io::ErrorKind::BrokenPipe.into()),
            Err(error) => Err(io::Error::other(error)),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Waits for `pause`; false as soon as the reader of stdout has gone.
#[cfg(unix)]
pub fn wait_for_reader(pause: std::time::Duration) -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let out = io::stdout();
    // no events are asked for: a pipe's closed end is always reported
    let mut fds = [PollFd::new(&out, PollFlags::empty())];
    let start = std::time::Instant::now();
    let timeout = Timespec::try_from(pause).ok();
    if poll(&mut fds, timeout.as_ref()).is_ok() {
        return fds[0].revents().is_empty();
    }
    std::thread::sleep(pause.saturating_sub(start.elapsed()));
    true
}

/// Waits for `pause`; whether the reader of stdout has gone is not known here.
#[cfg(not(unix))]
pub fn wait_for_reader(pause: std::time::Duration) -> bool {
    std::thread::sleep(pause);
    true
}
