//! A piece of evidence in the form that the catalogue is matched against.

use super::body::{self, Body};
use super::near;
use super::row::Test;
use crate::base::text::items;

/// An HTTP response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status, if it is known.
    pub status: Option<u16>,
    /// Names in any case, values as sent.
    pub headers: Vec<(String, String)>,
    /// The body, or as much of it as was kept.
    pub body: String,
}

impl Response {
    /// The value of a header; `name` in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        header_in(&self.headers, name)
    }
}

fn header_in<'h>(headers: &'h [(String, String)], name: &str) -> Option<&'h str> {
    headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// Where a clue comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EvidenceOrigin {
    /// A response or a body.
    #[default]
    Answer,
    /// A message that Claude Code printed or logged.
    Printed,
    /// Any other line of text.
    Line,
}

/// What is known about one failure.
#[derive(Debug, Clone, Default)]
pub struct FailureEvidence {
    /// Its source.
    pub origin: EvidenceOrigin,
    /// HTTP status, if it is known.
    pub status: Option<u16>,
    /// Response headers, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// Names of the request's headers in lower case, if the request is part of the evidence.
    pub sent: Option<Vec<String>>,
    /// The text that proves it: a body, a message, a line.
    pub text: String,
    /// Claude Code's own name for the failure.
    pub client_error: Option<String>,
    /// The parsed text or body.
    pub body: Body,
    /// The URL of the request, if it is known, and others near the failure.
    pub urls: Vec<String>,
    /// The client reports that it sent no request.
    pub unsent: bool,
    /// The client reports that the turn took so long that requests were retried.
    pub waited: bool,
    /// The user gave this text because something failed, so the text itself need not say so.
    pub told: bool,
}

impl From<&Response> for FailureEvidence {
    fn from(response: &Response) -> Self {
        let headers = response.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        let clue = Self::new(EvidenceOrigin::Answer, &response.body, body::read(&response.body));
        Self { status: response.status, headers: headers.collect(), ..clue }.with_status_of_body()
    }
}

impl FailureEvidence {
    /// A live response. A body in pasted evidence may be cut short and is parsed as far as possible; here,
    /// invalid JSON does not show who wrote it.
    pub fn arrived(response: &Response) -> Self {
        let body = response.body.trim_start();
        let is_broken =
            body.starts_with(['{', '[']) && serde_json::from_str::<serde::de::IgnoredAny>(body).is_err();
        if is_broken {
            return Self::from(&Response { body: String::new(), ..response.clone() });
        }
        Self::from(response)
    }

    fn new(origin: EvidenceOrigin, text: &str, body: Body) -> Self {
        Self { origin, text: text.to_owned(), body, ..Self::default() }
    }

    /// A line of text with an error object in it.
    pub fn with_object(text: &str, value: &serde_json::Value) -> Self {
        Self::new(EvidenceOrigin::Line, text, body::of(value)).with_status_of_body()
    }

    /// The status in the body counts if no other is known.
    fn with_status_of_body(mut self) -> Self {
        self.status = self.status.or(self.body.status);
        self
    }

    /// A line of text that is not a response.
    pub fn line(text: &str) -> Self {
        Self::new(EvidenceOrigin::Line, text, body::read(text))
    }

    /// A message of Claude Code: its whole `text`, the HTTP status in it, and what it quotes.
    pub fn printed(text: &str, status: Option<u16>, quoted: &str) -> Self {
        Self { status, ..Self::new(EvidenceOrigin::Printed, text, body::read(quoted)) }.with_status_of_body()
    }

    /// All text in lower case, with single spaces and plain quotation marks, for word searches.
    pub(super) fn hay(&self) -> String {
        let parts = [Some(&self.text), self.body.message.as_ref(), self.client_error.as_ref()];
        let mut hay = String::new();
        for part in parts.into_iter().flatten().chain(&self.body.says) {
            for c in part.chars().flat_map(char::to_lowercase) {
                match c {
                    c if c.is_whitespace() && !hay.ends_with(' ') => hay.push(' '),
                    c if c.is_whitespace() || c == '\\' => {}
                    '\u{2018}' | '\u{2019}' => hay.push('\''),
                    '\u{201c}' | '\u{201d}' => hay.push('"'),
                    c => hay.push(c),
                }
            }
            hay.push('\u{0}');
        }
        hay
    }

    /// A model responded; what it says is not about this request.
    pub fn is_of_a_model(&self) -> bool {
        let is_good = self.status.is_none_or(|status| (200..300).contains(&status));
        self.body.model && is_good && !self.body.is_error()
    }

    /// The response reports success.
    pub fn is_success(&self) -> bool {
        self.body.success
            || self.is_of_a_model()
            || (self.origin == EvidenceOrigin::Answer
                && !self.body.html
                && !self.body.is_error()
                && self.status.is_some_and(|status| (200..300).contains(&status)))
    }

