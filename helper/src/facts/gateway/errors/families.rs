//! Things that fail, and words for their failures: the table of [`super::loose`].

use super::Cause;

/// A thing and how it can fail.
pub(super) struct Family {
    pub(super) cause: Cause,
    /// The thing occurs in no failure of another kind.
    pub(super) telling: bool,
    /// Words for the thing, with ` | ` between them.
    pub(super) things: &'static str,
    /// Words for its failure, with ` | ` between them.
    pub(super) troubles: &'static str,
}

/// Families with a telling thing come first, then closer matches, then table order.
pub(super) static FAMILIES: &[Family] = &[
    Family {
        cause: Cause::WafBlockPage,
        telling: true,
        things: "captcha | challenge | firewall | waf | cloudflare | bot",
        troubles: "block | challenge | verif | banned | denied | 403 | 验证 | detect | forbidden",
    },
    Family {
        cause: Cause::ProxySchemeWrong,
        telling: true,
        things: "proxy | proxies",
        troubles: "scheme | protocol",
    },
    Family {
        cause: Cause::BaseUrlInvalid,
        telling: true,
        things: "url | uri",
        troubles: "pars | malformed | not a valid | invalid",
    },
    Family {
        cause: Cause::ApiKeyHelperFailed,
        telling: true,
        things: "apikeyhelper | api key helper | credential helper",
        troubles: "fail | error | exit | invalid | not return | timed out | empty",
    },
    Family {
        cause: Cause::HookCommandMissing,
        telling: true,
        things: "hook",
        troubles: "fail | error | exit | not found | denied | timed out | cannot | unable",
    },
    Family {
        cause: Cause::SettingsMalformed,
        telling: true,
        things: "settings | settings.json",
        troubles: "invalid | error | malformed | ignored | skipped | unrecognized | failed | parse",
    },
    Family {
        cause: Cause::BashSandboxBlocked,
        telling: true,
        things: "sandbox",
        troubles: "block | denied | deny | not allowed | refused | fail | forbidden | not permitted",
    },
    Family {
        cause: Cause::ProxyUnreachable,
        telling: false,
        things: "proxy | http_proxy | https_proxy",
        troubles: "fail | refused | error | unable | cannot | denied | unsupported | invalid | reset",
    },
    Family {
        cause: Cause::TlsUntrustedIssuer,
        telling: true,
        things: "certificate | cert  | x509 | issuer",
        troubles: "invalid | verif | untrusted | not trusted | unknown | self | reject | fail | error",
    },
    Family {
        cause: Cause::TlsHandshakeFailed,
        telling: false,
        things: "tls | ssl | handshake",
        troubles: "fail | error | alert | eof | reset | invalid | unexpected | refused | mismatch",
    },
    Family {
        cause: Cause::NameNotResolved,
        telling: false,
        things: "dns | hostname | host name | domain",
        troubles: "fail | not found | resol | unknown | error | timed out | lookup",
    },
    Family {
        cause: Cause::StreamCut,
        telling: false,
        things: "stream | response | sse | chunk",
        troubles: "interrupt | cut | truncated | incomplete | ended | abort | terminated | closed | partial",
    },
    Family {
        cause: Cause::ConnectionLost,
        telling: false,
        things: "connection | socket | tcp | pipe",
        troubles: "reset | closed | abort | dropped | lost | broken | terminated | hang up | interrupt",
    },
    Family {
        cause: Cause::NoAnswer,
        telling: false,
        things: "request | response | server | connection | api",
        troubles: "timed out | timeout | no response | not responding | hang | stuck | unresponsive",
    },
    Family {
        cause: Cause::ConnectionFailed,
        telling: false,
        things: "connect | network | internet | reach",
        troubles: "fail | unable | cannot | could not | couldn't | can't | error | offline | unreachable",
    },
    Family {
        cause: Cause::ContextTooLong,
        telling: false,
        things: "context | prompt | input | conversation | history | tokens | n_ctx | 上下文",
        troubles: "exceed | too long | too large | too many | overflow | longer | over the limit | limit of | \
             larger than | maximum length | full | 超",
    },
    Family {
        cause: Cause::OutputLimit,
        telling: true,
        things: "max_tokens | max tokens | output token | completion tokens | thinking budget",
        troubles: "exceed | too large | too high | maximum | range",
    },
    Family {
        cause: Cause::MediaRejected,
        telling: true,
        things: "image | picture | screenshot | pdf | document | attachment | media | vision",
        troubles: "too large | exceed | not support | unsupported | invalid | could not | cannot | fail | \
             reject | too many | unreadable",
    },
    Family {
        cause: Cause::ThinkingHistory,
        telling: true,
        things: "thinking | signature | reasoning",
        troubles: "invalid | missing | must | required | expected | corrupt | cannot | not valid | mismatch",
    },
    Family {
        cause: Cause::ConversationBroken,
        telling: true,
        things: "tool_use | tool_result | tool use | tool result | tool call | tool_call | roles | \
             contentblock | content block | text field | message content",
        troubles: "blank | empty | without | missing | must | mismatch | unexpected | duplicate | orphan | \
             invalid | not found | no matching | unique",
    },
    Family {
        cause: Cause::ContentRefused,
        telling: false,
        things: "content | policy | safety | moderation | prompt",
        troubles: "filter | violat | flagged | inappropriate | unsafe | prohibited | sensitive",
    },
    Family {
        cause: Cause::ForeignBudget,
        telling: true,
        things: "budget | spend",
        troubles: "exceed | limit | exhaust | reached | over | used up",
    },
    Family {
        cause: Cause::ProviderBilling,
        telling: false,
        things: "credit | balance | billing | payment | fund | quota | prepaid | invoice | 额度",
        troubles: "insufficient | too low | exhaust | deplet | required | expired | not enough | negative | \
             out of | ran out | run out | used up | overdue | empty | declined | failed | zero | \
             remaining | 不足",
    },
    Family {
        cause: Cause::UsageLimit,
        telling: false,
        things: "usage | subscription | plan | weekly | daily | monthly | session limit",
        troubles: "limit | reached | exceed | expired | used up | resets",
    },
    Family {
        cause: Cause::ProviderRateLimit,
        telling: false,
        things: "request | rate | limit | quota | concurren | throughput | 频",
        troubles: "too many | throttl | exceed | slow down | per minute | per second | reached | 限",
    },
    Family {
        cause: Cause::ProviderOverloaded,
        telling: false,
        things: "server | service | system | model | engine | provider | capacity | 服务",
        troubles: "overload | busy | capacity | high demand | unavailable | saturated | try again | 繁忙",
    },
    Family {
        cause: Cause::ProviderCredentialMissing,
        telling: false,
        things: "api key | api_key | apikey | api-key | credential | authorization | auth header | \
             access token | auth token | bearer | 密钥 | 令牌",
        troubles: "missing | not provided | not set | no  | required | must be | not configured | empty | \
             provide | absent",
    },
    Family {
        cause: Cause::ProviderKeyRejected,
        telling: false,
        things: "api key | api_key | apikey | api-key | credential | authentication | authenticated | \
             unauthorized | login | access token | auth token | bearer | 密钥 | 令牌",
        troubles: "invalid | incorrect | wrong | reject | expired | revoked | malformed | denied | fail | \
             not valid | 401 | mismatch | unknown | 无效 | 过期 | 错误",
    },
    Family {
        cause: Cause::ProviderPermission,
        telling: false,
        things: "permission | access | privilege | role | scope | forbidden | authoriz | 权限",
        troubles: "denied | not  | insufficient | lack | require | disabled | forbidden | 403 | 无",
    },
    Family {
        cause: Cause::RegionRefused,
        telling: true,
        things: "region | country | location | territory",
        troubles: "not supported | not available | unsupported | restricted | blocked | not allowed",
    },
    Family {
        cause: Cause::BetaRejected,
        telling: true,
        things: "beta",
        troubles: "invalid | unsupported | not supported | unknown | unexpected | reject | not allowed",
    },
    Family {
        cause: Cause::FieldRejected,
        telling: false,
        things: "parameter | field | property | argument | schema | tool type | header",
        troubles: "unsupported | unknown | unexpected | not permitted | not allowed | not supported | extra | \
             unrecognized | unrecognised | invalid | not expected",
    },
    Family {
        cause: Cause::ModelNotFound,
        telling: false,
        things: "model | deployment | engine | 模型",
        troubles: "not found | unknown | unsupported | invalid | unavailable | not available | not supported | \
             not exist | no access | deprecated | retired | not allowed | couldn't | cannot | fail | \
             no such | 不存在 | 未找到",
    },
    Family {
        cause: Cause::ProviderNotFound,
        telling: false,
        things: "endpoint | route | path | url | page",
        troubles: "not found | unknown | 404 | not exist | unsupported | not supported | no such",
    },
    Family {
        cause: Cause::ProviderInvalidRequest,
        telling: false,
        things: "request | input | body | payload | message | json",
        troubles: "bad  | invalid | malformed | mismatch | validation | unprocessable | could not parse",
    },
    Family {
        cause: Cause::UpstreamUnavailable,
        telling: false,
        things: "upstream | backend | gateway | load balancer",
        troubles: "error | fail | unavailable | unhealthy | bad | no healthy | down | timeout",
    },
    Family {
        cause: Cause::ProviderApiError,
        telling: false,
        things: "server | internal | unexpected | unknown | service",
        troubles: "error | fail | exception | went wrong | panic",
    },
];
