//! Errors of `api.cloudflare.com`: `{"success": false, "errors": [{code, message}]}`.

use super::prelude::*;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: ApiTokenRejected,
        meaning: "Cloudflare's API did not accept the token, or the token lacks the permission for this call.",
        fix: "run `cf-aig doctor`: it checks whether the token is active, then which permission group it lacks",
        signs: &[certain(&[Api(10000), Not(&Target("gateway.ai.cloudflare.com"))])],
        alike: &[ApiPermissionMissing],
        doc: Some(docs::REST),
        ..OWN
    },
    Row {
        cause: ApiPermissionMissing,
        meaning: "The token is known, but may not use this resource: a permission is missing, or the resource belongs to another account.",
        fix: "give the token AI Gateway Read and Edit for this account, in the dashboard under API Tokens",
        signs: &[certain(&[Api(9109)]), likely(&[Says("Unauthorized to access requested resource")])],
        alike: &[ApiTokenRejected],
        level: Captured,
        doc: Some(docs::TOKENS),
        ..OWN
    },
    Row {
        cause: ApiHeaderMalformed,
        meaning: "Cloudflare's API cannot parse the Authorization header, often because of quotes, a line break or a repeated Bearer.",
        fix: "set the token again without quotes and line breaks: `cf-aig setup`",
        signs: &[
            certain(&[Api(6111)]),
            certain(&[Api(6103)]),
            likely(&[Api(6003)]),
            likely(&[Says("Invalid format for Authorization header")]),
        ],
        doc: Some(docs::TOKENS),
        ..OWN
    },
    Row {
        cause: ApiNoCredential,
        meaning: "The request to Cloudflare's API carried no token.",
        fix: "set CLOUDFLARE_API_TOKEN, or pass one to `cf-aig setup`",
        signs: &[certain(&[Api(1001), Says("uthorization")])],
        level: Reported,
        doc: Some(docs::TOKENS),
        ..OWN
    },
    Row {
        cause: AccountTokenCannotListAccounts,
        meaning: "An account-owned token cannot list accounts.",
        fix: "set the account id yourself: CLOUDFLARE_ACCOUNT_ID",
        signs: &[certain(&[Says("List accounts endpoint does not support account owned tokens")])],
        level: Reported,
        doc: Some(docs::TOKENS),
        ..OWN
    },
    Row {
        cause: ApiRouteUnknown,
        meaning: "Cloudflare's API has no such path, usually because the account id is wrong.",
        fix: "run `cf-aig validate` on the URL; the account id is 32 hexadecimal digits",
        signs: &[
            certain(&[Api(7003), Says("Could not route to")]),
            certain(&[Says("Could not route to /")]),
            likely(&[Api(7003)]),
            possible(&[Printed, Says("There's an issue with the selected model")]),
        ],
        alike: &[ApiModelUnknown],
        doc: Some(docs::REST),
        ..OWN
    },
    Row {
        cause: ApiModelUnknown,
        layer: Layer::Model,
        meaning: "Cloudflare's model catalog has no model with this id.",
        fix: "use the catalog's id there (`anthropic/claude-haiku-4.5`), or the native path with Anthropic's own id: `cf-aig url anthropic`",
        signs: &[certain(&[Api(7003), Says("Model not found")])],
        alike: &[ApiRouteUnknown],
        level: Captured,
        doc: Some(docs::REST),
        ..OWN
    },
    Row {
        cause: RestEndpointUnfit,
        meaning: "The account REST endpoint (/ai/v1/messages) refuses fields that Claude Code sends.",
        fix: "set ANTHROPIC_BASE_URL to what `cf-aig url anthropic` prints",
        signs: &[
            certain(&[Api(7003), Says("User Input Error")]),
            certain(&[Says(
                "Invalid value at system: expected string, received array | \
                 Anthropic Messages API is not supported for model",
            )]),
        ],
        level: Captured,
        doc: Some(docs::REST),
        ..OWN
    },
    Row {
        cause: ApiValidation,
        meaning: "A field of the request to Cloudflare's API is missing or has an invalid value; the message names the field.",
        fix: "run the command again with `--dry-run` and correct the field in the message",
        signs: &[certain(&[Api(7001)])],
        level: Captured,
        doc: Some(docs::MANAGE),
        ..OWN
    },
    Row {
        cause: GatewayIdTaken,
        meaning: "A gateway with this id already exists in the account.",
        fix: "run `cf-aig gateway show` on it, or choose another id",
        signs: &[certain(&[Api(5403)])],
        level: Reported,
        doc: Some(docs::MANAGE),
        ..OWN
    },
    Row {
        cause: CustomProviderRefused,
        meaning: "The custom provider was not saved: its slug is taken, its base_url is not https, or it does not exist.",
        fix: "run `cf-aig provider list`, then use another slug or an https base URL",
        signs: &[
            likely(&[Api(1003), Status(409)]),
            likely(&[Api(1002), Status(400)]),
            likely(&[Api(1004), Status(404)]),
        ],
        doc: Some(docs::CUSTOM),
        ..OWN
    },
    Row {
        cause: ApiRateLimit,
        meaning: "Cloudflare's API limits calls of this token: 1200 in five minutes.",
        fix: "wait for the number of seconds in `retry-after`, at most five minutes",
        signs: &[certain(&[Status(429), Header("ratelimit-policy", "")]), certain(&[Status(429), FromApi])],
        ..OWN
    },
    Row {
        cause: ApiCodeUnknown,
        meaning: "Cloudflare's API returned an error code that cf-aig does not know.",
        fix: "read the message, which gives the reason",
        signs: &[likely(&[FromApi])],
        ..OWN
    },
];

/// Defaults of this table's rows.
const OWN: Row = Row { speaker: CloudflareApi, level: Documented, ..ROW };
