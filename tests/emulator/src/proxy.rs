//! A forward proxy like those of companies and sandboxes: CONNECT, absolute-form requests, refusals.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex};

use socket2::Socket;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::background::Background;
use crate::server;
use crate::state::lock;

/// Larger heads are not read.
const MAX_HEAD: usize = 64 * 1024;

/// How the proxy treats a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProxyMode {
    /// Forwards everything.
    Forward,
    /// 407 unless there is a `proxy-authorization`, with any value.
    RequireAuth407,
    /// 403 with `x-deny-reason`, like a cloud sandbox's proxy.
    Deny403 {
        /// The header's value, for instance `host_not_allowed`.
        reason: String,
    },
    /// 502, like a proxy that cannot reach the host.
    BadGateway502,
    /// The request is read but never answered.
    Hang,
    /// The request is read, then the connection ends.
    Close,
    /// Bytes that are not HTTP.
    Garbage,
}

/// A request to the proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyRequest {
    /// `CONNECT`, or the method of an absolute-form request.
    pub method: String,
    /// `host:port`, or the absolute URL.
    pub target: String,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
}

/// A running proxy. Dropping it stops it and closes every socket.
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
    _background: Background,
}

struct Shared {
    mode: Mutex<ProxyMode>,
    routes: Mutex<BTreeMap<String, String>>,
    requests: Mutex<Vec<ProxyRequest>>,
}

impl Proxy {
    /// Binds loopback and starts to serve in a separate thread.
    ///
    /// # Errors
    /// If no port or thread is available.
    pub fn start(mode: ProxyMode) -> io::Result<Proxy> {
        let shared =
            Arc::new(Shared { mode: Mutex::new(mode), routes: Mutex::default(), requests: Mutex::default() });
        let (socket, port) = server::bind(0)?;
        socket.listen(1024)?;
        let state = Arc::clone(&shared);
        let background = Background::run("proxy", move || {
            tokio::spawn(accept(state, socket));
        })?;
        Ok(Proxy { shared, port, _background: background })
    }

    /// `http://127.0.0.1:PORT`, for `HTTPS_PROXY`.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Changes the mode for future requests.
    pub fn set_mode(&self, mode: ProxyMode) {
        *lock(&self.shared.mode) = mode;
    }

    /// Connects to `to` (`host:port`) whenever `from` is requested, so that the real hosts' names can be
    /// used without the real hosts.
    pub fn route(&self, from: &str, to: &str) {
        lock(&self.shared.routes).insert(from.to_owned(), to.to_owned());
    }

    /// All requests, in order, whatever their result.
    #[must_use]
    pub fn requests(&self) -> Vec<ProxyRequest> {
        lock(&self.shared.requests).clone()
    }

    /// The requested targets, in order.
    #[must_use]
    pub fn targets(&self) -> Vec<String> {
        self.requests().into_iter().map(|request| request.target).collect()
    }
}

async fn accept(shared: Arc<Shared>, socket: Socket) {
    let Ok(listener) = TcpListener::from_std(socket.into()) else {
        return;
    };
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                // an error means that a client or a target disconnected
                let _ = serve(&shared, stream).await;
            });
        }
    }
}

async fn serve(shared: &Shared, mut client: TcpStream) -> io::Result<()> {
    let Some((head, rest)) = read_head(&mut client).await? else {
        return Ok(());
    };
    let Some(request) = parse(&head) else {
        return refuse(&mut client, "400 Bad Request", "").await;
    };
    lock(&shared.requests).push(request.clone());
    let mode = lock(&shared.mode).clone();
    match mode {
        ProxyMode::Hang => std::future::pending().await,
        ProxyMode::Close => Ok(()),
        ProxyMode::Garbage => {
            client.write_all(b"\x16\x03\x01 this is not what you look for\r\n\r\n").await?;
            client.shutdown().await
        }
        ProxyMode::BadGateway502 => refuse(&mut client, "502 Bad Gateway", "").await,
        ProxyMode::Deny403 { reason } => {
            refuse(&mut client, "403 Forbidden", &format!("x-deny-reason: {reason}\r\n")).await
        }
        ProxyMode::RequireAuth407
            if !request.headers.iter().any(|(name, _)| name == "proxy-authorization") =>
        {
            let challenge = "Proxy-Authenticate: Basic realm=\"corporate proxy\"\r\n";
            refuse(&mut client, "407 Proxy Authentication Required", challenge).await
        }
        ProxyMode::RequireAuth407 | ProxyMode::Forward => forward(shared, &request, client, &rest).await,
    }
}

async fn refuse(client: &mut TcpStream, status: &str, headers: &str) -> io::Result<()> {
    let answer = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: 0\r\nConnection: close\r\n\r\n");
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}

/// The head of a request, and the part of its body that arrived with it.
async fn read_head(client: &mut TcpStream) -> io::Result<Option<(String, Vec<u8>)>> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_HEAD {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let rest = bytes.split_off(end + 4);
            return Ok(Some((String::from_utf8_lossy(&bytes).into_owned(), rest)));
        }
        if client.read_buf(&mut bytes).await? == 0 {
            break;
        }
    }
    Ok(None)
}

fn parse(head: &str) -> Option<ProxyRequest> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Some(ProxyRequest { method, target, headers })
}

async fn forward(
    shared: &Shared,
    request: &ProxyRequest,
    mut client: TcpStream,
    rest: &[u8],
) -> io::Result<()> {
    let is_tunnel = request.method == "CONNECT";
    let (authority, path) = if is_tunnel {
        (request.target.clone(), "")
    } else {
        let Some(url) = request.target.strip_prefix("http://") else {
            return refuse(&mut client, "400 Bad Request", "").await;
        };
        let (authority, path) = url.split_once('/').unwrap_or((url, ""));
        let port = if authority.contains(':') { "" } else { ":80" };
        (format!("{authority}{port}"), path)
    };
    let target = lock(&shared.routes).get(&authority).cloned().unwrap_or(authority);
    let Ok(mut server) = TcpStream::connect(&target).await else {
        return refuse(&mut client, "502 Bad Gateway", "").await;
    };
    if is_tunnel {
        client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await?;
    } else {
        server.write_all(origin_form(request, path).as_bytes()).await?;
    }
    server.write_all(rest).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

/// One request per connection, because the next one may be for another server.
fn origin_form(request: &ProxyRequest, path: &str) -> String {
    let mut head = format!("{} /{path} HTTP/1.1\r\n", request.method);
    for (name, value) in &request.headers {
        if !name.starts_with("proxy-") && name != "connection" {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head + "connection: close\r\n\r\n"
}
