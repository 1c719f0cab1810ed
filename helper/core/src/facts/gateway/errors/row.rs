//! The type of the error catalogue's rows.

use super::cause::Cause;
use super::layer::Layer;
use crate::base::error::Kind;
use crate::base::named::named;
use crate::base::text::items;

named! {
    /// Who refused, in the order in which a request meets them.
    pub enum Speaker {
        /// The client itself refused before it sent anything.
        ClaudeCode = "claude-code" => "Claude Code itself",
        /// The egress proxy of a cloud session.
        SandboxProxy = "sandbox-proxy" => "a sandbox's proxy",
        /// A proxy or login portal of the local network.
        CorporateProxy = "corporate-proxy" => "a proxy of this network",
        /// Something that intercepts TLS and signs with its own authority.
        TlsInterceptor = "tls-interceptor" => "a TLS interceptor",
        /// Nothing responded.
        Nobody = "nobody" => "no response",
        /// A web application firewall or bot rule.
        Waf = "waf" => "a firewall or bot rule",
        /// Cloudflare's network, before or behind the gateway.
        CloudflareEdge = "cloudflare-edge" => "Cloudflare's edge",
        /// AI Gateway itself.
        AiGateway = "ai-gateway" => "AI Gateway",
        /// A rule configured on the gateway.
        GatewayPolicy = "gateway-policy" => "a rule of the gateway",
        /// `api.cloudflare.com`.
        CloudflareApi = "cloudflare-api" => "Cloudflare's API",
        /// Anthropic, or whoever runs the model.
        Provider = "provider" => "the provider",
        /// The evidence does not show it.
        Unknown = "unknown" => "unknown",
    }
}

named! {
    /// The confidence of a finding. Ordered: `Possible < Likely < Certain`.
    pub enum Confidence {
        /// The evidence allows it, but also others.
        Possible = "possible",
        /// It matches better than anything else known.
        Likely = "likely",
        /// The evidence states it explicitly.
        Certain = "certain",
    }
}

named! {
    /// The basis of a row, with the words of the reference page.
    pub enum Level {
        /// Printed by the real client in a measured run.
        Client = "client" => "seen in runs of the real client",
        /// A live response that someone captured and published.
        Captured = "captured" => "live response, captured by a third party",
        /// The vendor's documentation or source code.
        Documented = "documented" => "vendor documentation",
        /// Someone reports it; not measured.
        Reported = "reported" => "third-party report",
        /// No source confirms it.
        Unverified = "unverified" => "not verified",
    }
}

