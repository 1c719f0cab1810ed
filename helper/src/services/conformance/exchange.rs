//! One request to the gateway, and its response as it arrives.

use crate::facts::gateway::errors::Response;
use crate::http::{Failure, Http};
use reqwest::Method;
use std::time::{Duration, Instant};

/// Larger than any scripted or requested response.
const MAX_BODY: u64 = 4 << 20;

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
        self.response.header(name)
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
    let received = http.receive(http.send(request)?, started, MAX_BODY, arrived);
    // a partial body is evidence too
    let received = if received.pieces == 0 { received.complete()? } else { received };
    let status = received.response.status.unwrap_or_default();
    Ok(ContractResponse {
        status,
        response: received.response,
        pieces: received.pieces,
        took: received.whole,
    })
}
