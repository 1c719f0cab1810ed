//! Predicts the client's request for given values: its base URL and credentials.
//!
//! Measured with `claude -p` of 2.1.330; `tests/client/explain.rs` tests every row:
//!
//! | header | first of |
//! | --- | --- |
//! | `x-api-key` | a line of `ANTHROPIC_CUSTOM_HEADERS`; `ANTHROPIC_API_KEY`; the output of `apiKeyHelper` |
//! | `Authorization` | `ANTHROPIC_AUTH_TOKEN`; the output of `apiKeyHelper`; a line of `ANTHROPIC_CUSTOM_HEADERS`; `CLAUDE_CODE_OAUTH_TOKEN`, unless there is an API key |
//!
//! With `CLAUDE_CODE_USE_GATEWAY`, a base URL and a token, neither `ANTHROPIC_API_KEY` nor `apiKeyHelper`
//! counts (2.1.332). One trailing slash is removed from the base URL.
//!
//! Values are trimmed, and a blank one counts as absent. Without any of them, the client uses a saved
//! login, or prints "Not logged in" and sends nothing. A credential in `ANTHROPIC_CUSTOM_HEADERS` is
//! sufficient.

use super::API_KEY_HELPER;
use crate::facts::claude_code::client::{PROVIDER_SWITCHES, base_url_of, is_on};
use crate::facts::claude_code::headers;

/// What the client will do.
#[derive(Clone, PartialEq, Eq)]
pub enum Prediction {
    /// It sends this.
    Sends(ClientRequest),
    /// No credential is set: the client uses a saved login, or sends nothing. Holds the base URL, if one is
    /// set.
    LoginOrNothing(Option<String>),
    /// It uses another provider, whose base URL is in another variable.
    OtherProvider(&'static str),
    /// It sends nothing because of a header line.
    Refuses(ClientRefusal),
    /// It sends everything through the socket `ANTHROPIC_UNIX_SOCKET`.
    Tunnelled,
}

impl Prediction {
    /// The variable with the base URL that counts; `None` if a socket takes every request.
    pub fn base_url_variable(&self) -> Option<&'static str> {
        match self {
            Self::OtherProvider(switch) => Some(base_url_of(switch)),
            Self::Tunnelled => None,
            Self::Sends(_) | Self::LoginOrNothing(_) | Self::Refuses(_) => Some("ANTHROPIC_BASE_URL"),
        }
    }
}

/// Why the client sends nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientRefusal {
    /// `Invalid header name`: a line whose name is empty or invalid.
    HeaderName,
    /// `Invalid API key`: an empty `x-api-key` line and no other credential.
    EmptyKeyHeader,
}

/// Base URL and credentials of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientRequest {
    /// The part before `/v1/messages`; `None` means Anthropic's own.
    pub base_url: Option<String>,
    /// `x-api-key`
    pub x_api_key: Option<Credential>,
    /// `Authorization`
    pub authorization: Option<Credential>,
    /// The other lines of `ANTHROPIC_CUSTOM_HEADERS`; the last one of a repeated name.
    pub headers: Vec<(String, String)>,
}

/// The value of a header and the variable that it comes from.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// A name in [`super::VARIABLES`].
    pub from: &'static str,
    /// The header's value; `None` means the helper's output, after `Bearer ` in `Authorization`.
    pub value: Option<String>,
}

