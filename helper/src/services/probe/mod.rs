//! Sends one request that costs nothing, and interprets the response.

pub mod cache;
mod denial;
mod outcome;
mod request;

pub use crate::base::text::visible;
pub use crate::http::TlsFault;
pub use outcome::ProbeOutcome;
pub(crate) use request::{ProbeConnection, Reply};
pub use request::{ProbeTarget, send};

use crate::http::Failure;
use std::time::Duration;

/// Time limit of a probe, including everything. The hook as a whole has 1.5 s.
pub const LIMIT: Duration = Duration::from_millis(1200);

/// Sends one probe in a separate thread, so that a name server that never responds cannot delay
/// more than `limit`.
pub fn run(target: ProbeTarget, limit: Duration) -> ProbeOutcome {
    let proxy = crate::http::proxy_of(&target.url.to_string()).map(|proxy| proxy.to_string());
    let late = || {
        let looking = crate::http::is_looking_up();
        ProbeOutcome::Unanswered(if looking { Failure::NotResolved(proxy) } else { Failure::TimedOut(proxy) })
    };
    let (done, wait) = std::sync::mpsc::channel();
    let worker = std::thread::Builder::new().name("probe".to_owned()).spawn(move || {
        // the receiver may have given up; the result is dropped then
        let _ = done.send(send(&target, limit));
    });
    match worker {
        Ok(_) => wait.recv_timeout(limit + Duration::from_millis(50)).unwrap_or_else(|_| late()),
        Err(_) => late(),
    }
}
