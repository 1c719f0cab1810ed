//! One piece of evidence, reduced to what the catalogue can be asked about.

use super::body::{self, Body};
use super::row::Test;

/// An HTTP response as someone saw it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status, when it is known.
    pub status: Option<u16>,
    /// Names in any case, values as sent.
    pub headers: Vec<(String, String)>,
    /// The body, or as much of it as was kept.
    pub body: String,
}

/// Where a clue comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// A response or a body.
    #[default]
    Answer,
    /// A sentence that Claude Code printed or logged.
    Printed,
    /// Any other line of text.
    Line,
}

/// What is known about one failure.
#[derive(Debug, Clone, Default)]
pub struct Clue {
    /// Where it comes from.
    pub origin: Origin,
    /// HTTP status, when it is known.
    pub status: Option<u16>,
    /// Response headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Names of the request's headers in lower case, when the request is part of the evidence.
    pub sent: Option<Vec<String>>,
    /// The text that proves it: a body, a sentence, a line.
    pub text: String,
    /// Claude Code's own name for the failure.
    pub client_error: Option<String>,
    /// What the text or the body says, taken apart.
    pub body: Body,
}

impl From<&Response> for Clue {
    fn from(response: &Response) -> Self {
        Self {
            origin: Origin::Answer,
            status: response.status,
            headers: response
                .headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect(),
            body: body::read(&response.body),
            text: response.body.clone(),
            ..Self::default()
        }
    }
}

impl Clue {
    /// A line of text that is no response.
    pub fn line(text: &str) -> Self {
        Self { origin: Origin::Line, text: text.to_owned(), body: body::read(text), ..Self::default() }
    }

    /// A sentence of Claude Code: its whole `text`, the HTTP status it names, and what it quotes.
    pub fn printed(text: &str, status: Option<u16>, quoted: &str) -> Self {
        Self {
            origin: Origin::Printed,
            status,
            text: text.to_owned(),
            body: body::read(quoted),
            ..Self::default()
        }
    }

    /// The answer says that the call worked.
    pub fn is_success(&self) -> bool {
        self.body.success
            || (self.origin == Origin::Answer
                && !self.body.html
                && !self.body.is_error()
                && self.status.is_some_and(|status| (200..300).contains(&status)))
    }

    /// The answer refuses, whatever the reason.
    pub fn is_refusal(&self) -> bool {
        self.body.is_error() || self.status.is_some_and(|status| status >= 400)
    }

    /// Whether the test holds for what is known.
    pub(super) fn passes(&self, test: &Test) -> bool {
        match *test {
            Test::Status(status) => self.status == Some(status),
            Test::StatusFrom(from, to) => self.status.is_some_and(|s| (from..=to).contains(&s)),
            Test::Gateway(code) => self.body.gateway && self.body.codes.contains(&code),
            Test::FromGateway => self.body.gateway,
            Test::Api(code) => self.body.api && self.body.codes.contains(&code),
            Test::FromApi => self.body.api,
            Test::Provider(kind) => self.body.provider.as_deref() == Some(kind),
            Test::FromProvider => self.body.provider.is_some(),
            Test::ForeignError => self.body.foreign,
            Test::Edge(from, to) => self.body.edge.is_some_and(|c| (from..=to).contains(&c)),
            Test::Zone(part) => self.body.zone.as_deref().is_some_and(|z| z.contains(part)),
            Test::Header(name, part) => self.header(name).is_some_and(|v| v.contains(part)),
            Test::NotSent(name) => self.sent.as_ref().is_some_and(|sent| !sent.iter().any(|n| n == name)),
            Test::Says(part) => {
                self.text.contains(part) || self.body.message.as_deref().is_some_and(|m| m.contains(part))
            }
            Test::Message(whole) => self.body.message.as_deref() == Some(whole),
            Test::Code(code) => has_word(&self.text, code),
            Test::ClientError(name) => self.client_error.as_deref() == Some(name),
            Test::Html => self.body.html,
            Test::Printed => self.origin == Origin::Printed,
            Test::DottedModel => {
                has_dotted_model(&self.text) || self.body.message.as_deref().is_some_and(has_dotted_model)
            }
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

fn has_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + word.len()..].starts_with(part))
}

/// A Claude model id whose version has a dot, as Cloudflare's catalog writes it.
fn has_dotted_model(text: &str) -> bool {
    text.match_indices("claude-").any(|(at, _)| {
        let id = &text.as_bytes()[at..];
        let end =
            id.iter().position(|b| !b.is_ascii_alphanumeric() && !b"-.".contains(b)).unwrap_or(id.len());
        id[..end].windows(3).any(|w| w[0].is_ascii_digit() && w[1] == b'.' && w[2].is_ascii_digit())
    })
}
