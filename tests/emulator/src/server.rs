//! Listeners and connections: from a TCP socket to a host's response, with faults in between.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use crate::faults::Fault;
use crate::http::{Headers, Inbound, Outgoing, Reply};
use crate::record::Host;
use crate::state::State;
use crate::tls::Authority;
use crate::wire::{Wire, WireControl, reset_on_close};
use crate::{api, gateway, upstream};

/// The state that all listeners share.
pub(crate) struct Server {
    pub(crate) state: Arc<State>,
    pub(crate) authority: Option<Authority>,
    pub(crate) connections: AtomicU64,
}

/// Whether a port is open.
pub(crate) enum Door {
    /// Acknowledged when connections are refused.
    Close(Sender<()>),
    /// Acknowledged when connections are accepted.
    Open(Sender<()>),
}

/// A bound socket on loopback that does not listen: connections to it are refused, and the port stays
/// reserved.
fn reserve(port: u16) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into())?;
    Ok(socket)
}

/// Reserves the port of a listener that was just closed. A process that another thread starts at this moment has a
/// copy of the listener until it executes its program.
async fn reserve_again(port: u16) -> io::Result<Socket> {
    for _ in 0..5000 {
        match reserve(port) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            reserved => return reserved,
        }
    }
    reserve(port)
}

fn listen(socket: Socket) -> io::Result<TcpListener> {
    socket.listen(1024)?;
    TcpListener::from_std(socket.into())
}

/// Binds a port of loopback; 0 lets the system choose.
pub(crate) fn bind(port: u16) -> io::Result<(Socket, u16)> {
    let socket = reserve(port)?;
    let port = socket.local_addr()?.as_socket().map_or(port, |address| address.port());
    Ok((socket, port))
}

/// Accepts connections for one host until the runtime ends.
pub(crate) async fn serve(
    server: Arc<Server>,
    host: Host,
    socket: Socket,
    port: u16,
    mut door: mpsc::UnboundedReceiver<Door>,
) -> io::Result<()> {
    let mut listener = Some(listen(socket)?);
    let mut reserved = None;
    loop {
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            change = door.recv() => match change {
                Some(Door::Close(done)) => {
                    if listener.take().is_some() {
                        reserved = Some(reserve_again(port).await?);
                        server.state.hang_up.send_modify(|count| *count += 1);
                    }
                    let _ = done.send(());
                }
                Some(Door::Open(done)) => {
                    if let Some(socket) = reserved.take() {
                        listener = Some(listen(socket)?);
                    }
                    let _ = done.send(());
                }
                None => return Ok(()),
            },
            accepted = accepted => {
                // a connection that is gone before it is accepted does not count
                let Ok((stream, _)) = accepted else { continue };
                tokio::spawn(connection(Arc::clone(&server), host, stream));
            }
        }
    }
}

async fn connection(server: Arc<Server>, host: Host, stream: TcpStream) {
    let number = server.connections.fetch_add(1, Ordering::SeqCst) + 1;
    let mut hang_up = server.state.hang_up.subscribe();
    tokio::select! {
        () = speak(&server, host, stream, number) => {}
        _ = hang_up.changed() => {}
    }
}

async fn speak(server: &Arc<Server>, host: Host, mut stream: TcpStream, number: u64) {
    let _ = stream.set_nodelay(true);
    match server.state.fault(host) {
        Some(Fault::ResetOnAccept) => return reset_on_close(&stream),
        Some(Fault::HandshakeHang) => {
            return until_closed(stream).await;
        }
        Some(Fault::HandshakeEnds(bytes)) => {
            let _ = stream.read(&mut [0; 16 << 10]).await;
            let _ = stream.write_all(&bytes).await;
            return;
        }
        _ => {}
    }
    let Some(wire) = wire(server, stream).await else {
        return;
    };
    let control = wire.control();
    let service = service_fn(|request| {
        let (state, control) = (Arc::clone(&server.state), control.clone());
        async move {
            let response = answer(&state, host, number, &control, request).await;
            // hyper then drops the connection
            response.ok_or_else(|| io::Error::from(io::ErrorKind::ConnectionAborted))
        }
    });
    // an error here means that a client disconnected or that a fault was requested
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(wire), service).await;
}

/// Holds a connection without reading from it.
async fn until_closed(stream: TcpStream) {
    let _held = stream;
    std::future::pending::<()>().await;
}

async fn wire(server: &Server, stream: TcpStream) -> Option<Wire> {
    let Some(authority) = &server.authority else {
        return Some(Wire::plain(stream));
    };
    let tls = server.state.config().tls.clone()?;
    let acceptor = authority.acceptor(&tls).ok()?;
    // a client that rejects the certificate ends here
    let stream = acceptor.accept(stream).await.ok()?;
    Some(Wire::tls(stream))
}

/// `None` ends the connection without a response.
async fn answer(
    state: &Arc<State>,
    host: Host,
    connection: u64,
    control: &WireControl,
    request: Request<Incoming>,
) -> Option<Response<Outgoing>> {
    let request = read(request).await;
    let index = state.recorder.arrived(host, connection, &request);
    let fault = state.take_fault(host);
    match &fault {
        Some(Fault::AcceptAndHang) => return std::future::pending().await,
        Some(Fault::EndsUnanswered) => return None,
        Some(Fault::Delay(delay)) => tokio::time::sleep(*delay).await,
        _ => {}
    }
    let mut reply = match (fault.as_ref().and_then(Fault::instead), &fault) {
        (Some(reply), _) => reply,
        (None, Some(Fault::Pages(pages))) => pages.page(&request),
        (None, _) => match host {
            Host::Gateway => gateway::handle(state, &request).await,
            Host::Api => api::handle(state, &request),
            Host::Provider => upstream::direct(&state.config(), &request),
        },
    };
    if let Some(fault) = &fault {
        fault.spoil(&mut reply, control);
    }
    state.recorder.answered(index, reply.status);
    Some(response(reply))
}

/// An incomplete body is used as far as it arrived.
async fn read(request: Request<Incoming>) -> Inbound {
    let (head, mut body) = request.into_parts();
    let mut bytes = Vec::new();
    while let Some(Ok(frame)) = body.frame().await {
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data);
        }
    }
    let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        })
        .collect();
    Inbound { method: head.method.as_str().to_owned(), target, headers: Headers(headers), body: bytes.into() }
}

fn response(reply: Reply) -> Response<Outgoing> {
    let mut builder = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        builder = builder.header(name, value);
    }
    if let Some(length) = reply.body.declared_length {
        builder = builder.header("content-length", length);
    }
    builder.body(reply.body).unwrap_or_else(|cause| {
        let text = format!("the emulator was asked for an impossible answer: {cause}");
        Response::new(Outgoing::whole(text.into()))
    })
}
