//! Credential and permission errors of providers: Anthropic, AWS, Google, Azure and others.

use super::prelude::*;

/// A key arrived but was not accepted.
const KEY: &str = "\
    invalid x-api-key | invalid api key | invalid_api_key | api key not valid | api key invalid | \
    api_key_invalid | invalid apikey | apikey invalid | incorrect api key | wrong api key | bad api key | \
    api key is not valid | invalid api token | invalid key | key is invalid | api key format | \
    api key expired | api key has expired | expired api key | api key has been revoked | api key disabled | \
    key is disabled | your api key is valid | your api key: | authentication fails | authentication failed | \
    invalid authentication | invalid_credentials | invalid credential | unauthenticated | \
    invalid subscription key | token expired or incorrect | token is invalid | invalid token | \
    token_expired | 无效的令牌 | invalid proxy server token | token not found in | unable to find token | \
    key not found in db | user not found | login fail | not authorized: api | malformed api key | \
    virtual key | 身份验证 | invalid user token | unauthorized client";
/// No key arrived.
const MISSING: &str = "\
    x-api-key header is required | x-api-key` header | missing api key | missing_api_key | no api key | \
    api key is missing | api key required | api key is required | api_key is required | \
    api key was not provided | no auth credentials | no authentication | missing auth | missing bearer | \
    authorization header is missing | authorization header missing | authorization header is required | \
    authorization header required | no authorization | no cookie auth | not authenticated | \
    unregistered callers | credentials not provided | credentials were not provided | no api-key | \
    carry the api secret key | not provide a token | 未提供令牌 | no token provided | token is missing | \
    missing token | missing or invalid authorization | could not find credential | no credential | \
    missing required authorization | requires authentication | provide an api key | header 'x-api-key' | \
    must provide";
/// A bearer token, usually of a claude.ai login.
const BEARER: &str = "\
    oauth token | oauth authentication | oauth access token | invalid oauth | oauth_ | \
    access token expired | token has expired | token has been revoked | token revoked | token_revoked | \
    bearer token | refresh token | login expired | session expired | invalid_grant | invalid auth token";
/// Credentials of AWS and Google.
const CLOUD: &str = "\
    security token included in the request | unrecognizedclient | invalidsignature | \
    signature we calculated | signature expired | signaturedoesnotmatch | incompletesignature | \
    expiredtoken | invalidclienttokenid | aws credentials | unable to locate credentials | \
    no valid credential sources | credentials from any provider | credential provider | \
    credentialsprovidererror | aws sso login | sso session | token is expired | bedrock api key | \
    default credentials | application default | gcloud auth | resolve credentials | credentials file | \
    google.auth | could not refresh access token | access_token_expired | access_token_type_unsupported | \
    service account | reauth | invalid authentication credentials | assumerole | iam role | azure ad token | \
    defaultazurecredential | aadsts | not authenticated with";
/// The credential is known, but lacks permission.
const PERMISSION: &str = "\
    permission_error | permission denied | permissiondenied | permission_denied | does not have permission | \
    do not have permission | don't have permission | lacks permission | no permission | \
    insufficient permission | insufficient_scope | missing scope | not authorized to | is not authorized | \
    not authorised | accessdenied | access to the model | access to this model | have access to model | \
    model access | not have access | no access to | aiplatform.endpoints.predict | bedrock:invokemodel | \
    only authorized for use with | has been disabled | organization has disabled | \
    account has been deactivated | account is deactivated | account suspended | account has been suspended | \
    account disabled | account_deactivated | access_terminated | unauthorized access | key not allowed | \
    operation not allowed | not allowed to access | can only access models | team not allowed | \
    user not allowed | use case details | marketplace | not enabled for | api has not been used in project | \
    has not enabled | it is disabled | service_disabled | not available with the claude | private network | \
    public access is disabled | ip address | ip not allowed | whitelist | allowlist | 无权";
