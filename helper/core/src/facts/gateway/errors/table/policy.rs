//! Errors from rules set on the gateway: rate and spend limits, guardrails, DLP.

use super::prelude::*;

pub(super) static ROWS: &[Row] = &[
    Row {
        cause: GatewayRateLimit,
        meaning: "The gateway's own rate limit is used up; the request did not reach the provider.",
        fix: "wait for the window to pass, or raise the limit: `cf-aig gateway update`",
        signs: &[
            certain(&[Gateway(2003)]),
            likely(&[Printed, Status(429), Bare, Message("Rate limited")]),
            likely(&[Bare, Message("Rate limited")]),
            possible(&[Says("api_retry: 429")]),
        ],
        alike: &[ProviderRateLimit, SpendLimit],
        level: Captured,
        doc: Some(docs::RATE),
        ..OWN
    },
    Row {
        cause: SpendLimit,
        meaning: "A spend limit of the gateway is reached; the message contains the rule, the limit and the window.",
        fix: "run `cf-aig costs`, then raise the rule or wait for its window to pass",
        signs: &[
            certain(&[Gateway(2041)]),
            certain(&[Gateway(2045)]),
            certain(&[Says("Spend limit exceeded: rule")]),
            likely(&[Any("spend limit exceeded | cloudflare spend limit"), Failed]),
        ],
        alike: &[GatewayRateLimit, ProviderRateLimit],
        level: Captured,
        doc: Some(docs::SPEND),
        ..OWN
    },
    Row {
        cause: PolicyDenied,
        exit: Some(Exit::Refused),
        meaning: "A Policy of the gateway denies this request; the first Policy turns on default-deny, so everything that no Policy allows is denied too.",
        fix: "run `cf-aig gateway policies`, then `cf-aig gateway policies simulate --model …`; add a Policy that allows this user and model (a change takes up to 15 minutes to apply)",
        signs: &[
            likely(&[FromPolicy, Any("policy")]),
            likely(&[FromPolicy, Status(403)]),
            likely(&[Any("access denied by policy")]),
        ],
        alike: &[ProxyBlockPage, ProviderPermission],
        explains: &[ProviderPermission, WafBlockPage, ProxyBlockPage],
        ..OWN
    },
    Row {
        cause: PolicySpendLimit,
        meaning: "The spend limit of a Policy of the gateway is reached; `bucket`, `spent` and `limit` in the response show which.",
        fix: "run `cf-aig gateway policies` to see the Policy's limit and period; raise it in the dashboard, or wait for the period to pass",
        signs: &[
            likely(&[FromPolicy, Any("spend")]),
            likely(&[FromPolicy, Status(429)]),
            likely(&[Any("spending limit exceeded")]),
        ],
        alike: &[SpendLimit, ForeignBudget],
        explains: &[ProviderRateLimit, ForeignBudget],
        ..OWN
    },
    Row {
        cause: SpendLimitUnresolved,
        meaning: "A spend limit is on, and the gateway cannot determine the model or provider of this request, so it refuses.",
        fix: "use a model id with known pricing, or remove the limit for this route in the gateway's settings",
        signs: &[
            certain(&[Gateway(2040), Says("could not be resolved for spend-limit enforcement")]),
            certain(&[Says("could not be resolved for spend-limit enforcement")]),
            possible(&[Gateway(2040), Status(403)]),
        ],
        alike: &[StoredKeyAliasUnknown],
        level: Captured,
        doc: Some(docs::SPEND),
        ..OWN
    },
    Row {
        cause: GuardrailPrompt,
        meaning: "The gateway's guardrails blocked the prompt.",
        fix: "check this request's guardrail result in the gateway's log; set the category to Flag instead of Block if it is harmless",
        signs: &[
            certain(&[Gateway(2016)]),
            certain(&[Api(2016)]),
            certain(&[Says("Prompt blocked due to security configurations")]),
        ],
        doc: Some(docs::GUARDRAILS),
        ..OWN
    },
    Row {
        cause: GuardrailResponse,
        meaning: "The gateway's guardrails blocked the model's response.",
        fix: "check this request's guardrail result in the gateway's log; set the category to Flag instead of Block if it is harmless",
        signs: &[
            certain(&[Gateway(2017)]),
            certain(&[Api(2017)]),
            certain(&[Says("Response blocked due to security configurations")]),
        ],
        doc: Some(docs::GUARDRAILS),
        ..OWN
    },
    Row {
        cause: GuardrailUnavailable,
        meaning: "Guardrails are on, but the scanner behind them did not respond.",
        fix: "send the request again; if it persists, turn off guardrails for this gateway until Cloudflare recovers",
        signs: &[certain(&[Gateway(7013)]), certain(&[Api(7013)])],
        doc: Some(docs::GUARDRAILS),
        ..OWN
    },
    Row {
        cause: DlpRequest,
        meaning: "The gateway's data loss prevention blocked something in the prompt.",
        fix: "check in the gateway's log which DLP profile matched, then remove the data or set the policy to Flag",
        signs: &[
            certain(&[Gateway(2029)]),
            certain(&[Says("Request content blocked due to DLP policy violations")]),
        ],
        doc: Some(docs::DLP),
        ..OWN
    },
    Row {
        cause: DlpResponse,
        meaning: "The gateway's data loss prevention blocked something in the model's response.",
        fix: "set the DLP policy's check to Request only: response scanning also stops streaming",
        signs: &[
            certain(&[Gateway(2030)]),
            certain(&[Says("Response content blocked due to DLP policy violations")]),
        ],
        doc: Some(docs::DLP),
        ..OWN
    },
    Row {
        cause: ResponseBuffered,
        layer: Layer::Streaming,
        meaning: "Something holds back the stream until it is complete; DLP response scanning and guardrails do that.",
        fix: "set DLP's check to Request only and turn off response guardrails, then run `cf-aig conformance`: it measures when each chunk of a stream arrives",
        signs: &[possible(&[Says(
            "stream idle: no bytes for | Streaming idle timeout (byte-level) | \
             Request timed out. If the API is slow to answer, or a proxy or gateway holds responses",
        )])],
        alike: &[StreamStalled, NoAnswer],
        doc: Some(docs::CC_CLOUDFLARE),
        ..OWN
    },
];

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Limits, speaker: GatewayPolicy, level: Documented, ..ROW };
