//! Resolves names with the system's resolver, and reports while a lookup is pending.
//!
//! A request that times out during a lookup was not refused by any host: its name is not resolved
//! yet. With glibc, an unreachable name server fails at once. With musl, and with a server that
//! never responds, the lookup times out.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::ToSocketAddrs;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::sync::oneshot;

/// The number of lookups in progress.
static LOOKING: AtomicUsize = AtomicUsize::new(0);

/// True while a lookup is in progress.
pub fn is_looking_up() -> bool {
    LOOKING.load(SeqCst) > 0
}

/// A name that could not be resolved.
#[derive(Debug, thiserror::Error)]
#[error("the name could not be resolved")]
pub(super) struct NameError(#[from] std::io::Error);

/// The system's resolver.
pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (answer, answered) = oneshot::channel();
        LOOKING.fetch_add(1, SeqCst);
        // on a thread, because the system's function blocks; one that never returns ends with the
        // process
        let started = std::thread::Builder::new().name("name".to_owned()).spawn(move || {
            let addresses = (name.as_str(), 0).to_socket_addrs();
            LOOKING.fetch_sub(1, SeqCst);
            // after the time limit, no request waits for them
            let _ = answer.send(addresses);
        });
        if started.is_err() {
            LOOKING.fetch_sub(1, SeqCst);
        }
        Box::pin(async {
            started?;
            let addresses: Addrs = Box::new(answered.await?.map_err(NameError)?);
            Ok(addresses)
        })
    }
}
