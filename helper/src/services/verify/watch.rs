//! Waiting in public: what is going on, and a way to stop it.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

/// Whoever looks on while the log is asked.
pub trait Watch {
    /// A step begins.
    fn step(&self, what: &str);
    /// Waits; false when the user wants it to end.
    fn pause(&self, pause: Duration, so_far: Duration, at_most: Duration) -> bool;
    /// True once the user wanted it to end.
    fn is_interrupted(&self) -> bool;
}

/// Shows no progress and cannot be interrupted.
#[derive(Debug, Default)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn step(&self, _: &str) {}

    fn pause(&self, pause: Duration, _: Duration, _: Duration) -> bool {
        std::thread::sleep(pause);
        true
    }

    fn is_interrupted(&self) -> bool {
        false
    }
}

static STOP: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
static CATCH: Once = Once::new();

/// Ctrl-C ends the waiting; a second one the process.
fn catch_ctrl_c() {
    CATCH.call_once(|| {
        // refused where another part of the process catches it already
        let _ = ctrlc::set_handler(|| {
            let mut stop = STOP.0.lock().unwrap_or_else(PoisonError::into_inner);
            if *stop {
                std::process::exit(130);
            }
            *stop = true;
            STOP.1.notify_all();
        });
    });
}

/// A person at a terminal: one line on stderr that renews itself; Ctrl-C ends the waiting, and what is
/// known by then is reported. Without a terminal nothing is written.
#[derive(Debug)]
pub struct Terminal {
    shown: bool,
    dirty: AtomicBool,
}

impl Terminal {
    /// Until the first pause Ctrl-C ends the process as ever; from then on it ends the waiting.
    pub fn watch() -> Self {
        Self { shown: io::stderr().is_terminal(), dirty: AtomicBool::new(false) }
    }

    fn write(&self, text: &str) {
        if self.shown {
            self.dirty.store(true, Ordering::SeqCst);
            let _ = write!(io::stderr(), "\r\x1b[K{text}").and_then(|()| io::stderr().flush());
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.dirty.load(Ordering::SeqCst) {
            let _ = write!(io::stderr(), "\r\x1b[K").and_then(|()| io::stderr().flush());
        }
    }
}

impl Watch for Terminal {
    fn step(&self, what: &str) {
        self.write(what);
    }

    fn pause(&self, pause: Duration, so_far: Duration, at_most: Duration) -> bool {
        self.write(&format!(
            "not in the log yet: {} s of at most {} s; Ctrl-C stops waiting",
            so_far.as_secs(),
            at_most.as_secs()
        ));
        catch_ctrl_c();
        let until = Instant::now() + pause;
        let mut stop = STOP.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*stop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            stop = STOP.1.wait_timeout(stop, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }

    fn is_interrupted(&self) -> bool {
        *STOP.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
