//! The layers that a request passes on its way to a model.

use serde::Serialize;

use crate::base::error::Kind;

/// The layers that a request passes, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// What names the gateway.
    Configuration,
    /// Files that the client does not take.
    Files,
    /// The values that win.
    Effective,
    /// The base URL.
    Url,
    /// Its name.
    Dns,
    /// The proxy in between.
    Proxy,
    /// The connection.
    Tcp,
    /// The certificate.
    Tls,
    /// Whether a gateway answers at all.
    Http,
    /// Whether it is there.
    Gateway,
    /// Whether it lets the session in.
    GatewayAuth,
    /// Whether the provider does.
    ProviderAuth,
    /// Whether the model is one.
    Model,
    /// Whether an answer arrives in pieces.
    Streaming,
    /// Whether requests are logged.
    Log,
    /// Who pays.
    Pays,
    /// What limits are in force.
    Limits,
}

impl Layer {
    /// All of them, in the order in which a request meets them.
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

    /// The kind of failure that a broken layer is, where its cause is not known.
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
