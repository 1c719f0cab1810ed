//! The word tables of [`super::loose`]: what can fail, and how people say that it failed.

use super::Cause;

/// A cause, words for the thing, and words for how it fails.
pub(super) type Family = (Cause, &'static str, &'static str);

/// Families whose thing occurs in no failure of another kind.
pub(super) static TELLING: &[Family] = &[
    (
        Cause::WafBlockPage,
        "captcha | challenge | firewall | waf | cloudflare | bot",
        "block | challenge | verif | banned | denied | 403 | 验证 | detect | forbidden",
    ),
    (Cause::ProxySchemeWrong, "proxy | proxies", "scheme | protocol"),
    (Cause::BaseUrlInvalid, "url | uri", "pars | malformed | not a valid | invalid"),
    (
        Cause::ApiKeyHelperFailed,
        "apikeyhelper | api key helper | credential helper",
        "fail | error | exit | invalid | not return | timed out | empty",
    ),
    (
        Cause::HookCommandMissing,
        "hook",
        "fail | error | exit | not found | denied | timed out | cannot | unable",
    ),
    (
        Cause::SettingsMalformed,
        "settings | settings.json",
        "invalid | error | malformed | ignored | skipped | unrecognized | failed | parse",
    ),
    (
        Cause::BashSandboxBlocked,
        "sandbox",
        "block | denied | deny | not allowed | refused | fail | forbidden | not permitted",
    ),
    (
        Cause::TlsUntrustedIssuer,
        "certificate | cert  | x509 | issuer",
        "invalid | verif | untrusted | not trusted | unknown | self | reject | fail | error",
    ),
    (
        Cause::OutputLimit,
        "max_tokens | max tokens | output token | completion tokens | thinking budget",
        "exceed | too large | too high | maximum | range",
    ),
    (
        Cause::MediaRejected,
        "image | picture | screenshot | pdf | document | attachment | media | vision",
        "too large | exceed | not support | unsupported | invalid | could not | cannot | fail | reject | \
         too many | unreadable",
    ),
    (
        Cause::ThinkingHistory,
        "thinking | signature | reasoning",
        "invalid | missing | must | required | expected | corrupt | cannot | not valid | mismatch",
    ),
    (
        Cause::ConversationBroken,
        "tool_use | tool_result | tool use | tool result | tool call | tool_call | roles | contentblock | \
         content block | text field | message content",
        "blank | empty | without | missing | must | mismatch | unexpected | duplicate | orphan | invalid | \
         not found | no matching | unique",
    ),
    (Cause::ForeignBudget, "budget | spend", "exceed | limit | exhaust | reached | over | used up"),
    (
        Cause::RegionRefused,
        "region | country | location | territory",
        "not supported | not available | unsupported | restricted | blocked | not allowed",
    ),
    (
        Cause::BetaRejected,
        "beta",
        "invalid | unsupported | not supported | unknown | unexpected | reject | not allowed",
    ),
];

