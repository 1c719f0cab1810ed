//! An address that neither accepts nor refuses connections, as behind a firewall that drops packets.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use socket2::{Domain, Socket, Type};

/// Such a port on loopback, for the lifetime of this value.
pub struct Blackhole {
    port: u16,
    _socket: Socket,
    /// They fill the queue of connections that are never accepted: from then on Linux drops new ones.
    _filling: Vec<TcpStream>,
}

impl Blackhole {
    /// Binds one.
    ///
    /// # Errors
    /// If no port is available.
    pub fn start() -> io::Result<Blackhole> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
        socket.listen(0)?;
        let address = socket.local_addr()?.as_socket().ok_or(io::ErrorKind::Unsupported)?;
        // a queue of length 0 has room for one
        let filling = vec![TcpStream::connect(address)?];
        Ok(Blackhole { port: address.port(), _socket: socket, _filling: filling })
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::Blackhole;
    use std::io::ErrorKind;
    use std::net::TcpStream;
    use std::time::Duration;

    #[test]
    fn nothing_comes_of_a_connection() {
        let hole = Blackhole::start().unwrap();
        let address = hole.authority().parse().unwrap();
        let error = TcpStream::connect_timeout(&address, Duration::from_millis(50)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
