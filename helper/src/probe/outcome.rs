//! What a probe can come back with, who said it, and what to do about it.

use crate::diagnose::redact;
use crate::gateway::errors::{self, Clue, Response, Row, Speaker, causes};

/// The header that a sandbox's proxy gives its reason in.
pub(super) const DENY_REASON: &str = "x-deny-reason";

/// Why a certificate was refused. The issuer tells an interceptor from a mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// Signed by nobody whom this machine trusts.
    Untrusted {
        /// Who signed it.
        issuer: Option<String>,
    },
    /// Past its last day (or this machine's clock is wrong).
    Expired {
        /// Who signed it.
        issuer: Option<String>,
    },
    /// For another host.
    WrongName {
        /// Who signed it.
        issuer: Option<String>,
    },
    /// Anything else.
    Other {
        /// Who signed it.
        issuer: Option<String>,
        /// In the TLS library's words.
        reason: String,
    },
}

/// The verdict of one probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The gateway let the request through and the provider answered, if only to ask for its key.
    Good,
    /// Someone else than the provider answered: who, and why, in the catalogue's words.
    Said(Said),
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
    /// Bytes that are not HTTP.
    Garbage,
    /// Anything else, in the library's words.
    Failed(String),
}

/// An HTTP answer, as the catalogue knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// The catalogue's row.
    pub row: &'static Row,
    /// HTTP status.
    pub status: u16,
    /// The speaker's own code, such as 2009.
    pub code: Option<u32>,
    /// The speaker's own words, fit to be shown; may be empty.
    pub words: String,
}

/// What an answer means. `sent` names the request's headers in lower case: a token that was not sent
/// cannot have been refused.
pub(crate) fn classify(answer: &Response, sent: &[&str]) -> Outcome {
    let clue = Clue { sent: Some(sent.iter().map(ToString::to_string).collect()), ..Clue::from(answer) };
    let status = answer.status.unwrap_or_default();
    let header = |name: &str| clue.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.trim());
    if let Some(reason) = header(DENY_REASON).filter(|reason| !reason.is_empty()) {
        return Outcome::denied(reason);
    }
    let row = match errors::matches(&clue).first() {
        Some(found) => found.row,
        None if serde_json::from_str::<serde_json::Map<_, _>>(&answer.body).is_ok() => return Outcome::Good,
        None => row_of(if status < 400 { "answer-not-a-message" } else { causes::UNEXPLAINED }),
    };
    if row.speaker == Speaker::Provider {
        return Outcome::Good;
    }
    let words = match (300..400).contains(&status).then(|| header("location")).flatten() {
        Some(location) => format!("to {}", host_of(location)),
        // a piece of a body is no sentence
        None => clue.body.message.filter(|words| !words.starts_with(['{', '[', '<'])).unwrap_or_default(),
    };
    let code = clue.body.codes.first().copied().or(clue.body.edge.map(u32::from));
    Outcome::Said(Said { row, status, code, words: clean(&words) })
}

