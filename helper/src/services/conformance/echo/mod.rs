//! A stand-in for the provider: records what arrives, byte for byte, and responds by a script.
//!
//! It speaks as much HTTP/1.1 as a gateway needs: bodies with a length or in chunks, one request
//! per connection. It listens on loopback by default, and holds no secrets.

mod http;
mod server;
mod shared;

pub use http::Arrived;
pub(super) use server::COUNTED;
pub use shared::{EchoRefusal, EchoScript};

use crate::base::error::{Error, Kind, Result};
use shared::{EchoState, Shared};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// The default address.
pub const ADDRESS: &str = "127.0.0.1:4319";

/// A running echo. Its thread ends with the process.
#[derive(Debug)]
pub struct Echo {
    shared: Arc<Shared>,
    address: SocketAddr,
}

impl Echo {
    /// Binds the address and starts to serve.
    ///
    /// # Errors
    /// If the address is in use or invalid.
    pub fn start(address: &str) -> Result<Self> {
        let failed = |error: std::io::Error| {
            let kind =
                if error.kind() == std::io::ErrorKind::AddrInUse { Kind::Conflict } else { Kind::Usage };
            Error::new(kind, format!("the echo cannot listen on {}: {error}", address.escape_debug()))
                .hinted("use another address: --echo 127.0.0.1:PORT")
        };
        let listener = TcpListener::bind(address).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let shared = Arc::<Shared>::default();
        let of_server = Arc::clone(&shared);
        std::thread::spawn(move || server::serve(&listener, &of_server));
        Ok(Self { shared, address })
    }

    /// `http://host:port`, for the gateway's configuration.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Responds by this script from now on; forgets earlier requests.
    pub(super) fn play(&self, script: EchoScript) {
        let mut state = self.shared.lock();
        *state = EchoState { script, ..EchoState::default() };
        self.shared.changed.notify_all();
    }

    /// The model requests that arrived since the script began.
    pub(super) fn arrived(&self) -> Vec<Arrived> {
        self.shared.lock().arrived.clone()
    }

    /// Records how many of the awaited events have arrived at the other end.
    pub(super) fn seen(&self, count: usize) {
        let mut state = self.shared.lock();
        if count > state.seen {
            state.seen = count;
            let sent = state.sent;
            state.first_seen.get_or_insert(sent);
            self.shared.changed.notify_all();
        }
    }

    /// How many events had been sent when the first arrived at the other end.
    pub(super) fn first_seen(&self) -> Option<usize> {
        self.shared.lock().first_seen
    }
}
