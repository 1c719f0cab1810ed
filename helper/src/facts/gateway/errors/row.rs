//! The shape of one row of the error catalogue.

use serde::Serialize;

use super::cause::Cause;
use super::layer::Layer;
use crate::base::error::Kind;

/// Who said no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Speaker {
    /// The client itself refused before it sent anything.
    ClaudeCode,
    /// The egress proxy of a cloud session.
    SandboxProxy,
    /// A proxy or login portal of the network the machine is in.
    CorporateProxy,
    /// Something that opens TLS and signs with its own authority.
    TlsInterceptor,
    /// A web application firewall or bot rule.
    Waf,
    /// Cloudflare's network, before or behind the gateway.
    CloudflareEdge,
    /// AI Gateway itself.
    AiGateway,
    /// A rule that someone set on the gateway.
    GatewayPolicy,
    /// `api.cloudflare.com`.
    CloudflareApi,
    /// Anthropic, or whoever runs the model.
    Provider,
    /// No one answered.
    Nobody,
    /// The evidence does not tell.
    Unknown,
}

impl Speaker {
    /// All speakers, in the order in which a request meets them.
    pub const ALL: [Self; 12] = [
        Self::ClaudeCode,
        Self::SandboxProxy,
        Self::CorporateProxy,
        Self::TlsInterceptor,
        Self::Nobody,
        Self::Waf,
        Self::CloudflareEdge,
        Self::AiGateway,
        Self::GatewayPolicy,
        Self::CloudflareApi,
        Self::Provider,
        Self::Unknown,
    ];

    /// The id used in machine output.
    pub fn id(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::SandboxProxy => "sandbox-proxy",
            Self::CorporateProxy => "corporate-proxy",
            Self::TlsInterceptor => "tls-interceptor",
            Self::Waf => "waf",
            Self::CloudflareEdge => "cloudflare-edge",
            Self::AiGateway => "ai-gateway",
            Self::GatewayPolicy => "gateway-policy",
            Self::CloudflareApi => "cloudflare-api",
            Self::Provider => "provider",
            Self::Nobody => "nobody",
            Self::Unknown => "unknown",
        }
    }

    /// The words used in text output.
    pub fn label(self) -> &'static str {
        match self {
            Self::ClaudeCode => "Claude Code itself",
            Self::SandboxProxy => "the cloud session's proxy",
            Self::CorporateProxy => "a proxy of this network",
            Self::TlsInterceptor => "a TLS interceptor",
            Self::Waf => "a firewall or bot rule",
            Self::CloudflareEdge => "Cloudflare's edge",
            Self::AiGateway => "AI Gateway",
            Self::GatewayPolicy => "a rule of the gateway",
            Self::CloudflareApi => "Cloudflare's API",
            Self::Provider => "the provider",
            Self::Nobody => "nobody answered",
            Self::Unknown => "not known",
        }
    }
}

/// How sure a finding is. Ordered: `Possible < Likely < Certain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// The evidence allows it; others fit as well.
    Possible,
    /// It fits better than anything else known.
    Likely,
    /// The evidence says so in as many words.
    Certain,
}

impl Confidence {
    /// The id used in machine output.
    pub fn id(self) -> &'static str {
        match self {
            Self::Possible => "possible",
            Self::Likely => "likely",
            Self::Certain => "certain",
        }
    }
}

/// What a row rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Printed by the real client in a measured run.
    Client,
    /// A live response that someone captured and published.
    Captured,
    /// The vendor's documentation or source code.
    Documented,
    /// Someone says so; not measured.
    Reported,
    /// No source shows it.
    Unverified,
}

impl Level {
    /// The words used in the reference page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Client => "seen in runs of the real client",
            Self::Captured => "live response, captured by a third party",
            Self::Documented => "vendor documentation",
            Self::Reported => "third-party report",
            Self::Unverified => "not verified",
        }
    }
}

