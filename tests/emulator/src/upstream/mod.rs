//! The providers behind the gateway. They need no socket: the gateway calls them as functions.

pub(crate) mod anthropic;
mod fields;
pub(crate) mod openai;
pub(crate) mod providers;
mod script;

use std::time::Duration;

use hyper::body::Bytes;
use serde_json::Value;

use crate::config::Config;
use crate::http::{Headers, Inbound, Reply};
use providers::Endpoint;

/// How a provider misbehaves behind a healthy gateway.
#[derive(Debug, Clone)]
pub enum ProviderFault {
    /// It cannot be reached: the gateway responds with 400, 2005.
    Unreachable,
    /// It returns this error, in its own format.
    Error {
        /// HTTP status, such as 529.
        status: u16,
        /// The error's type, such as `overloaded_error`.
        kind: String,
        /// The error's message.
        message: String,
        /// Seconds, sent as `retry-after`.
        retry_after: Option<u32>,
    },
    /// Its first byte takes this long.
    Slow(Duration),
    /// It misbehaves for this many requests, then recovers.
    Times(u32, Box<ProviderFault>),
}

/// The credential that reaches the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// In `x-api-key` or another header of the provider.
    Header(String),
    /// In `Authorization`.
    Bearer(String),
}

impl Key {
    pub(crate) fn value(&self) -> &str {
        match self {
            Key::Header(value) | Key::Bearer(value) => value,
        }
    }
}

/// A request as the provider gets it.
pub(crate) struct Ask<'a> {
    pub(crate) provider: &'a str,
    pub(crate) method: &'a str,
    /// The path after the provider's slug, without a leading slash.
    pub(crate) path: &'a str,
    pub(crate) headers: &'a Headers,
    pub(crate) body: &'a Bytes,
    pub(crate) key: Option<Key>,
}

/// Token counts, as the provider reports them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    pub(crate) input: u64,
    pub(crate) output: u64,
}

/// A provider's response.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: Payload,
    pub(crate) model: Option<String>,
    pub(crate) usage: Option<Usage>,
}

/// A complete body, or the events of a stream.
#[derive(Debug, Clone)]
pub(crate) enum Payload {
    Json(Bytes),
    Events(Vec<Bytes>),
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Answer {
        Answer {
            status,
            headers: Vec::new(),
            payload: Payload::Json(body.to_string().into()),
            model: None,
            usage: None,
        }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Answer {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The body as one text, for guardrails.
    pub(crate) fn text(&self) -> String {
        match &self.payload {
            Payload::Json(body) => String::from_utf8_lossy(body).into_owned(),
            Payload::Events(events) => events.iter().map(|event| String::from_utf8_lossy(event)).collect(),
        }
    }

    pub(crate) fn content_type(&self) -> &'static str {
        match self.payload {
            Payload::Json(_) => "application/json",
            Payload::Events(_) => "text/event-stream; charset=utf-8",
        }
    }

    pub(crate) fn into_reply(self, pace: Duration) -> Reply {
        let content_type = self.content_type();
        let mut reply = match self.payload {
            Payload::Json(body) => Reply::new(self.status, content_type, body),
            Payload::Events(events) => {
                Reply::stream(self.status, content_type, events, pace).with("cache-control", "no-cache")
            }
        };
        reply.headers.extend(self.headers);
        reply
    }
}

/// Calls the provider; never fails, because an unreachable provider is handled by the gateway.
pub(crate) fn answer(config: &Config, ask: &Ask<'_>) -> Answer {
    match providers::endpoint(ask.provider, ask.path) {
        Endpoint::Anthropic(path) => anthropic::answer(config, ask, &path),
        Endpoint::Chat => openai::chat(config, ask),
        Endpoint::Unknown => providers::not_found(ask),
    }
}

/// An error in the format of the path's API.
pub(crate) fn error(provider: &str, path: &str, status: u16, kind: &str, message: &str) -> Answer {
    match providers::endpoint(provider, path) {
        Endpoint::Chat => openai::error(status, kind, None, message),
        Endpoint::Anthropic(_) | Endpoint::Unknown => anthropic::error(status, kind, message),
    }
}

/// The provider's own host, contacted directly: Anthropic's.
pub(crate) fn direct(config: &Config, request: &Inbound) -> Reply {
    let key = request
        .headers
        .get("x-api-key")
        .filter(|key| !key.is_empty())
        .map(|key| Key::Header(key.to_owned()))
        .or_else(|| request.headers.bearer("authorization").map(|key| Key::Bearer(key.to_owned())));
    let ask = Ask {
        provider: "anthropic",
        method: &request.method,
        path: request.path().strip_prefix('/').unwrap_or_default(),
        headers: &request.headers,
        body: &request.body,
        key,
    };
    answer(config, &ask).into_reply(config.pace)
}

/// An id in the style of the providers: prefix and 24 characters.
pub(crate) fn id(prefix: &str) -> String {
    let unique = uuid::Uuid::now_v7().simple().to_string();
    format!("{prefix}{}", &unique[unique.len() - 24..])
}

/// About four bytes per token: close enough for a synthetic bill.
pub(crate) fn estimate_tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4).max(1)
}