/// The others.
pub(super) static ORDINARY: &[Family] = &[
    (
        Cause::ProxyUnreachable,
        "proxy | http_proxy | https_proxy",
        "fail | refused | error | unable | cannot | denied | unsupported | invalid | reset",
    ),
    (
        Cause::TlsHandshakeFailed,
        "tls | ssl | handshake",
        "fail | error | alert | eof | reset | invalid | unexpected | refused | mismatch",
    ),
    (
        Cause::NameNotResolved,
        "dns | hostname | host name | domain",
        "fail | not found | resol | unknown | error | timed out | lookup",
    ),
    (
        Cause::StreamCut,
        "stream | response | sse | chunk",
        "interrupt | cut | truncated | incomplete | ended | abort | terminated | closed | partial",
    ),
    (
        Cause::ConnectionLost,
        "connection | socket | tcp | pipe",
        "reset | closed | abort | dropped | lost | broken | terminated | hang up | interrupt",
    ),
    (
        Cause::NoAnswer,
        "request | response | server | connection | api",
        "timed out | timeout | no response | not responding | hang | stuck | unresponsive",
    ),
    (
        Cause::ConnectionFailed,
        "connect | network | internet | reach",
        "fail | unable | cannot | could not | couldn't | can't | error | offline | unreachable",
    ),
    (
        Cause::ContextTooLong,
        "context | prompt | input | conversation | history | tokens | n_ctx | 上下文",
        "exceed | too long | too large | too many | overflow | longer | over the limit | limit of | \
         larger than | maximum length | full | 超",
    ),
    (
        Cause::ContentRefused,
        "content | policy | safety | moderation | prompt",
        "filter | violat | flagged | inappropriate | unsafe | prohibited | sensitive",
    ),
    (
        Cause::ProviderBilling,
        "credit | balance | billing | payment | fund | quota | prepaid | invoice | 额度",
        "insufficient | too low | exhaust | deplet | required | expired | not enough | negative | out of | \
         ran out | run out | used up | overdue | empty | declined | failed | zero | remaining | 不足",
    ),
    (
        Cause::UsageLimit,
        "usage | subscription | plan | weekly | daily | monthly | session limit",
        "limit | reached | exceed | expired | used up | resets",
    ),
    (
        Cause::ProviderRateLimit,
        "request | rate | limit | quota | concurren | throughput | 频",
        "too many | throttl | exceed | slow down | per minute | per second | reached | 限",
    ),
    (
        Cause::ProviderOverloaded,
        "server | service | system | model | engine | provider | capacity | 服务",
        "overload | busy | capacity | high demand | unavailable | saturated | try again | 繁忙",
    ),
    (
        Cause::ProviderCredentialMissing,
        "api key | api_key | apikey | api-key | credential | authorization | auth header | access token | \
         auth token | bearer | 密钥 | 令牌",
        "missing | not provided | not set | no  | required | must be | not configured | empty | provide | \
         absent",
    ),
    (
        Cause::ProviderKeyRejected,
        "api key | api_key | apikey | api-key | credential | authentication | authenticated | \
         unauthorized | login | access token | auth token | bearer | 密钥 | 令牌",
        "invalid | incorrect | wrong | reject | expired | revoked | malformed | denied | fail | \
         not valid | 401 | mismatch | unknown | 无效 | 过期 | 错误",
    ),
    (
        Cause::ProviderPermission,
        "permission | access | privilege | role | scope | forbidden | authoriz | 权限",
        "denied | not  | insufficient | lack | require | disabled | forbidden | 403 | 无",
    ),
    (
        Cause::FieldRejected,
        "parameter | field | property | argument | schema | tool type | header",
        "unsupported | unknown | unexpected | not permitted | not allowed | not supported | extra | \
         unrecognized | unrecognised | invalid | not expected",
    ),
    (
        Cause::ModelNotFound,
        "model | deployment | engine | 模型",
        "not found | unknown | unsupported | invalid | unavailable | not available | not supported | \
         not exist | no access | deprecated | retired | not allowed | couldn't | cannot | fail | no such | \
         不存在 | 未找到",
    ),
    (
        Cause::ProviderNotFound,
        "endpoint | route | path | url | page",
        "not found | unknown | 404 | not exist | unsupported | not supported | no such",
    ),
    (
        Cause::ProviderInvalidRequest,
        "request | input | body | payload | message | json",
        "bad  | invalid | malformed | mismatch | validation | unprocessable | could not parse",
    ),
    (
        Cause::UpstreamUnavailable,
        "upstream | backend | gateway | load balancer",
        "error | fail | unavailable | unhealthy | bad | no healthy | down | timeout",
    ),
    (
        Cause::ProviderApiError,
        "server | internal | unexpected | unknown | service",
        "error | fail | exception | went wrong | panic",
    ),
];