fn row_of(cause: &'static str) -> &'static Row {
    errors::find(cause).expect("a test looks up every cause that is named here")
}

fn host_of(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or(url).split('/').next().unwrap_or_default()
}

/// Server text, fit to be shown in a sentence: cut, secrets hidden, and without a full stop of its own.
fn clean(text: &str) -> String {
    let text: String = visible(&redact(text)).chars().take(160).collect();
    text.trim().trim_end_matches('.').to_owned()
}

/// A text without control characters, and without those that show nothing but turn the direction of what follows.
pub fn visible(text: &str) -> String {
    let unseen = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(|c| !unseen(*c)).collect()
}

impl Outcome {
    /// A sandbox said no, with this reason.
    pub(super) fn denied(reason: &str) -> Self {
        let row = row_of("host-not-allowed");
        Outcome::Said(Said { row, status: 403, code: None, words: clean(reason) })
    }

    /// True when a request of the session would reach the provider.
    pub fn is_good(&self) -> bool {
        matches!(self, Outcome::Good)
    }

    /// True when the gateway wants a token that it did not get.
    pub fn is_token_refused(&self) -> bool {
        matches!(self, Outcome::Said(said) if said.row.cause.starts_with("gateway-token-"))
    }

    /// The catalogue's row; none for success and for what the catalogue does not know.
    pub fn row(&self) -> Option<&'static Row> {
        let cause = match self {
            Outcome::Said(said) => return Some(said.row),
            Outcome::Proxy { wants_login: true, .. } => "proxy-auth-required",
            Outcome::Proxy { wants_login: false, .. } => "proxy-refused-host",
            Outcome::NotResolved { proxy: Some(_) } => "proxy-not-found",
            Outcome::NotResolved { proxy: None } => "name-not-resolved",
            Outcome::Refused { .. } => "connection-refused",
            Outcome::Unreachable => "no-route",
            Outcome::TimedOut { .. } => "no-answer",
            Outcome::Reset => "connection-lost",
            Outcome::Tls(TlsFault::Untrusted { .. }) => "tls-untrusted-issuer",
            Outcome::Tls(TlsFault::Expired { .. }) => "tls-certificate-expired",
            Outcome::Tls(TlsFault::WrongName { .. }) => "tls-name-mismatch",
            Outcome::Garbage => "tls-not-spoken",
            Outcome::Good
            | Outcome::Tls(TlsFault::Other { .. })
            | Outcome::NoRoots(_)
            | Outcome::Failed(_) => {
                return None;
            }
        };
        Some(row_of(cause))
    }

    /// What is, in one line without a full stop. `host` is the gateway's.
    pub fn sentence(&self, host: &str) -> String {
        match self {
            Outcome::Good => "the gateway answers".to_owned(),
            Outcome::Said(said) => said.sentence(host),
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
            Outcome::Garbage => format!("what answers at {host} does not speak HTTP or TLS"),
            Outcome::Failed(reason) => format!("the gateway could not be asked: {}", clean(reason)),
        }
    }

    /// The next step, in one line without a full stop.
    pub fn fix(&self, host: &str) -> String {
        match self {
            Outcome::Good => String::new(),
            Outcome::Proxy { wants_login: true, .. } => "put the login into HTTPS_PROXY".to_owned(),
            Outcome::Proxy { .. } => format!("let the proxy connect to {host}:443, or list it in NO_PROXY"),
            Outcome::NotResolved { proxy: Some(_) } | Outcome::Refused { proxy: Some(_) } => {
                "check HTTPS_PROXY".to_owned()
            }
            Outcome::Tls(TlsFault::Untrusted { .. }) => {
                "if that is your company's proxy, name its CA in NODE_EXTRA_CA_CERTS; if not, trust nothing on this network".to_owned()
            }
            Outcome::Tls(TlsFault::Expired { .. }) => "check this machine's clock".to_owned(),
            Outcome::TimedOut { .. } => {
                "something on the way drops it, such as a firewall or a VPN: try another network".to_owned()
            }
            Outcome::Reset => {
                "something on the way cuts it, such as a firewall or a proxy: try another network".to_owned()
            }
            Outcome::NoRoots(_) => "install ca-certificates, or set SSL_CERT_FILE".to_owned(),
            _ => self.row().map_or("/cloudflare looks into it", |row| row.fix).to_owned(),
        }
    }
}

impl Said {
    fn sentence(&self, host: &str) -> String {
        let code = self.code.filter(|code| *code != u32::from(self.status));
        let code = code.map_or(String::new(), |code| format!("/{code}"));
        let (status, words) = (self.status, &self.words);
        let meaning = self.row.meaning.trim_end_matches('.');
        match (self.row.speaker, words.is_empty()) {
            // whose words these are nobody knows
            (Speaker::Unknown, true) => format!("{host} answered {status}{code}: {meaning}"),
            (Speaker::Unknown, false) => format!("{host} answered {status}{code}, {words}: {meaning}"),
            (_, true) => format!("{meaning} ({status}{code})"),
            (_, false) => format!("{meaning} ({status}{code}: {words})"),
        }
    }
}

fn named(proxy: &Option<String>) -> String {
    proxy.as_ref().map_or(String::new(), |p| format!(" {p}"))
}

