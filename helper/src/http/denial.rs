//! Finds out why a proxy refused a tunnel. The HTTP client drops the headers of that refusal, so
//! this repeats the CONNECT by hand; the host behind the proxy is not contacted.

use super::proxy::{ProxyHop, proxy_of};
use crate::facts::gateway::errors::{Judgement, Response, Speaker};
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// A refusal has a few lines.
const MAX_HEAD: u64 = 8 << 10;

/// The refusal of a sandbox's proxy to connect to this URL's host, if it names its reason within `limit`.
pub fn denial(url: &str, limit: Duration) -> Option<Response> {
    let proxy = proxy_of(url)?;
    let parsed = url::Url::parse(url).ok()?;
    let target = format!("{}:{}", parsed.host_str()?, parsed.port_or_known_default()?);
    let refusal = refusal(&head(&proxy, &target, limit)?);
    (Judgement::of(&refusal).speaker() == Speaker::SandboxProxy).then_some(refusal)
}

/// The start of the proxy's response to a CONNECT to `target` (`host:port`).
fn head(proxy: &ProxyHop, target: &str, limit: Duration) -> Option<String> {
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
    Some(String::from_utf8_lossy(&head).into_owned())
}

fn refusal(head: &str) -> Response {
    let lines = head.lines().take_while(|line| !line.is_empty());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()));
    let headers = headers.filter(|(_, value)| !value.is_empty());
    Response { status: Some(403), headers: headers.collect(), body: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_a_header_and_nothing_else() {
        let speaker = |head: &str| Judgement::of(&refusal(head)).speaker();
        for head in [
            "HTTP/1.1 403 No\r\nX-Deny-Reason: a b\r\n\r\n",
            "HTTP/1.1 403 user denied\r\nX-Proxy-Error: blocked-by-allowlist\r\n\r\n",
        ] {
            assert_eq!(speaker(head), Speaker::SandboxProxy, "{head:?}");
        }
        for head in [
            "",
            "HTTP/1.1 403 No\r\n\r\nx-deny-reason: body\r\n",
            "HTTP/1.1 403 No\r\nx-deny-reason: \r\n\r\n",
            "HTTP/1.1 502 No\r\nx-proxy-error: dns\r\n\r\n",
        ] {
            assert_ne!(speaker(head), Speaker::SandboxProxy, "{head:?}");
        }
    }
}
