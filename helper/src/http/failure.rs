//! Why there was no response.

use crate::base::text::clean;
use crate::facts::gateway::errors::Cause;
use std::error::Error as _;
use std::io;

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TlsFault {
    /// The issuer is not trusted on this machine.
    Untrusted,
    /// It has expired (or this machine's clock is wrong).
    Expired,
    /// It is not valid yet, most likely because this machine's clock is wrong.
    NotYet,
    /// It is for another host.
    WrongName,
    /// Anything else, with the TLS library's message.
    Other(String),
}

/// What kept a request from being sent, or its response from arriving. Some have the `host:port` of the
/// proxy, if there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// A proxy refused to connect.
    Proxy {
        /// `host:port`.
        proxy: Option<String>,
        /// It asked for authentication (407).
        wants_login: bool,
    },
    /// The host name does not resolve.
    NotResolved(Option<String>),
    /// The connection was refused.
    Refused(Option<String>),
    /// No route to the host.
    Unreachable,
    /// No response in time.
    TimedOut(Option<String>),
    /// The connection ended before a response arrived.
    Reset,
    /// A certificate that this machine does not accept.
    Tls {
        /// Why.
        fault: TlsFault,
        /// Its issuer, which distinguishes interception from a mistake.
        issuer: Option<String>,
    },
    /// This machine has no root certificates.
    NoRoots(String),
    /// Bytes that are not HTTP.
    Garbage,
    /// Anything else, with the library's message.
    Failed(String),
}

impl TlsFault {
    /// What is wrong with the certificate, on one line without a full stop.
    fn sentence(&self, host: &str, issuer: Option<&str>) -> String {
        let signed = issuer.map_or(String::new(), |name| format!(", issued by {name}"));
        let (what, why) = match self {
            TlsFault::Untrusted => ("a certificate that this machine does not trust", String::new()),
            TlsFault::Expired => ("an expired certificate", String::new()),
            TlsFault::NotYet => ("a certificate that is not valid yet", String::new()),
            TlsFault::WrongName => ("the certificate of another host", String::new()),
            TlsFault::Other(reason) => ("a certificate that is not accepted", format!(": {}", clean(reason))),
        };
        format!("{host} shows {what}{signed}{why}")
    }
}

impl Failure {
    /// The catalogue's cause.
    pub fn cause(&self) -> Option<Cause> {
        Some(match self {
            Failure::Proxy { wants_login: true, .. } => Cause::ProxyAuthRequired,
            Failure::Proxy { wants_login: false, .. } => Cause::ProxyRefusedHost,
            Failure::NotResolved(Some(_)) => Cause::ProxyNotFound,
            Failure::NotResolved(None) => Cause::NameNotResolved,
            Failure::Refused(_) => Cause::ConnectionRefused,
            Failure::Unreachable => Cause::NoRoute,
            Failure::TimedOut(_) => Cause::NoAnswer,
            Failure::Reset => Cause::ConnectionLost,
            Failure::Tls { fault: TlsFault::Untrusted, .. } => Cause::TlsUntrustedIssuer,
            Failure::Tls { fault: TlsFault::Expired | TlsFault::NotYet, .. } => Cause::TlsCertificateExpired,
            Failure::Tls { fault: TlsFault::WrongName, .. } => Cause::TlsNameMismatch,
            Failure::Garbage => Cause::TlsNotSpoken,
            Failure::Tls { fault: TlsFault::Other(_), .. } | Failure::NoRoots(_) | Failure::Failed(_) => {
                return None;
            }
        })
    }

