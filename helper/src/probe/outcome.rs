//! What a probe can come back with, who said it, and what to do about it.

use crate::http::{Failure, TlsFault};
use crate::text::clean;
use serde_json::Value;

/// The parts of an HTTP answer that a verdict is made from.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `content-type`, or empty.
    pub content_type: String,
    /// `x-deny-reason`, as Anthropic's cloud sandbox sends it.
    pub deny_reason: Option<String>,
    /// `location`.
    pub location: Option<String>,
    /// The beginning of the body.
    pub body: String,
}

/// The verdict of one probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway let the request through and the provider answered, if only to ask for its key.
    Good,
    /// 401/2009: no token was sent, or the one sent is wrong, expired or of another account:
    /// Cloudflare answers all of these alike.
    TokenRefused {
        /// A token was sent.
        sent: bool,
    },
    /// 400/2001.
    UnknownGateway,
    /// 400/2008.
    UnknownProvider,
    /// The gateway itself said something else.
    Gateway {
        /// Its internal code.
        code: u64,
        /// Its words.
        message: String,
    },
    /// Cloudflare's edge, in front of the gateway.
    Edge {
        /// HTTP status, or Cloudflare's own code such as 1010.
        status: u16,
    },
    /// A sandbox's network policy.
    SandboxDenied {
        /// Its reason.
        reason: String,
    },
    /// A proxy refused to connect.
    Proxy {
        /// `host:port`.
        proxy: Option<String>,
        /// It asked for a login (407).
        wants_login: bool,
    },
    /// The name has no address.
    NotResolved {
        /// The proxy in between.
        proxy: Option<String>,
    },
    /// Nobody listens.
    Refused {
        /// The proxy in between.
        proxy: Option<String>,
    },
    /// No route to it.
    Unreachable,
    /// No answer in time.
    TimedOut {
        /// The proxy in between.
        proxy: Option<String>,
    },
    /// The connection ended before an answer.
    Reset,
    /// A certificate that this machine does not accept.
    Tls(TlsFault),
    /// This machine has no certificates to compare with.
    NoRoots(String),
    /// A redirect, which a gateway does not send.
    Redirect {
        /// Its target's host.
        to: String,
    },
    /// Bytes that are not HTTP.
    Garbage,
    /// An answer that neither a gateway nor a provider gives, such as a web page.
    NotAGateway {
        /// HTTP status.
        status: u16,
    },
    /// Anything else, in the library's words.
    Failed(String),
}

/// The gateway's code for a request that Cloudflare credits would have to pay for.
pub(super) const NO_CREDITS: u64 = 2021;

/// What an answer means. `token_sent`: the request carried a gateway token.
pub(super) fn classify(answer: &Answer, token_sent: bool) -> Outcome {
    if let Some(reason) = answer.deny_reason.as_deref().filter(|reason| !reason.trim().is_empty()) {
        return Outcome::denied(reason);
    }
    match answer.status {
        407 => return Outcome::Proxy { proxy: None, wants_login: true },
        300..=399 => {
            let to = answer.location.as_deref().unwrap_or_default();
            let host = to.split("://").nth(1).unwrap_or(to).split('/').next().unwrap_or_default();
            return Outcome::Redirect { to: clean(host) };
        }
        _ => {}
    }
    let json: Option<Value> = serde_json::from_str(&answer.body).ok();
    if let Some(json) = &json {
        if let Some((code, message)) = gateway_error(json) {
            return match code {
                2009 => Outcome::TokenRefused { sent: token_sent },
                2001 => Outcome::UnknownGateway,
                2008 => Outcome::UnknownProvider,
                code => Outcome::Gateway { code, message: clean(message) },
            };
        }
        if json.get("cloudflare_error").and_then(Value::as_bool) == Some(true) {
            let code = json.get("error_code").and_then(Value::as_u64).and_then(|c| u16::try_from(c).ok());
            return Outcome::Edge { status: code.unwrap_or(answer.status) };
        }
    }
    let edge_code = answer.body.trim().strip_prefix("error code: ").and_then(|c| c.parse().ok());
    if let Some(status) = edge_code {
        return Outcome::Edge { status };
    }
    if (520..=530).contains(&answer.status) || (json.is_none() && answer.body.contains("cloudflare")) {
        return Outcome::Edge { status: answer.status };
    }
    if json.as_ref().is_some_and(Value::is_object) {
        Outcome::Good
    } else {
        Outcome::NotAGateway { status: answer.status }
    }
}

