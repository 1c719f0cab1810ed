//! The form of a row of the provider table.

use crate::base::named::named;

named! {
    /// The request format of a base URL.
    pub enum Protocol {
        /// Anthropic Messages: the client appends `/v1/messages`. What Claude Code needs.
        Anthropic = "anthropic",
        /// OpenAI chat completions: the client appends `/chat/completions`.
        OpenAi = "openai",
        /// The provider's own API.
        Native = "native",
    }
}

named! {
    /// How well Cloudflare's publications support a row.
    pub enum Evidence {
        /// On a Cloudflare documentation page.
        Documented = "documented",
        /// In Cloudflare's own library, but on no page.
        Library = "library only",
        /// Derived from the two, but not known to have been tested: test it before you rely on it.
        Unverified = "not verified",
    }
}

/// A base URL of a provider behind the gateway.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    /// The part after the slug, without surrounding slashes; `{name}` stands for one path segment.
    pub tail: &'static str,
    /// Its request format.
    pub protocol: Protocol,
    /// The evidence for it.
    pub evidence: Evidence,
}

/// An environment variable from which a provider's own SDK reads its base URL.
#[derive(Debug, Clone, Copy)]
pub struct SdkVariable {
    /// Its name.
    pub name: &'static str,
    /// The part after `…/{slug}` in its value (with a leading slash), so that SDK and gateway paths match.
    pub suffix: &'static str,
    /// The variable from which the same SDK reads its credential.
    pub credential: &'static str,
    /// Do not set it while one of these is set: the same SDK would then send another service's requests to
    /// the wrong path.
    pub unless: &'static [&'static str],
    /// The package whose source contains the name.
    pub package: &'static str,
}

/// A row of the provider table.
#[derive(Debug)]
pub struct Provider {
    /// The path segment in a gateway URL.
    pub slug: &'static str,
    /// The name as Cloudflare writes it.
    pub name: &'static str,
    /// The upstream prefix that `…/{slug}/` replaces; empty if there is none.
    pub replaces: &'static str,
    /// The header for the provider's credential.
    pub auth_header: &'static str,
    /// Bases, the most common one first.
    pub bases: &'static [Base],
    /// The base URL variables of this provider's SDKs, if any.
    pub sdk: &'static [SdkVariable],
    /// Common wrong names for it.
    pub aliases: &'static [&'static str],
}

impl PartialEq for Provider {
    fn eq(&self, other: &Self) -> bool {
        self.slug == other.slug
    }
}

impl Eq for Provider {}
