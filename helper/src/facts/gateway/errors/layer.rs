//! The layers that a request passes on its way to a model.

use serde::Serialize;

use crate::base::error::Kind;

/// The layers that a request passes, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The configuration of the gateway.
    Configuration,
    /// Settings files that the client ignores.
    Files,
    /// The effective values.
    Effective,
    /// The base URL.
    Url,
    /// Name resolution.
    Dns,
    /// The proxy.
    Proxy,
    /// The connection.
    Tcp,
    /// The certificate.
    Tls,
    /// Whether a gateway responds.
    Http,
    /// Whether the gateway exists.
    Gateway,
    /// Whether the gateway accepts the session.
    GatewayAuth,
    /// Whether the provider accepts the session.
    ProviderAuth,
    /// Whether the model id is valid.
    Model,
    /// Whether responses are streamed.
    Streaming,
    /// Whether requests are logged.
    Log,
    /// Who pays.
    Pays,
    /// The limits in force.
    Limits,
}

impl Layer {
    /// All layers, in the order in which a request meets them.
    pub const ALL: [Self; 17] = [
        Self::Configuration,
        Self::Files,
        Self::Effective,
        Self::Url,
        Self::Dns,
        Self::Proxy,
        Self::Tcp,
        Self::Tls,
        Self::Http,
        Self::Gateway,
        Self::GatewayAuth,
        Self::ProviderAuth,
        Self::Model,
        Self::Streaming,
        Self::Log,
        Self::Pays,
        Self::Limits,
    ];

    /// The id used in machine output and on the command line.
    pub fn id(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Files => "files",
            Self::Effective => "effective",
            Self::Url => "url",
            Self::Dns => "dns",
            Self::Proxy => "proxy",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Http => "http",
            Self::Gateway => "gateway",
            Self::GatewayAuth => "gateway-auth",
            Self::ProviderAuth => "provider-auth",
            Self::Model => "model",
            Self::Streaming => "streaming",
            Self::Log => "log",
            Self::Pays => "pays",
            Self::Limits => "limits",
        }
    }

    /// The error kind of a broken layer whose cause is unknown.
    pub fn kind(self) -> Kind {
        match self {
            Self::Dns
            | Self::Proxy
            | Self::Tcp
            | Self::Tls
            | Self::Http
            | Self::ProviderAuth
            | Self::Model
            | Self::Streaming => Kind::Network,
            _ => Kind::Finding,
        }
    }
}
