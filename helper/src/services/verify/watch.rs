//! Shows progress while waiting, and lets the user stop the wait.

use crate::ui::interrupt;
use crate::ui::progress::Line;
use std::time::Duration;

/// An observer of the log search.
pub trait Watch {
    /// A step starts.
    fn step(&self, what: &str);
    /// Waits; false if the user wants to stop.
    fn pause(&self, pause: Duration, so_far: Duration, at_most: Duration) -> bool;
    /// True once the user wants to stop.
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

/// A user at a terminal: one line on stderr that is redrawn. Ctrl-C ends the wait, and the results
/// so far are reported. Without a terminal, nothing is written.
#[derive(Debug)]
pub struct Terminal(Line);

impl Terminal {
    /// Before the first pause, Ctrl-C ends the process as usual; after that it ends the wait.
    pub fn watch() -> Self {
        Self(Line::new())
    }
}

impl Watch for Terminal {
    fn step(&self, what: &str) {
        self.0.say(what);
    }

    fn pause(&self, pause: Duration, so_far: Duration, at_most: Duration) -> bool {
        // before the line mentions it
        interrupt::catch();
        self.0.say(&format!(
            "not in the log yet: {} s of at most {} s; Ctrl-C stops waiting",
            so_far.as_secs(),
            at_most.as_secs()
        ));
        interrupt::pause(pause)
    }

    fn is_interrupted(&self) -> bool {
        interrupt::is_requested()
    }
}
