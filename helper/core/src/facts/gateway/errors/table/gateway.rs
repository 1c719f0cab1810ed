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
        level: Reported,
        doc: Some(docs::TROUBLE),
        ..OWN
    },
    Row {
        cause: ModelOutputUnparsed,
        meaning: "AI Gateway could not parse the model's response.",
        fix: "run `cf-aig logs list` and read the provider's raw response in that request's log entry",
        signs: &[certain(&[Gateway(2002)]), likely(&[Says("Failed to parse model output")])],
        level: Reported,
        ..OWN
    },
    Row {
        cause: CompatModelFormat,
        meaning: "The /compat endpoint expects `{provider}/{model}`, but got a bare model name or a body in another format.",
        fix: "for Claude Code, use the native path that `cf-aig url anthropic` prints; /compat does not support Anthropic Messages",
        signs: &[certain(&[Gateway(2019)]), certain(&[Says("Chat completion bad format")])],
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
        doc: Some(docs::BYOK),
        ..OWN
    },
    Row {
        cause: GatewayCodeUnknown,
        meaning: "AI Gateway returned an error code that cf-aig does not know.",
        fix: "read the message, and look up the code in Cloudflare's AI Gateway documentation",
        signs: &[likely(&[FromGateway])],
        level: Documented,
        doc: Some(docs::TROUBLE),
        ..OWN
    },
];

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Gateway, speaker: AiGateway, level: Captured, ..ROW };
