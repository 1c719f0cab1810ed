//! Unusual setups that work: no alarm may be raised.

use crate::dns;
use crate::row::{Row, well};
use crate::world::World;
use cf_aig::facts::gateway::auth::AuthMode;
use cf_aig_emulator::{ANTHROPIC_KEY, ANTHROPIC_LOGIN, Fault, ProxyMode, Tls};
use std::time::Duration;

/// The expected report for each of [`combinations`].
pub(crate) static ANY: Row = well("a combination", World::well);

/// A path to the gateway, and its name.
type Way = (&'static str, fn() -> World);

/// Each path to the gateway, with each auth mode, with and without an API token: its name, and the world.
pub(crate) fn combinations() -> impl Iterator<Item = (String, World)> {
    let ways: [Way; 3] = [
        ("plain HTTP", World::well),
        ("TLS", || World::secure(Tls::Good)),
        ("a proxy", || World::behind(ProxyMode::Forward)),
    ];
    ways.into_iter().flat_map(|(way, make)| {
        AuthMode::ALL.into_iter().flat_map(move |mode| {
            [true, false].map(|has_token| {
                let world = make().paid_by(mode);
                let world = if has_token { world } else { world.unset("CLOUDFLARE_API_TOKEN") };
                (format!("{way}, {mode}, API token: {has_token}"), world)
            })
        })
    })
}

pub(crate) static ROWS: &[Row] = &[
    well("every auth mode, over plain HTTP, TLS and a proxy, with an API token and without", World::well),
    well("a certificate that expires in a month", || World::secure(Tls::EndsIn { days: 30 })),
    well("a message with one token", || World::secure(Tls::Good)).with(&["--spend"]),
    well("a message with one token and a stored key", || World::well().paid_by(AuthMode::StoredKey))
        .with(&["--spend"]),
    well("a message with one token and credits", || World::well().paid_by(AuthMode::UnifiedBilling))
        .with(&["--spend"]),
    well("no network requests", World::well).with(&["--offline"]),
    well("no gateway is configured", || {
        World::well().unset("CLOUDFLARE_ACCOUNT_ID").unset("CF_AIG_GATEWAY_ID").unset("CF_AIG_TOKEN")
    }),
    well("a proxy with authentication", || {
        let world = World::behind(ProxyMode::RequireAuth407);
        let proxy = world.sandbox.vars()["HTTPS_PROXY"].replace("://", "://ann:s3cret@");
        world.set("HTTPS_PROXY", &proxy)
    }),
    well("a proxy for plain HTTP", || World::well().through_plain(ProxyMode::Forward)),
    well("a proxy that NO_PROXY bypasses", || {
        World::well().through_plain(ProxyMode::Hang).set("NO_PROXY", "127.0.0.1")
    }),
    well("Cloudflare's own host, from a slow name server", || World::secure(Tls::Good).at(dns::SLOW))
        .by_name(),
    well("a slow gateway", || World::secure(Tls::Good).fault(Fault::Delay(Duration::from_millis(300)))),
    well("a response that arrives byte by byte", || World::well().fault(Fault::SlowBody)),
    well("a key in ANTHROPIC_AUTH_TOKEN", || {
        World::well().unset("ANTHROPIC_API_KEY").set("ANTHROPIC_AUTH_TOKEN", ANTHROPIC_KEY)
    }),
    well("a key from apiKeyHelper", || {
        let settings = format!(r#"{{"apiKeyHelper": "echo {ANTHROPIC_KEY}"}}"#);
        World::well().unset("ANTHROPIC_API_KEY").settings(settings.as_bytes())
    }),
    well("subscription, with its token in the environment", || {
        World::well()
            .unset("ANTHROPIC_API_KEY")
            .set("CF_AIG_AUTH", "subscription")
            .set("CLAUDE_CODE_OAUTH_TOKEN", ANTHROPIC_LOGIN)
    }),
    well("a gateway that requires no token, which no API reports", || {
        World::well()
            .unset("CF_AIG_TOKEN")
            .unset("CLOUDFLARE_API_TOKEN")
            .gateway(|gateway| gateway.authentication = false)
    }),
    well("the base URL is in the settings", || {
        let world = World::well();
        let url = world.emulator.base_url("anthropic");
        let settings = format!(r#"{{"env": {{"ANTHROPIC_BASE_URL": "{url}"}}}}"#);
        world.settings(settings.as_bytes())
    }),
    well("the log is late", || World::well().change(|config| config.logs.lag = 2)),
    well("the log is so late that only the response has its id", || {
        World::well().change(|config| config.logs.lag = 1000)
    }),
    well("the log is in the newer store", || {
        World::well().change(|config| config.logs_in_observability = true)
    }),
    well("the log is in the newer store, which the API token may not read", || {
        World::well().change(|config| {
            config.logs_in_observability = true;
            config.logs.observability_refused = true;
        })
    }),
    well("the settings contain bytes that are not UTF-8, which the client replaces", || {
        World::well().settings(b"{\"outputStyle\": \"\xff\"}")
    }),
    well("limits and a cache that do not interfere", || {
        World::well().gateway(|gateway| {
            gateway.rate_limit = Some((100, Duration::from_secs(60)));
            gateway.cache_ttl = Some(Duration::from_secs(60));
        })
    }),
    well("the host process decides where requests go", || {
        World::well().set("CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST", "1")
    }),
];
