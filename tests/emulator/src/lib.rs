//! A local stand-in for Cloudflare AI Gateway, for tests and for the demo.
//!
//! It responds like `gateway.ai.cloudflare.com` and `api.cloudflare.com`, as far as Cloudflare's
//! documentation and captured responses show, in front of an Anthropic-compatible provider that streams and
//! follows a script. It misbehaves on demand, and records every request. Comments mark choices that are not
//! facts.
//!
//! ```no_run
//! use cf_aig_emulator::{Config, Emulator};
//!
//! let emulator = Emulator::start(Config::default())?;
//! println!("{}", emulator.base_url("anthropic"));
//! # std::io::Result::Ok(())
//! ```

mod analytics;
mod api;
mod background;
mod blackhole;
mod config;
mod faults;
mod gateway;
mod http;
mod proxy;
mod record;
mod server;
mod state;
mod synthetic;
mod tls;
mod upstream;
mod wire;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;

pub use analytics::{Analytics, SyntheticRequests};
pub use blackhole::Blackhole;
pub use config::{
    ACCOUNT_ID, ANTHROPIC_KEY, ANTHROPIC_LOGIN, API_TOKEN, Config, GATEWAY_ID, GATEWAY_TOKEN, Gateway,
    LogQuirks, Policy, Tls,
};
pub use faults::{Fault, HUGE_BODY, PageFault, SLOW_BODY_PACE};
pub use gateway::logs::LogEntry;
pub use proxy::{Proxy, ProxyMode, ProxyRequest};
pub use record::{Host, Recorded};
pub use synthetic::SyntheticLogs;
pub use upstream::ProviderFault;

use background::Background;
use server::{Door, Server};
use state::State;
use tls::Authority;

/// A running emulator. Dropping it stops it and closes every socket.
pub struct Emulator {
    server: Arc<Server>,
    scheme: &'static str,
    hosts: Vec<Listening>,
    _background: Background,
}

struct Listening {
    host: Host,
    port: u16,
    door: mpsc::UnboundedSender<Door>,
}

impl Emulator {
    /// Binds loopback and starts to serve in a separate thread.
    ///
    /// # Errors
    /// If a port is in use or no thread can be started.
    pub fn start(config: Config) -> io::Result<Emulator> {
        let authority = match config.tls {
            Some(_) => Some(Authority::new(&config.authority).map_err(io::Error::other)?),
            None => None,
        };
        let scheme = if authority.is_some() { "https" } else { "http" };
        let ports = [(Host::Gateway, config.port), (Host::Api, config.api_port), (Host::Provider, 0)];
        let state = Arc::new(State::new(config));
        let server = Arc::new(Server { state, authority, connections: AtomicU64::new(0) });

        let mut hosts = Vec::new();
        let mut listeners = Vec::new();
        for (host, port) in ports {
            // once it listens, connections wait in the backlog, before the thread runs
            let bound = server::bind(port).and_then(|bound| bound.0.listen(1024).map(|()| bound));
            let (socket, port) =
                bound.map_err(|cause| io::Error::new(cause.kind(), format!("port {port}: {cause}")))?;
            let (door, changes) = mpsc::unbounded_channel();
            hosts.push(Listening { host, port, door });
            listeners.push((host, socket, port, changes));
        }

        let shared = Arc::clone(&server);
        let background = Background::run("emulator", move || {
            for (host, socket, port, changes) in listeners {
                tokio::spawn(server::serve(Arc::clone(&shared), host, socket, port, changes));
            }
        })?;
        Ok(Emulator { server, scheme, hosts, _background: background })
    }

    /// `http://127.0.0.1:PORT` of the gateway's host (`https` with [`Config::tls`]).
    #[must_use]
    pub fn gateway_origin(&self) -> String {
        self.origin(Host::Gateway)
    }

    /// The same for the API's host.
    #[must_use]
    pub fn api_origin(&self) -> String {
        self.origin(Host::Api)
    }

