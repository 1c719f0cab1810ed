//! Refusals by the gateway and the provider.

use crate::row::{Row, fails, warns};
use crate::world::{World, answer};
use cf_aig_emulator::{Config, Fault, Gateway, ProviderFault};
use std::time::Duration;

const GATEWAY: &str = "ai-gateway";
const POLICY: &str = "gateway-policy";
const PROVIDER: &str = "provider";

/// An account that exists with another gateway, and an account that does not exist.
const OTHER_ACCOUNT: &str = "fedcba9876543210fedcba9876543210";

fn paid_by(mode: &str) -> World {
    World::well().unset("ANTHROPIC_API_KEY").set("CF_AIG_AUTH", mode)
}

pub(crate) static ROWS: &[Row] = &[
    fails(
        "the gateway does not exist",
        || World::well().set("CF_AIG_GATEWAY_ID", "nothing"),
        "gateway.exists",
        GATEWAY,
        "gateway-not-found",
        4,
    ),
    fails(
        "the gateway is in another account",
        || World::well().set("CLOUDFLARE_ACCOUNT_ID", OTHER_ACCOUNT),
        "gateway.exists",
        GATEWAY,
        "gateway-not-found",
        4,
    ),
    fails(
        "the gateway does not exist, but the response is that of a refused token",
        || {
            let body = r#"{"success":false,"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","internalCode":2009}"#;
            World::well().set("CF_AIG_GATEWAY_ID", "nothing").answer(
                401,
                &[("content-type", "application/json")],
                body,
            )
        },
        "gateway.exists",
        GATEWAY,
        "gateway-not-found",
        4,
    ),
    fails(
        "the provider's name is unknown to the gateway",
        || World::well().base_url(|url| url.replace("/anthropic", "/custom-nothing/anthropic")),
        "gateway.exists",
        GATEWAY,
        "provider-slug-unknown",
        4,
    ),
    fails(
        "the gateway token is missing",
        || World::well().unset("CF_AIG_TOKEN"),
        "gateway-auth.token",
        GATEWAY,
        "gateway-token-missing",
        3,
    ),
    fails(
        "the gateway token belongs to another account",
        || {
            let foreign = Gateway {
                account_id: OTHER_ACCOUNT.to_owned(),
                tokens: vec!["token-of-another-account".to_owned()],
                ..Gateway::default()
            };
            World::well()
                .change(|config| config.gateways.push(foreign))
                .set("CF_AIG_TOKEN", "token-of-another-account")
        },
        "gateway-auth.token",
        GATEWAY,
        "gateway-token-rejected",
        3,
    ),
    fails(
        "the gateway token has expired",
        || World::well().gateway(|gateway| gateway.tokens.clear()),
        "gateway-auth.token",
        GATEWAY,
        "gateway-token-rejected",
        3,
    ),
    warns(
        "the gateway requires no token",
        || World::well().gateway(|gateway| gateway.authentication = false),
        "gateway-auth.required",
        POLICY,
        "",
    ),
    fails(
        "the provider cannot be reached",
        || World::well().provider(ProviderFault::Unreachable),
        "provider-auth.reached",
        GATEWAY,
        "provider-unreachable",
        6,
    ),
    fails(
        "the provider's own edge fails",
        || {
            let body = r#"{"title":"Error 522: Connection timed out","status":522,"error_code":522,"cloudflare_error":true,"zone":"api.anthropic.com"}"#;
            World::well().answer(522, &[("content-type", "application/problem+json")], body)
        },
        "provider-auth.reached",
        "cloudflare-edge",
        "edge-error-at-provider",
        6,
    ),
    fails(
        "the provider is overloaded",
        || World::well().provider_says(529, "overloaded_error", "Overloaded"),
        "provider-auth.reached",
        PROVIDER,
        "provider-overloaded",
        6,
    ),
    fails(
        "the provider's rate limit is reached",
        || World::well().provider_says(429, "rate_limit_error", "This request would exceed your rate limit"),
        "provider-auth.reached",
        PROVIDER,
        "provider-rate-limit",
        6,
    ),
    fails(
        "the provider has an internal error",
        || World::well().provider_says(500, "api_error", "Internal server error"),
        "provider-auth.reached",
        PROVIDER,
        "provider-api-error",
        6,
    ),
    fails(
        "the provider is too slow",
        || World::well().provider(ProviderFault::Slow(Duration::from_secs(600))),
        "http.answers",
        "nobody",
        "no-answer",
        6,
    )
    .hangs(),
    fails(
        "the provider rejects the key",
        || World::well().set("ANTHROPIC_API_KEY", "sk-ant-revoked"),
        "provider-auth.credential",
        PROVIDER,
        "provider-key-rejected",
        3,
    ),
    fails(
        "the provider rejects the token",
        || World::well().unset("ANTHROPIC_API_KEY").set("ANTHROPIC_AUTH_TOKEN", "revoked-token"),
        "provider-auth.credential",
        PROVIDER,
        "provider-bearer-rejected",
        3,
    ),
    fails(
        "the key lacks permission",
        || World::well().provider_says(403, "permission_error", "Your API key does not have permission"),
        "provider-auth.credential",
        PROVIDER,
        "provider-permission",
        3,
    ),
    fails(
        "the provider account has no credit",
        || {
            let says = "Your credit balance is too low to access the Anthropic API.";
            World::well().provider_says(400, "invalid_request_error", says)
        },
        "provider-auth.credential",
        PROVIDER,
        "provider-billing",
        6,
    ),
    fails(
        "no key is stored at Cloudflare",
        || paid_by("stored-key"),
        "provider-auth.credential",
        PROVIDER,
        "provider-credential-missing",
        3,
    ),
    fails(
        "the key stored at Cloudflare is rejected",
        || {
            paid_by("stored-key").gateway(|gateway| {
                gateway.stored_keys.insert("anthropic".to_owned(), "sk-ant-revoked".to_owned());
            })
        },
        "provider-auth.credential",
        PROVIDER,
        "provider-key-rejected",
        3,
    ),
    fails(
        "no stored key has this alias",
        || paid_by("stored-key").set("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-byok-alias: production"),
        "provider-auth.reached",
        GATEWAY,
        "stored-key-alias-unknown",
        3,
    ),
    fails(
        "the model id contains a dot",
        || World::well().set("ANTHROPIC_MODEL", "claude-haiku-4.5"),
        "model.id",
        PROVIDER,
        "model-id-dotted",
        4,
    ),
    fails(
        "the model does not exist",
        || {
            let fault = answer(
                404,
                &[("content-type", "application/json")],
                r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-nothing"}}"#,
            );
            World::well().set("ANTHROPIC_MODEL", "claude-nothing").fault(Fault::After(1, Box::new(fault)))
        },
        "model.id",
        PROVIDER,
        "model-not-found",
        4,
    )
    .with(&["--spend"]),
    warns(
        "the stream is buffered and sent all at once",
        || World::well().fault(Fault::BufferedStream),
        "streaming.pieces",
        POLICY,
        "response-buffered",
    )
    .with(&["--spend"]),
    fails(
        "the stream stalls",
        || World::well().fault(Fault::After(1, Box::new(Fault::StallMidStream))),
        "streaming.pieces",
        "nobody",
        "stream-stalled",
        6,
    )
    .with(&["--spend", "--timeout", "3"]),
    fails(
        "the stream is cut off",
        || World::well().fault(Fault::After(1, Box::new(Fault::ResetMidStream))),
        "streaming.pieces",
        "nobody",
        "stream-cut",
        6,
    )
    .with(&["--spend"]),
    fails(
        "there are no credits",
        || paid_by("unified-billing").gateway(|gateway| gateway.unified_billing = Some(0.0)),
        "pays.who",
        GATEWAY,
        "no-credits",
        1,
    ),
    warns(
        "credits should pay, but a stored key does",
        || {
            paid_by("unified-billing").gateway(|gateway| {
                gateway.unified_billing = Some(100.0);
                gateway.stored_keys.insert("anthropic".to_owned(), cf_aig_emulator::ANTHROPIC_KEY.to_owned());
            })
        },
        "pays.who",
        GATEWAY,
        "",
    ),
    fails(
        "the rate limit is used up",
        || {
            let limit = Some((1, Duration::from_secs(100 * 365 * 24 * 3600)));
            World::well().gateway(|gateway| gateway.rate_limit = limit).asked_once()
        },
        "limits.live",
        POLICY,
        "gateway-rate-limit",
        1,
    ),
    fails(
        "the spend limit is reached",
        || World::well().gateway(|gateway| gateway.spend_limit_exceeded = true),
        "limits.live",
        POLICY,
        "spend-limit",
        1,
    ),
    fails(
        "a guardrail blocks the request",
        || World::well().gateway(|gateway| gateway.policy.blocked_prompts = vec!["model".to_owned()]),
        "limits.live",
        POLICY,
        "guardrail-prompt",
        1,
    ),
    fails(
        "DLP blocks the request",
        || World::well().gateway(|gateway| gateway.policy.dlp_requests = vec!["model".to_owned()]),
        "limits.live",
        POLICY,
        "dlp-request",
        1,
    ),
    fails(
        "a guardrail blocks the response",
        || World::well().gateway(|gateway| gateway.policy.blocked_responses = vec!["error".to_owned()]),
        "limits.live",
        POLICY,
        "guardrail-response",
        1,
    ),
];

/// Every row starts from the emulator's default.
#[test]
fn the_other_account_is_another() {
    assert!(Config::default().gateways.iter().all(|gateway| gateway.account_id != OTHER_ACCOUNT));
}
