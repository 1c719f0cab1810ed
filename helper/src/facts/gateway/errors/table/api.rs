//! What `api.cloudflare.com` answers: `{"success": false, "errors": [{code, message}]}`.

use super::super::row::{ROW, Row, certain, likely, possible};
use super::super::{Cause, Layer};
use super::super::{
    Level::{Captured, Documented, Reported},
    Speaker::CloudflareApi,
    Test::{Api, FromApi, Header, NotTarget, Printed, Says, Status},
};
use super::docs;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: Cause::ApiTokenRejected,
        speaker: CloudflareApi,
        meaning: "Cloudflare's API did not accept the token, or the token lacks the permission that this call needs.",
        fix: "run `cf-aig doctor`: it checks whether the token is alive, then which permission group it lacks",
        signs: &[certain(&[Api(10000), NotTarget("gateway.ai.cloudflare.com")])],
        alike: &[Cause::ApiPermissionMissing],
        note: "Code 10000. A token with AI Gateway Run only gets it on the management API; a token with AI Gateway permissions only gets it on the REST endpoint /ai/v1, which wants Workers AI Read. In `messages` of a successful answer the same code means that the token is valid. An account-owned token (cfat_) must be verified at /accounts/{id}/tokens/verify.",
        level: Documented,
        doc: Some(docs::REST),
        ..ROW
    },
    Row {
        cause: Cause::ApiPermissionMissing,
        speaker: CloudflareApi,
        meaning: "The token is known, and may not use this resource: a permission is missing, or it is another account's.",
        fix: "give the token AI Gateway Read and Edit for this account, in the dashboard under API Tokens",
        signs: &[certain(&[Api(9109)]), likely(&[Says("Unauthorized to access requested resource")])],
        alike: &[Cause::ApiTokenRejected],
        note: "Code 9109. It has been seen inside an answer with HTTP 200: only `success` tells.",
        level: Captured,
        doc: Some(docs::TOKENS),
        ..ROW
    },
    Row {
        cause: Cause::ApiHeaderMalformed,
        speaker: CloudflareApi,
        meaning: "The Authorization header is not in a form that Cloudflare's API reads, often because of quotes, a line break or the word Bearer twice.",
        fix: "set the token again without quotes and line breaks: `cf-aig setup`",
        signs: &[
            certain(&[Api(6111)]),
            certain(&[Api(6103)]),
            likely(&[Api(6003)]),
            likely(&[Says("Invalid format for Authorization header")]),
        ],
        note: "Code 6003 with 6111 (Authorization) or 6103 (X-Auth-Key) in its chain.",
        level: Documented,
        doc: Some(docs::TOKENS),
        ..ROW
    },
    Row {
        cause: Cause::ApiNoCredential,
        speaker: CloudflareApi,
        meaning: "The request to Cloudflare's API carried no token.",
        fix: "set CLOUDFLARE_API_TOKEN, or give one to `cf-aig setup`",
        signs: &[certain(&[Api(1001), Says("uthorization")])],
        note: "Code 1001, which has other meanings on other paths.",
        level: Reported,
        doc: Some(docs::TOKENS),
        ..ROW
    },
    Row {
        cause: Cause::AccountTokenCannotListAccounts,
        speaker: CloudflareApi,
        meaning: "An account-owned token cannot list accounts.",
        fix: "give the account id yourself: CLOUDFLARE_ACCOUNT_ID",
        signs: &[certain(&[Says("List accounts endpoint does not support account owned tokens")])],
        note: "Code 1001, reported in 2024; a later report says that it works now.",
        level: Reported,
        doc: Some(docs::TOKENS),
        ..ROW
    },
    Row {
        cause: Cause::ApiRouteUnknown,
        speaker: CloudflareApi,
        meaning: "Cloudflare's API has no such path: most often the account id is wrong.",
        fix: "run `cf-aig validate` on the URL; the account id is 32 hexadecimal digits",
        signs: &[
            certain(&[Api(7003), Says("Could not route to")]),
            certain(&[Says("Could not route to /")]),
            likely(&[Api(7003)]),
            possible(&[Printed, Says("There's an issue with the selected model")]),
        ],
        alike: &[Cause::ApiModelUnknown],
        note: "Code 7003 as 404. Claude Code prints it as an issue with the selected model.",
        level: Documented,
        doc: Some(docs::REST),
        ..ROW
    },
    Row {
        cause: Cause::ApiModelUnknown,
        speaker: CloudflareApi,
        layer: Layer::Model,
        meaning: "Cloudflare's model catalog has no model of this id.",
        fix: "use the catalog's id there (`anthropic/claude-haiku-4.5`), or the native path with Anthropic's own id: `cf-aig url anthropic`",
        signs: &[certain(&[Api(7003), Says("Model not found")])],
        alike: &[Cause::ApiRouteUnknown],
        note: "Code 7003. The catalog writes versions with a dot, Anthropic with a dash. Claude Code prints it as an issue with the selected model.",
        level: Captured,
        doc: Some(docs::REST),
        ..ROW
    },
    Row {
        cause: Cause::RestEndpointUnfit,
        speaker: CloudflareApi,
        meaning: "The account REST endpoint (/ai/v1/messages) refuses fields that Claude Code sends.",
        fix: "set ANTHROPIC_BASE_URL to what `cf-aig url anthropic` prints",
        signs: &[
            certain(&[Api(7003), Says("User Input Error")]),
            certain(&[Says("Invalid value at system: expected string, received array")]),
            certain(&[Says("Anthropic Messages API is not supported for model")]),
        ],
        note: "Code 7003 as 400: `system` as a list, `temperature`, a forced tool choice. Models of Workers AI do not speak Messages there at all.",
        level: Captured,
        doc: Some(docs::REST),
        ..ROW
    },
    Row {
        cause: Cause::ApiValidation,
        speaker: CloudflareApi,
        meaning: "A field of the request to Cloudflare's API is missing or has a value that is not allowed; the message names it.",
        fix: "run the command again with `--dry-run` and correct the field that the message names",
        signs: &[certain(&[Api(7001)])],
        note: "Code 7001. To create a gateway the API wants `id`, not `name`, and five more fields.",
        level: Captured,
        doc: Some(docs::MANAGE),
        ..ROW
    },
    Row {
        cause: Cause::GatewayIdTaken,
        speaker: CloudflareApi,
        meaning: "A gateway of this id exists already in the account.",
        fix: "run `cf-aig gateway show` on it, or choose another id",
        signs: &[certain(&[Api(5403)])],
        note: "Code 5403.",
        level: Reported,
        doc: Some(docs::MANAGE),
        ..ROW
    },
    Row {
        cause: Cause::CustomProviderRefused,
        speaker: CloudflareApi,
        meaning: "The custom provider was not saved: its slug is taken, its base_url is not https, or it does not exist.",
        fix: "run `cf-aig provider list`, then give another slug or an https base URL",
        signs: &[
            likely(&[Api(1003), Status(409)]),
            likely(&[Api(1002), Status(400)]),
            likely(&[Api(1004), Status(404)]),
        ],
        note: "1003 with 409: slug taken; 1002 with 400: base_url; 1004 with 404: unknown.",
        level: Documented,
        doc: Some(docs::CUSTOM),
        ..ROW
    },
    Row {
        cause: Cause::ApiRateLimit,
        speaker: CloudflareApi,
        meaning: "Cloudflare's API limits calls of this token: 1200 in five minutes.",
        fix: "wait as many seconds as `retry-after` says, at most five minutes",
        signs: &[certain(&[Status(429), Header("ratelimit-policy", "")]), certain(&[Status(429), FromApi])],
        note: "Nothing to do with model requests.",
        level: Documented,
        ..ROW
    },
    Row {
        cause: Cause::ApiCodeUnknown,
        speaker: CloudflareApi,
        meaning: "Cloudflare's API refused with a code that is not in this table.",
        fix: "read the message; it names what the API did not like",
        signs: &[likely(&[FromApi])],
        note: "Known by `success: false` and a list `errors`.",
        level: Documented,
        ..ROW
    },
];
