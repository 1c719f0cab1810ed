//! The byte stream of a connection, with the two controls that faults need: reset and garbage.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// What a server sends that uses another protocol on this port.
const GARBAGE: &[u8] = b"\x00\x15\x03\x7fSSH-2.0-not-http\r\n\xff\xfe\x00garbage\r\n\r\n";

/// Controls a [`Wire`] that hyper owns.
#[derive(Debug, Clone, Default)]
pub(crate) struct WireControl {
    reset: Arc<AtomicBool>,
    garbage: Arc<AtomicBool>,
}

impl WireControl {
    /// Closes the connection with a reset instead of an orderly end.
    pub(crate) fn reset(&self) {
        self.reset.store(true, Ordering::SeqCst);
    }

    /// Replaces everything written from now on by bytes that are not HTTP.
    pub(crate) fn garbage(&self) {
        self.garbage.store(true, Ordering::SeqCst);
    }
}

enum Layer {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A TCP or TLS connection.
pub(crate) struct Wire {
    layer: Layer,
    control: WireControl,
    garbage_sent: usize,
}

impl Wire {
    pub(crate) fn plain(stream: TcpStream) -> Wire {
        Wire { layer: Layer::Plain(stream), control: WireControl::default(), garbage_sent: 0 }
    }

    pub(crate) fn tls(stream: TlsStream<TcpStream>) -> Wire {
        Wire { layer: Layer::Tls(Box::new(stream)), control: WireControl::default(), garbage_sent: 0 }
    }

    pub(crate) fn control(&self) -> WireControl {
        self.control.clone()
    }

    fn tcp(&self) -> &TcpStream {
        match &self.layer {
            Layer::Plain(stream) => stream,
            Layer::Tls(stream) => stream.get_ref().0,
        }
    }

    fn inner(&mut self) -> Pin<&mut dyn ReadWrite> {
        match &mut self.layer {
            Layer::Plain(stream) => Pin::new(stream),
            Layer::Tls(stream) => Pin::new(stream.as_mut()),
        }
    }
}

trait ReadWrite: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> ReadWrite for T {}

/// Closes `stream` with a reset.
pub(crate) fn reset_on_close(stream: &TcpStream) {
    // if the option cannot be set, the connection ends in an orderly way, and a test will notice
    let _ = socket2::SockRef::from(stream).set_linger(Some(std::time::Duration::ZERO));
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.control.reset.load(Ordering::SeqCst) {
            reset_on_close(self.tcp());
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.inner().poll_read(cx, buf)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if !self.control.garbage.load(Ordering::SeqCst) {
            return self.inner().poll_write(cx, buf);
        }
        while self.garbage_sent < GARBAGE.len() {
            let rest = &GARBAGE[self.garbage_sent..];
            let sent = std::task::ready!(self.inner().poll_write(cx, rest))?;
            self.garbage_sent += sent;
        }
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.inner().poll_shutdown(cx)
    }
}
