//! Blocking work in a thread of its own, with a time limit.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// Work in progress.
pub(crate) struct Task<T>(mpsc::Receiver<T>);

/// Starts blocking work.
pub(crate) fn start<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
    let (tell, done) = mpsc::channel();
    // without a thread, the work has no result
    let _ = thread::Builder::new().spawn(move || {
        // the receiver may have given up; the result is dropped then
        let _ = tell.send(work());
    });
    Task(done)
}

impl<T> Task<T> {
    /// Waits for the result, at most until `end`.
    pub(crate) fn until(self, end: Instant) -> Option<T> {
        self.0.recv_timeout(end.saturating_duration_since(Instant::now())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn finished_work_is_a_result() {
        assert_eq!(start(|| 7).until(Instant::now() + Duration::from_secs(20)), Some(7));
    }

    #[test]
    fn work_that_never_ends_stops_at_the_time_limit() {
        let job: Task<()> = start(|| {
            loop {
                thread::park();
            }
        });
        assert_eq!(job.until(Instant::now()), None);
    }
}