/// Predicts the request for the values that `get` gives.
pub fn predict<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Prediction {
    let filled = |name: &str| get(name).map(str::trim).filter(|v| !v.is_empty());
    if let Some(switch) = PROVIDER_SWITCHES.iter().find(|name| get(name).is_some_and(is_on)) {
        return Prediction::OtherProvider(switch);
    }
    if filled("ANTHROPIC_UNIX_SOCKET").is_some() {
        return Prediction::Tunnelled;
    }
    let Some(mut headers) = headers::sent(get("ANTHROPIC_CUSTOM_HEADERS").unwrap_or_default()) else {
        return Prediction::Refuses(ClientRefusal::HeaderName);
    };
    let mut line = |name: &str| {
        let at = headers.iter().position(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(Credential { from: "ANTHROPIC_CUSTOM_HEADERS", value: Some(headers.remove(at).1) })
    };
    let (key_line, bearer_line) = (line("x-api-key"), line("authorization"));
    let of = |from: &'static str, scheme: &str| {
        filled(from).map(|value| Credential { from, value: Some(format!("{scheme}{value}")) })
    };
    let helper = || filled(API_KEY_HELPER).map(|_| Credential { from: API_KEY_HELPER, value: None });

    let mut key = of("ANTHROPIC_API_KEY", "");
    let token = of("ANTHROPIC_AUTH_TOKEN", "Bearer ");
    let base_url = filled("ANTHROPIC_BASE_URL").map(|url| url.strip_suffix('/').unwrap_or(url).to_owned());
    let gateway_mode =
        get("CLAUDE_CODE_USE_GATEWAY").is_some_and(is_on) && token.is_some() && base_url.is_some();
    if gateway_mode {
        key = None;
    }
    let helper = || helper().filter(|_| !gateway_mode);
    let login = || of("CLAUDE_CODE_OAUTH_TOKEN", "Bearer ").filter(|_| key.is_none());
    let says_something = |c: &Credential| c.value.as_deref() != Some("");
    let some = key.is_some()
        || token.is_some()
        || helper().is_some()
        || login().is_some()
        || [&key_line, &bearer_line].into_iter().flatten().any(says_something);
    if !some {
        return Prediction::LoginOrNothing(base_url);
    }
    let authorization = token.or_else(helper).or(bearer_line).or_else(login);
    let x_api_key = key_line.or_else(|| key.clone()).or_else(helper);
    if authorization.is_none() && x_api_key.as_ref().is_some_and(|c| !says_something(c)) {
        return Prediction::Refuses(ClientRefusal::EmptyKeyHeader);
    }
    Prediction::Sends(ClientRequest { base_url, x_api_key, authorization, headers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(vars: &[(&str, &str)]) -> String {
        let part = |c: Option<Credential>| c.map_or("-".into(), |c| c.value.unwrap_or("<helper>".into()));
        match predict(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)) {
            Prediction::Sends(r) => format!("{} {}", part(r.x_api_key), part(r.authorization)),
            Prediction::LoginOrNothing(_) => "login or nothing".into(),
            Prediction::OtherProvider(name) => name.into(),
            Prediction::Refuses(refusal) => format!("{refusal:?}"),
            Prediction::Tunnelled => "tunnelled".into(),
        }
    }

    #[test]
    fn every_provider_of_the_client_has_a_base_url_of_its_own() {
        let of = |vars: &[(&str, &'static str)]| {
            predict(|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)).base_url_variable()
        };
        let mut found = vec![of(&[])];
        found.extend(PROVIDER_SWITCHES.iter().map(|switch| of(&[(switch, "1")])));
        for name in &found {
            assert!(name.is_some_and(|name| super::super::variable(name).is_some()), "{name:?}");
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), PROVIDER_SWITCHES.len() + 1);
        assert_eq!(of(&[("ANTHROPIC_UNIX_SOCKET", "/s")]), None);
    }

    /// As observed in the client: what was set, `x-api-key`, `Authorization`.
    #[test]
    fn headers_follow_from_the_credentials_as_measured() {
        let (key, token) = (("ANTHROPIC_API_KEY", " k\n"), ("ANTHROPIC_AUTH_TOKEN", "t"));
        let (helper, login) = ((API_KEY_HELPER, "print-it"), ("CLAUDE_CODE_OAUTH_TOKEN", "o"));
        let (gateway, url) = (("CLAUDE_CODE_USE_GATEWAY", "1"), ("ANTHROPIC_BASE_URL", "http://g/"));
        let headers = |text: &'static str| ("ANTHROPIC_CUSTOM_HEADERS", text);
        let (x, auth) = (headers("X-Api-Key: hx"), headers("authorization: Basic ha"));
        let cases: &[(&[(&str, &str)], &str)] = &[
            (&[], "login or nothing"),
            (&[("ANTHROPIC_API_KEY", " ")], "login or nothing"),
            (&[key], "k -"),
            (&[token], "- Bearer t"),
            (&[key, token], "k Bearer t"),
            (&[helper], "<helper> <helper>"),
            (&[helper, key], "k <helper>"),
            (&[helper, token], "<helper> Bearer t"),
            (&[helper, key, token], "k Bearer t"),
            (&[login], "- Bearer o"),
            (&[login, key], "k -"),
            (&[login, token], "- Bearer t"),
            (&[login, helper], "<helper> <helper>"),
            (&[login, x], "hx Bearer o"),
            (&[login, key, x], "hx -"),
            (&[login, auth], "- Basic ha"),
            (&[login, key, auth], "k Basic ha"),
            (&[x], "hx -"),
            (&[x, key], "hx -"),
            (&[x, token], "hx Bearer t"),
            (&[x, helper], "hx <helper>"),
            (&[auth], "- Basic ha"),
            (&[auth, key], "k Basic ha"),
            (&[auth, token], "- Bearer t"),
            (&[auth, helper], "<helper> <helper>"),
            (&[headers("authorization:")], "login or nothing"),
            (&[headers("authorization:"), key], "k "),
            (&[headers("x-api-key:"), key], "EmptyKeyHeader"),
            (&[headers("x-api-key:"), token], " Bearer t"),
            (&[headers("x-a: 1\n: 2"), key], "HeaderName"),
            (&[headers("x-api-key: a\nX-API-KEY: b")], "b -"),
            (&[headers("no header at all"), key], "k -"),
            (&[gateway, url, key, token, helper], "- Bearer t"),
            (&[gateway, url, x, token], "hx Bearer t"),
            (&[gateway, url, key, helper], "k <helper>"),
            (&[gateway, key, token], "k Bearer t"),
            (&[("ANTHROPIC_UNIX_SOCKET", "/s"), key], "tunnelled"),
            (&[("CLAUDE_CODE_USE_VERTEX", "TRUE"), key], "CLAUDE_CODE_USE_VERTEX"),
            (&[("CLAUDE_CODE_USE_VERTEX", "2"), key], "k -"),
        ];
        for (vars, expected) in cases {
            let names: Vec<_> = vars.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
            assert_eq!(shown(vars), *expected, "{names:?}");
        }
    }
}
