//! Shows progress while waiting, and lets the user stop the wait.

use crate::ui::interrupt;
use crate::ui::progress::ProgressLine;
use std::time::Duration;

/// An observer of the log search.
#[derive(Debug)]
pub struct Watch(Option<ProgressLine>);

impl Watch {
    /// A user at a terminal: one line on stderr that is redrawn; without a terminal, nothing is written.
    /// Before the first pause, Ctrl-C ends the process as usual; after that it ends the wait, and the
    /// results so far are reported.
    pub fn terminal() -> Self {
        Self(Some(ProgressLine::default()))
    }

    /// Shows no progress and cannot be interrupted.
    pub fn none() -> Self {
        Self(None)
    }

    /// A step starts.
    pub(super) fn step(&self, what: &str) {
        if let Some(line) = &self.0 {
            line.say(what);
        }
    }

    /// Waits; false if the user wants to stop.
    pub(super) fn pause(&self, pause: Duration, so_far: Duration, at_most: Duration) -> bool {
        let Some(line) = &self.0 else {
            std::thread::sleep(pause);
            return true;
        };
        // before the line mentions it
        interrupt::catch();
        line.say(&format!(
            "not in the log yet: {} s of at most {} s; Ctrl-C stops waiting",
            so_far.as_secs(),
            at_most.as_secs()
        ));
        interrupt::pause(pause)
    }

    /// True once the user wants to stop.
    pub(super) fn is_interrupted(&self) -> bool {
        self.0.is_some() && interrupt::is_requested()
    }
}
