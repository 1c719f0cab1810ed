//! Progress of long work: one line on stderr, only where a person sees it, gone when the work is done.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a person waits before the screen says for what.
const PATIENCE: Duration = Duration::from_secs(1);

/// A line that is drawn again is not readable faster than this.
const REDRAW: Duration = Duration::from_millis(100);

/// A line that says how far it is.
#[derive(Debug)]
pub struct Progress {
    what: String,
    drawn: Option<Instant>,
    shown: bool,
}

impl Progress {
    /// Nothing is drawn before the first [`Progress::at`], and nothing at all without a terminal.
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), drawn: None, shown: io::stderr().is_terminal() }
    }

    /// So many are done, of so many if that is known.
    pub fn at(&mut self, done: u64, total: Option<u64>) {
        if !self.shown || self.drawn.is_some_and(|at| at.elapsed() < REDRAW) {
            return;
        }
        self.drawn = Some(Instant::now());
        let of = total.map_or(String::new(), |total| format!(" of {total}"));
        let _ = write!(io::stderr(), "\r\x1b[K{}: {done}{of}", self.what);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

/// One line that explains a pause, where a person waits.
pub fn note(text: &str) {
    let mut err = io::stderr();
    if err.is_terminal() {
        let _ = writeln!(err, "\r\x1b[K{text}");
    }
}

/// Says on a terminal that an answer is awaited, once that takes longer than [`PATIENCE`].
#[derive(Debug)]
pub struct Waiting(Option<(mpsc::Sender<()>, thread::JoinHandle<()>)>);

impl Waiting {
    /// Starts to wait for `whom`; the line is gone when this is dropped.
    pub fn start(whom: &str) -> Self {
        if !io::stderr().is_terminal() {
            return Self(None);
        }
        let (done, is_done) = mpsc::channel::<()>();
        let whom = whom.to_owned();
        let line = move || {
            if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let line = Line::new();
                line.say(&format!("waiting for {whom}"));
                let _ = is_done.recv();
            }
        };
        Self(thread::Builder::new().spawn(line).ok().map(|thread| (done, thread)))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            let _ = thread.join();
        }
    }
}

/// One line on stderr about something that is about to happen and that a log should show too.
pub fn announce(text: &str) {
    let _ = writeln!(io::stderr(), "cf-aig: {text}");
}

/// One line that says what is going on, renewed in place; gone when it is dropped. Where no person
/// looks at stderr nothing is written.
#[derive(Debug, Default)]
pub struct Line {
    drawn: std::cell::Cell<bool>,
}

impl Line {
    /// Nothing is drawn yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// This is going on now.
    pub fn say(&self, what: &str) {
        let mut err = io::stderr();
        if err.is_terminal() {
            self.drawn.set(true);
            let _ = write!(err, "\r\x1b[K{what}").and_then(|()| err.flush());
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.drawn.get() {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
