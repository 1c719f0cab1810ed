//! The gateway and the surface in a path.

/// `/v1/{account_id}/{gateway_id}[/{provider}/{path}]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) account_id: String,
    pub(crate) gateway_id: String,
    pub(crate) surface: Surface,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Surface {
    /// `/{provider}/{path}`
    Native { provider: String, path: String },
    /// `/compat/{path}`
    Compat { path: String },
    /// The deprecated endpoint: a POST to the gateway itself.
    Universal,
}

impl Route {
    /// `None` for a path without a gateway.
    pub(crate) fn parse(path: &str) -> Option<Route> {
        let mut parts = path.strip_prefix("/v1/")?.splitn(4, '/');
        let account_id = parts.next().filter(|part| !part.is_empty())?.to_owned();
        let gateway_id = parts.next().filter(|part| !part.is_empty())?.to_owned();
        let provider = parts.next().unwrap_or_default();
        let path = parts.next().unwrap_or_default().to_owned();
        let surface = match provider {
            "" if path.is_empty() => Surface::Universal,
            "compat" => Surface::Compat { path },
            provider => Surface::Native { provider: provider.to_owned(), path },
        };
        Some(Route { account_id, gateway_id, surface })
    }
}
