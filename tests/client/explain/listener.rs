//! A server for one client: takes its first request, and ends the client.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

/// The longest that a client may take to say something, on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What a client did first.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// It sent a model request to the listener.
    Request { path: String, x_api_key: Option<String>, authorization: Option<String>, custom: Option<String> },
    /// It asked the proxy for api.anthropic.com.
    Anthropic,
    /// It sent nothing, and said that it is not logged in.
    NotLoggedIn,
    /// Anything else, in its own words.
    Other(String),
}

/// Where the base URLs of a combination lead.
pub(super) struct Listener(TcpListener);

impl Listener {
    pub(super) fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").expect("a port"))
    }

    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.0.local_addr().expect("an address"))
    }

    /// Runs a client until it did something, and ends it.
    pub(super) fn first(&self, mut command: Command) -> Seen {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the client starts");
        let (events, did) = channel();
        let listener = self.0.try_clone().expect("a second handle");
        let of_network = events.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let events = of_network.clone();
                std::thread::spawn(move || serve(stream, &events));
            }
        });
        let mut output = child.stdout.take().expect("a pipe");
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = output.read_to_string(&mut text);
            let said_so = text.contains("Not logged in");
            let _ = events.send(if said_so { Seen::NotLoggedIn } else { Seen::Other(text) });
        });
        let seen = did.recv_timeout(LIMIT).unwrap_or_else(|_| Seen::Other("nothing".to_owned()));
        let _ = child.kill();
        let _ = child.wait();
        seen
    }
}

/// Reads the head of each request of a connection, and leaves all but side requests unanswered.
fn serve(stream: TcpStream, events: &Sender<Seen>) {
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
        let first = head.first().cloned().unwrap_or_default();
        let mut words = first.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let header = |name: &str| {
            let pairs = head[1..].iter().filter_map(|line| line.split_once(": "));
            pairs.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_owned()).next()
        };
        if method == "CONNECT" {
            let anthropic = path == "api.anthropic.com:443";
            let _ = events.send(if anthropic { Seen::Anthropic } else { Seen::Other(first) });
            return;
        }
        if path.contains("/v1/messages") {
            let path = path.to_owned();
            let (x_api_key, authorization) = (header("x-api-key"), header("authorization"));
            let _ = events.send(Seen::Request { path, x_api_key, authorization, custom: header("x-place") });
            return;
        }
        // anything beside the model request is not there
        let _ = reader.get_mut().write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
    }
}