    /// The response reports a failure, whatever the reason.
    pub fn is_refusal(&self) -> bool {
        self.body.is_error() || self.status.is_some_and(|status| status >= 400)
    }

    /// Whether the test passes.
    pub(super) fn passes(&self, test: &Test, hay: &str) -> bool {
        match *test {
            Test::Status(status) => self.status == Some(status),
            Test::StatusFrom(from, to) => self.status.is_some_and(|s| (from..=to).contains(&s)),
            Test::Gateway(code) => self.body.gateway && self.body.codes.contains(&code),
            Test::FromGateway => self.body.gateway,
            Test::Api(code) => self.body.api && self.body.codes.contains(&code),
            Test::FromApi => self.body.api,
            Test::Provider(kind) => self.body.provider.as_deref() == Some(kind),
            Test::FromProvider => self.body.provider.is_some(),
            Test::ForeignError => self.is_foreign(),
            Test::Edge(from, to) => self.body.edge.is_some_and(|c| (from..=to).contains(&c)),
            Test::Zone(part) => self.body.zone.as_deref().is_some_and(|z| z.contains(part)),
            Test::Header(name, part) => self.header(name).is_some_and(|v| v.contains(part)),
            Test::NotSent(name) => self.sent.as_ref().is_some_and(|sent| !sent.iter().any(|n| n == name)),
            Test::Says(parts) => {
                let mut texts = self.messages().chain([&self.text]);
                texts.any(|text| items(parts).any(|part| text.contains(part)))
            }
            Test::Message(texts) => self.messages().any(|message| items(texts).any(|text| text == message)),
            Test::Code(codes) => items(codes).any(|code| has_word(&self.text, code)),
            Test::ClientError(name) => self.client_error.as_deref() == Some(name),
            Test::Html => self.body.html,
            Test::Printed => self.origin == EvidenceOrigin::Printed,
            Test::DottedModel => {
                has_dotted_model(&self.text) || self.body.message.as_deref().is_some_and(has_dotted_model)
            }
            Test::Near(things, troubles) => near::gap(hay, things, troubles).is_some(),
            Test::Any(texts) => items(texts).any(|text| near::has(hay, text)),
            Test::Kind(names) => self.body.kinds.iter().any(|kind| items(names).any(|name| name == kind)),
            Test::Failed => {
                self.told
                    || self.is_refusal()
                    || self.origin == EvidenceOrigin::Printed
                    || items(FAILURE).any(|word| hay.contains(word))
            }
            Test::Weak(test) => self.passes(test, hay),
            Test::Not(test) => !self.passes(test, hay),
            Test::NoStatus => self.status.is_none() && !self.body.is_error(),
            Test::Line => self.origin == EvidenceOrigin::Line,
            Test::Told => self.told,
            Test::Bare => !self.body.is_error() && !self.body.loose,
            Test::Unsent => self.unsent,
            Test::Waited => self.waited,
            Test::FromPolicy => self.body.policy,
            Test::Target(part) => self.urls.iter().any(|url| url.contains(part)),
            Test::BaseInV1 => self.urls.iter().any(|url| url.trim_end_matches('/').ends_with("/v1")),
        }
    }

    /// An error in a format that is neither Cloudflare's nor Anthropic's; without an `error` in it, only if
    /// a status shows that it is one.
    fn is_foreign(&self) -> bool {
        let refused = self.status.is_some_and(|status| status >= 400);
        self.body.foreign || (self.body.loose && refused && !self.body.gateway && !self.body.api)
    }

    /// The message of the body and every other text in it.
    fn messages(&self) -> impl Iterator<Item = &String> {
        self.body.message.iter().chain(&self.body.says)
    }

    /// A header of the response; `name` in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        header_in(&self.headers, name)
    }
}

/// Words in lines that report a failure.
const FAILURE: &str = "\
    error | fail | exception | denied | refus | reject | fatal | panic | invalid | unable | cannot | \
    could not | couldn't | can't | blocked | aborted | revoked | expired | 错误 | 失败 | 无效 | 无权 | \
    不足 | 不存在 | 稍后再试 | 请求过 | exceed | not allowed | not found | has disabled | been disabled | \
    limit | no such host | not recognized | isn't supported | isn’t supported | not support | \
    unsupported | no api key | insufficient | unauthorized | forbidden | too long | too large | \
    timed out | unavailable";

fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// A Claude model id whose version has a dot, as in Cloudflare's catalog.
fn has_dotted_model(text: &str) -> bool {
    text.match_indices("claude-").filter(|(at, _)| !text[..*at].ends_with('/')).any(|(at, _)| {
        let id = &text.as_bytes()[at..];
        let end =
            id.iter().position(|b| !b.is_ascii_alphanumeric() && !b"-.".contains(b)).unwrap_or(id.len());
        id[..end].windows(3).any(|w| w[0].is_ascii_digit() && w[1] == b'.' && w[2].is_ascii_digit())
    })
}