/// A test of a [`FailureEvidence`](super::FailureEvidence). Several words are one text, with ` | ` between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// HTTP status.
    Status(u16),
    /// HTTP status in this range, both ends included.
    StatusFrom(u16, u16),
    /// A code in AI Gateway's own envelope (`error[].code`, `internalCode`).
    Gateway(u32),
    /// AI Gateway's own envelope, with any code.
    FromGateway,
    /// Cloudflare's API envelope with `success: false`, with any code.
    FromApi,
    /// A code in the Cloudflare API's envelope (`errors[].code` and their chains).
    Api(u32),
    /// `error.type` of an Anthropic error body.
    Provider(&'static str),
    /// An Anthropic error body, with any type.
    FromProvider,
    /// The body is an object with an `error` object that is neither Cloudflare's nor Anthropic's.
    ForeignError,
    /// An edge error code in this range, as problem JSON, as HTML or as `error code: N`.
    Edge(u16, u16),
    /// The zone in the edge error contains this.
    Zone(&'static str),
    /// A response header (lower case) whose value contains this; `""` matches any value.
    Header(&'static str, &'static str),
    /// The request is known, and does not have this header (lower case).
    NotSent(&'static str),
    /// The text contains exactly one of these.
    Says(&'static str),
    /// The whole message is one of these.
    Message(&'static str),
    /// One of these error codes of the system or the runtime, as a whole word.
    Code(&'static str),
    /// Claude Code's own name for the failure (`api_error` of a headless result).
    ClientError(&'static str),
    /// The body is an HTML page.
    Html,
    /// Claude Code printed or logged it.
    Printed,
    /// A model id with a dot in its version (`claude-haiku-4.5`), without a vendor before it: after a slash
    /// it may be right, as at OpenRouter.
    DottedModel,
    /// One of these occurs in the text, ignoring case, a short one only at the start of a word. Written in lower
    /// case, with single spaces.
    Any(&'static str),
    /// A word of the first list and one of the second occur close together. Written as in [`Test::Any`].
    Near(&'static str, &'static str),
    /// A type, code or reason in the body is one of these, in lower case.
    Kind(&'static str),
    /// This, although it occurs with many failures: it counts less.
    Weak(&'static Test),
    /// This does not pass.
    Not(&'static Test),
    /// The text is about a failure: a refusal, a message of the client, or a line that reports one.
    Failed,
    /// The evidence contains no response: no status, no body.
    NoStatus,
    /// It is a line that the client is not known to print.
    Line,
    /// The user gave the text because something failed, and no other sign matches.
    Told,
    /// The evidence contains no error body of any format, only a message.
    Bare,
    /// The client reports that no request was sent.
    Unsent,
    /// The turn took so long that requests were retried.
    Waited,
    /// The envelope of a gateway Policy.
    FromPolicy,
    /// The URL of the request, or one near the failure, contains this.
    Target(&'static str),
    /// A URL near the failure ends in `/v1`.
    BaseInV1,
}

impl Test {
    /// True if it passes only for Cloudflare's own envelope.
    pub fn is_of_cloudflare(&self) -> bool {
        matches!(self, Self::Gateway(_) | Self::FromGateway | Self::Api(_) | Self::FromApi)
    }

    /// The literals one of which must occur in the text for this test to pass; none if it tests something
    /// else.
    pub fn literals(&self) -> impl Iterator<Item = &'static str> + use<> {
        items(match *self {
            Self::Says(text) | Self::Message(text) | Self::Code(text) | Self::ClientError(text) => text,
            Self::Any(texts) | Self::Weak(&Self::Any(texts)) | Self::Near(_, texts) => texts,
            _ => "",
        })
    }
}

/// A set of tests that, if all pass, point to the row with this confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// All must pass.
    pub all: &'static [Test],
    /// The confidence.
    pub confidence: Confidence,
}

impl Sign {
    /// The most selective test, judged by the length of its literals; none if no test has any.
    pub fn rarest(&self) -> Option<&'static Test> {
        let shortest = |test: &&Test| test.literals().map(str::len).min();
        self.all.iter().filter(|test| shortest(test).is_some()).max_by_key(shortest)
    }
}

/// A cause: who refuses, how to recognize it, what it means and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The cause.
    pub cause: Cause,
    /// Who refuses.
    pub speaker: Speaker,
    /// The layer that it breaks; none for a row that can break any layer.
    pub layer: Layer,
    /// The error kind of a command that finds it, if the cause decides that.
    pub exit: Option<Kind>,
    /// One sentence.
    pub meaning: &'static str,
    /// The next step, a command if there is one.
    pub fix: &'static str,
    /// Words that tell it if no sign matches, in a text that the user gave because something failed.
    pub loosely: Option<Words>,
    /// How to recognize it; empty for rows that only the engine gives.
    pub signs: &'static [Sign],
    /// Ids of causes that look the same.
    pub alike: &'static [Cause],
    /// Ids of causes that are only consequences of this one: they are hidden if this one is found.
    pub explains: &'static [Cause],
    /// The basis of the row.
    pub level: Level,
    /// Where it is documented.
    pub doc: Option<&'static str>,
}

/// Words for a thing, and words for how it fails; the two occur close together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The thing occurs in no failure of another kind.
    pub is_telling: bool,
    /// The thing.
    pub things: &'static str,
    /// How people say that it failed.
    pub troubles: &'static str,
}

pub(super) const fn telling(things: &'static str, troubles: &'static str) -> Option<Words> {
    Some(Words { is_telling: true, things, troubles })
}

pub(super) const fn ordinary(things: &'static str, troubles: &'static str) -> Option<Words> {
    Some(Words { is_telling: false, things, troubles })
}

/// A matching row, and how well it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Match {
    /// The row.
    pub row: &'static Row,
    /// The confidence of its best sign.
    pub confidence: Confidence,
    /// How specific that sign is; the more specific of two rows wins.
    pub weight: u8,
    /// That sign; none for a row of the engine.
    pub sign: Option<&'static Sign>,
}

impl Match {
    /// A row without a sign.
    pub fn engine(cause: Cause, confidence: Confidence) -> Self {
        Self { row: cause.row(), confidence, weight: 0, sign: None }
    }
}

/// The empty row that table entries extend.
pub(super) const ROW: Row = Row {
    cause: Cause::Unrecognised,
    speaker: Speaker::Unknown,
    layer: Layer::Http,
    exit: None,
    meaning: "",
    fix: "",
    loosely: None,
    signs: &[],
    alike: &[],
    explains: &[],
    level: Level::Client,
    doc: None,
};
