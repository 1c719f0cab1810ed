//! Who pays: each mode, with the exact variables and headers for it.
//!
//! Source: Cloudflare's Claude Code page and its "credential precedence" (a provider key on the request is
//! forwarded and wins over a stored key, which wins over Unified Billing). Cloudflare's pages contradict
//! each other on a placeholder `x-api-key`, and Claude Code ignores an `ANTHROPIC_API_KEY` that the user
//! has not approved (observed with 2.1.330: interactive, set by a mod). So if no provider key is sent, the
//! gateway token is sent only in `Authorization`, as in Cloudflare's Anthropic page, its Claude Desktop
//! page and its own `cf ai claude`.

use super::GatewayUrl;
use crate::base::named::named;
use crate::base::redact::known;
use crate::base::secret::Secret;
use crate::facts::claude_code::headers;
use crate::facts::metadata;

named! {
    /// Which credential pays for Claude's requests, by its name in configuration and output.
    pub enum AuthMode {
        /// The user's provider key passes through the gateway.
        OwnKey = "own-key" => "your own provider key",
        /// A provider key stored at Cloudflare (BYOK).
        StoredKey = "stored-key" => "the provider key stored at Cloudflare",
        /// Credits bought from Cloudflare.
        UnifiedBilling = "unified-billing" => "your Cloudflare credits",
        /// The claude.ai login, unchanged.
        Subscription = "subscription" => "your claude.ai plan",
    }
}

/// A row of the table of modes.
#[derive(Debug)]
pub struct ModeRow {
    /// The mode.
    pub mode: AuthMode,
    /// The variable that gets the gateway token in place of a provider key, if any. The token then also
    /// authenticates to the gateway: if it were sent twice, one copy might be forwarded as a key.
    pub token_as: Option<&'static str>,
    /// Variables that would make something else pay, so they must not be set.
    pub unset: &'static [&'static str],
    /// Headers in addition to the gateway token and the metadata.
    pub headers: &'static [(&'static str, &'static str)],
    /// What Cloudflare documents about it.
    pub evidence: &'static str,
}

/// A mode that sends nothing but the gateway token and the metadata.
const PLAIN: ModeRow = ModeRow {
    mode: AuthMode::OwnKey,
    token_as: None,
    unset: &[],
    headers: &[],
    evidence: "documented for the Anthropic SDK; Cloudflare's Claude Code page has the token as ANTHROPIC_API_KEY",
};

/// Every mode.
pub const MODES: &[ModeRow] = &[
    ModeRow { evidence: "documented", ..PLAIN },
    ModeRow {
        mode: AuthMode::StoredKey,
        token_as: Some("ANTHROPIC_AUTH_TOKEN"),
        unset: &["ANTHROPIC_API_KEY"],
        // without it, Cloudflare credits would pay if the stored key is missing
        headers: &[("cf-aig-no-wholesale", "true")],
        ..PLAIN
    },
    ModeRow {
        mode: AuthMode::UnifiedBilling,
        token_as: Some("ANTHROPIC_AUTH_TOKEN"),
        unset: &["ANTHROPIC_API_KEY"],
        ..PLAIN
    },
    ModeRow {
        mode: AuthMode::Subscription,
        unset: &["ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"],
        evidence: "not documented by Cloudflare, not verified",
        ..PLAIN
    },
];

impl AuthMode {
    /// Its row.
    pub fn row(self) -> &'static ModeRow {
        MODES.iter().find(|row| row.mode == self).expect("every mode has a row")
    }

    /// The mode of a route whose gateway token is in the place of a provider key, by the text of
    /// `ANTHROPIC_CUSTOM_HEADERS`: only a stored key forbids Cloudflare credits.
    pub fn of_paying_token(headers: &str) -> Self {
        let headers = headers.to_ascii_lowercase();
        let stored = Self::StoredKey.row().headers.iter().any(|(name, _)| headers.contains(name));
        if stored { Self::StoredKey } else { Self::UnifiedBilling }
    }
}

/// The value of a variable. One that holds a credential is never printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// May be shown.
    Plain(String),
    /// Only for its process or file.
    Secret(Secret),
    /// Has a reference in the place of the gateway token, so it may be shown.
    Reference(String),
}

impl Value {
    /// The value, for the one place that has to write it.
    pub fn reveal(&self) -> &str {
        match self {
            Value::Plain(text) | Value::Reference(text) => text,
            Value::Secret(secret) => secret.reveal(),
        }
    }
}

