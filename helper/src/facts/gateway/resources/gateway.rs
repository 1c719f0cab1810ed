//! A gateway, and what belongs to it or to its account.

use super::resource;

resource! {
    /// A gateway.
    Gateway {
        /// Its id, which is its name in URLs.
        id: &str,
        /// Whether requests need a gateway token.
        authentication: Option<bool>,
        /// Whether requests are logged.
        collect_logs: Option<bool>,
        /// Seconds to cache a response; 0 is off.
        cache_ttl: Option<u64>,
        /// Requests per window; 0 is off.
        rate_limiting_limit: Option<u64>,
        /// Length of the window in seconds.
        rate_limiting_interval: Option<u64>,
        /// `fixed` or `sliding`.
        rate_limiting_technique: &str,
    }
}

resource! {
    /// A provider's key, stored at Cloudflare. The API never returns its value.
    StoredKey {
        /// Its id.
        id: &str,
        /// The provider that it is for.
        provider_slug: &str,
        /// The name that requests give in `cf-aig-byok-alias`.
        alias: &str,
        /// Whether requests without an alias use it.
        default_config: Option<bool>,
        /// A few characters of the value.
        secret_preview: &str,
        /// When it changed, RFC 3339.
        modified_at: &str,
    }
}

resource! {
    /// A custom provider of the account.
    CustomProvider {
        /// Its id.
        id: &str,
        /// URLs name it as `custom-{slug}`.
        slug: &str,
        /// Its name in the dashboard.
        name: &str,
        /// Where the gateway sends its requests.
        base_url: &str,
        /// Whether requests may use it.
        enable: Option<bool>,
        /// Extra headers as JSON; may hold a credential.
        headers: &str,
    }
}