    /// The same for the provider itself, `api.anthropic.com`, which an unrouted client would contact.
    #[must_use]
    pub fn provider_origin(&self) -> String {
        self.origin(Host::Provider)
    }

    fn origin(&self, host: Host) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.listening(host).port)
    }

    fn listening(&self, host: Host) -> &Listening {
        self.hosts.iter().find(|known| known.host == host).expect("all hosts listen")
    }

    /// `{gateway_origin}/v1/{account_id}/{gateway_id}/{provider}` of the first gateway.
    #[must_use]
    pub fn base_url(&self, provider: &str) -> String {
        let config = self.server.state.config();
        let (account_id, gateway_id) = config
            .gateways
            .first()
            .map_or((ACCOUNT_ID, GATEWAY_ID), |g| (g.account_id.as_str(), g.gateway_id.as_str()));
        format!("{}/v1/{account_id}/{gateway_id}/{provider}", self.gateway_origin())
    }

    /// Every request to any host, in order, including those that a fault swallowed.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.server.state.recorder.all()
    }

    /// The number of accepted TCP connections, including those without a request.
    #[must_use]
    pub fn connections(&self) -> usize {
        usize::try_from(self.server.connections.load(Ordering::SeqCst)).unwrap_or(usize::MAX)
    }

    /// The first request, past or future, that `wanted` accepts. It is called again when a response's
    /// status becomes known.
    pub fn wait_for(&self, timeout: Duration, wanted: impl FnMut(&Recorded) -> bool) -> Option<Recorded> {
        self.server.state.recorder.wait_for(timeout, wanted)
    }

    /// Whether this many requests in total arrive in time.
    #[must_use]
    pub fn wait_for_count(&self, timeout: Duration, count: usize) -> bool {
        self.server.state.recorder.wait_for_count(timeout, count)
    }

    /// The entries that the Logs API would list, newest last. An entry exists before its request's last
    /// byte is sent.
    #[must_use]
    pub fn logs(&self) -> Vec<LogEntry> {
        self.server.state.logs.all()
    }

    /// The first log entry, past or future, that `wanted` accepts.
    pub fn wait_for_log(&self, timeout: Duration, wanted: impl FnMut(&LogEntry) -> bool) -> Option<LogEntry> {
        self.server.state.logs.wait_for(timeout, wanted)
    }

    /// Activates a fault of the gateway's host for new connections and requests; `None` removes it.
    pub fn set_fault(&self, fault: Option<Fault>) {
        self.set_fault_of(Host::Gateway, fault);
    }

    /// The same for any host.
    pub fn set_fault_of(&self, host: Host, fault: Option<Fault>) {
        let closed = matches!(fault, Some(Fault::RefuseConnections));
        self.server.state.set_fault(host, fault);
        let (done, changed) = std::sync::mpsc::channel();
        let change = if closed { Door::Close(done) } else { Door::Open(done) };
        if self.listening(host).door.send(change).is_ok() {
            // fails only if the server has ended, and then there is nothing to wait for
            let _ = changed.recv();
        }
    }

    /// Requests that the API's rate limit accepted and refused, in each window that had any.
    #[must_use]
    pub fn api_windows(&self) -> Vec<(u32, u32)> {
        self.server.state.api_rate().history()
    }

    /// Changes the configuration for future requests.
    pub fn update(&self, change: impl FnOnce(&mut Config)) {
        change(&mut self.server.state.config());
    }

    /// A copy of the current configuration.
    #[must_use]
    pub fn config(&self) -> Config {
        self.server.state.config().clone()
    }

    /// Advances the clock, for caches, rate limits and time stamps.
    pub fn advance(&self, by: Duration) {
        self.server.state.clock.advance(by);
    }

    /// The certificate of the test authority, if TLS is used.
    #[must_use]
    pub fn ca_pem(&self) -> Option<String> {
        self.server.authority.as_ref().map(|authority| authority.pem().to_owned())
    }
}
