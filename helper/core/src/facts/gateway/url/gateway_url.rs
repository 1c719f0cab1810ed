//! A gateway's base URL, built from valid parts.

use super::origin::Origin;
use crate::facts::gateway::ids::{AccountId, GatewayId};
use crate::facts::gateway::providers::{Base, Protocol, ProviderRef};
use std::fmt;

/// A valid base URL: the right host and ids, an existing provider, nothing ambiguous.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayUrl {
    origin: Origin,
    ids: Option<(AccountId, GatewayId)>,
    provider: ProviderRef,
    tail: String,
    base: Protocol,
}

impl GatewayUrl {
    /// Builds a URL. `ids` is `None` on a custom domain. `tail` follows the provider, without surrounding
    /// slashes. Returns `None` if `tail` is not a base of this provider or contains an invalid character.
    pub fn build(
        origin: Origin,
        ids: Option<(AccountId, GatewayId)>,
        provider: ProviderRef,
        tail: &str,
    ) -> Option<Self> {
        let Base { protocol, .. } = provider.base(tail)?;
        let plain = tail.is_empty() || tail.split('/').all(is_plain_segment);
        plain.then(|| Self { origin, ids, provider, tail: tail.to_owned(), base: protocol })
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The account, unless the URL is on a custom domain.
    pub fn account_id(&self) -> Option<&AccountId> {
        self.ids.as_ref().map(|(account, _)| account)
    }

    /// The gateway, unless the URL is on a custom domain.
    pub fn gateway_id(&self) -> Option<&GatewayId> {
        self.ids.as_ref().map(|(_, gateway)| gateway)
    }

    /// The provider behind it.
    pub fn provider(&self) -> &ProviderRef {
        &self.provider
    }

    /// The part after the provider, without surrounding slashes.
    pub fn tail(&self) -> &str {
        &self.tail
    }

    /// Another base of the same provider.
    pub fn with_tail(&self, tail: &str) -> Option<Self> {
        Self::build(self.origin.clone(), self.ids.clone(), self.provider.clone(), tail)
    }

    /// The request format that a client must use.
    pub fn protocol(&self) -> Protocol {
        self.base
    }

    /// True for the API of a cloud, for which Claude Code has a mode with a base URL of its own.
    pub fn is_of_a_cloud(&self) -> bool {
        let slug = self.provider.known().map_or("", |provider| provider.slug);
        self.base == Protocol::Native && matches!(slug, "aws-bedrock" | "google-vertex-ai")
    }

    /// The gateway itself, without a provider: `{origin}/v1/{account_id}/{gateway_id}`.
    pub fn root(&self) -> String {
        match &self.ids {
            Some((account, gateway)) => format!("{}/v1/{account}/{gateway}", self.origin),
            None => self.origin.to_string(),
        }
    }

    /// The gateway's name for display: its id, or the custom domain.
    pub fn gateway_name(&self) -> &str {
        self.gateway_id().map_or_else(|| self.origin.authority(), GatewayId::as_str)
    }

    /// The gateway in a few words, for lines that are too short for its URL:
    /// ``AI Gateway `dev` of account 01234567…``.
    pub fn in_words(&self) -> String {
        let account =
            self.account_id().map_or(String::new(), |a| format!(" of account {}…", &a.as_str()[..8]));
        let host = if self.origin.is_cloudflare() {
            String::new()
        } else {
            format!(" at {}", self.origin.authority())
        };
        format!("AI Gateway `{}`{account}{host}", self.gateway_name())
    }
}

impl fmt::Display for GatewayUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.root(), self.provider)?;
        if self.tail.is_empty() { Ok(()) } else { write!(f, "/{}", self.tail) }
    }
}

/// True for a path segment that no shell, header or URL parser can misinterpret.
pub fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !segment.starts_with('.')
        && !segment.ends_with('.')
}