/// A response's text without the credentials of its request, whatever they look like.
pub fn masked(text: &str, headers: &[(String, Value)]) -> String {
    let secrets = headers.iter().filter(|(_, value)| matches!(value, Value::Secret(_)));
    known::hide_with(text, secrets.map(|(_, value)| value.reveal()))
}

/// How to change a process's variables to route it. The base URL always comes first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Variables to set, in this order.
    pub set: Vec<(&'static str, Value)>,
    /// Variables to unset.
    pub unset: Vec<&'static str>,
    /// The user's headers that are not sent, because they are credentials for other services.
    pub left_out: Vec<String>,
}

impl Environment {
    /// True if one of the values is a credential.
    pub fn holds_a_secret(&self) -> bool {
        self.set.iter().any(|(_, value)| matches!(value, Value::Secret(_)))
    }
}

/// The gateway token of a route.
#[derive(Debug, Clone, Copy)]
pub enum GatewayToken<'a> {
    /// The token itself.
    Held(&'a Secret),
    /// What stands for it in a text for another place, such as `${{ secrets.CF_AIG_TOKEN }}`.
    Reference(&'a str),
}

impl GatewayToken<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Held(token) => token.reveal(),
            Self::Reference(text) => text,
        }
    }

    fn value(&self) -> Value {
        match *self {
            Self::Held(token) => Value::Secret(token.clone()),
            Self::Reference(text) => Value::Reference(text.to_owned()),
        }
    }
}

/// The inputs of a route.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The token of an authenticated gateway.
    pub gateway_token: Option<GatewayToken<'a>>,
    /// The value of `cf-aig-metadata`.
    pub metadata: Option<&'a str>,
    /// The user's current `ANTHROPIC_CUSTOM_HEADERS`: they are kept, except for credentials of services
    /// other than the gateway's provider.
    pub custom_headers: Option<&'a str>,
    /// Headers to send although they are such credentials.
    pub carry: &'a [String],
}

/// Why a mode cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthError {
    /// The mode needs the gateway token, and there is none.
    NeedsGatewayToken,
    /// The token contains a space, a line break or a non-ASCII character.
    TokenUnfit,
}

/// The variables that route programs that use Anthropic's API to `url` in this mode.
pub fn environment(
    mode: AuthMode,
    url: &GatewayUrl,
    with: Credentials<'_>,
) -> Result<Environment, AuthError> {
    let row = mode.row();
    if matches!(with.gateway_token, Some(GatewayToken::Held(token)) if !token.fits_a_header()) {
        return Err(AuthError::TokenUnfit);
    }
    let mut set = vec![("ANTHROPIC_BASE_URL", Value::Plain(url.to_string()))];
    if let Some(variable) = row.token_as {
        let token = with.gateway_token.ok_or(AuthError::NeedsGatewayToken)?;
        set.push((variable, token.value()));
    }
    let left_out = foreign_credentials(url, with.custom_headers.unwrap_or_default(), with.carry);
    if let Some(headers) = custom_headers(row, with, &left_out) {
        set.push(("ANTHROPIC_CUSTOM_HEADERS", headers));
    }
    Ok(Environment { set, unset: row.unset.to_vec(), left_out })
}

/// The names of headers that hold a credential for a service other than `url`'s provider. A custom
/// provider's headers are unknown, so all headers count as its own.
pub fn foreign_credentials(url: &GatewayUrl, custom_headers: &str, carry: &[String]) -> Vec<String> {
    let Some(provider) = url.provider().known() else { return Vec::new() };
    let names = headers::lines(custom_headers).filter_map(|line| line.name);
    let carried = |name: &str| carry.iter().any(|kept| kept.eq_ignore_ascii_case(name));
    names
        .filter(|name| headers::is_foreign_credential(name, provider.auth_header) && !carried(name))
        .map(str::to_ascii_lowercase)
        .collect()
}

