//! Runs blocking work in a thread of its own, with a time limit.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

/// The result of a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TaskResult<T> {
    /// Done.
    Is(T),
    /// Not started, for this reason.
    Not(String),
    /// Not done in time.
    Late,
    /// No thread could be started.
    Crashed(String),
}

impl<T> TaskResult<T> {
    pub(super) fn into_value(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn is(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            _ => None,
        }
    }
}

/// Blocking work in progress.
pub(super) struct Task<T>(std::io::Result<mpsc::Receiver<T>>);

/// Starts blocking work.
pub(super) fn start<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
    let (tell, done) = mpsc::channel();
    let thread = thread::Builder::new().name(format!("doctor {name}")).spawn(move || {
        // the receiver may have given up
        let _ = tell.send(work());
    });
    Task(thread.map(|_| done))
}

impl<T> Task<T> {
    /// Waits for it, at most until `end`.
    pub(super) fn until(self, end: Instant) -> TaskResult<T> {
        match self.0 {
            Ok(done) => {
                let left = end.saturating_duration_since(Instant::now());
                done.recv_timeout(left).map_or(TaskResult::Late, TaskResult::Is)
            }
            Err(cause) => TaskResult::Crashed(format!("no thread: {cause}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn finished_work_is_a_result() {
        assert_eq!(start("good", || 7).until(Instant::now() + Duration::from_secs(20)), TaskResult::Is(7));
    }

    #[test]
    fn work_that_never_ends_stops_at_the_time_limit() {
        let job: Task<()> = start("endless", || {
            loop {
                thread::park();
            }
        });
        assert_eq!(job.until(Instant::now()), TaskResult::Late);
    }
}
