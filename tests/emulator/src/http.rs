//! Requests and responses as the hosts use them, independent of hyper's types.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use serde_json::Value;
use tokio::time::Sleep;

use crate::wire::WireControl;

/// Header names (lower case) and values, in order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Headers(pub(crate) Vec<(String, String)>);

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The credential of an `Authorization`-like header, without its scheme.
    pub(crate) fn bearer(&self, name: &str) -> Option<&str> {
        let value = self.get(name)?.trim();
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(token.trim()).filter(|token| !token.is_empty())
    }

    /// `true` for a header with the value true, ignoring case.
    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)?.trim().to_ascii_lowercase().as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }
}

/// A request that was read completely.
#[derive(Debug, Clone)]
pub(crate) struct Inbound {
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) target: String,
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

impl Inbound {
    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self) -> &str {
        self.target.split_once('?').map_or("", |(_, query)| query)
    }
}

/// A response that was not sent yet.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Outgoing,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Reply {
        let mut reply = Reply::empty(status).with("content-type", content_type);
        reply.body = Outgoing::whole(body.into());
        reply
    }

    pub(crate) fn json(status: u16, body: &Value) -> Reply {
        Reply::new(status, "application/json", body.to_string())
    }

    pub(crate) fn empty(status: u16) -> Reply {
        Reply { status, headers: Vec::new(), body: Outgoing::whole(Bytes::new()) }
    }

    pub(crate) fn stream(status: u16, content_type: &str, pieces: Vec<Bytes>, pace: Duration) -> Reply {
        let mut reply = Reply::empty(status).with("content-type", content_type);
        reply.body = Outgoing::new(pieces.into(), None, pace);
        reply
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Reply {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// The end of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Finish,
    /// Nothing more is sent, and the connection stays open.
    Hang,
    /// The connection is reset.
    Reset,
}

/// Called once, with whether the body was sent completely.
type Done = Box<dyn FnOnce(bool) + Send>;

/// A body in pieces.
pub(crate) struct Outgoing {
    pub(crate) pieces: VecDeque<Bytes>,
    /// `Some` is sent as `content-length`; `None` is chunked.
    pub(crate) declared_length: Option<u64>,
    pub(crate) pace: Duration,
    pub(crate) end: End,
    pub(crate) wire: Option<WireControl>,
    done: Option<Done>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Outgoing {
    pub(crate) fn whole(body: Bytes) -> Outgoing {
        let declared_length = Some(body.len() as u64);
        let pieces = if body.is_empty() { VecDeque::new() } else { VecDeque::from([body]) };
        Outgoing::new(pieces, declared_length, Duration::ZERO)
    }

    fn new(pieces: VecDeque<Bytes>, declared_length: Option<u64>, pace: Duration) -> Outgoing {
        Outgoing { pieces, declared_length, pace, end: End::Finish, wire: None, done: None, pause: None }
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.pieces.iter().flatten().copied().collect()
    }

    /// `done` runs when the last piece is passed on, or if the client disconnects before.
    pub(crate) fn on_done(&mut self, done: impl FnOnce(bool) + Send + 'static) {
        self.done = Some(Box::new(done));
        if self.pieces.is_empty() && self.end == End::Finish {
            self.finish(true);
        }
    }

    fn finish(&mut self, complete: bool) {
        if let Some(done) = self.done.take() {
            done(complete);
        }
    }
}

impl Drop for Outgoing {
    fn drop(&mut self) {
        self.finish(false);
    }
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(pause) = self.pause.as_mut() {
            std::task::ready!(pause.as_mut().poll(cx));
            self.pause = None;
        }
        if let Some(piece) = self.pieces.pop_front() {
            if self.is_end_stream() {
                // before the client can see the end, so that it finds the log entry then
                self.finish(true);
            } else if !self.pace.is_zero() {
                self.pause = Some(Box::pin(tokio::time::sleep(self.pace)));
            }
            return Poll::Ready(Some(Ok(Frame::data(piece))));
        }
        match self.end {
            End::Finish => Poll::Ready(None),
            // without a waker: only a closed connection ends this
            End::Hang => Poll::Pending,
            End::Reset => {
                if let Some(wire) = &self.wire {
                    wire.reset();
                }
                Poll::Ready(Some(Err(std::io::Error::other("reset on demand"))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_empty() && self.end == End::Finish
    }

    fn size_hint(&self) -> SizeHint {
        match self.declared_length {
            Some(length) if self.end == End::Finish => SizeHint::with_exact(length),
            _ => SizeHint::default(),
        }
    }
}