/// The user's header lines, without ours and those left out, followed by ours.
fn custom_headers(row: &ModeRow, with: Credentials<'_>, left_out: &[String]) -> Option<Value> {
    let apart = with.gateway_token.filter(|_| row.token_as.is_none());
    let token = apart.map(|t| ("cf-aig-authorization", format!("Bearer {}", t.text())));
    let metadata = with.metadata.map(|m| (metadata::HEADER, m.to_owned()));
    let fixed = row.headers.iter().map(|(name, value)| (*name, (*value).to_owned()));
    let ours: Vec<_> = token.into_iter().chain(metadata).chain(fixed).collect();
    let told = with.gateway_token.map(|_| "cf-aig-authorization");
    let names = || ours.iter().map(|(name, _)| *name).chain(told);
    let left_out = left_out.iter().map(String::as_str);
    let replaced =
        |line: &str| names().chain(left_out.clone()).any(|name| header_name(line).eq_ignore_ascii_case(name));
    let theirs: Vec<_> = with
        .custom_headers
        .unwrap_or_default()
        .lines()
        .filter(|l| !l.trim().is_empty() && !replaced(l))
        .collect();
    let lines: Vec<_> =
        theirs.iter().map(|l| (*l).to_owned()).chain(ours.iter().map(|(n, v)| format!("{n}: {v}"))).collect();
    let text = lines.join("\n");
    match with.gateway_token {
        _ if text.is_empty() => None,
        // a header of the user may be a credential too
        _ if !theirs.is_empty() => Secret::new(text).map(Value::Secret),
        Some(GatewayToken::Held(_)) => Secret::new(text).map(Value::Secret),
        Some(GatewayToken::Reference(_)) if apart.is_some() => Some(Value::Reference(text)),
        _ => Some(Value::Plain(text)),
    }
}

/// The variable with the base URL of Claude Code's requests.
pub const BASE_URL: &str = "ANTHROPIC_BASE_URL";

/// The variable with header lines for every request.
pub const CUSTOM_HEADERS: &str = "ANTHROPIC_CUSTOM_HEADERS";

/// The headers that this project writes into that variable.
const OUR_HEADERS: [&str; 3] = ["cf-aig-authorization", metadata::HEADER, "cf-aig-no-wholesale"];