/// The location of the request.
const REGION: &str = "\
    country, region | unsupported_country | unsupported countries | unsupported country | \
    unsupported region | unsupported location | location is not supported | country or region | \
    region or territory | not available in your country | not available in your region | \
    isn't available in your | not available in this country | not supported in your region | \
    not allowed from | request not allowed | region is not supported | region not supported | \
    your location | restricted region | geo-block | geoblock | country is not";
/// A Claude login that is used outside Claude Code.
const ELSEWHERE: &str = "\
    only authorized for use with claude code | third-party app | third-party harness | third-party client | \
    third party app | third party client | outside of claude code | cannot be used for other api requests | \
    not authorized for use with";

rows! {
    OWN;
    SubscriptionOnlyForClaudeCode {
        meaning: "A Claude subscription's token was used by another program, or the request was changed in transit so that it no longer looks like Claude Code's.",
        fix: "use an API key in that program (or `cf-aig setup` with unified billing); for Claude Code itself, run `cf-aig conformance` to see what changes its headers and system prompt",
        alike: &[ProviderPermission, ProviderBearerRejected],
        [Any(ELSEWHERE)] => Likely,
    }
    RegionRefused {
        meaning: "The provider does not allow the country or region of the request; the key's permissions are not the problem.",
        fix: "send the request from a supported country: a VPN or proxy in another country is the usual reason, and AI Gateway forwards the caller's address; if the model is in another region, choose that region",
        alike: &[ProviderPermission, WafBlockPage],
        explains: &[ModelNotFound, ProviderPermission],
        loosely: telling("region | country | location | territory",
                         "not supported | not available | unsupported | restricted | blocked | not allowed"),
        [Failed, Any(REGION)] => Likely,
        [Kind("unsupported_country_region_territory | unsupported_location | region_not_supported | \
               forbidden_region")] => Likely,
    }
    CloudCredentialRejected {
        exit: Some(Exit::Auth),
        meaning: "AWS, Google Cloud or Azure did not accept its credential: missing, expired, for another region, or signed for another host.",
        fix: "renew it (`aws sso login`, `gcloud auth application-default login`) and check the AWS region or project; through the gateway, AWS signatures would be for the gateway's URL: store the credential there or use a Bedrock API key",
        alike: &[ProviderKeyRejected, ProviderPermission],
        [Failed, Any(CLOUD)] => Likely,
        [Kind("unrecognizedclientexception | invalidsignatureexception | expiredtokenexception | \
               expiredtoken | access_token_expired | signaturedoesnotmatch | incompletesignatureexception")] => Likely,
    }
    ProviderCredentialMissing {
        exit: Some(Exit::Auth),
        meaning: "No key reached the provider: none was sent, or the gateway had no stored key to add and Cloudflare does not pay for this model.",
        fix: "store a key (`cf-aig key add`), let Cloudflare pay (unified billing), or set ANTHROPIC_API_KEY; `cf-aig verify` shows which credential arrives; a key that arrives but is refused gives provider-key-rejected",
        alike: &[ProviderKeyRejected, NotLoggedIn, NoCredits, ModelNeedsOwnKey],
        doc: Some(docs::BYOK),
        loosely: ordinary("api key | api_key | apikey | api-key | credential | authorization | auth header | \
                           access token | auth token | bearer | 密钥 | 令牌",
                          "missing | not provided | not set | no  | required | must be | not configured | \
                           empty | provide | absent"),
        [Failed, Any(MISSING)] => Likely,
        [Printed, Status(401), Says("Not logged in")] => Likely,
        [Printed, Waited, Says("Not logged in")] => Likely,
        [Printed, Says("Not logged in")] => Possible,
    }
    WorkersAiCredentialMissing {
        exit: Some(Exit::Auth),
        meaning: "Workers AI, the provider behind the gateway here, got no Cloudflare API token: cf-aig-authorization is for the gateway only.",
        fix: "also send a token with the permission Workers AI Read in Authorization: `cf-aig url workers-ai` shows the headers",
        alike: &[ApiTokenRejected],
        explains: &[ApiTokenRejected],
        doc: Some(docs::PROVIDERS),
        [Target("gateway.ai.cloudflare.com"), Api(10000)] => Likely,
        [Target("/workers-ai"), Any("authentication error")] => Likely,
    }
    ProviderBearerRejected {
        exit: Some(Exit::Auth),
        meaning: "The provider did not accept the bearer token that reached it: a claude.ai login that expired or lost its OAuth beta header in transit, or a gateway token in Authorization that was forwarded.",
        fix: "log in again (/login) if it is a subscription; send the gateway token as cf-aig-authorization and no ANTHROPIC_AUTH_TOKEN: `cf-aig setup` does this",
        alike: &[ProviderKeyRejected],
        doc: Some(docs::CC_CONNECT),
        [Failed, Any(BEARER)] => Likely,
        [Any("please run /login")] => Possible,
    }
    ProviderKeyRejected {
        exit: Some(Exit::Auth),
        meaning: "The provider did not accept the key that reached it.",
        fix: "run `cf-aig verify`: it shows which credential arrives; with a key stored at Cloudflare, do not send your own ANTHROPIC_API_KEY",
        alike: &[GatewayTokenRejected, ProviderBearerRejected, ProviderCredentialMissing],
        level: Client,
        doc: Some(docs::CC_CLOUDFLARE),
        loosely: ordinary("api key | api_key | apikey | api-key | credential | authentication | \
                           authenticated | unauthorized | login | access token | auth token | bearer | 密钥 | \
                           令牌",
                          "invalid | incorrect | wrong | reject | expired | revoked | malformed | denied | \
                           fail | not valid | 401 | mismatch | unknown | 无效 | 过期 | 错误"),
        [Failed, Any(KEY)] => Likely,
        [
            Kind("authentication_error | invalid_api_key | unauthenticated | api_key_invalid | 1000 | 1001 | \
                  1002 | 1004"),
            Failed,
        ] => Likely,
        [ForeignError, Status(401)] => Likely,
        [Printed, Says("Invalid API key · Fix external API key")] => Likely,
        // the REST endpoints write it as an error of the API
        [Api(2009)] => Likely,
        [Printed, Status(401)] => Possible,
        [Line, Status(401)] => Possible,
    }
    ProviderPermission {
        exit: Some(Exit::Auth),
        meaning: "The provider knows the key, but the key lacks permission for this.",
        fix: "use a key from the workspace that has this model, or another model; on Bedrock grant model access and bedrock:InvokeModel, on Vertex enable the model in Model Garden",
        alike: &[WafBlockPage, ProxyBlockPage],
        level: Client,
        doc: Some(docs::CC_ERRORS),
        loosely: ordinary("permission | access | privilege | role | scope | forbidden | authoriz | 权限",
                          "denied | not  | insufficient | lack | require | disabled | forbidden | 403 | 无"),
        [Failed, Any(PERMISSION), Status(403)] => Likely,
        [Failed, Any(PERMISSION), Status(400)] => Likely,
        [Failed, Any(PERMISSION), Status(401)] => Likely,
        [ForeignError, Any(PERMISSION)] => Likely,
        [ForeignError, Any("access denied")] => Likely,
        [
            Kind("permission_error | permission_denied | accessdeniedexception | permissiondenied | \
                  access_denied | forbidden"),
            Failed,
        ] => Likely,
        [ForeignError, Status(403)] => Likely,
        [Printed, Says("does not have permission to use")] => Likely,
        [Any("can only access models | not allowed to access model | not allowed to call model")] => Likely,
        [Told, Any(PERMISSION)] => Possible,
        [Line, Status(403)] => Possible,
        [
            Failed,
            Any("bedrock:invokemodel | aiplatform. | not authorized to perform | accessdeniedexception | \
                 organization has disabled | organization has been disabled | permissiondeniederror | \
                 permission_denied | permissiondenied: 403 | denied on resource | occurred (accessdenied"),
        ] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::ProviderAuth, speaker: TheProvider, level: Reported, ..ROW };