/// One thing that can be asked of a [`Clue`](super::Clue).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// HTTP status.
    Status(u16),
    /// HTTP status in this range, both ends included.
    StatusFrom(u16, u16),
    /// A code in AI Gateway's own envelope (`error[].code`, `internalCode`).
    Gateway(u32),
    /// AI Gateway's own envelope, whatever the code.
    FromGateway,
    /// Cloudflare's API envelope with `success: false`, whatever the code.
    FromApi,
    /// A code in the Cloudflare API's envelope (`errors[].code` and their chains).
    Api(u32),
    /// `error.type` of an Anthropic error body.
    Provider(&'static str),
    /// An Anthropic error body, whatever the type.
    FromProvider,
    /// The body is an object with an `error` object in it that is neither Cloudflare's nor Anthropic's.
    ForeignError,
    /// An edge error code in this range, as problem JSON, as HTML or as `error code: N`.
    Edge(u16, u16),
    /// The zone that the edge error names contains this.
    Zone(&'static str),
    /// A response header (lower case) whose value contains this; `""`: the header is there.
    Header(&'static str, &'static str),
    /// The request is known, and did not carry this header (lower case).
    NotSent(&'static str),
    /// The text contains this, exactly as written.
    Says(&'static str),
    /// The whole message is this.
    Message(&'static str),
    /// An error code of the system or of the runtime, as a whole word.
    Code(&'static str),
    /// Claude Code's own name for the failure (`api_error` of a headless result).
    ClientError(&'static str),
    /// The body is an HTML page.
    Html,
    /// Claude Code printed or logged it.
    Printed,
    /// A model id with a dot in its version is named (`claude-haiku-4.5`), and no vendor before it: behind
    /// a slash it may be right, as it is at OpenRouter.
    DottedModel,
    /// One of these stands in the text, in any case. Written in lower case, with single blanks.
    Any(&'static [&'static str]),
    /// A word of the first list and one of the second stand near each other. Written as [`Test::Any`].
    Near(&'static [&'static str], &'static [&'static str]),
    /// As [`Test::Any`], for words that programs put around any failure: they count less.
    Hint(&'static [&'static str]),
    /// A type, code or reason in the body is one of these, in lower case.
    Kind(&'static [&'static str]),
    /// The same for names that many servers give to many things: it counts less than words.
    Named(&'static [&'static str]),
    /// The text is about a failure: a refusal, a sentence of the client, or a line that says so.
    Failed,
    /// The status is not this.
    NotStatus(u16),
    /// No answer is part of the evidence: no status, no body.
    NoStatus,
    /// It is a line that no client is known to have printed.
    Line,
    /// Somebody gave the text because something failed, and no other sign fits it.
    Told,
    /// No error body of any format is part of the evidence: a sentence stands alone.
    Bare,
    /// The client says that no request was sent.
    Unsent,
    /// The turn took so long that requests were sent and sent again.
    Waited,
    /// Nothing says so.
    NotWaited,
    /// The envelope of a gateway Policy.
    FromPolicy,
    /// The URL of the request, or one that stands beside the failure, contains this.
    Target(&'static str),
    /// No such URL is known.
    NotTarget(&'static str),
    /// A URL beside the failure ends in `/v1`.
    BaseInV1,
}

impl Test {
    /// It holds only for an envelope of Cloudflare's own.
    pub(crate) fn is_of_cloudflare(&self) -> bool {
        matches!(self, Self::Gateway(_) | Self::FromGateway | Self::Api(_) | Self::FromApi)
    }

    /// The literals one of which must be in the text for this test to pass; none: it asks for something else.
    pub(crate) fn literals(&self) -> &[&'static str] {
        match self {
            Self::Says(text) | Self::Message(text) | Self::Code(text) | Self::ClientError(text) => {
                std::slice::from_ref(text)
            }
            Self::Any(texts) | Self::Hint(texts) | Self::Near(_, texts) => texts,
            _ => &[],
        }
    }
}

/// A set of tests that, when all pass, point to the row with this confidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sign {
    /// All must pass.
    pub all: &'static [Test],
    /// How sure that makes the row.
    pub confidence: Confidence,
}

impl Sign {
    /// The literals of the test that the fewest texts pass, by their length; none where no test has any.
    pub(crate) fn rarest(&self) -> Option<&'static [&'static str]> {
        let shortest = |texts: &&[&str]| texts.iter().map(|text| text.len()).min().unwrap_or(0);
        self.all.iter().map(Test::literals).filter(|texts| !texts.is_empty()).max_by_key(shortest)
    }
}

/// One cause: who says it, how it is recognised, what it means and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub cause: Cause,
    /// Who says no.
    pub speaker: Speaker,
    /// The layer that it breaks; none for a row that every layer can give.
    pub layer: Layer,
    /// What a command that finds it fails with, where the cause decides that.
    pub exit: Option<Kind>,
    /// One sentence.
    pub meaning: &'static str,
    /// The one next step, a command where there is one.
    pub fix: &'static str,
    /// How it is recognised; empty for rows that only the engine gives.
    pub signs: &'static [Sign],
    /// Causes that look the same, as ids.
    pub alike: &'static [Cause],
    /// Causes that are mere consequences of this one, as ids: not said when this one is.
    pub explains: &'static [Cause],
    /// What else is true: how the client behaves, what is ambiguous.
    pub note: &'static str,
    /// What the row rests on.
    pub level: Level,
    /// Where it is documented.
    pub doc: Option<&'static str>,
}

/// The empty row that table entries start from.
pub(super) const ROW: Row = Row {
    cause: Cause::Unrecognised,
    speaker: Speaker::Unknown,
    layer: Layer::Http,
    exit: None,
    meaning: "",
    fix: "",
    signs: &[],
    alike: &[],
    explains: &[],
    note: "",
    level: Level::Client,
    doc: None,
};

pub(super) const fn certain(all: &'static [Test]) -> Sign {
    Sign { all, confidence: Confidence::Certain }
}

pub(super) const fn likely(all: &'static [Test]) -> Sign {
    Sign { all, confidence: Confidence::Likely }
}

pub(super) const fn possible(all: &'static [Test]) -> Sign {
    Sign { all, confidence: Confidence::Possible }
}
