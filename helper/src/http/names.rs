//! Resolves names with the system's resolver, and reports while a lookup is pending.
//!
//! A request that times out during a lookup was not refused by any host: its name is not resolved
//! yet. With glibc, an unreachable name server fails at once. With musl, and with a server that
//! never responds, the lookup times out.

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// The number of lookups in progress.
static LOOKING: AtomicUsize = AtomicUsize::new(0);

/// True while a lookup is in progress.
pub fn is_looking_up() -> bool {
    LOOKING.load(SeqCst) > 0
}

/// The system's resolver.
pub(super) struct Names;

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let found = Found::default();
        let there = found.clone();
        LOOKING.fetch_add(1, SeqCst);
        // on a thread, because the system's function blocks; one that never returns ends with the
        // process
        let started = std::thread::Builder::new().name("name".to_owned()).spawn(move || {
            let addresses = (name.as_str(), 0).to_socket_addrs().map(Iterator::collect);
            LOOKING.fetch_sub(1, SeqCst);
            there.put(addresses);
        });
        if let Err(error) = started {
            LOOKING.fetch_sub(1, SeqCst);
            found.put(Err(error));
        }
        Box::pin(found)
    }
}

/// The addresses, once they are resolved.
#[derive(Clone, Default)]
struct Found(Arc<Mutex<Search>>);

#[derive(Default)]
struct Search {
    addresses: Option<io::Result<Vec<SocketAddr>>>,
    waker: Option<Waker>,
}

impl Found {
    fn put(&self, addresses: io::Result<Vec<SocketAddr>>) {
        let mut search = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        search.addresses = Some(addresses);
        if let Some(waker) = search.waker.take() {
            waker.wake();
        }
    }
}

impl Future for Found {
    type Output = Result<Addrs, Box<dyn std::error::Error + Send + Sync>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut search = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match search.addresses.take() {
            Some(Ok(addresses)) => Poll::Ready(Ok(Box::new(addresses.into_iter()))),
            Some(Err(error)) => Poll::Ready(Err(error.into())),
            None => {
                search.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
