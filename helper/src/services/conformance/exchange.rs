//! One request to the gateway, and its response as it arrives.

use crate::facts::gateway::errors::Response;
use crate::http::{self, Failure, Http};
use reqwest::Method;
use std::io::Read;
use std::time::{Duration, Instant};

/// Larger than any scripted or requested response.
const MAX_BODY: usize = 4 << 20;

/// A request.
#[derive(Debug, Clone)]
pub(super) struct ContractRequest {
    pub(super) method: Method,
    /// The path after the base URL, with a leading slash.
    pub(super) path: &'static str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    pub(super) limit: Duration,
}

/// A response.
#[derive(Debug, Clone)]
pub(super) struct ContractResponse {
    pub(super) status: u16,
    /// The whole response; its header names are in lower case.
    pub(super) response: Response,
    /// The number of pieces in which the body arrived.
    pub(super) pieces: usize,
    pub(super) took: Duration,
}

impl ContractResponse {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn text(&self) -> &str {
        &self.response.body
    }

    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(self.text()).unwrap_or_default()
    }
}

/// Sends it; calls `arrived` with the body so far whenever a piece arrives.
pub(super) fn send(
    http: &Http,
    base: &str,
    ask: &ContractRequest,
    arrived: &mut dyn FnMut(&[u8]),
) -> Result<ContractResponse, Failure> {
    let mut request =
        http.client().request(ask.method.clone(), format!("{base}{}", ask.path)).timeout(ask.limit);
    for (name, value) in &ask.headers {
        request = request.header(name, value);
    }
    if !ask.body.is_empty() {
        request = request.body(ask.body.clone());
    }
    let started = Instant::now();
    let mut response = request.send().map_err(|error| http.failure(&error))?;
    let headers = http::headers(&response);
    let status = response.status().as_u16();
    let (mut body, mut pieces, mut buffer) = (Vec::new(), 0, [0; 16 << 10]);
    while body.len() < MAX_BODY {
        match response.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                body.extend_from_slice(&buffer[..count]);
                pieces += 1;
                arrived(&body);
            }
            // a partial body is evidence too
            Err(_) if !body.is_empty() => break,
            Err(error) => return Err(http.cut_short(&error)),
        }
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    let response = Response { status: Some(status), headers, body };
    Ok(ContractResponse { status, response, pieces, took: started.elapsed() })
}
