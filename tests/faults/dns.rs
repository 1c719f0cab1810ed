//! A name server with faults, selected by the first label of the name.

use std::io;
use std::net::UdpSocket;
use std::time::Duration;

/// How late responses for [`SLOW`] names are: long for a lookup, short for a person.
const LATE: Duration = Duration::from_millis(150);
/// Late, with the address 127.0.0.1.
pub(crate) const SLOW: &str = super::world::CLOUDFLARE;
/// The name does not exist.
pub(crate) const MISSING: &str = "missing.example.com";
/// The name has no address.
pub(crate) const EMPTY: &str = "empty.example.com";
/// The server itself fails.
pub(crate) const FAILING: &str = "failing.example.com";
/// No response, ever.
pub(crate) const SILENT: &str = "silent.example.com";
/// An address without a route.
pub(crate) const FAR: &str = "far.example.com";
/// The address of [`FAR`]: TEST-NET-1 of RFC 5737.
const NOWHERE: [u8; 4] = [192, 0, 2, 1];

const NO_ERROR: u8 = 0;
const SERVER_FAILURE: u8 = 2;
const NO_SUCH_NAME: u8 = 3;

/// Serves until this process ends.
pub(crate) fn serve() -> io::Result<()> {
    let socket = UdpSocket::bind(("127.0.0.1", 53))?;
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut buffer) {
            let Some(question) = Question::read(&buffer[..length]) else { continue };
            let Some((code, address)) = question.known() else { continue };
            let reply = question.reply(code, address);
            let Ok(socket) = socket.try_clone() else { continue };
            let wait = if question.name == SLOW { LATE } else { Duration::ZERO };
            std::thread::spawn(move || {
                // the fault itself
                std::thread::sleep(wait);
                let _ = socket.send_to(&reply, from);
            });
        }
    });
    Ok(())
}

struct Question {
    id: [u8; 2],
    name: String,
    is_ipv4: bool,
    bytes: Vec<u8>,
}

impl Question {
    fn read(packet: &[u8]) -> Option<Self> {
        let id = packet.get(..2)?.try_into().ok()?;
        let (mut at, mut labels) = (12, Vec::new());
        loop {
            let length = usize::from(*packet.get(at)?);
            at += 1;
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8_lossy(packet.get(at..at + length)?).to_ascii_lowercase());
            at += length;
        }
        let kind = packet.get(at..at + 2)?;
        let bytes = packet.get(12..at + 4)?.to_vec();
        Some(Self { id, name: labels.join("."), is_ipv4: kind == [0, 1], bytes })
    }

    /// The response code and the address; `None` means no response.
    fn known(&self) -> Option<(u8, Option<[u8; 4]>)> {
        Some(match self.name.as_str() {
            SILENT => return None,
            FAILING => (SERVER_FAILURE, None),
            EMPTY => (NO_ERROR, None),
            SLOW => (NO_ERROR, Some([127, 0, 0, 1])),
            FAR => (NO_ERROR, Some(NOWHERE)),
            _ => (NO_SUCH_NAME, None),
        })
    }

    fn reply(&self, code: u8, address: Option<[u8; 4]>) -> Vec<u8> {
        let address = address.filter(|_| self.is_ipv4);
        let answers = u8::from(address.is_some());
        let mut reply = self.id.to_vec();
        // a response, with recursion
        reply.extend([0x81, 0x80 | code, 0, 1, 0, answers, 0, 0, 0, 0]);
        reply.extend(&self.bytes);
        if let Some(address) = address {
            // the name in the question, type A, class IN, a minute, four bytes
            reply.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4]);
            reply.extend(address);
        }
        reply
    }
}
