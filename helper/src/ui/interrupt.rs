//! Ctrl-C during a wait: the first one ends the wait, the second one ends the process.

use std::sync::{Condvar, Mutex, Once, PoisonError};
use std::time::{Duration, Instant};

static STOP: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
static CATCH: Once = Once::new();

/// From now on, the first Ctrl-C ends [`pause`] instead of the process.
#[allow(clippy::exit)]
pub fn catch() {
    CATCH.call_once(|| {
        // fails if another part of the process already handles it
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

/// True once Ctrl-C was pressed.
pub fn is_requested() -> bool {
    *STOP.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits; returns false if Ctrl-C ended the wait.
pub fn pause(pause: Duration) -> bool {
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