impl TlsFault {
    fn sentence(&self, host: &str) -> String {
        let signed = |issuer: &Option<String>| {
            issuer.as_ref().map_or(String::new(), |name| format!(", issued by {name}"))
        };
        match self {
            TlsFault::Untrusted { issuer } => {
                format!("{host} shows a certificate that this machine does not trust{}", signed(issuer))
            }
            TlsFault::Expired { issuer } => format!("{host} shows an expired certificate{}", signed(issuer)),
            TlsFault::WrongName { issuer } => {
                format!("{host} shows the certificate of another host{}", signed(issuer))
            }
            TlsFault::Other { issuer, reason } => {
                format!(
                    "{host} shows a certificate that is not accepted{}: {}",
                    signed(issuer),
                    clean(reason)
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Response {
        Response { status: Some(status), headers: Vec::new(), body: body.to_owned() }
    }

    fn of_gateway(code: u64, message: &str) -> String {
        format!(
            r#"{{"success":false,"result":[],"messages":[],"error":[{{"code":{code},"message":"{message}"}}],
            "name":"AiGatewayError","httpCode":401,"internalCode":{code},"message":"{message}","description":"{message}"}}"#
        )
    }

    /// The cause, or `good`.
    fn cause(answer: &Response, sent: &[&str]) -> &'static str {
        let outcome = classify(answer, sent);
        assert_eq!(outcome.is_good(), outcome.row().is_none(), "{outcome:?}");
        outcome.row().map_or("good", |row| row.cause)
    }

    #[test]
    fn who_answered_is_read_from_the_answer() {
        let provider = r#"{"type":"error","error":{"type":"authentication_error","message":"x-api-key header is required"}}"#;
        let edge = r#"{"title":"x","status":522,"error_code":522,"cloudflare_error":true}"#;
        let cases = [
            (answer(401, provider), "good"),
            (answer(400, r#"{"type":"error","error":{"type":"invalid_request_error"}}"#), "good"),
            (answer(529, r#"{"type":"error","error":{"type":"overloaded_error"}}"#), "good"),
            (answer(200, "{}"), "good"),
            (answer(404, r#"{"detail":"of a provider with a format of its own"}"#), "good"),
            (answer(401, &of_gateway(2009, "Unauthorized")), "gateway-token-rejected"),
            (answer(400, &of_gateway(2001, "Please configure")), "gateway-not-found"),
            (answer(400, &of_gateway(2008, "Invalid provider")), "provider-slug-unknown"),
            (answer(429, &of_gateway(2003, "Rate limited")), "gateway-rate-limit"),
            (answer(400, &of_gateway(2777, "New")), "gateway-code-unknown"),
            (answer(522, edge), "edge-error"),
            (answer(502, "<html>cloudflare</html>"), "edge-bad-gateway"),
            (answer(403, "error code: 1010"), "client-banned-1010"),
            (answer(200, "<html>Log in to the hotel</html>"), "html-instead-of-answer"),
            (answer(200, "\"text\""), "answer-not-a-message"),
            (answer(500, ""), "unexplained-answer"),
            (answer(407, ""), "proxy-auth-required"),
        ];
        for (given, expected) in cases {
            assert_eq!(cause(&given, &["cf-aig-authorization"]), expected, "{given:?}");
        }
        assert_eq!(cause(&answer(401, &of_gateway(2009, "Unauthorized")), &[]), "gateway-token-missing");
    }

    #[test]
    fn a_sandbox_and_a_redirect_are_told_by_their_headers() {
        let with = |status, name: &str, value: &str| Response {
            headers: vec![(name.to_owned(), value.to_owned())],
            ..answer(status, "")
        };
        for reason in ["host_not_allowed", "another"] {
            let denied = classify(&with(403, "X-Deny-Reason", reason), &[]);
            assert_eq!(denied.row().map(|row| row.cause), Some("host-not-allowed"));
            assert!(denied.sentence("h").contains(reason));
        }
        let moved = classify(&with(302, "location", "https://login.example.com/x?secret"), &[]);
        assert_eq!(moved.row().map(|row| row.cause), Some("redirected"));
        assert!(moved.sentence("h").contains("302, to login.example.com:"), "{}", moved.sentence("h"));
    }

    #[test]
    fn every_outcome_that_has_a_row_finds_it() {
        let (proxy, issuer) = (None, None);
        let all = [
            Outcome::denied("x"),
            Outcome::Proxy { proxy: proxy.clone(), wants_login: true },
            Outcome::Proxy { proxy: proxy.clone(), wants_login: false },
            Outcome::NotResolved { proxy: Some("p".to_owned()) },
            Outcome::NotResolved { proxy: proxy.clone() },
            Outcome::Refused { proxy: proxy.clone() },
            Outcome::Unreachable,
            Outcome::TimedOut { proxy },
            Outcome::Reset,
            Outcome::Tls(TlsFault::Untrusted { issuer: issuer.clone() }),
            Outcome::Tls(TlsFault::Expired { issuer: issuer.clone() }),
            Outcome::Tls(TlsFault::WrongName { issuer }),
            Outcome::Garbage,
        ];
        for outcome in all {
            assert!(outcome.row().is_some_and(|row| !row.fix.is_empty()), "{outcome:?}");
            assert!(!outcome.fix("h").is_empty(), "{outcome:?}");
        }
    }

    #[test]
    fn server_text_cannot_reach_into_the_terminal() {
        let shown = classify(&answer(400, &of_gateway(2005, "a\\u001b[31mb")), &[]).sentence("h");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }
}
