//! Errors from rules set on the gateway: rate and spend limits, guardrails, DLP.

use super::prelude::*;

rows! {
    OWN;
    GatewayRateLimit {
        meaning: "The gateway's own rate limit is used up; the request did not reach the provider.",
        fix: "wait for the window to pass, or raise the limit: `cf-aig gateway update`",
        alike: &[ProviderRateLimit, SpendLimit],
        level: Captured,
        doc: Some(docs::RATE),
        [Gateway(2003)] => Certain,
        [Api(2003)] => Certain,
        [Printed, Status(429), Bare, Message("Rate limited")] => Likely,
        [Bare, Message("Rate limited")] => Likely,
        [Says("api_retry: 429")] => Possible,
    }
    SpendLimit {
        meaning: "A spend limit of the gateway is reached; the message contains the rule, the limit and the window.",
        fix: "run `cf-aig costs`, then raise the rule or wait for its window to pass",
        alike: &[GatewayRateLimit, ProviderRateLimit],
        level: Captured,
        doc: Some(docs::SPEND),
        [Gateway(2041)] => Certain,
        [Gateway(2045)] => Certain,
        [Api(2041)] => Certain,
        [Api(2045)] => Certain,
        [Says("Spend limit exceeded: rule")] => Certain,
        [Any("spend limit exceeded | cloudflare spend limit"), Failed] => Likely,
    }
    PolicyDenied {
        exit: Some(Exit::Refused),
        meaning: "A Policy of the gateway denies this request; the first Policy turns on default-deny, so everything that no Policy allows is denied too.",
        fix: "run `cf-aig gateway policies`, then `cf-aig gateway policies simulate --model …`; add a Policy that allows this user and model (a change takes up to 15 minutes to apply)",
        alike: &[ProxyBlockPage, ProviderPermission],
        explains: &[ProviderPermission, WafBlockPage, ProxyBlockPage],
        [FromPolicy, Any("policy")] => Likely,
        [FromPolicy, Status(403)] => Likely,
        [Any("access denied by policy")] => Likely,
    }
    PolicySpendLimit {
        meaning: "The spend limit of a Policy of the gateway is reached; `bucket`, `spent` and `limit` in the response show which.",
        fix: "run `cf-aig gateway policies` to see the Policy's limit and period; raise it in the dashboard, or wait for the period to pass",
        alike: &[SpendLimit, ForeignBudget],
        explains: &[ProviderRateLimit, ForeignBudget],
        [FromPolicy, Any("spend")] => Likely,
        [FromPolicy, Status(429)] => Likely,
        [Any("spending limit exceeded")] => Likely,
    }
    SpendLimitUnresolved {
        meaning: "A spend limit is on, and the gateway cannot determine the model or provider of this request, so it refuses.",
        fix: "use a model id with known pricing, or remove the limit for this route in the gateway's settings",
        alike: &[StoredKeyAliasUnknown],
        level: Captured,
        doc: Some(docs::SPEND),
        [Says("could not be resolved for spend-limit enforcement")] => Certain,
        [Gateway(2040), Status(403)] => Possible,
    }
    GuardrailPrompt {
        meaning: "The gateway's guardrails blocked the prompt.",
        fix: "check this request's guardrail result in the gateway's log; set the category to Flag instead of Block if it is harmless",
        doc: Some(docs::GUARDRAILS),
        [Gateway(2016)] => Certain,
        [Api(2016)] => Certain,
        [Says("Prompt blocked due to security configurations")] => Certain,
    }
    GuardrailResponse {
        meaning: "The gateway's guardrails blocked the model's response.",
        fix: "check this request's guardrail result in the gateway's log; set the category to Flag instead of Block if it is harmless",
        doc: Some(docs::GUARDRAILS),
        [Gateway(2017)] => Certain,
        [Api(2017)] => Certain,
        [Says("Response blocked due to security configurations")] => Certain,
    }
    GuardrailUnavailable {
        meaning: "Guardrails are on, but the scanner behind them did not respond.",
        fix: "send the request again; if it persists, turn off guardrails for this gateway until Cloudflare recovers",
        doc: Some(docs::GUARDRAILS),
        [Gateway(7013)] => Certain,
        [Api(7013)] => Certain,
    }
    DlpRequest {
        meaning: "The gateway's data loss prevention blocked something in the prompt.",
        fix: "check in the gateway's log which DLP profile matched, then remove the data or set the policy to Flag",
        doc: Some(docs::DLP),
        [Gateway(2029)] => Certain,
        [Says("Request content blocked due to DLP policy violations")] => Certain,
    }
    DlpResponse {
        meaning: "The gateway's data loss prevention blocked something in the model's response.",
        fix: "set the DLP policy's check to Request only: response scanning also stops streaming",
        doc: Some(docs::DLP),
        [Gateway(2030)] => Certain,
        [Says("Response content blocked due to DLP policy violations")] => Certain,
    }
    ResponseBuffered {
        layer: Layer::Streaming,
        meaning: "Something holds back the stream until it is complete; DLP response scanning and guardrails do that.",
        fix: "set DLP's check to Request only and turn off response guardrails, then run `cf-aig conformance`: it measures when each chunk of a stream arrives",
        alike: &[StreamStalled, NoAnswer],
        doc: Some(docs::CC_CLOUDFLARE),
        [Says("stream idle: no bytes for | Streaming idle timeout (byte-level) | \
               Request timed out. If the API is slow to answer, or a proxy or gateway holds responses")] => Possible,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Limits, speaker: GatewayPolicy, level: Documented, ..ROW };