/// Code and words of an error that the gateway or Cloudflare's API made itself.
fn gateway_error(json: &Value) -> Option<(u64, &str)> {
    let own = json.get("name").and_then(Value::as_str) == Some("AiGatewayError");
    let listed = json.get("error").or_else(|| json.get("errors")).and_then(Value::as_array);
    let first = listed.and_then(|list| list.first());
    if !own && (first.is_none() || json.get("success").and_then(Value::as_bool) != Some(false)) {
        return None;
    }
    let code = json.get("internalCode").or_else(|| first?.get("code")).and_then(Value::as_u64)?;
    let message =
        first.and_then(|e| e.get("message")).or_else(|| json.get("message")).and_then(Value::as_str);
    Some((code, message.unwrap_or_default()))
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Proxy { proxy, wants_login } => Outcome::Proxy { proxy, wants_login },
            Failure::NotResolved { proxy } => Outcome::NotResolved { proxy },
            Failure::Refused { proxy } => Outcome::Refused { proxy },
            Failure::Unreachable => Outcome::Unreachable,
            Failure::TimedOut { proxy } => Outcome::TimedOut { proxy },
            Failure::Reset => Outcome::Reset,
            Failure::Tls(fault) => Outcome::Tls(fault),
            Failure::NoRoots(reason) => Outcome::NoRoots(reason),
            Failure::Garbage => Outcome::Garbage,
            Failure::Failed(reason) => Outcome::Failed(reason),
        }
    }
}

impl Outcome {
    /// A sandbox said no, with this reason.
    pub(super) fn denied(reason: &str) -> Self {
        Outcome::SandboxDenied { reason: clean(reason) }
    }

    /// True when a request of the session would reach the provider.
    pub fn is_good(&self) -> bool {
        matches!(self, Outcome::Good)
    }

    /// What is, in one line without a full stop. `host` is the gateway's.
    pub fn sentence(&self, host: &str) -> String {
        match self {
            Outcome::Good => "the gateway answers".to_owned(),
            Outcome::TokenRefused { sent: true } => "the gateway refused its token (401/2009)".to_owned(),
            Outcome::TokenRefused { sent: false } => "the gateway asks for a token (401/2009)".to_owned(),
            Outcome::UnknownGateway => "there is no such gateway (400/2001)".to_owned(),
            Outcome::UnknownProvider => "the gateway does not know this provider (400/2008)".to_owned(),
            Outcome::Gateway { code, message } => {
                format!("the gateway refused the request: {message} ({code})")
            }
            Outcome::Edge { status } => {
                format!("Cloudflare's edge answered {status} in place of the gateway")
            }
            Outcome::SandboxDenied { reason } => {
                format!("the sandbox's network policy blocks {host} ({reason})")
            }
            Outcome::Proxy { proxy, wants_login: true } => {
                format!("the proxy{} asks for a login (407)", named(proxy))
            }
            Outcome::Proxy { proxy, wants_login: false } => {
                format!("the proxy{} refused to connect to {host}", named(proxy))
            }
            Outcome::NotResolved { proxy: None } => format!("{host} could not be resolved"),
            Outcome::NotResolved { proxy: Some(proxy) } => format!("the proxy {proxy} could not be resolved"),
            Outcome::Refused { proxy: None } => format!("{host} refused the connection"),
            Outcome::Refused { proxy: Some(proxy) } => format!("the proxy {proxy} refused the connection"),
            Outcome::Unreachable => format!("there is no route to {host}"),
            Outcome::TimedOut { proxy: None } => format!("{host} did not answer in time"),
            Outcome::TimedOut { proxy: Some(proxy) } => {
                format!("{host} did not answer in time through the proxy {proxy}")
            }
            Outcome::Reset => format!("the connection to {host} was cut"),
            Outcome::Tls(fault) => fault.sentence(host),
            Outcome::NoRoots(_) => "this machine has no certificates to check the gateway with".to_owned(),
            Outcome::Redirect { to } => format!("{host} redirects to {to}"),
            Outcome::Garbage => format!("what answers at {host} does not speak HTTP or TLS"),
            Outcome::NotAGateway { status } => {
                format!("{host} answered {status} with something that is no gateway's")
            }
            Outcome::Failed(reason) => format!("the gateway could not be asked: {}", clean(reason)),
        }
    }