    /// The next step, in one line without a full stop: the catalogue's, or one that knows the host.
    pub fn fix(&self, host: &str) -> String {
        let own = match self {
            Failure::Proxy { wants_login: true, .. } => "put the credentials into HTTPS_PROXY",
            Failure::Proxy { .. } => {
                return format!("let the proxy connect to {host}:443, or list it in NO_PROXY");
            }
            Failure::NotResolved(Some(_)) | Failure::Refused(Some(_)) => "check HTTPS_PROXY",
            Failure::Tls { fault: TlsFault::Untrusted, .. } => {
                "if that is your company's proxy, add its CA to NODE_EXTRA_CA_CERTS; if not, do not trust this network"
            }
            Failure::Tls { fault: TlsFault::Expired | TlsFault::NotYet, .. } => "check this machine's clock",
            Failure::TimedOut(_) => "a firewall or VPN may be dropping the request: try another network",
            Failure::Refused(None) => {
                "nothing listens there, or a firewall rejects the connection: check the host and the port, then the network"
            }
            Failure::Reset => "a firewall or proxy may be cutting the connection: try another network",
            Failure::NoRoots(_) => "install ca-certificates, or set SSL_CERT_FILE",
            other => other.cause().map_or("run /cloudflare", |cause| cause.row().fix),
        };
        own.to_owned()
    }

    /// The failure on one line without a full stop. `host` is the destination of the request.
    pub fn sentence(&self, host: &str) -> String {
        let named = |proxy: &Option<String>| proxy.as_ref().map_or(String::new(), |p| format!(" {p}"));
        let hop = |proxy: &Option<String>| match proxy {
            Some(proxy) => format!("the proxy {proxy}"),
            None => host.to_owned(),
        };
        match self {
            Failure::Proxy { proxy, wants_login: true } => {
                format!("the proxy{} requires authentication (407)", named(proxy))
            }
            Failure::Proxy { proxy, wants_login: false } => {
                format!("the proxy{} refused to connect to {host}", named(proxy))
            }
            Failure::NotResolved(proxy) => format!("{} could not be resolved", hop(proxy)),
            Failure::Refused(proxy) => format!("{} refused the connection", hop(proxy)),
            Failure::Unreachable => format!("there is no route to {host}"),
            Failure::TimedOut(None) => format!("{host} did not respond in time"),
            Failure::TimedOut(Some(proxy)) => {
                format!("{host} did not respond in time through the proxy {proxy}")
            }
            Failure::Reset => format!("the connection to {host} was cut"),
            Failure::Tls { fault, issuer } => fault.sentence(host, issuer.as_deref()),
            Failure::NoRoots(_) => {
                "this machine has no root certificates to verify the gateway with".to_owned()
            }
            Failure::Garbage => format!("the server at {host} does not speak HTTP or TLS"),
            Failure::Failed(reason) => format!("the request failed: {}", clean(reason)),
        }
    }
}

/// Which phase failed, from the chain of causes.
pub(super) fn of(error: &reqwest::Error, proxy: Option<&str>) -> Failure {
    let mut text = String::new();
    let mut cause = error.source();
    while let Some(current) = cause {
        text.push_str(&current.to_string());
        text.push('\n');
        let found = current.downcast_ref::<io::Error>().and_then(|e| from_io(e, proxy));
        if let Some(outcome) = found {
            return outcome;
        }
        cause = current.source();
    }
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    let proxy = proxy.map(str::to_owned);
    match () {
        () if error.is_timeout() => Failure::TimedOut(proxy),
        () if has(&["dns error", "failed to lookup address"]) => Failure::NotResolved(proxy),
        () if has(&["proxy authorization required", "proxy authentication required"]) => {
            Failure::Proxy { proxy, wants_login: true }
        }
        () if has(&["tunnel"]) => Failure::Proxy { proxy, wants_login: false },
        () if has(&["invalid http", "received fatal alert", "corrupt message", "peer is incompatible"]) => {
            Failure::Garbage
        }
        () if has(&["connection closed", "connection reset", "unexpected eof", "incomplete message"]) => {
            Failure::Reset
        }
        () => Failure::Failed(text.lines().last().unwrap_or("the request could not be sent").to_owned()),
    }
}

fn from_io(error: &io::Error, proxy: Option<&str>) -> Option<Failure> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused(proxy.map(str::to_owned))),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(Failure::Reset)
        }
        io::ErrorKind::TimedOut => Some(Failure::TimedOut(proxy.map(str::to_owned))),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            Some(Failure::Unreachable)
        }
        _ => None,
    }
}
