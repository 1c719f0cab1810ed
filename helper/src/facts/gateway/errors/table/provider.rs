//! What the provider answers: Anthropic's error types, and the look-alikes that blame the model.

use crate::base::error::Kind;

use super::super::row::{ROW, Row, certain, likely, possible};
use super::super::{Cause, Layer};
use super::super::{
    Level::{Captured, Client, Reported, Unverified},
    Speaker::Provider as TheProvider,
    Test::{DottedModel, ForeignError, FromProvider, Message, Printed, Provider, Says, Status, StatusFrom},
};
use super::docs;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: Cause::ProviderKeyRejected,
        speaker: TheProvider,
        exit: Some(Kind::Auth),
        meaning: "The provider did not accept the key that reached it.",
        fix: "run `cf-aig verify`: it tells which credential arrives; with a key stored at Cloudflare no ANTHROPIC_API_KEY of your own may be sent",
        signs: &[
            certain(&[Provider("authentication_error")]),
            certain(&[Says("invalid x-api-key")]),
            likely(&[ForeignError, Status(401)]),
            likely(&[Printed, Says("Invalid API key · Fix external API key")]),
            possible(&[Printed, Status(401)]),
        ],
        alike: &[Cause::GatewayTokenRejected, Cause::ProviderBearerRejected],
        note: "It proves that URL and gateway token are right. With a stored key or Unified Billing the usual reason is a placeholder key that the gateway passes on; Cloudflare's pages contradict each other about it. 11 tries, about three minutes.",
        level: Client,
        doc: Some(docs::CC_CLOUDFLARE),
        ..OWN
    },
    Row {
        cause: Cause::ProviderBearerRejected,
        speaker: TheProvider,
        exit: Some(Kind::Auth),
        meaning: "The provider did not accept the bearer token that reached it; with a gateway token in Authorization that means that the gateway passed it on.",
        fix: "send the gateway token as cf-aig-authorization and no ANTHROPIC_AUTH_TOKEN: `cf-aig setup` writes it so",
        signs: &[
            certain(&[Provider("authentication_error"), Says("nvalid bearer token")]),
            likely(&[Says("Invalid bearer token")]),
        ],
        alike: &[Cause::ProviderKeyRejected],
        note: "The wording is general knowledge about Anthropic's API, not captured behind the gateway. Also a claude.ai login whose OAuth beta header was dropped on the way.",
        level: Unverified,
        doc: Some(docs::CC_CONNECT),
        ..OWN
    },
    Row {
        cause: Cause::ProviderPermission,
        speaker: TheProvider,
        exit: Some(Kind::Auth),
        meaning: "The provider knows the key, and the key may not do this.",
        fix: "use a key of the workspace that has this model, or another model",
        signs: &[
            certain(&[Provider("permission_error")]),
            likely(&[ForeignError, Status(403)]),
            likely(&[Printed, Says("does not have permission to use")]),
        ],
        note: "403; Claude Code prints it as `Failed to authenticate` and does not retry.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderBilling,
        speaker: TheProvider,
        meaning: "The provider account that this key belongs to has no credit, or a billing problem.",
        fix: "add credit at the provider, or let Cloudflare pay: `cf-aig setup` with unified billing",
        signs: &[
            certain(&[Provider("billing_error")]),
            certain(&[FromProvider, Says("credit balance is too low")]),
            certain(&[Printed, Says("Credit balance is too low")]),
            likely(&[ForeignError, Status(402)]),
            likely(&[Printed, Says("your organization's billing or payment information")]),
        ],
        alike: &[Cause::NoCredits],
        note: "The provider's balance, not Cloudflare's: that one is `no-credits`.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ModelIdDotted,
        speaker: TheProvider,
        layer: Layer::Model,
        exit: Some(Kind::NotFound),
        meaning: "The model id is written with a dot; Anthropic writes it with a dash (claude-haiku-4-5).",
        fix: "write the version with a dash in ANTHROPIC_MODEL or --model: the native path passes the id on unchanged",
        signs: &[
            certain(&[Provider("not_found_error"), DottedModel]),
            certain(&[Printed, Says("There's an issue with the selected model"), DottedModel]),
            certain(&[Says("API model not found: model:"), DottedModel]),
        ],
        alike: &[Cause::ModelNotFound],
        explains: &[Cause::ModelNotFound],
        note: "Ids with a dot belong to Cloudflare's model catalog (REST and binding).",
        level: Captured,
        doc: Some(docs::PROVIDERS),
        ..OWN
    },
    Row {
        cause: Cause::BaseUrlEndsInV1,
        speaker: TheProvider,
        layer: Layer::Url,
        meaning: "The base URL ends in /v1, and the client adds /v1/messages again.",
        fix: "take /v1 off the end of ANTHROPIC_BASE_URL: `cf-aig validate` prints the corrected URL",
        signs: &[
            certain(&[Says("/v1/v1/")]),
            possible(&[Printed, Says("There's an issue with the selected model")]),
            possible(&[Printed, Status(404), Says("There's an issue with the selected model")]),
        ],
        alike: &[Cause::ModelNotFound, Cause::ApiRouteUnknown],
        explains: &[
            Cause::ModelNotFound,
            Cause::ProviderNotFound,
            Cause::ApiRouteUnknown,
            Cause::ModelIdDotted,
        ],
        note: "Any 404 is printed by Claude Code as an issue with the selected model; its debug log has the path after `[API REQUEST]`.",
        level: Client,
        doc: Some(docs::CC_CONNECT),
        ..OWN
    },
    Row {
        cause: Cause::BaseUrlEndsInMessages,
        speaker: TheProvider,
        layer: Layer::Url,
        meaning: "The base URL is the URL of the endpoint, and the client adds /v1/messages again.",
        fix: "end ANTHROPIC_BASE_URL with the provider's name: `cf-aig validate` prints the corrected URL",
        signs: &[certain(&[Says("/messages/v1/messages")])],
        alike: &[Cause::BaseUrlEndsInV1],
        explains: &[Cause::ModelNotFound, Cause::ProviderNotFound, Cause::ApiRouteUnknown],
        note: "",
        level: Client,
        doc: Some(docs::CC_CONNECT),
        ..OWN
    },
    Row {
        cause: Cause::ModelNotFound,
        speaker: TheProvider,
        layer: Layer::Model,
        exit: Some(Kind::NotFound),
        meaning: "The provider has no model of this id for this key.",
        fix: "check the id with the provider's model list; an answer that names the model proves that URL and credential are right",
        signs: &[
            certain(&[Provider("not_found_error"), Says("model:")]),
            likely(&[Printed, Says("There's an issue with the selected model")]),
        ],
        alike: &[
            Cause::BaseUrlEndsInV1,
            Cause::ApiRouteUnknown,
            Cause::ApiModelUnknown,
            Cause::ModelIdDotted,
        ],
        note: "Claude Code prints this sentence for every 404, whoever said it.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderNotFound,
        speaker: TheProvider,
        meaning: "The provider has nothing at this path.",
        fix: "run `cf-aig validate` on the base URL",
        signs: &[certain(&[Provider("not_found_error")]), likely(&[ForeignError, Status(404)])],
        alike: &[Cause::ModelNotFound, Cause::BaseUrlEndsInV1],
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::FieldRejected,
        speaker: TheProvider,
        layer: Layer::Model,
        meaning: "The model's server refuses a field that Claude Code sends: a beta header was lost on the way, or the server is not Anthropic's.",
        fix: "set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1 and run `cf-aig conformance` to see whether anthropic-beta passes",
        signs: &[certain(&[Says("Extra inputs are not permitted")])],
        alike: &[Cause::BetaRejected],
        note: "`context_management` is the field most often named.",
        level: Client,
        doc: Some(docs::CC_PROTOCOL),
        ..OWN
    },
    Row {
        cause: Cause::BetaRejected,
        speaker: TheProvider,
        layer: Layer::Model,
        meaning: "The model's server refuses a value of the anthropic-beta header.",
        fix: "set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1",
        signs: &[
            certain(&[Provider("invalid_request_error"), Says("anthropic-beta")]),
            likely(&[Printed, Says("`anthropic-beta` header")]),
        ],
        alike: &[Cause::FieldRejected],
        level: Client,
        doc: Some(docs::CC_PROTOCOL),
        ..OWN
    },
    Row {
        cause: Cause::ProviderInvalidRequest,
        speaker: TheProvider,
        layer: Layer::Model,
        meaning: "The provider refuses the request as malformed; its message says which field.",
        fix: "read the message; if it names a field that Claude Code wrote, run `cf-aig conformance` to see what is changed on the way",
        signs: &[
            certain(&[Provider("invalid_request_error")]),
            likely(&[ForeignError, Status(400)]),
            likely(&[ForeignError, Status(422)]),
            possible(&[Printed, Status(400)]),
        ],
        alike: &[Cause::FieldRejected],
        note: "Claude Code drops beta features one after the other, up to six requests within a second.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::RequestTooLarge,
        speaker: TheProvider,
        layer: Layer::Model,
        meaning: "The request is larger than the provider, or something before it, accepts.",
        fix: "run /compact, or take large images out of the conversation",
        signs: &[
            certain(&[Provider("request_too_large")]),
            certain(&[Status(413)]),
            likely(&[Printed, Says("Request too large (max 32MB)")]),
        ],
        note: "413. Claude Code prints 32 MB whoever refuses and whatever the real limit is; a proxy's own limit is often far lower.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderRateLimit,
        speaker: TheProvider,
        meaning: "The provider's rate limit for this key is used up.",
        fix: "wait as long as `retry-after` says; raising the gateway's limit does not help",
        signs: &[
            certain(&[Provider("rate_limit_error")]),
            likely(&[ForeignError, Status(429)]),
            likely(&[Printed, Says("Request rejected (429)"), Says("would exceed your")]),
            possible(&[Printed, Status(429)]),
        ],
        alike: &[Cause::GatewayRateLimit, Cause::SpendLimit],
        note: "11 tries, about three minutes.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderTimeout,
        speaker: TheProvider,
        meaning: "The provider gave up on the request.",
        fix: "send it again, shorter or with streaming",
        signs: &[
            certain(&[Provider("timeout_error")]),
            likely(&[Printed, Status(504), Message("Request timed out")]),
        ],
        alike: &[Cause::EdgeBadGateway],
        note: "504 in JSON; an HTML 504 is an edge or a proxy.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderApiError,
        speaker: TheProvider,
        meaning: "The provider failed inside.",
        fix: "send it again; look at the provider's status page",
        signs: &[
            certain(&[Provider("api_error")]),
            likely(&[ForeignError, StatusFrom(500, 599)]),
            likely(&[Printed, Status(500), Message("Internal server error")]),
            possible(&[Printed, StatusFrom(500, 503)]),
        ],
        note: "11 tries, about three minutes; as an event inside a stream it is followed by a request without streaming.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderOverloaded,
        speaker: TheProvider,
        meaning: "The provider is at capacity.",
        fix: "wait a minute, or choose another model",
        signs: &[
            certain(&[Provider("overloaded_error")]),
            certain(&[Printed, Says("Repeated 529 Overloaded errors")]),
            certain(&[Status(529)]),
            certain(&[Says("Mid-stream 529 before content")]),
        ],
        note: "529, or an event inside a stream with status 200. Claude Code stops after three tries, two seconds. The sentence names your gateway's host, which is not at fault.",
        level: Client,
        doc: Some(docs::CC_ERRORS),
        ..OWN
    },
    Row {
        cause: Cause::ProviderRefused,
        speaker: TheProvider,
        meaning: "The provider refused, in a format of its own.",
        fix: "read the message; it is the provider's, the gateway only passed it on",
        signs: &[likely(&[FromProvider]), likely(&[ForeignError])],
        note: "Known by an `error` object that is neither AI Gateway's nor the Cloudflare API's.",
        level: Reported,
        ..OWN
    },
];

/// What the rows of this table share.
const OWN: Row = Row { layer: Layer::ProviderAuth, ..ROW };
