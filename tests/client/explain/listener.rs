//! Servers for one client: one that all base URLs lead to, and one in place of api.anthropic.com. They
//! accept the first model request, then the client is stopped.

use cf_aig_emulator::{Config, Emulator, Host, Proxy, ProxyMode, Recorded, Tls};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// Timeout for a client, on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// How long to wait before checking whether the client has ended.
const TURN: Duration = Duration::from_millis(50);

/// What a client did.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It sent a model request.
    Request {
        base: String,
        path: String,
        x_api_key: Option<String>,
        authorization: Option<String>,
        custom: Option<String>,
    },
    /// It sent none, and printed that it is not logged in.
    NotLoggedIn,
    /// Anything else, with its output.
    Other(String),
}

/// Where the requests of a combination go.
pub(super) struct Listener {
    own: TcpListener,
    anthropic: Emulator,
    proxy: Proxy,
}

impl Listener {
    pub(super) fn new() -> Self {
        let anthropic = Emulator::start(Config { tls: Some(Tls::Good), ..Config::default() });
        let anthropic = anthropic.expect("the emulator starts");
        let proxy = Proxy::start(ProxyMode::Forward).expect("the proxy starts");
        let there = anthropic.provider_origin();
        proxy.route("api.anthropic.com:443", there.split("://").nth(1).expect("an authority"));
        Self { own: TcpListener::bind("127.0.0.1:0").expect("a port"), anthropic, proxy }
    }

    /// The prefix of base URLs.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.own.local_addr().expect("an address"))
    }

    /// The proxy that redirects `api.anthropic.com` here.
    pub(super) fn proxy(&self) -> String {
        self.proxy.origin()
    }

    /// The authority that a client must trust for it.
    pub(super) fn ca_pem(&self) -> String {
        self.anthropic.ca_pem().expect("it speaks TLS")
    }

    /// Runs a client until it sends a model request, or ends.
    pub(super) fn first(&self, mut command: Command) -> Seen {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the client starts");
        let (events, did) = channel();
        let own = self.own.try_clone().expect("a second handle");
        let of_network = events.clone();
        let origin = self.origin();
        std::thread::spawn(move || {
            for stream in own.incoming().map_while(Result::ok) {
                let (events, origin) = (of_network.clone(), origin.clone());
                std::thread::spawn(move || serve(stream, &origin, &events));
            }
        });
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let of_anthropic = events.clone();
            scope.spawn(|| {
                let events = of_anthropic;
                let is_model = |r: &Recorded| r.host == Host::Provider && r.path.contains("/v1/messages");
                while !over.load(Ordering::SeqCst) {
                    if let Some(request) = self.anthropic.wait_for(TURN, is_model) {
                        let header = |name: &str| request.header(name).map(str::to_owned);
                        let _ = events.send(seen("https://api.anthropic.com", &request.path, header));
                        return;
                    }
                }
            });
            let mut output = child.stdout.take().expect("a pipe");
            scope.spawn(move || {
                let mut text = String::new();
                let _ = output.read_to_string(&mut text);
                // the second is what a client with the Desktop app's variables prints
                let said_so =
                    ["Not logged in", "Authentication required"].iter().any(|said| text.contains(said));
                let _ = events.send(if said_so { Seen::NotLoggedIn } else { Seen::Other(text) });
            });
            let seen = did.recv_timeout(LIMIT).unwrap_or_else(|_| Seen::Other("nothing".to_owned()));
            over.store(true, Ordering::SeqCst);
            let _ = child.kill();
            let _ = child.wait();
            seen
        })
    }
}

fn seen(base: &str, path: &str, header: impl Fn(&str) -> Option<String>) -> Seen {
    // the part before the API's own path belongs to the base URL
    let at = path.find("/v1/messages").unwrap_or(0);
    Seen::Request {
        base: format!("{base}{}", &path[..at]),
        path: path[at..].to_owned(),
        x_api_key: header("x-api-key"),
        authorization: header("authorization"),
        custom: header("x-place"),
    }
}

/// Reads the head of each request of a connection, and does not respond to the model request.
fn serve(stream: TcpStream, origin: &str, events: &Sender<Seen>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).unwrap_or(0) == 0 {
                return;
            }
            let line = line.trim_end().to_owned();
            if line.is_empty() {
                break;
            }
            head.push(line);
        }
        let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
        if path.contains("/v1/messages") {
            let header = |name: &str| {
                let mut pairs = head[1..].iter().filter_map(|line| line.split_once(": "));
                pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned())
            };
            let _ = events.send(seen(origin, path, header));
            return;
        }
        // anything except the model request gets a 404
        let _ = reader.get_mut().write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }
}
