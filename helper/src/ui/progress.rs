//! Progress of long operations: one line on stderr, drawn only at a terminal and cleared at the end.

use super::screen::var;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How long to wait before the screen shows what is awaited.
const PATIENCE: Duration = Duration::from_secs(1);

/// The shortest time between two updates of a counter.
const REDRAW: Duration = Duration::from_millis(100);

/// Moves to the start of the line and clears it.
const CLEAR: &str = "\r\x1b[K";

/// True if a line on stderr can be redrawn: a terminal that knows escape sequences.
fn is_redrawn() -> bool {
    io::stderr().is_terminal() && var("TERM").as_deref() != Some("dumb")
}

/// A status line, redrawn in place and cleared when dropped.
#[derive(Debug)]
pub struct ProgressLine {
    shown: bool,
    drawn: AtomicBool,
}

impl Default for ProgressLine {
    /// Draws nothing yet.
    fn default() -> Self {
        Self { shown: is_redrawn(), drawn: AtomicBool::new(false) }
    }
}

impl ProgressLine {
    /// Replaces the line.
    pub fn say(&self, what: &str) {
        if self.shown {
            self.drawn.store(true, Ordering::Relaxed);
            let mut err = io::stderr().lock();
            let _ = write!(err, "{CLEAR}{what}").and_then(|()| err.flush());
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.drawn.load(Ordering::Relaxed) {
            let _ = write!(io::stderr(), "{CLEAR}");
        }
    }
}

/// A counter: what is counted, how many are done, of how many.
#[derive(Debug)]
pub struct Progress {
    what: String,
    line: ProgressLine,
    drawn: Option<Instant>,
}

impl Progress {
    /// Draws nothing before the first [`Progress::at`].
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), line: ProgressLine::default(), drawn: None }
    }

    /// Reports that `done` are done, of `total` if it is known.
    pub fn at(&mut self, done: u64, total: Option<u64>) {
        if self.drawn.is_none_or(|at| at.elapsed() >= REDRAW) {
            self.drawn = Some(Instant::now());
            self.line.say(&format!("{}: {}", self.what, counted(done, total)));
        }
    }
}

/// `3 of 20`. A total smaller than `done` is ignored: it must count something else.
fn counted(done: u64, total: Option<u64>) -> String {
    match total.filter(|total| *total >= done) {
        Some(total) => format!("{done} of {total}"),
        None => done.to_string(),
    }
}

/// A line that explains a pause to the user at the terminal.
pub fn note(text: &str) {
    if io::stderr().is_terminal() {
        let clear = if is_redrawn() { CLEAR } else { "" };
        let _ = writeln!(io::stderr(), "{clear}{text}");
    }
}

/// Shows at a terminal that a response is awaited, once that takes longer than [`PATIENCE`].
#[derive(Debug)]
pub struct Waiting(Option<(mpsc::Sender<()>, thread::JoinHandle<()>)>);

impl Waiting {
    /// Starts waiting for `whom`; the line is cleared when this is dropped.
    pub fn start(whom: &str) -> Self {
        if !is_redrawn() {
            return Self(None);
        }
        let (done, is_done) = mpsc::channel::<()>();
        let whom = whom.to_owned();
        let line = move || {
            if is_done.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let line = ProgressLine::default();
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

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn a_total_below_the_count_is_not_shown() {
        let all = [(3, Some(20)), (20, Some(20)), (20, Some(3)), (20, Some(0)), (0, None)];
        let shown = all.map(|(done, total)| counted(done, total));
        assert_eq!(shown, ["3 of 20", "20 of 20", "20", "20", "0"]);
    }
}
