//! A dynamic route and its versions.

use super::{Object, resource};
use serde_json::Value;

resource! {
    /// A dynamic route.
    Route {
        /// Its id.
        id: &str,
        /// Requests name it as `dynamic/{name}`.
        name: &str,
        /// Its elements, in the API's format.
        elements: &[Value],
        /// The deployed version.
        version: Option<&Object>,
    }
}

resource! {
    /// A version of a route, or its deployment.
    RouteVersion {
        /// The id of the version.
        version_id: &str,
        /// When it was created or deployed, RFC 3339.
        created_at: &str,
        /// `true` as text if it is deployed.
        active: &str,
    }
}

impl Route {
    /// The id of the deployed version; empty if the response has none.
    pub fn version_id(&self) -> &str {
        self.version().and_then(|version| version.get("version_id")?.as_str()).unwrap_or_default()
    }
}
