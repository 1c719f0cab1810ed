//! Reads HTTP requests from the wire, unmodified.

use std::io::{self, BufRead, Read};

/// Larger than any request of a check, with room for what a gateway adds.
const MAX_BODY: usize = 16 << 20;
const MAX_HEAD: usize = 256 << 10;

/// A request as it arrived.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrived {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body, dechunked and otherwise unchanged.
    pub body: Vec<u8>,
}

impl Arrived {
    /// The first value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a header, joined as HTTP allows it.
    pub fn joined(&self, name: &str) -> Option<String> {
        let values: Vec<_> =
            self.headers.iter().filter(|(known, _)| known == name).map(|(_, v)| v.as_str()).collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// The body as JSON, `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }
}

/// Reads one request; `None` if the connection ends before it. Calls `go_on` for a client that
/// waits for permission to send its body.
pub(super) fn read(
    stream: &mut impl BufRead,
    go_on: impl FnOnce() -> io::Result<()>,
) -> io::Result<Option<Arrived>> {
    let first = line(stream)?;
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next().filter(|m| !m.is_empty()), words.next()) else {
        return Ok(None);
    };
    let mut arrived = Arrived { method: method.to_owned(), target: target.to_owned(), ..Arrived::default() };
    let mut size = first.len();
    loop {
        let line = line(stream)?;
        size += line.len();
        if size > MAX_HEAD {
            return Err(io::Error::other("too many headers"));
        }
        let Some((name, value)) = line.split_once(':') else { break };
        arrived.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    if arrived.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue")) {
        go_on()?;
    }
    let chunked =
        arrived.header("transfer-encoding").is_some_and(|v| v.to_ascii_lowercase().contains("chunked"));
    arrived.body = if chunked {
        chunks(stream)?
    } else {
        let length = arrived.header("content-length").and_then(|v| v.parse().ok()).unwrap_or(0_usize);
        exactly(stream, length)?
    };
    Ok(Some(arrived))
}

fn line(stream: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    stream.take(MAX_HEAD as u64).read_until(b'\n', &mut bytes)?;
    while bytes.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
        bytes.pop();
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn exactly(stream: &mut impl Read, length: usize) -> io::Result<Vec<u8>> {
    if length > MAX_BODY {
        return Err(io::Error::other("too large a body"));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(body)
}

fn chunks(stream: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = line(stream)?;
        let size = size.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| io::Error::other("no chunk"))?;
        if size == 0 {
            // trailers, and the blank line after them
            while !line(stream)?.is_empty() {}
            return Ok(body);
        }
        if size > MAX_BODY - body.len() {
            return Err(io::Error::other("too large a body"));
        }
        body.extend(exactly(stream, size)?);
        line(stream)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &str) -> Option<Arrived> {
        read(&mut bytes.as_bytes(), || Ok(())).unwrap()
    }

    #[test]
    fn a_body_comes_with_a_length_or_in_chunks_and_stays_as_it_is() {
        let sized =
            of("POST /v1/messages?beta=true HTTP/1.1\r\nContent-Length: 9\r\nX-A: b\r\n\r\n{ \"a\":1 }")
                .unwrap();
        assert_eq!(
            (sized.method.as_str(), sized.path(), sized.header("x-a")),
            ("POST", "/v1/messages", Some("b"))
        );
        assert_eq!(sized.body, b"{ \"a\":1 }");
        let chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4;x=y\r\n{ \"a\r\n5\r\n\":1 }\r\n0\r\nT: 1\r\n\r\n";
        assert_eq!(of(chunked).unwrap().body, sized.body);
    }

    #[test]
    fn input_that_is_not_a_request_is_refused() {
        assert_eq!(of(""), None);
        assert!(read(&mut &b"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"[..], || Ok(())).is_err());
        assert!(
            read(&mut &b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"[..], || Ok(()))
                .is_err()
        );
    }
}
