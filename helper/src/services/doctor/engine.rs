//! Runs blocking work in a thread of its own, with a time limit.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoResult {
    /// The work was not started, for this reason.
    Not(String),
    /// This did not respond in time: "the gateway".
    Late(&'static str),
}

/// Blocking work in progress.
pub(super) struct Task<T> {
    what: &'static str,
    done: mpsc::Receiver<T>,
}

/// Starts blocking work. `what` is what has to respond, as a noun: "the gateway".
pub(super) fn start<T: Send + 'static>(
    what: &'static str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Task<T> {
    let (tell, done) = mpsc::channel();
    // without a thread, nothing responds
    let _ = thread::Builder::new().spawn(move || {
        // the receiver may have given up
        let _ = tell.send(work());
    });
    Task { what, done }
}

impl<T> Task<T> {
    /// Waits for it, at most until `end`.
    pub(super) fn until(self, end: Instant) -> Result<T, NoResult> {
        let left = end.saturating_duration_since(Instant::now());
        self.done.recv_timeout(left).map_err(|_| NoResult::Late(self.what))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn finished_work_is_a_result() {
        assert_eq!(start("good", || 7).until(Instant::now() + Duration::from_secs(20)), Ok(7));
    }

    #[test]
    fn work_that_never_ends_stops_at_the_time_limit() {
        let job: Task<()> = start("endless", || {
            loop {
                thread::park();
            }
        });
        assert_eq!(job.until(Instant::now()), Err(NoResult::Late("endless")));
    }
}
