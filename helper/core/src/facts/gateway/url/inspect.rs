//! Checks a URL as typed: reports every error, and the intended URL.

mod path;

use super::error::{UrlError, UrlErrorCode as Code};
use super::gateway_url::{GatewayUrl, is_plain_segment};
use super::origin::{API_HOST, GATEWAY_HOST, HostPolicy, Origin, is_loopback, split_port};
use super::repair::{ascii_twin, unwrap};
use crate::base::redact::redact;
use crate::facts::gateway::providers::{PRESETS, PROVIDERS, Protocol};

/// Longer than anything that Cloudflare accepts; a longer text is not a URL.
pub const MAX_LENGTH: usize = 2048;

/// The result of [`inspect`].
#[derive(Debug, Clone)]
pub struct Inspection {
    /// The given or intended URL; `None` if it cannot be determined.
    pub url: Option<GatewayUrl>,
    /// The errors, in reading order; empty if the URL is valid.
    pub errors: Vec<UrlError>,
}

/// Checks a text that should be a gateway base URL. Never fails: errors are in the result.
pub fn inspect(text: &str, policy: &HostPolicy) -> Inspection {
    let mut reader = UrlReader { errors: Vec::new(), policy };
    let url = reader.read(text);
    if let Some(url) = &url {
        reader.settle_slash(url);
    }
    let suggestion = url.as_ref().map(ToString::to_string);
    let errors: Vec<_> =
        reader.errors.into_iter().map(|e| UrlError { suggestion: suggestion.clone(), ..e }).collect();
    Inspection { url, errors }
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
}

struct UrlReader<'a> {
    errors: Vec<UrlError>,
    policy: &'a HostPolicy,
}

