//! The headers that AI Gateway reads and returns.
//!
//! Source: Cloudflare's header glossary and feature pages (September 2026) and its types package.

/// Who sends a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The client, to the gateway.
    Request,
    /// The gateway, to the client.
    Response,
}

/// A row of the table of headers.
#[derive(Debug)]
pub struct Header {
    /// Its name.
    pub name: &'static str,
    /// Who sends it.
    pub direction: Direction,
    /// Its values.
    pub values: &'static str,
    /// Its effect.
    pub meaning: &'static str,
}

const fn request(name: &'static str, values: &'static str, meaning: &'static str) -> Header {
    Header { name, direction: Direction::Request, values, meaning }
}

const fn response(name: &'static str, values: &'static str, meaning: &'static str) -> Header {
    Header { name, direction: Direction::Response, values, meaning }
}

/// Every documented header.
pub const HEADERS: &[Header] = &[
    request(
        "cf-aig-authorization",
        "`Bearer <token>`",
        "Authenticates to the gateway; the token needs AI Gateway Run.",
    ),
    request(
        "cf-aig-metadata",
        "one-line JSON, at most 5 flat entries",
        "Labels the request in the log. A sixth entry is dropped; a single null or nested value was seen to lose all entries, without an error; keys that start with `cf.` are dropped.",
    ),
    request("cf-aig-skip-cache", "`true`", "Neither reads nor fills the cache."),
    request("cf-aig-cache-ttl", "seconds, 60 to 1 month", "Caches this response for this long."),
    request("cf-aig-cache-key", "any text", "Caches under this key; without a TTL for 5 minutes."),
    request(
        "cf-aig-collect-log",
        "`true`, `false`",
        "Logs this request or not, whatever the gateway's setting.",
    ),
    request("cf-aig-collect-log-payload", "`false`", "Keeps the log entry but drops the bodies."),
    request(
        "cf-aig-request-timeout",
        "milliseconds",
        "Time limit for the provider's first byte. The response on timeout is not verified.",
    ),
    request("cf-aig-max-attempts", "1 to 5", "Retries by the gateway."),
    request(
        "cf-aig-retry-delay",
        "milliseconds, at most 60000",
        "Pause between them (older documentation: at most 5000).",
    ),
    request("cf-aig-backoff", "`constant`, `linear`, `exponential`", "How the pause grows."),
    request("cf-aig-byok-alias", "an alias", "Uses this stored key instead of the one named `default`."),
    request("cf-aig-no-wholesale", "`true`", "Never uses Cloudflare credits (Unified Billing)."),
    request(
        "cf-aig-zdr",
        "`true`, `false`",
        "Zero data retention for this request; only with Unified Billing.",
    ),
    request("cf-aig-event-id", "any text", "Your own correlation id; the log can be filtered by it."),
    request(
        "cf-aig-custom-cost",
        "JSON: `per_token_in`, `per_token_out`, `per_cache_read_token`, `per_cache_write_token`",
        "Prices for a model that has none at Cloudflare, such as a custom provider's.",
    ),
    request("cf-aig-gateway-id", "a gateway id", "Only on Cloudflare's REST API: which gateway."),
    response("cf-aig-cache-status", "`HIT`, `MISS`", "Whether the response came from the cache."),
    response("cf-aig-step", "a number from 0", "Which step of a fallback responded."),
    response(
        "cf-aig-log-id",
        "a UUIDv7 (before 2026-10-08: 26 characters)",
        "The entry in the log; treat it as opaque.",
    ),
    response("cf-aig-event-id", "as sent", "The correlation id."),
    response("cf-aig-model", "a model", "On dynamic routes: which model responded."),
    response("cf-aig-provider", "a provider", "On dynamic routes: which provider responded."),
    response("cf-aig-dlp", "JSON", "What data loss prevention found."),
];

/// Deprecated headers in old examples.
pub const DEPRECATED: &[(&str, &str)] =
    &[("cf-cache-ttl", "cf-aig-cache-ttl"), ("cf-skip-cache", "cf-aig-skip-cache")];
