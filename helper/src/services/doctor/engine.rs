//! Work with an end: each piece in a thread of its own, with a limit; a piece that panics is a result.
//!
//! A released binary aborts on panic, so no unwinding could be caught. The panic hook runs before the
//! abort, on the thread that panicked: for a thread of the doctor it hands the message over and parks
//! the thread for good. The process goes on, and the rest of the report is told. In a build that
//! unwinds the thread just ends.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::{Once, mpsc};
use std::thread;
use std::time::Instant;

/// What became of a piece of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Got<T> {
    /// Done.
    Is(T),
    /// Not begun, because of this.
    Not(String),
    /// Not done in time.
    Late,
    /// It panicked, with this message.
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

/// A piece of work under way.
pub(super) struct Job<T> {
    done: mpsc::Receiver<Got<T>>,
}

/// Tells whoever waits what a thread died of.
type LastWords = Box<dyn Fn(String)>;

thread_local! {
    /// Where this thread's panic is to be told.
    static LAST_WORDS: RefCell<Option<LastWords>> = const { RefCell::new(None) };
}

/// Starts it. A thread that cannot be had counts as a crash.
pub(super) fn start<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Job<T> {
    catch_panics();
    let (tell, done) = mpsc::channel();
    let crashed = tell.clone();
    let spawned = thread::Builder::new().name(format!("doctor {name}")).spawn({
        let tell = tell.clone();
        move || {
            let of_panic = tell.clone();
            LAST_WORDS.with(|words| {
                *words.borrow_mut() = Some(Box::new(move |message| {
                    let _ = of_panic.send(Got::Crashed(message));
                }));
            });
            // whoever waited may have given up
            let _ = tell.send(Got::Is(work()));
        }
    });
    if let Err(error) = spawned {
        let _ = crashed.send(Got::Crashed(format!("no thread: {error}")));
    }
    Job { done }
}

impl<T> Job<T> {
    /// Waits for it, but not beyond `end`.
    pub(super) fn until(self, end: Instant) -> Got<T> {
        let left = end.saturating_duration_since(Instant::now());
        self.done.recv_timeout(left).unwrap_or(Got::Late)
    }
}

fn catch_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let told = LAST_WORDS.with(|words| {
                let Ok(words) = words.try_borrow() else { return false };
                words.as_ref().is_some_and(|tell| {
                    tell(message(info));
                    true
                })
            });
            if !told {
                return before(info);
            }
            // the hook is locked meanwhile, so where the thread can unwind it does that instead
            while cfg!(panic = "abort") {
                thread::park();
            }
        }));
    });
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let plain = payload.downcast_ref::<&str>().copied();
    let what = plain.or(payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    match info.location() {
        Some(at) => format!("{what} ({}:{})", at.file(), at.line()),
        None => what.to_owned(),
    }
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
        assert!(matches!(broken.until(soon()), Got::Crashed(why) if why.starts_with("of all things (")));
        assert_eq!(good.until(soon()), Got::Is(7));
    }

    #[test]
    fn work_that_never_ends_is_waited_for_no_longer_than_said() {
        let job: Job<()> = start("endless", || {
            loop {
                thread::park();
            }
        });
        assert_eq!(job.until(Instant::now()), Got::Late);
    }
}