/// Whether this project writes the line of `ANTHROPIC_CUSTOM_HEADERS`, or it is empty.
pub fn is_our_header(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default().trim();
    name.is_empty() || OUR_HEADERS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

fn header_name(line: &str) -> &str {
    line.split_once(':').map_or("", |(name, _)| name.trim())
}

/// The gateway token in a value of `ANTHROPIC_CUSTOM_HEADERS`, if there is one.
pub fn token_in_headers(custom_headers: &str) -> Option<Secret> {
    let line =
        custom_headers.lines().find(|l| header_name(l).eq_ignore_ascii_case("cf-aig-authorization"))?;
    let value = line.split_once(':')?.1.trim();
    Secret::new(value.strip_prefix("Bearer ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::HostPolicy;

    fn url() -> GatewayUrl {
        let text = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic";
        GatewayUrl::parse(text, &HostPolicy::default()).unwrap()
    }

    fn vars(mode: AuthMode, token: Option<&str>, headers: Option<&str>) -> Vec<(String, String)> {
        let token = token.and_then(Secret::new);
        let with = Credentials {
            gateway_token: token.as_ref().map(GatewayToken::Held),
            metadata: Some("{}"),
            custom_headers: headers,
            carry: &[],
        };
        let env = environment(mode, &url(), with).unwrap();
        env.set.iter().skip(1).map(|(n, v)| ((*n).to_owned(), v.reveal().to_owned())).collect()
    }

    fn var(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn the_base_url_comes_first_in_every_mode() {
        let token = Secret::new("t").unwrap();
        for row in MODES {
            let with = Credentials {
                gateway_token: Some(GatewayToken::Held(&token)),
                metadata: None,
                custom_headers: None,
                carry: &[],
            };
            let env = environment(row.mode, &url(), with).unwrap();
            assert_eq!(env.set[0].0, "ANTHROPIC_BASE_URL", "{}", row.mode);
        }
    }

    #[test]
    fn a_reference_stands_in_the_place_of_the_token_and_may_be_shown() {
        let of = |mode| {
            let gateway_token = Some(GatewayToken::Reference("${{ secrets.T }}"));
            let with = Credentials { gateway_token, metadata: Some("{}"), custom_headers: None, carry: &[] };
            environment(mode, &url(), with).unwrap().set[1..].to_vec()
        };
        let text = "cf-aig-authorization: Bearer ${{ secrets.T }}\ncf-aig-metadata: {}";
        assert_eq!(of(AuthMode::OwnKey), [(CUSTOM_HEADERS, Value::Reference(text.to_owned()))]);
        let paying = ("ANTHROPIC_AUTH_TOKEN", Value::Reference("${{ secrets.T }}".to_owned()));
        let metadata = (CUSTOM_HEADERS, Value::Plain("cf-aig-metadata: {}".to_owned()));
        assert_eq!(of(AuthMode::UnifiedBilling), [paying, metadata]);
    }

    #[test]
    fn an_own_key_is_left_where_it_is() {
        let expected = "cf-aig-authorization: Bearer t\ncf-aig-metadata: {}";
        assert_eq!(vars(AuthMode::OwnKey, Some("t"), None), [var("ANTHROPIC_CUSTOM_HEADERS", expected)]);
        assert_eq!(
            vars(AuthMode::OwnKey, None, None),
            [var("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-metadata: {}")]
        );
    }

    #[test]
    fn a_stored_key_never_falls_back_to_cloudflare_credits() {
        let set = vars(AuthMode::StoredKey, Some("t"), None);
        assert_eq!(set[0], var("ANTHROPIC_AUTH_TOKEN", "t"));
        assert_eq!(set[1], var("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-metadata: {}\ncf-aig-no-wholesale: true"));
        assert!(!vars(AuthMode::UnifiedBilling, Some("t"), None)[1].1.contains("no-wholesale"));
    }

    #[test]
    fn a_mode_that_pays_through_the_token_needs_one() {
        let with = Credentials { gateway_token: None, metadata: None, custom_headers: None, carry: &[] };
        assert_eq!(environment(AuthMode::StoredKey, &url(), with), Err(AuthError::NeedsGatewayToken));
        let split = Secret::new("a\nx-evil: 1").unwrap();
        let with = Credentials {
            gateway_token: Some(GatewayToken::Held(&split)),
            metadata: None,
            custom_headers: None,
            carry: &[],
        };
        assert_eq!(environment(AuthMode::OwnKey, &url(), with), Err(AuthError::TokenUnfit));
    }

    #[test]
    fn headers_of_the_user_stay_and_ours_are_not_doubled() {
        let theirs = "X-Team: a\nCF-AIG-Authorization: Bearer old\n\nx-b: c: d";
        let expected = "X-Team: a\nx-b: c: d\ncf-aig-authorization: Bearer t\ncf-aig-metadata: {}";
        assert_eq!(vars(AuthMode::OwnKey, Some("t"), Some(theirs))[0].1, expected);
        let once = vars(AuthMode::StoredKey, Some("t"), Some(theirs));
        assert!(!once[1].1.contains("Bearer"), "the token stands in another variable: {}", once[1].1);
        let kept = vars(AuthMode::OwnKey, None, Some(theirs));
        assert!(kept[0].1.contains("Bearer old"), "without a token of our own theirs stays");
        assert_eq!(token_in_headers(theirs).unwrap().reveal(), "old");
    }

    #[test]
    fn credentials_of_other_services_are_not_sent() {
        let theirs = "X-Portkey-API-Key: pk-1\nx-team: a\nhelicone-auth: Bearer h-1";
        let env = |carry: &[String]| {
            let with =
                Credentials { gateway_token: None, metadata: None, custom_headers: Some(theirs), carry };
            environment(AuthMode::OwnKey, &url(), with).unwrap()
        };
        let none = env(&[]);
        assert_eq!(none.left_out, ["x-portkey-api-key", "helicone-auth"]);
        assert_eq!(none.set[1].1.reveal(), "x-team: a");
        let some = env(&["Helicone-Auth".to_owned()]);
        assert_eq!(some.left_out, ["x-portkey-api-key"]);
        assert_eq!(some.set[1].1.reveal(), "x-team: a\nhelicone-auth: Bearer h-1");
        // the headers of a custom provider are unknown
        let custom = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/custom-zai";
        let custom = GatewayUrl::parse(custom, &HostPolicy::default()).unwrap();
        assert_eq!(foreign_credentials(&custom, theirs, &[]), Vec::<String>::new());
    }

    #[test]
    fn a_header_that_may_be_a_credential_never_prints_itself() {
        let token = Secret::new("tok-123").unwrap();
        let with = Credentials {
            gateway_token: Some(GatewayToken::Held(&token)),
            metadata: None,
            custom_headers: Some("x-key: k-456"),
            carry: &[],
        };
        let env = environment(AuthMode::StoredKey, &url(), with).unwrap();
        let shown = format!("{env:?}");
        assert!(!shown.contains("tok-123") && !shown.contains("k-456"), "{shown}");
    }
}
