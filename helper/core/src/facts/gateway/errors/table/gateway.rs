//! Errors of AI Gateway itself: `name: "AiGatewayError"`, codes 2xxx.

use super::prelude::*;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: GatewayNotFound,
        exit: Some(Exit::NotFound),
        meaning: "This account has no gateway with this name, or the path of the URL is malformed.",
        fix: "run `cf-aig gateway list` and use one of its ids in the base URL",
        signs: &[
            certain(&[Gateway(2001)]),
            certain(&[Says("Please configure AI Gateway in the Cloudflare dashboard")]),
        ],
        note: "Code 2001. Only the gateway `default` is created on first use. Claude Code sends the request six times within a second, changing its beta headers.",
        doc: Some(docs::MANAGE),
        ..OWN
    },
    Row {
        cause: GatewayTokenMissing,
        layer: Layer::GatewayAuth,
        exit: Some(Exit::Auth),
        meaning: "The gateway requires authentication, and the request had no gateway token.",
        fix: "run `cf-aig setup` with a token that has the permission AI Gateway Run; it is sent as cf-aig-authorization",
        signs: &[certain(&[Gateway(2009), NotSent("cf-aig-authorization"), NotSent("authorization")])],
        alike: &[GatewayTokenRejected],
        explains: &[GatewayTokenRejected],
        note: "Code 2009. Distinguishable from a rejected token only if the request's own headers are in the evidence, as in `curl -v`. Claude Code silently drops a line of ANTHROPIC_CUSTOM_HEADERS without a colon.",
        doc: Some(docs::AUTH),
        ..OWN
    },
    Row {
        cause: GatewayTokenRejected,
        layer: Layer::GatewayAuth,
        exit: Some(Exit::Auth),
        meaning: "AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases.",
        fix: "run `cf-aig verify`: it checks the token and the account in the URL separately",
        signs: &[
            likely(&[Gateway(2009)]),
            likely(&[Printed, Status(401), Bare, Message("Unauthorized")]),
            likely(&[Printed, Bare, Message("Unauthorized")]),
            possible(&[Says("api_retry: 401")]),
        ],
        alike: &[GatewayTokenMissing, ProviderKeyRejected, GatewayRateLimit],
        note: "Code 2009. It has also been reported for throttling and, on the REST endpoint, for a provider that refused the stored credential. Claude Code tries 11 times, about three minutes, and prints only `401 Unauthorized`.",
        doc: Some(docs::AUTH),
        ..OWN
    },
    Row {
        cause: ProviderSlugUnknown,
        exit: Some(Exit::NotFound),
        meaning: "The URL or the model contains a provider that AI Gateway does not know, or that this endpoint does not support.",
        fix: "run `cf-aig url anthropic` for the right URL, or `cf-aig providers` for the names",
        signs: &[
            certain(&[Gateway(2008), Says("Invalid provider")]),
            certain(&[Says("Bad Request: Invalid provider")]),
            likely(&[Gateway(2008)]),
            likely(&[Status(400), Message("Invalid provider")]),
        ],
        alike: &[GatewayModelUnknown],
        note: "Code 2008. `zhipu`, `xai` and `perplexity` are not slugs; `grok`, `perplexity-ai` and `custom-<slug>` are.",
        doc: Some(docs::PROVIDERS),
        ..OWN
    },
    Row {
        cause: GatewayModelUnknown,
        layer: Layer::Model,
        exit: Some(Exit::NotFound),
        meaning: "AI Gateway does not know this model under this provider.",
        fix: "use the provider's own model id on a provider path, or `{provider}/{model}` on /compat",
        signs: &[certain(&[Gateway(2008), Says("Model not found")])],
        alike: &[ProviderSlugUnknown, ApiModelUnknown],
        note: "Code 2008.",
        doc: Some(docs::PROVIDERS),
        ..OWN
    },
    Row {
        cause: ProviderUnreachable,
        layer: Layer::ProviderAuth,
        meaning: "AI Gateway got no response from the provider.",
        fix: "send the request again; if it fails again, check the provider's status page, or the base_url of a custom provider",
        signs: &[certain(&[Gateway(2005)]), certain(&[Says("Failed to get response from provider")])],
        alike: &[EdgeErrorAtProvider],
        note: "Code 2005 has status 400, not 502, so SDKs do not retry it; Claude Code gives up within a second.",
        level: Reported,
        doc: Some(docs::TROUBLE),
        ..OWN
    },
    Row {
        cause: ModelOutputUnparsed,
        meaning: "AI Gateway could not parse the model's response.",
        fix: "run `cf-aig logs list` and read the provider's raw response in that request's log entry",
        signs: &[certain(&[Gateway(2002)]), likely(&[Says("Failed to parse model output")])],
        note: "Code 2002.",
        level: Reported,
        ..OWN
    },
    Row {
        cause: CompatModelFormat,
        meaning: "The /compat endpoint expects `{provider}/{model}`, but got a bare model name or a body in another format.",
        fix: "for Claude Code, use the native path that `cf-aig url anthropic` prints; /compat does not support Anthropic Messages",
        signs: &[certain(&[Gateway(2019)]), certain(&[Says("Chat completion bad format")])],
        note: "Code 2019.",
        level: Reported,
        doc: Some(docs::COMPAT),
        ..OWN
    },
    Row {
        cause: NoCredits,
        layer: Layer::Pays,
        meaning: "The request had no provider key, so Cloudflare would have to pay, but does not: the account has no credits, or the model is not sold to it.",
        fix: "run `cf-aig key add` to store a key, or add credits in the AI Gateway dashboard",
        signs: &[
            certain(&[Gateway(2021)]),
            certain(&[Says(
                "Insufficient wholesale credits | \
                 Insufficient balance; add money to your gateway or use BYOK",
            )]),
            likely(&[Gateway(2049)]),
        ],
        note: "Code 2021, 402, from an authenticated request: URL and gateway token are right. A model that requires your own key returns the same. Claude Code does not retry it.",
        doc: Some(docs::UNIFIED),
        ..OWN
    },
    Row {
        cause: ModelNeedsOwnKey,
        layer: Layer::Pays,
        meaning: "Cloudflare does not sell this model through Unified Billing, and there was no provider key of yours to use.",
        fix: "run `cf-aig key add` to store a provider key, or send one",
        signs: &[certain(&[Gateway(2047)]), likely(&[Message("Invalid User Credentials")])],
        alike: &[GatewayTokenRejected],
        note: "Code 2047. As it is a 401, Claude Code tries 11 times, about three minutes.",
        doc: Some(docs::UNIFIED),
        ..OWN
    },
    Row {
        cause: StoredKeyAliasUnknown,
        layer: Layer::ProviderAuth,
        exit: Some(Exit::Auth),
        meaning: "The request selects a stored key (cf-aig-byok-alias) that this gateway does not have.",
        fix: "run `cf-aig key list` and use one of the aliases it prints",
        signs: &[
            certain(&[Gateway(2040), Says("has no BYOK credential named")]),
            certain(&[Says("has no BYOK credential named")]),
            possible(&[Gateway(2040)]),
        ],
        alike: &[SpendLimitUnresolved],
        note: "Code 2040, which has a second meaning; the message shows which.",
        doc: Some(docs::BYOK),
        ..OWN
    },
    Row {
        cause: GatewayCodeUnknown,
        meaning: "AI Gateway returned an error code that cf-aig does not know.",
        fix: "read the message, and look up the code in Cloudflare's AI Gateway documentation",
        signs: &[likely(&[FromGateway])],
        note: "Recognized by `name: \"AiGatewayError\"`, which only the gateway returns.",
        level: Documented,
        doc: Some(docs::TROUBLE),
        ..OWN
    },
];

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Gateway, speaker: AiGateway, level: Captured, ..ROW };
