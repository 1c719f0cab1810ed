//! Errors of `api.cloudflare.com`: `{"success": false, "errors": [{code, message}]}`.

use super::prelude::*;

rows! {
    OWN;
    ApiTokenRejected {
        meaning: "Cloudflare's API did not accept the token, or the token lacks the permission for this call.",
        fix: "run `cf-aig doctor`: it checks whether the token is active, then which permission group it lacks",
        alike: &[ApiPermissionMissing],
        doc: Some(docs::REST),
        [Api(10000), Not(&Target("gateway.ai.cloudflare.com"))] => Certain,
        [Api(1000), Says("Invalid API Token")] => Certain,
    }
    ApiPermissionMissing {
        meaning: "The token is known, but may not use this resource: a permission is missing, or the resource belongs to another account.",
        fix: "give the token AI Gateway Read and Edit for this account, in the dashboard under API Tokens",
        alike: &[ApiTokenRejected],
        level: Captured,
        doc: Some(docs::TOKENS),
        [Api(9109)] => Certain,
        [Says("Unauthorized to access requested resource")] => Likely,
    }
    ApiHeaderMalformed {
        meaning: "Cloudflare's API cannot parse the Authorization header, often because of quotes, a line break or a repeated Bearer.",
        fix: "set the token again without quotes and line breaks: `cf-aig setup`",
        doc: Some(docs::TOKENS),
        [Api(6111)] => Certain,
        [Api(6103)] => Certain,
        [Api(6003)] => Likely,
        [Says("Invalid format for Authorization header")] => Likely,
    }
    ApiNoCredential {
        meaning: "The request to Cloudflare's API carried no token.",
        fix: "set CLOUDFLARE_API_TOKEN, or pass one to `cf-aig setup`",
        level: Reported,
        doc: Some(docs::TOKENS),
        [Api(1001), Says("uthorization")] => Certain,
    }
    AccountTokenCannotListAccounts {
        meaning: "An account-owned token cannot list accounts.",
        fix: "set the account id yourself: CLOUDFLARE_ACCOUNT_ID",
        level: Reported,
        doc: Some(docs::TOKENS),
        [Says("List accounts endpoint does not support account owned tokens")] => Certain,
    }
    ApiRouteUnknown {
        meaning: "Cloudflare's API has no such path, usually because the account id is wrong.",
        fix: "run `cf-aig validate` on the URL; the account id is 32 hexadecimal digits",
        alike: &[ApiModelUnknown],
        doc: Some(docs::REST),
        [Api(7003), Says("Could not route to")] => Certain,
        [Says("Could not route to /")] => Certain,
        [Api(7003)] => Likely,
        [Printed, Says("There's an issue with the selected model")] => Possible,
    }
    ApiModelUnknown {
        layer: Layer::Model,
        meaning: "Cloudflare's model catalog has no model with this id.",
        fix: "use the catalog's id there (`anthropic/claude-haiku-4.5`), or the native path with Anthropic's own id: `cf-aig url anthropic`",
        alike: &[ApiRouteUnknown],
        level: Captured,
        doc: Some(docs::REST),
        [Api(7003), Says("Model not found")] => Certain,
    }
    RestEndpointUnfit {
        meaning: "The account REST endpoint (/ai/v1/messages) refuses fields that Claude Code sends.",
        fix: "set ANTHROPIC_BASE_URL to what `cf-aig url anthropic` prints",
        level: Captured,
        doc: Some(docs::REST),
        [Api(7003), Says("User Input Error")] => Certain,
        [Says("Invalid value at system: expected string, received array | \
               Anthropic Messages API is not supported for model")] => Certain,
    }
    ApiValidation {
        meaning: "A field of the request to Cloudflare's API is missing or has an invalid value; the message names the field.",
        fix: "run the command again with `--dry-run` and correct the field in the message",
        level: Captured,
        doc: Some(docs::MANAGE),
        [Api(7001)] => Certain,
    }
    GatewayIdTaken {
        meaning: "A gateway with this id already exists in the account.",
        fix: "run `cf-aig gateway show` on it, or choose another id",
        level: Reported,
        doc: Some(docs::MANAGE),
        [Api(5403)] => Certain,
    }
    CustomProviderRefused {
        meaning: "The custom provider was not saved: its slug is taken, its base_url is not https, or it does not exist.",
        fix: "run `cf-aig provider list`, then use another slug or an https base URL",
        doc: Some(docs::CUSTOM),
        [Api(1003), Status(409)] => Likely,
        [Api(1002), Status(400)] => Likely,
        [Api(1004), Status(404)] => Likely,
    }
    ApiRateLimit {
        meaning: "Cloudflare's API limits calls of this token: 1200 in five minutes.",
        fix: "wait for the number of seconds in `retry-after`, at most five minutes",
        [
            Status(429),
            Header("ratelimit-policy", "w="),
            Not(&FromGateway),
            Not(&FromProvider),
            Not(&ForeignError),
            Not(&FromApi),
            Not(&Target("gateway.ai.cloudflare.com")),
        ] => Certain,
        [Status(429), FromApi, Not(&Api(2003)), Not(&Api(2041)), Not(&Api(2045))] => Certain,
    }
    ApiCodeUnknown {
        meaning: "Cloudflare's API returned an error code that cf-aig does not know.",
        fix: "read the message, which gives the reason",
        [FromApi] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { speaker: CloudflareApi, level: Documented, ..ROW };
