//! Finds out why a proxy refused a tunnel. The HTTP client drops the headers of that refusal, so
//! this repeats the CONNECT by hand; the host behind the proxy is not contacted.

use super::outcome::DENY_REASON;
use crate::http::ProxyHop;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// A refusal has a few lines.
const MAX_HEAD: u64 = 8 << 10;

/// The proxy's `x-deny-reason` for `target` (`host:port`), if it sends one within `limit`.
pub(super) fn reason(proxy: &ProxyHop, target: &str, limit: Duration) -> Option<String> {
    let end = Instant::now() + limit;
    let left = || end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero());
    let address = proxy.address()?.to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, left()?).ok()?;
    stream.set_read_timeout(left()).ok()?;
    stream.set_write_timeout(left()).ok()?;
    let login = proxy.login().map_or(String::new(), |login| format!("proxy-authorization: {login}\r\n"));
    // in one write: a proxy that refuses after the first line may not read the rest
    let request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n{login}\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut head = Vec::new();
    let mut answer = stream.take(MAX_HEAD);
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") && left().is_some() {
        match answer.read(&mut part) {
            Ok(count @ 1..) => head.extend_from_slice(&part[..count]),
            _ => break,
        }
    }
    in_head(&String::from_utf8_lossy(&head))
}

fn in_head(head: &str) -> Option<String> {
    let lines = head.lines().take_while(|line| !line.is_empty());
    let mut headers = lines.filter_map(|line| line.split_once(':'));
    let (_, value) = headers.find(|(name, _)| name.trim().eq_ignore_ascii_case(DENY_REASON))?;
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_header_and_nothing_else() {
        assert_eq!(in_head("HTTP/1.1 403 No\r\nX-Deny-Reason: a b\r\n\r\n").as_deref(), Some("a b"));
        for head in
            ["", "HTTP/1.1 403 No\r\n\r\nx-deny-reason: body\r\n", "HTTP/1.1 403 No\r\nx-deny-reason: \r\n"]
        {
            assert_eq!(in_head(head), None, "{head:?}");
        }
    }
}
