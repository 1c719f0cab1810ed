//! The layers that a request passes on its way to a model.

use crate::base::error::Kind;
use crate::base::named::named;

named! {
    /// The layers that a request passes, in this order.
    pub enum Layer {
        /// The configuration of the gateway.
        Configuration = "configuration",
        /// Settings files that the client ignores.
        Files = "files",
        /// The effective values.
        Effective = "effective",
        /// The base URL.
        Url = "url",
        /// Name resolution.
        Dns = "dns",
        /// The proxy.
        Proxy = "proxy",
        /// The connection.
        Tcp = "tcp",
        /// The certificate.
        Tls = "tls",
        /// Whether a gateway responds.
        Http = "http",
        /// Whether the gateway exists.
        Gateway = "gateway",
        /// Whether the gateway accepts the session.
        GatewayAuth = "gateway-auth",
        /// Whether the provider accepts the session.
        ProviderAuth = "provider-auth",
        /// Whether the model id is valid.
        Model = "model",
        /// Whether responses are streamed.
        Streaming = "streaming",
        /// Whether requests are logged.
        Log = "log",
        /// Who pays.
        Pays = "pays",
        /// The limits in force.
        Limits = "limits",
    }
}

impl Layer {
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
