//! A minimal gateway: forwards each request to its upstream and passes the response on as it arrives,
//! except for what it breaks.

use crate::breaking::{Break, Fate};
use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};

/// A request or a response.
#[derive(Debug, Clone, Default)]
pub(crate) struct Message {
    /// The request line or the status line.
    pub(crate) start: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A running gateway. Its threads end with the test process.
pub(crate) struct Proxy {
    address: String,
    upstream: Arc<OnceLock<String>>,
}

impl Proxy {
    /// A gateway to this upstream.
    pub(crate) fn start(upstream: &str, breaks: Break) -> Self {
        let proxy = Self::waiting(breaks);
        proxy.leads_to(upstream);
        proxy
    }

    /// A gateway whose requests wait until it gets an upstream.
    pub(crate) fn waiting(breaks: Break) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let upstream = Arc::new(OnceLock::new());
        let of_threads = Arc::clone(&upstream);
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let upstream: Arc<OnceLock<String>> = Arc::clone(&of_threads);
                // an error means that one side disconnected
                std::thread::spawn(move || drop(serve(client, upstream.wait(), breaks)));
            }
        });
        Self { address, upstream }
    }

    pub(crate) fn leads_to(&self, upstream: &str) {
        self.upstream.set(upstream.to_owned()).expect("told once");
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.address)
    }
}

fn serve(client: TcpStream, upstream: &str, breaks: Break) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut reader = BufReader::new(client.try_clone()?);
    let Some(mut request) = Message::read_head(&mut reader)? else { return Ok(()) };
    request.body = exactly(&mut reader, request.length())?;
    let mut out = client;
    match breaks.request(&mut request) {
        Fate::Forward => {}
        Fate::Answer(answer) => return answer.write_whole(&mut out),
        Fate::Hang => {
            // until the other side gives up
            let _ = out.read(&mut [0; 1]);
            return Ok(());
        }
    }
    let is_head = request.start.starts_with("HEAD");
    let mut server = TcpStream::connect(upstream)?;
    request.set_header("host", |_| upstream.to_owned());
    request.headers.push(("connection".to_owned(), "close".to_owned()));
    request.write_whole(&mut server)?;
    let mut reader = BufReader::new(server);
    let Some(mut head) = Message::read_head(&mut reader)? else { return Ok(()) };
    breaks.head(&mut head);
    let chunked = head.header("transfer-encoding").is_some();
    if !chunked {
        let length = if is_head { 0 } else { head.length() };
        let body = exactly(&mut reader, length)?;
        head.body = if head.status() >= 400 { breaks.error(&body) } else { body };
        return head.write_whole(&mut out);
    }
    head.headers.retain(|(name, _)| name != "transfer-encoding" && name != "connection");
    head.headers.push(("connection".to_owned(), "close".to_owned()));
    stream(&head, &mut reader, &mut out, breaks)
}

/// Passes events on as they arrive, or all at once.
fn stream(head: &Message, reader: &mut impl BufRead, out: &mut TcpStream, breaks: Break) -> io::Result<()> {
    let mut held = head.head().into_bytes();
    let mut text = String::new();
    if !breaks.holds_back() {
        out.write_all(&held)?;
        held.clear();
    }
    loop {
        let size = line(reader)?;
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        if size == 0 {
            return out.write_all(&held);
        }
        text.push_str(&String::from_utf8_lossy(&exactly(reader, size)?));
        line(reader)?;
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            let Some(event) = breaks.event(&event) else { continue };
            if breaks == Break::LagBehind {
                let before = std::mem::replace(&mut held, event.into_bytes());
                out.write_all(&before)?;
            } else if breaks.holds_back() {
                held.extend_from_slice(event.as_bytes());
            } else {
                out.write_all(event.as_bytes())?;
            }
        }
    }
}

impl Message {
    pub(crate) fn answer(status: u16, kind: &str, body: &str) -> Self {
        Self {
            start: format!("HTTP/1.1 {status} X"),
            headers: vec![("content-type".to_owned(), kind.to_owned())],
            body: body.as_bytes().to_vec(),
        }
    }

    fn read_head(reader: &mut impl BufRead) -> io::Result<Option<Self>> {
        let start = line(reader)?;
        if start.is_empty() {
            return Ok(None);
        }
        let mut message = Self { start, ..Self::default() };
        loop {
            let line = line(reader)?;
            let Some((name, value)) = line.split_once(':') else { return Ok(Some(message)) };
            message.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn drop_header(&mut self, name: &str) {
        self.headers.retain(|(known, _)| known != name);
    }

    pub(crate) fn set_header(&mut self, name: &str, change: impl Fn(&str) -> String) {
        for (_, value) in self.headers.iter_mut().filter(|(known, _)| known == name) {
            *value = change(value);
        }
    }

    pub(crate) fn status(&self) -> u16 {
        self.start.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0)
    }

    fn length(&self) -> usize {
        self.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0)
    }

    /// Reads the body, changes it and re-serializes it.
    pub(crate) fn edit(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(mut body) = serde_json::from_slice::<Value>(&self.body) {
            change(&mut body);
            self.body = body.to_string().into_bytes();
        }
    }

    /// The same, but an unchanged body stays byte for byte.
    pub(crate) fn edit_if_changed(&mut self, change: impl FnOnce(&mut Value)) {
        if let Ok(before) = serde_json::from_slice::<Value>(&self.body) {
            let mut after = before.clone();
            change(&mut after);
            // reading a missing key of a value adds null
            if let Some(map) = after.as_object_mut() {
                map.retain(|_, value| !value.is_null());
            }
            if after != before {
                self.body = after.to_string().into_bytes();
            }
        }
    }

    fn head(&self) -> String {
        let headers = self.headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
        format!("{}\r\n{}\r\n", self.start, headers.collect::<String>())
    }

    fn write_whole(&self, out: &mut TcpStream) -> io::Result<()> {
        let mut message = self.clone();
        message.headers.retain(|(name, _)| name != "content-length" && name != "connection");
        message.headers.push(("content-length".to_owned(), self.body.len().to_string()));
        message.headers.push(("connection".to_owned(), "close".to_owned()));
        out.write_all(message.head().as_bytes())?;
        out.write_all(&self.body)
    }
}

fn line(reader: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

fn exactly(reader: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(body)
}
