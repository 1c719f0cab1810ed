//! Errors of AI Gateway itself: `name: "AiGatewayError"`, codes 2xxx.

use super::prelude::*;

rows! {
    OWN;
    GatewayNotFound {
        exit: Some(Exit::NotFound),
        meaning: "This account has no gateway with this name, or the path of the URL is malformed.",
        fix: "run `cf-aig gateway list` and use one of its ids in the base URL",
        doc: Some(docs::MANAGE),
        [Gateway(2001)] => Certain,
        [Says("Please configure AI Gateway in the Cloudflare dashboard")] => Certain,
    }
    GatewayTokenMissing {
        layer: Layer::GatewayAuth,
        exit: Some(Exit::Auth),
        meaning: "The gateway requires authentication, and the request had no gateway token.",
        fix: "run `cf-aig setup` with a token that has the permission AI Gateway Run; it is sent as cf-aig-authorization",
        alike: &[GatewayTokenRejected],
        explains: &[GatewayTokenRejected],
        doc: Some(docs::AUTH),
        [Gateway(2009), NotSent("cf-aig-authorization"), NotSent("authorization")] => Certain,
    }
    GatewayTokenRejected {
        layer: Layer::GatewayAuth,
        exit: Some(Exit::Auth),
        meaning: "AI Gateway did not accept the gateway token: it is missing, wrong, expired, or belongs to another account; the response is the same in all cases.",
        fix: "run `cf-aig verify`: it checks the token and the account in the URL separately",
        alike: &[GatewayTokenMissing, ProviderKeyRejected, GatewayRateLimit],
        doc: Some(docs::AUTH),
        [Gateway(2009)] => Likely,
        [Printed, Status(401), Bare, Message("Unauthorized")] => Likely,
        [Printed, Bare, Message("Unauthorized")] => Likely,
        [Says("api_retry: 401")] => Possible,
    }
    ProviderSlugUnknown {
        exit: Some(Exit::NotFound),
        meaning: "The URL or the model contains a provider that AI Gateway does not know, or that this endpoint does not support.",
        fix: "run `cf-aig url anthropic` for the right URL, or `cf-aig providers` for the names",
        alike: &[GatewayModelUnknown],
        doc: Some(docs::PROVIDERS),
        [Gateway(2008), Says("Invalid provider")] => Certain,
        [Says("Bad Request: Invalid provider")] => Certain,
        [Gateway(2008)] => Likely,
        [Status(400), Message("Invalid provider")] => Likely,
    }
    GatewayModelUnknown {
        layer: Layer::Model,
        exit: Some(Exit::NotFound),
        meaning: "AI Gateway does not know this model under this provider.",
        fix: "use the provider's own model id on a provider path, or `{provider}/{model}` on /compat",
        alike: &[ProviderSlugUnknown, ApiModelUnknown],
        doc: Some(docs::PROVIDERS),
        [Gateway(2008), Says("Model not found")] => Certain,
    }
    ProviderUnreachable {
        layer: Layer::ProviderAuth,
        meaning: "AI Gateway got no response from the provider.",
        fix: "send the request again; if it fails again, check the provider's status page, or the base_url of a custom provider",
        alike: &[EdgeErrorAtProvider],
        level: Reported,
        doc: Some(docs::TROUBLE),
        [Gateway(2005)] => Certain,
        [Says("Failed to get response from provider")] => Certain,
    }
    ModelOutputUnparsed {
        meaning: "AI Gateway could not parse the model's response.",
        fix: "run `cf-aig logs list` and read the provider's raw response in that request's log entry",
        level: Reported,
        [Gateway(2002)] => Certain,
        [Says("Failed to parse model output")] => Likely,
    }
    CompatModelFormat {
        meaning: "The /compat endpoint expects `{provider}/{model}`, but got a bare model name or a body in another format.",
        fix: "for Claude Code, use the native path that `cf-aig url anthropic` prints; /compat does not support Anthropic Messages",
        level: Reported,
        doc: Some(docs::COMPAT),
        [Gateway(2019)] => Certain,
        [Says("Chat completion bad format")] => Certain,
    }
    NoCredits {
        layer: Layer::Pays,
        meaning: "The request had no provider key, so Cloudflare would have to pay, but does not: the account has no credits, or the model is not sold to it.",
        fix: "run `cf-aig key add` to store a key, or add credits in the AI Gateway dashboard",
        doc: Some(docs::UNIFIED),
        [Gateway(2021)] => Certain,
        [Says("Insufficient wholesale credits | \
               Insufficient balance; add money to your gateway or use BYOK")] => Certain,
        [Gateway(2049)] => Likely,
    }
    ModelNeedsOwnKey {
        layer: Layer::Pays,
        meaning: "Cloudflare does not sell this model through Unified Billing, and there was no provider key of yours to use.",
        fix: "run `cf-aig key add` to store a provider key, or send one",
        alike: &[GatewayTokenRejected],
        doc: Some(docs::UNIFIED),
        [Gateway(2047)] => Certain,
        [Message("Invalid User Credentials")] => Likely,
    }
    StoredKeyAliasUnknown {
        layer: Layer::ProviderAuth,
        exit: Some(Exit::Auth),
        meaning: "The request selects a stored key (cf-aig-byok-alias) that this gateway does not have.",
        fix: "run `cf-aig key list` and use one of the aliases it prints",
        alike: &[SpendLimitUnresolved],
        doc: Some(docs::BYOK),
        [Says("has no BYOK credential named")] => Certain,
        [Gateway(2040)] => Possible,
    }
    GatewayCodeUnknown {
        meaning: "AI Gateway returned an error code that cf-aig does not know.",
        fix: "read the message, and look up the code in Cloudflare's AI Gateway documentation",
        level: Documented,
        doc: Some(docs::TROUBLE),
        [FromGateway] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Gateway, speaker: AiGateway, level: Captured, ..ROW };
