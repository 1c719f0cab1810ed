//! Why there was no response.

use super::names::NameError;
use super::proxy::proxy_of;
use crate::base::error::{Error, Kind};
use crate::base::text::clean;
use crate::facts::gateway::errors::{Cause, FailureEvidence, matches};
use std::error::Error as StdError;
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
    /// The TLS handshake was closed or refused.
    Handshake,
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
        format!("{host} presented {what}{signed}{why}")
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
            Failure::Handshake => Cause::TlsHandshakeFailed,
            Failure::Garbage => Cause::TlsNotSpoken,
            Failure::Tls { fault: TlsFault::Other(reason), .. } | Failure::Failed(reason) => {
                return matches(&FailureEvidence::line(reason)).first().map(|best| best.row.cause);
            }
            Failure::NoRoots(_) => return None,
        })
    }

    /// The failure of a request to this host as a command's error.
    pub fn error(&self, host: &str) -> Error {
        Error::new(Kind::Network, self.sentence(host)).hinted(self.fix(host))
    }

    /// The next step, in one line without a full stop: the catalogue's, or one that knows the host.
    pub fn fix(&self, host: &str) -> String {
        let own = match self {
            Failure::Proxy { wants_login: true, .. } => {
                match proxy_of(&format!("https://{host}")).is_some_and(|proxy| proxy.login().is_some()) {
                    true => "it refused the credentials in HTTPS_PROXY: correct them",
                    false => "put the credentials into HTTPS_PROXY",
                }
            }
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
            other => {
                other.cause().map_or("try another network; `curl -v` may show more", |cause| cause.row().fix)
            }
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
            Failure::Handshake => format!("the TLS handshake with {host} failed"),
            Failure::Garbage => format!("the server at {host} does not speak HTTP or TLS"),
            Failure::Failed(reason) => format!("the request failed: {}", clean(reason)),
        }
    }
}

/// Which phase failed, from the chain of causes.
pub(super) fn of(error: &reqwest::Error, proxy: Option<&str>) -> Failure {
    let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
    match causes().find_map(|cause| by_type(cause, proxy)) {
        // the connection ended while it was made
        Some(Failure::Reset) if error.is_connect() && causes().any(is_early_end) => {
            return Failure::Handshake;
        }
        Some(failure) => return failure,
        None => {}
    }
    let proxy = proxy.map(str::to_owned);
    // hyper-util does not export the type of a tunnel's errors
    let tunnel = causes().map(ToString::to_string).find(|text| text.starts_with("tunnel error"));
    match tunnel {
        _ if error.is_timeout() => Failure::TimedOut(proxy),
        // without an error of the system: the proxy is not one for HTTP, such as SOCKS
        Some(text) if text.contains("underlying connection") => {
            let why = causes().last().map(ToString::to_string).unwrap_or_default();
            Failure::Failed(format!("could not connect to the proxy {}: {why}", proxy.unwrap_or_default()))
        }
        Some(text) => Failure::Proxy { proxy, wants_login: text.contains("proxy authorization required") },
        None => {
            let last = causes().last().map(ToString::to_string);
            Failure::Failed(last.unwrap_or_else(|| "the request could not be sent".to_owned()))
        }
    }
}

/// Whether the other side ended the connection. An error of the system may be wrapped in another one.
fn is_early_end(cause: &(dyn StdError + 'static)) -> bool {
    cause.downcast_ref::<io::Error>().is_some_and(|error| {
        let inner = || error.get_ref().is_some_and(|inner| is_early_end(inner));
        error.kind() == io::ErrorKind::UnexpectedEof || inner()
    })
}

/// What a cause shows by its type.
fn by_type(cause: &(dyn StdError + 'static), proxy: Option<&str>) -> Option<Failure> {
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        let inner = error.get_ref().and_then(|inner| by_type(inner, proxy));
        return inner.or_else(|| from_io(error, proxy));
    }
    if cause.is::<NameError>() {
        return Some(Failure::NotResolved(proxy.map(str::to_owned)));
    }
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return match error {
            rustls::Error::InvalidMessage(_) => Some(Failure::Garbage),
            rustls::Error::AlertReceived(_) | rustls::Error::PeerIncompatible(_) => Some(Failure::Handshake),
            _ => None,
        };
    }
    match cause.downcast_ref::<hyper::Error>() {
        Some(error) if error.is_parse() => Some(Failure::Garbage),
        Some(error) if error.is_incomplete_message() => Some(Failure::Reset),
        _ => None,
    }
}

/// Why a response ended before it was complete.
pub(super) fn cut_short(error: &io::Error, proxy: Option<&str>) -> Failure {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<reqwest::Error>());
    let timed_out = error.kind() == io::ErrorKind::TimedOut || cause.is_some_and(reqwest::Error::is_timeout);
    if timed_out { Failure::TimedOut(proxy.map(str::to_owned)) } else { Failure::Reset }
}

fn from_io(error: &io::Error, proxy: Option<&str>) -> Option<Failure> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused(proxy.map(str::to_owned))),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Failure::Reset),
        io::ErrorKind::TimedOut => Some(Failure::TimedOut(proxy.map(str::to_owned))),
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkDown => {
            Some(Failure::Unreachable)
        }
        _ => None,
    }
}
