//! The proxy from the environment, if there is one.

use crate::base::url_parts::UrlParts;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use std::fmt;

/// A proxy in front of a host. Displays as `host:port`, without credentials.
#[derive(Debug)]
pub struct ProxyHop(Intercept);

impl ProxyHop {
    fn authority(&self) -> &str {
        self.0.uri().authority().map_or("", |a| a.as_str().rsplit('@').next().unwrap_or_default())
    }

    /// Where to connect; `None` for a proxy that does not use plain HTTP.
    pub fn address(&self) -> Option<String> {
        let plain = self.0.uri().scheme_str().is_none_or(|scheme| scheme == "http");
        let port = if self.0.uri().port().is_some() { "" } else { ":80" };
        plain.then(|| format!("{}{port}", self.authority()))
    }

    /// The value of `proxy-authorization`, if the proxy's URL has credentials.
    pub fn login(&self) -> Option<&str> {
        self.0.basic_auth()?.to_str().ok()
    }
}

impl fmt::Display for ProxyHop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.authority())
    }
}

/// The environment's proxy for this URL.
pub fn proxy_of(url: &str) -> Option<ProxyHop> {
    let uri = url.parse().ok()?;
    Matcher::from_env().intercept(&uri).map(ProxyHop)
}

/// The host and port to connect to first for this URL.
pub fn next_hop(url: &str) -> (String, u16) {
    let proxy = proxy_of(url);
    let secure = url.starts_with("https:");
    let own = UrlParts::of(url).authority;
    let (authority, default) = match &proxy {
        Some(proxy) => (proxy.authority(), 80),
        None => (own, if secure { 443 } else { 80 }),
    };
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(default)),
        _ => (authority, default),
    };
    (host.trim_matches(['[', ']']).to_owned(), port)
}

#[cfg(test)]
mod tests {
    use super::next_hop;

    #[test]
    fn the_port_is_the_schemes_where_none_is_named() {
        assert_eq!(next_hop("https://h.invalid/v1/x"), ("h.invalid".to_owned(), 443));
        assert_eq!(next_hop("http://[::1]:8080/x:9"), ("::1".to_owned(), 8080));
        assert_eq!(next_hop("http://[::1]"), ("::1".to_owned(), 80));
    }
}
