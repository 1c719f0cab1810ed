//! Errors of providers about the model, the fields and the URL of a request.

use super::prelude::*;

/// The model does not exist, at least not for this key.
const MODEL: &str = "\
    model not found | model_not_found | model not exist | model does not exist | no such model | \
    unknown model | invalid model | not a valid model | model is not valid | model identifier is invalid | \
    model id is invalid | invalid_model | modelnotfound | model_not_exist | unsupported model | \
    model_not_supported | unsupported_model | model is not supported | model not supported | \
    model is not available | model not available | model unavailable | model_not_available | \
    is not a supported model | not found the model | no endpoints found | no allowed providers | \
    available for the selected model | no available channel | no available model | no channel available | \
    无可用渠道 | 模型不存在 | unknown provider for model | no healthy deployments | \
    no deployments available | deploymentnotfound | deployment for this resource does not exist | \
    on-demand throughput | inference profile | model version has reached | end of its life | \
    model has been deprecated | model is deprecated | has been retired | has been shut down | \
    decommissioned | publisher model | try pulling it | no model named | no models loaded | \
    no model loaded | model is not loaded | marked by provider as legacy | model name passed in | \
    cannot find model | couldn't serve | could not serve | cannot serve | could not find model | \
    model with id | not available for model | no such deployment | llm provider not provided";
/// This server has no such path, or has another API.
const PATH: &str = "\
    requested api is currently not supported | api is not supported | endpoint is not supported | \
    endpoint not supported | unsupported endpoint | unknown endpoint | no such endpoint | \
    endpoint not found | endpoint does not exist | unknown url | invalid url (post | invalid url (get | \
    unrecognized request url | route not found | route post: | no route for | no such route | \
    cannot post / | cannot get / | path not found | unknown path | invalid path | page not found | \
    unknown request url | unexpected endpoint or method | the requested url was not found | \
    api endpoint not | resource not found";
/// A field, or a field's value, that this server does not know.
const FIELD: &str = "\
    extra inputs are not permitted | input should be | extra fields not permitted | extra_forbidden | \
    extraneous key | unknown parameter | unknown_parameter | unknown field | unknown_field | \
    unknown argument | unknown name | cannot find field | unrecognized request argument | \
    unrecognized field | unrecognized key | unrecognized parameter | unrecognized argument | \
    unrecognized property | unexpected field | unexpected property | unexpected parameter | unexpected key | \
    unsupported parameter | unsupported_parameter | unsupported value | unsupported_value | \
    unsupported field | unsupported tool | unsupportedparams | does not support parameter | \
    parameter is not supported | not supported parameter | parameters are not supported | \
    is not supported by this model | not supported for this model | not supported on this model | \
    is not supported with this model | not supported for the model | \
    does not match any of the expected tags | does not match expected tags | input tag ' | \
    invalid tool type | unknown variant | additional properties | additionalproperties | is unsupported | \
    no longer supported | does not support tool | support tool use | does not support thinking | \
    thinking is not supported | does not support the effort | effort parameter | property ' | \
    cache_control | defer_loading | input_examples | context_management | output_config | output_format | \
    response_format | structured output | json_schema | tool_reference | web_search_2 | tool_search | \
    server tools | eager_input_streaming | adaptive thinking | fine-grained-tool-streaming | \
    input_schema does not support | parameter not supported | service_tier";
/// A value of the `anthropic-beta` header that this server does not know.
const BETA: &str = "\
    anthropic-beta | anthropic_beta | beta flag | unsupported beta | unknown beta | beta header | \
    beta features are not | unsupported_beta";

