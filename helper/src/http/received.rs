//! A response as it arrives.

use super::failure::{self, Failure};
use crate::facts::gateway::errors::Response;
use reqwest::blocking;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A response, and how it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Status, headers with names in lower case, and the body.
    pub response: Response,
    /// Who responded: the host, or the proxy.
    pub peer: Option<SocketAddr>,
    /// The number of pieces in which the body arrived, as far as this side can tell.
    pub pieces: usize,
    /// The time until the headers were complete.
    pub head: Duration,
    /// The time until the end of the response.
    pub whole: Duration,
    /// Why it ended before it was complete.
    cut: Option<Failure>,
}

impl Received {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.response.status.unwrap_or_default()
    }

    /// A header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.header(name)
    }

    /// The body as JSON; `null` if it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.response.body).unwrap_or_default()
    }

    /// Reads the response to a request that was sent at `started`, with at most `max` bytes of its body.
    /// Calls `arrived` with the body so far whenever a piece arrives.
    pub(super) fn read(
        response: blocking::Response,
        started: Instant,
        max: u64,
        proxy: Option<&str>,
        arrived: &mut dyn FnMut(&[u8]),
    ) -> Self {
        let (head, peer) = (started.elapsed(), response.remote_addr());
        let (status, headers) = (Some(response.status().as_u16()), headers(&response));
        let (mut body, mut pieces, mut piece) = (Vec::new(), 0, vec![0; 16 << 10]);
        let mut rest = response.take(max);
        let cut = loop {
            match rest.read(&mut piece) {
                Ok(0) => break None,
                Ok(count) => {
                    pieces += 1;
                    body.extend_from_slice(&piece[..count]);
                    arrived(&body);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Some(failure::cut_short(&error, proxy)),
            }
        };
        // avoids a copy for UTF-8, which all JSON is
        let body =
            String::from_utf8(body).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned());
        let response = Response { status, headers, body };
        Self { response, peer, pieces, head, whole: started.elapsed(), cut }
    }

    /// The response, if it is complete.
    ///
    /// # Errors
    /// It ended early.
    pub fn complete(self) -> Result<Self, Failure> {
        match self.cut {
            None => Ok(self),
            Some(failure) => Err(failure),
        }
    }
}

/// A response's headers, with names in lower case.
fn headers(response: &blocking::Response) -> Vec<(String, String)> {
    let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
    response.headers().iter().map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect()
}