    /// The next step, in one line without a full stop.
    pub fn fix(&self, host: &str) -> String {
        match self {
            Outcome::Good => String::new(),
            Outcome::TokenRefused { sent: true } => {
                "give it a token of this account with AI Gateway Run: /plugin configure cloudflare, gateway_token".to_owned()
            }
            Outcome::TokenRefused { sent: false } => {
                "create one under the gateway's settings and enter it: /plugin configure cloudflare, gateway_token".to_owned()
            }
            Outcome::UnknownGateway => "check gateway_id, or create the gateway in the dashboard".to_owned(),
            Outcome::UnknownProvider => "`cf-aig providers` lists them".to_owned(),
            Outcome::Gateway { code: NO_CREDITS, .. } => "add credits, or choose auth own-key or stored-key".to_owned(),
            Outcome::SandboxDenied { .. } => {
                format!("allow {host} and api.cloudflare.com in the environment's network settings")
            }
            Outcome::Proxy { wants_login: true, .. } => "put the login into HTTPS_PROXY".to_owned(),
            Outcome::Proxy { .. } => format!("let the proxy connect to {host}:443, or list it in NO_PROXY"),
            Outcome::NotResolved { proxy: Some(_) } | Outcome::Refused { proxy: Some(_) } => {
                "check HTTPS_PROXY".to_owned()
            }
            Outcome::Tls(TlsFault::Untrusted { .. }) => {
                "if that is your company's proxy, name its CA in NODE_EXTRA_CA_CERTS; if not, trust nothing on this network".to_owned()
            }
            Outcome::Tls(TlsFault::Expired { .. }) => "check this machine's clock".to_owned(),
            Outcome::NoRoots(_) => "install ca-certificates, or set SSL_CERT_FILE".to_owned(),
            _ => "/cloudflare looks into it".to_owned(),
        }
    }
}

fn named(proxy: &Option<String>) -> String {
    proxy.as_ref().map_or(String::new(), |p| format!(" {p}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.to_owned(), ..Answer::default() }
    }

    fn of_gateway(code: u64, message: &str) -> String {
        format!(
            r#"{{"success":false,"result":[],"messages":[],"error":[{{"code":{code},"message":"{message}"}}],
            "name":"AiGatewayError","httpCode":401,"internalCode":{code},"message":"{message}","description":"{message}"}}"#
        )
    }

    #[test]
    fn who_answered_is_read_from_the_answer() {
        let provider = r#"{"type":"error","error":{"type":"authentication_error","message":"x-api-key header is required"}}"#;
        let edge = r#"{"title":"x","status":522,"error_code":522,"cloudflare_error":true}"#;
        let cases = [
            (answer(401, provider), Outcome::Good),
            (answer(400, r#"{"type":"error","error":{"type":"invalid_request_error"}}"#), Outcome::Good),
            (answer(200, "{}"), Outcome::Good),
            (answer(401, &of_gateway(2009, "Unauthorized")), Outcome::TokenRefused { sent: true }),
            (answer(400, &of_gateway(2001, "Please configure")), Outcome::UnknownGateway),
            (answer(400, &of_gateway(2008, "Invalid provider")), Outcome::UnknownProvider),
            (
                answer(429, &of_gateway(2003, "Rate limited")),
                Outcome::Gateway { code: 2003, message: "Rate limited".into() },
            ),
            (answer(522, edge), Outcome::Edge { status: 522 }),
            (answer(502, "<html>cloudflare</html>"), Outcome::Edge { status: 502 }),
            (answer(403, "error code: 1010"), Outcome::Edge { status: 1010 }),
            (answer(200, "<html>Log in to the hotel</html>"), Outcome::NotAGateway { status: 200 }),
            (answer(407, ""), Outcome::Proxy { proxy: None, wants_login: true }),
        ];
        for (given, expected) in cases {
            assert_eq!(classify(&given, true), expected, "{given:?}");
        }
    }

    #[test]
    fn a_sandbox_and_a_redirect_are_told_by_their_headers() {
        let denied =
            Answer { status: 403, deny_reason: Some("host_not_allowed".into()), ..Answer::default() };
        assert_eq!(classify(&denied, false), Outcome::SandboxDenied { reason: "host_not_allowed".into() });
        let moved =
            Answer { status: 302, location: Some("https://login.example.com/x".into()), ..Answer::default() };
        assert_eq!(classify(&moved, false), Outcome::Redirect { to: "login.example.com".into() });
    }

    #[test]
    fn server_text_cannot_reach_into_the_terminal() {
        let shown = classify(&answer(400, &of_gateway(2005, "a\\u001b[31mb")), false).sentence("h");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
