//! The gateway URL as a type: a value is always valid.
//!
//! Two shapes exist (Cloudflare documentation, "usage/providers" and "configuration/custom-domains"):
//! `https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/{provider}` and, on a custom
//! domain, `https://{domain}/{provider}`.

mod error;
mod inspect;
mod repair;
#[cfg(test)]
mod tests;

pub use error::{UrlError, UrlErrorCode};
pub use inspect::{Inspection, inspect};

use super::ids::{AccountId, GatewayId};
use super::providers::{Base, Protocol, ProviderRef};
use std::fmt;

/// The host of every gateway that has no custom domain.
pub const GATEWAY_HOST: &str = "gateway.ai.cloudflare.com";
/// The host of Cloudflare's API.
pub const API_HOST: &str = "api.cloudflare.com";
/// Longer than anything that Cloudflare accepts; a longer text is not a URL.
pub const MAX_LENGTH: usize = 2048;

/// Scheme, host and port: `https://gateway.ai.cloudflare.com`, `https://api.cloudflare.com`, or one that
/// the user allowed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Cloudflare's own host.
    pub fn cloudflare() -> Self {
        Self(format!("https://{GATEWAY_HOST}"))
    }

    /// The host of Cloudflare's API.
    pub fn api() -> Self {
        Self(format!("https://{API_HOST}"))
    }

    /// Parses `https://host[:port]`, or `http://` on loopback only, in lower case, followed by at most one
    /// slash.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let (scheme, authority) = text.split_once("://")?;
        let (host, port) = split_port(authority);
        let host_ok = !host.is_empty()
            && host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'-')
            && !host.starts_with(['.', '-'])
            && !host.ends_with(['.', '-']);
        let port_ok = port.is_none_or(|p| p.parse::<u16>().is_ok_and(|n| n > 0 && n.to_string() == p));
        let default_port = port == Some("443") && scheme == "https";
        let scheme_ok = scheme == "https" || (scheme == "http" && is_loopback(host));
        (host_ok && port_ok && !default_port && scheme_ok).then(|| Self(text.to_owned()))
    }

    /// The text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port as in a `Host` header.
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or("", |(_, rest)| rest)
    }

    /// Host and port, even if the port is the scheme's default.
    pub fn host_and_port(&self) -> String {
        let (authority, secure) = (self.authority(), self.0.starts_with("https:"));
        let port = if secure { ":443" } else { ":80" };
        if split_port(authority).1.is_some() { authority.to_owned() } else { format!("{authority}{port}") }
    }

    /// True for Cloudflare's own host.
    pub fn is_cloudflare(&self) -> bool {
        self.authority() == GATEWAY_HOST
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Hosts that are allowed in a gateway URL besides Cloudflare's: those that the user allowed.
#[derive(Debug, Clone, Default)]
pub struct HostPolicy {
    /// Exact origins.
    pub allowed: Vec<Origin>,
}

impl HostPolicy {
    /// Cloudflare's host and this one.
    pub fn allowing(origin: Origin) -> Self {
        Self { allowed: vec![origin] }
    }

    fn permits(&self, origin: &Origin) -> bool {
        origin.is_cloudflare() || self.allowed.contains(origin)
    }
}

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
    /// Parses a valid text; [`inspect`] reports what is wrong with an invalid one.
    pub fn parse(text: &str, policy: &HostPolicy) -> Result<Self, Vec<UrlError>> {
        let inspection = inspect(text, policy);
        match inspection.url {
            Some(url) if inspection.errors.is_empty() => Ok(url),
            _ => Err(inspection.errors),
        }
    }

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

/// Splits `host:port`; an authority without a port gives `None`.
pub fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    }
}

/// True for names of this machine.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
}

/// True for a path segment that no shell, header or URL parser can misinterpret.
pub fn is_plain_segment(segment: &str) -> bool {
    !segment.is_empty()
        && segment.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && !segment.starts_with('.')
        && !segment.ends_with('.')
}