impl UrlReader<'_> {
    fn fault(&mut self, code: Code, message: impl Into<String>) -> &mut Self {
        self.errors.push(UrlError { code, message: message.into(), hint: None, suggestion: None });
        self
    }

    /// What to do about the latest fault.
    fn hinted(&mut self, hint: impl Into<String>) {
        if let Some(fault) = self.errors.last_mut() {
            fault.hint = Some(hint.into());
        }
    }

    /// The intended URL. Records every error on the way; `None` if a part is missing that cannot be
    /// inferred.
    fn read(&mut self, text: &str) -> Option<GatewayUrl> {
        if text.len() > MAX_LENGTH {
            self.fault(Code::TooLong, format!("the URL is {} bytes long", text.len()))
                .hinted("a gateway URL has about 100");
            return None;
        }
        let bare = unwrap(text);
        if bare.is_empty() {
            self.fault(Code::Empty, "the URL is missing")
                .hinted("https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/anthropic");
            return None;
        }
        if bare.len() != text.len() {
            self.fault(Code::Surrounded, "there is white space, quotes or an assignment around the URL")
                .hinted("pass only the URL");
        }
        let cleaned = self.clean(bare)?;
        let (scheme, rest) = self.scheme(&cleaned)?;
        let (authority, path) = self.split(rest)?;
        self.locate(scheme, &authority, &path)
    }

    /// Removes control characters and replaces look-alikes.
    fn clean(&mut self, text: &str) -> Option<String> {
        let mut text = text.to_owned();
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            self.fault(
                Code::ControlCharacter,
                "the URL contains a space, a line break or a control character",
            );
            text.retain(|c| !c.is_control() && !c.is_whitespace());
        }
        if !text.is_ascii() {
            let twin = ascii_twin(&text);
            self.fault(Code::LookAlike, "the URL contains a non-ASCII character")
                .hinted("it may look right and lead to another host");
            text = twin?;
        }
        Some(text)
    }

    /// The scheme, `https` if it is not clear, and what follows it.
    fn scheme<'t>(&mut self, text: &'t str) -> Option<(&'static str, &'t str)> {
        const WRITTEN: &str = "the scheme must be written https://";
        let (mut scheme, mut rest) = ("", text);
        // it may be there twice
        while let Some(next) = behind_scheme(rest) {
            (scheme, rest) = next;
        }
        if !scheme.is_empty() {
            let written = &text[..text.len() - rest.len()];
            if written != "https://" && !written.trim_end_matches('/').eq_ignore_ascii_case("http:") {
                self.fault(Code::WrongScheme, WRITTEN);
            }
            return Some((scheme, rest));
        }
        if let Some((_, rest)) = text.split_once("://") {
            self.fault(Code::WrongScheme, WRITTEN);
            return Some(("https", rest.trim_start_matches('/')));
        }
        let host = text.split('/').next().unwrap_or_default();
        if host.contains('.') {
            self.fault(Code::MissingScheme, "https:// is missing");
            return Some(("https", text.trim_start_matches('/')));
        }
        self.fault(Code::NotAUrl, "this is not a URL")
            .hinted("https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/anthropic");
        None
    }

    /// Authority and path, without user info, query and fragment.
    fn split(&mut self, text: &str) -> Option<(String, String)> {
        let mut text = text;
        if let Some((before, _)) = text.split_once('#') {
            self.fault(Code::Fragment, "a base URL must not have a #fragment");
            text = before;
        }
        if let Some((before, _)) = text.split_once('?') {
            self.fault(Code::Query, "a base URL must not have a ?query, because the client appends a path");
            text = before;
        }
        let (authority, path) = match text.find('/') {
            Some(at) => (&text[..at], &text[at..]),
            None => (text, ""),
        };
        let host = match authority.rsplit_once('@') {
            Some((_, host)) => {
                self.fault(Code::UserInfo, "the URL contains a credential")
                    .hinted("send the token in a header, and rotate this one, because URLs end up in logs");
                host
            }
            None => authority,
        };
        if host.is_empty() {
            self.fault(Code::NotAUrl, "the URL has no host");
            return None;
        }
        Some((host.to_owned(), path.to_owned()))
    }

    fn locate(&mut self, scheme: &str, authority: &str, path: &str) -> Option<GatewayUrl> {
        let lower = authority.to_ascii_lowercase();
        let (host, port) = split_port(&lower);
        let segments = self.segments(path)?;
        if matches!(host, "dash.cloudflare.com" | API_HOST) {
            return self.elsewhere_at_cloudflare(host, &segments);
        }
        if let Some(tail) = provider_host(host) {
            self.fault(
                Code::ProviderUrl,
                format!("{host} is the provider itself, so requests do not go through a gateway"),
            )
            .hinted(format!("use https://{GATEWAY_HOST}/v1/{{account_id}}/{{gateway_id}}/{tail}"));
            return None;
        }
        if lower != authority {
            self.fault(Code::HostCase, "the host must be in lower case");
        }
        let origin = self.origin(scheme, host, port)?;
        let cloudflare = origin.is_cloudflare();
        let versioned = segments.first().is_some_and(|s| s == "v1");
        if cloudflare || versioned {
            self.account_style(origin, &segments)
        } else {
            self.provider_style(origin, None, &segments)
        }
    }

    /// The host in the form for a gateway URL.
    fn origin(&mut self, scheme: &str, host: &str, port: Option<&str>) -> Option<Origin> {
        let near = host != GATEWAY_HOST && strsim::osa_distance(host, GATEWAY_HOST) <= 3;
        if host == GATEWAY_HOST || near {
            if near {
                self.fault(Code::HostTypo, format!("{} is not Cloudflare's gateway", printable(host)))
                    .hinted(format!("the host must be {GATEWAY_HOST}"));
            }
            if scheme == "http" {
                self.fault(Code::PlainHttp, "http:// would send your keys unencrypted");
            }
            if port.is_some() {
                self.fault(Code::Port, "remove the port: Cloudflare's gateway uses the default");
            }
            return Some(Origin::cloudflare());
        }
        let port = port.filter(|p| *p != "443").map_or(String::new(), |p| format!(":{p}"));
        if scheme == "http" && !is_loopback(host) {
            self.fault(Code::PlainHttp, "http:// would send your keys unencrypted");
            return Origin::parse(&format!("https://{host}{port}")).filter(|o| self.policy.permits(o));
        }
        let origin = Origin::parse(&format!("{scheme}://{host}{port}"));
        match origin {
            Some(origin) if self.policy.permits(&origin) => Some(origin),
            _ => {
                let hint = "allow a custom domain with CF_AIG_GATEWAY_ORIGIN or --allow-host";
                self.fault(
                    Code::HostNotAllowed,
                    format!("{} is not Cloudflare's gateway host", printable(host)),
                )
                .hinted(hint);
                None
            }
        }
    }

    /// Cloudflare's page writes the bases of Bedrock and Vertex with the slash, and their SDKs accept both.
    fn settle_slash(&mut self, url: &GatewayUrl) {
        if url.is_of_a_cloud() {
            self.errors.retain(|error| error.code != Code::TrailingSlash);
        } else if url.protocol() == Protocol::Anthropic {
            let slash = self.errors.iter_mut().find(|error| error.code == Code::TrailingSlash);
            slash.into_iter().for_each(|e| e.hint = Some("the client appends /v1/messages to it".to_owned()));
        }
    }

    /// Path segments, with empty ones reported and removed.
    fn segments(&mut self, path: &str) -> Option<Vec<String>> {
        let trimmed = path.trim_end_matches('/');
        let inner = trimmed.strip_prefix('/').unwrap_or(trimmed);
        if path.ends_with("//") || inner.split('/').any(str::is_empty) && !inner.is_empty() {
            self.fault(Code::DoubleSlash, "there are two slashes in a row");
        }
        if path.len() > 1 && path.ends_with('/') {
            self.fault(Code::TrailingSlash, "there is a trailing slash")
                .hinted("the client appends a path to it");
        }
        let segments: Vec<_> = inner.split('/').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        // placeholders have brackets: the id checks report those better
        let odd = segments.iter().find(|s| {
            !is_plain_segment(s) && !s.contains(['<', '>', '{', '}', '$', '[', ']']) && *s != "..."
        });
        if let Some(odd) = odd {
            self.fault(
                Code::PathCharacter,
                format!("{} has a character that is not allowed in the path", printable(odd)),
            )
            .hinted("a path segment may contain only letters, digits, -, _ and .");
            return None;
        }
        Some(segments)
    }
}

/// The scheme at the start of a text, however it is written, and what follows it and its slashes.
fn behind_scheme(text: &str) -> Option<(&'static str, &str)> {
    const WRITTEN: [(&str, &str); 4] =
        [("https:", "https"), ("http:", "http"), ("https//", "https"), ("http//", "https")];
    WRITTEN.iter().find_map(|(written, scheme)| {
        let (head, rest) = text.split_at_checked(written.len())?;
        head.eq_ignore_ascii_case(written).then(|| (*scheme, rest.trim_start_matches('/')))
    })
}

/// What to append to the gateway's URL for a provider's own host.
fn provider_host(host: &str) -> Option<&'static str> {
    let is_at = |url: &str| url.strip_prefix("https://").and_then(|url| url.split('/').next()) == Some(host);
    let provider = PROVIDERS.iter().find(|provider| is_at(provider.replaces)).map(|provider| provider.slug);
    let custom = || PRESETS.iter().find(|preset| is_at(preset.custom)).map(|preset| preset.base);
    provider.or_else(custom)
}

/// User text, shortened and cleaned, for use in a message.
fn printable(text: &str) -> String {
    let short: String = redact(text).chars().take(60).collect();
    format!("`{short}`")
}