rows! {
    OWN;
    ModelIdDotted {
        exit: Some(Exit::NotFound),
        meaning: "The model id has a dot; Anthropic's ids have a dash (claude-haiku-4-5).",
        fix: "write the version with a dash in ANTHROPIC_MODEL or --model: the native path forwards the id unchanged",
        alike: &[ModelNotFound],
        explains: &[ModelNotFound],
        level: Captured,
        doc: Some(docs::PROVIDERS),
        [Provider("not_found_error"), DottedModel] => Certain,
        [Printed, Says("There's an issue with the selected model"), DottedModel] => Likely,
        [Says("API model not found: model:"), DottedModel] => Certain,
    }
    BaseUrlEndsInV1 {
        layer: Layer::Url,
        meaning: "The base URL ends in /v1, and the client adds /v1/messages again.",
        fix: "remove /v1 from the end of ANTHROPIC_BASE_URL: `cf-aig validate` prints the corrected URL",
        alike: &[ModelNotFound, ApiRouteUnknown],
        explains: &[ModelNotFound, ProviderNotFound, ApiRouteUnknown, ModelIdDotted],
        doc: Some(docs::CC_CONNECT),
        [Says("/v1/v1/")] => Certain,
        [Printed, Says("There's an issue with the selected model"), BaseInV1] => Likely,
        [Printed, Status(404), BaseInV1] => Likely,
        [Printed, Says("There's an issue with the selected model")] => Possible,
        [Printed, Status(404), Says("There's an issue with the selected model")] => Possible,
    }
    BaseUrlEndsInMessages {
        layer: Layer::Url,
        meaning: "The base URL is the endpoint's URL, and the client adds /v1/messages again.",
        fix: "end ANTHROPIC_BASE_URL with the provider's name: `cf-aig validate` prints the corrected URL",
        alike: &[BaseUrlEndsInV1],
        explains: &[ModelNotFound, ProviderNotFound, ApiRouteUnknown],
        doc: Some(docs::CC_CONNECT),
        [Says("/messages/v1/messages | /chat/completions/v1/messages | /chat/completions/chat/completions")] => Certain,
    }
    ModelNotFound {
        exit: Some(Exit::NotFound),
        meaning: "The provider, or another gateway behind this one, has no model with this id for this key.",
        fix: "check the id against the server's own model list and set ANTHROPIC_MODEL and ANTHROPIC_DEFAULT_{OPUS,SONNET,HAIKU}_MODEL to ids from it; Bedrock needs an inference profile (us.anthropic.…), OpenRouter anthropic/…",
        alike: &[BaseUrlEndsInV1, ApiRouteUnknown, ApiModelUnknown, ModelIdDotted],
        doc: Some(docs::CC_ERRORS),
        loosely: ordinary("model | deployment | engine | 模型",
                          "not found | unknown | unsupported | invalid | unavailable | not available | \
                           not supported | not exist | no access | deprecated | retired | not allowed | \
                           couldn't | cannot | fail | no such | 不存在 | 未找到"),
        [Provider("not_found_error"), Says("model:")] => Certain,
        [Printed, Says("There's an issue with the selected model")] => Likely,
        [Failed, Any(MODEL)] => Likely,
        [
            Failed,
            Near(
                "model",
                "does not exist | doesn't exist | was not found | is not found | not found | \
                 is not available | isn't available | not supported when | do not exist | is unavailable | \
                 isn't supported | is not enabled | is not allowed | not allowed for",
            ),
        ] => Likely,
        [Kind("model_not_found | 1211 | 1311 | deploymentnotfound | model_not_supported | \
               model_unavailable | invalid_model | modelnotfound | not_supported_model | \
               model_not_available")] => Likely,
    }
    ProviderNotFound {
        layer: Layer::ProviderAuth,
        meaning: "The provider has nothing at this path.",
        fix: "run `cf-aig validate` on the base URL: the path that arrives must end in /v1/messages",
        alike: &[ModelNotFound, BaseUrlEndsInV1],
        doc: Some(docs::CC_ERRORS),
        loosely: ordinary("endpoint | route | path | url | page",
                          "not found | unknown | 404 | not exist | unsupported | not supported | no such"),
        [Provider("not_found_error")] => Likely,
        [Failed, Any(PATH)] => Likely,
        [Kind("api_not_supported | route_not_found | endpoint_not_found | unknown_url")] => Likely,
        [ForeignError, Status(404)] => Likely,
        [Line, Status(404)] => Possible,
    }
    BetaRejected {
        meaning: "The model's server rejects a value of the anthropic-beta header.",
        fix: "set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1",
        alike: &[FieldRejected],
        doc: Some(docs::CC_PROTOCOL),
        loosely: telling("beta",
                         "invalid | unsupported | not supported | unknown | unexpected | reject | \
                          not allowed"),
        [Failed, Any(BETA)] => Likely,
    }
    FieldRejected {
        meaning: "The model's server rejects a field that Claude Code sends: a beta header was lost in transit, the model is older, or the server is not Anthropic's.",
        fix: "set CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1 (for output_config or output_format also CLAUDE_CODE_DISABLE_STRUCTURED_OUTPUTS=1, for thinking MAX_THINKING_TOKENS=0) and run `cf-aig conformance` to see whether anthropic-beta passes",
        alike: &[BetaRejected],
        doc: Some(docs::CC_PROTOCOL),
        loosely: ordinary("parameter | field | property | argument | schema | tool type | header",
                          "unsupported | unknown | unexpected | not permitted | not allowed | \
                           not supported | extra | unrecognized | unrecognised | invalid | not expected"),
        [Failed, Any(FIELD)] => Likely,
        [Kind("unknown_parameter | unsupported_parameter | unsupported_value | extra_forbidden")] => Likely,
    }
    AttributionRefused {
        meaning: "The provider, such as Bedrock, rejects the attribution block that Claude Code puts into the system prompt.",
        fix: "set CLAUDE_CODE_ATTRIBUTION_HEADER=0; but not with a subscription, which returns 429 without it",
        level: Reported,
        [Any("x-anthropic-billing-header | is a reserved keyword"), Failed] => Likely,
    }
    LongContextUnavailable {
        meaning: "This plan or key has no long context: the request asked for a window of 1M tokens.",
        fix: "choose the model without [1m] (/model, ANTHROPIC_MODEL), or turn on extra usage at the provider",
        alike: &[ContextTooLong, BetaRejected],
        explains: &[ProviderRateLimit],
        level: Reported,
        [Failed, Any("long context | 1m context | context-1m | 1 million token | 1m token | [1m]")] => Likely,
    }
    ProviderInvalidRequest {
        meaning: "The provider rejects the request as malformed; its message shows which field.",
        fix: "read the message; if the field is one that Claude Code wrote, run `cf-aig conformance` to see what changes in transit",
        alike: &[FieldRejected],
        doc: Some(docs::CC_ERRORS),
        loosely: ordinary("request | input | body | payload | message | json",
                          "bad  | invalid | malformed | mismatch | validation | unprocessable | \
                           could not parse"),
        [Provider("invalid_request_error")] => Likely,
        [ForeignError, Status(400)] => Likely,
        [ForeignError, Status(422)] => Likely,
        [
            ForeignError,
            Weak(&Kind("invalid_request_error | invalid_argument | validationexception | bad_request | \
                        invalid_parameter_error")),
        ] => Likely,
        [Printed, Status(400)] => Possible,
        [Line, Status(400)] => Possible,
    }
    ProviderApiError {
        layer: Layer::ProviderAuth,
        meaning: "The provider had an internal error.",
        fix: "send the request again; check the provider's status page",
        doc: Some(docs::CC_ERRORS),
        loosely: ordinary("server | internal | unexpected | unknown | service",
                          "error | fail | exception | went wrong | panic"),
        [Provider("api_error")] => Likely,
        [ForeignError, StatusFrom(500, 599)] => Likely,
        [
            Weak(&Kind("internal_server_error | internalserverexception | server_error | internal")),
            Failed,
        ] => Likely,
        [Printed, Status(500), Message("Internal server error")] => Likely,
        [Printed, StatusFrom(500, 503)] => Possible,
        [Line, StatusFrom(500, 503)] => Possible,
    }
    ProviderRefused {
        layer: Layer::ProviderAuth,
        meaning: "The provider refused, with an error in its own format.",
        fix: "read the message; it comes from the provider, the gateway only forwarded it",
        level: Reported,
        [FromProvider] => Likely,
        [ForeignError] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Model, speaker: TheProvider, ..ROW };
