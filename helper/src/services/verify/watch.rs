//! Waiting in public: what is going on, and a way to stop it.

use crate::ui::interrupt;
use crate::ui::progress::Line;
use std::time::Duration;

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

/// A person at a terminal: one line on stderr that is redrawn. Ctrl-C ends the wait, and what is known by
/// then is reported. Without a terminal nothing is written.
#[derive(Debug)]
pub struct Terminal(Line);

impl Terminal {
    /// Until the first pause Ctrl-C ends the process as usual; from then on it ends the wait.
    pub fn watch() -> Self {
        Self(Line::new())
    }
}

impl Watch for Terminal {
    fn step(&self, what: &str) {
        self.0.say(what);
    }

    fn pause(&self, pause: Duration, so_far: Duration, at_most: Duration) -> bool {
        // before it is promised
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
