//! The origins that a gateway may have.

use std::fmt;

/// The host of every gateway that has no custom domain.
pub const GATEWAY_HOST: &str = "gateway.ai.cloudflare.com";
/// The host of Cloudflare's API.
pub const API_HOST: &str = "api.cloudflare.com";

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

    pub(super) fn permits(&self, origin: &Origin) -> bool {
        origin.is_cloudflare() || self.allowed.contains(origin)
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
