//! Runs work that may fail or panic: blocking work in a thread with a time limit, other work in
//! place. A panic becomes a result if the build unwinds.
//!
//! A release binary aborts on panic, like all of the helper: the panic's message on stderr, with
//! its place in the source, is then the report, and no further check runs.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Instant;

/// The result of a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Got<T> {
    /// Done.
    Is(T),
    /// Not started, for this reason.
    Not(String),
    /// Not done in time.
    Late,
    /// It panicked with this message.
    Crashed(String),
}

impl<T> Got<T> {
    pub(super) fn is(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }
}

/// Runs work that does not block.
pub(super) fn run<T>(work: impl FnOnce() -> T) -> Got<T> {
    // checks only read shared data, so a panic leaves nothing inconsistent
    catch_unwind(AssertUnwindSafe(work)).map_or_else(|panic| Got::Crashed(message(&*panic)), Got::Is)
}

/// Blocking work in progress.
pub(super) struct Job<T> {
    done: mpsc::Receiver<T>,
    thread: std::io::Result<JoinHandle<()>>,
}

/// Starts blocking work. A thread that cannot be started counts as a crash.
pub(super) fn start<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    let (tell, done) = mpsc::channel();
    let thread = thread::Builder::new().name(format!("doctor {name}")).spawn(move || {
        // the receiver may have given up
        let _ = tell.send(work());
    });
    Job { done, thread }
}

impl<T> Job<T> {
    /// Waits for it, at most until `end`.
    pub(super) fn until(self, end: Instant) -> Got<T> {
        match (self.done.recv_timeout(end.saturating_duration_since(Instant::now())), self.thread) {
            (Ok(value), _) => Got::Is(value),
            (Err(RecvTimeoutError::Timeout), Ok(_)) => Got::Late,
            (Err(_), Err(cause)) => Got::Crashed(format!("no thread: {cause}")),
            (Err(RecvTimeoutError::Disconnected), Ok(thread)) => {
                Got::Crashed(thread.join().err().map_or_else(String::new, |panic| message(&*panic)))
            }
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let plain = panic.downcast_ref::<&str>().copied();
    plain.or(panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(20)
    }

    #[test]
    fn work_that_panics_is_a_result_and_others_go_on() {
        let broken: Job<u8> = start("broken", || panic!("of all things"));
        let good = start("good", || 7);
        assert_eq!(broken.until(soon()), Got::Crashed("of all things".to_owned()));
        assert_eq!(good.until(soon()), Got::Is(7));
        assert_eq!(run(|| -> u8 { panic!("at {}", 1) }), Got::Crashed("at 1".to_owned()));
        assert_eq!(run(|| 7), Got::Is(7));
    }

    #[test]
    fn work_that_never_ends_stops_at_the_time_limit() {
        let job: Job<()> = start("endless", || {
            loop {
                thread::park();
            }
        });
        assert_eq!(job.until(Instant::now()), Got::Late);
    }
}
