//! Money and limits at the provider: balances, budgets, subscriptions, rates, capacity.

use super::prelude::*;

/// Messages that an account has no money left, with any status.
const BALANCE: &str = "\
    insufficient balance | insufficient_balance | balance is insufficient | balance insufficient | \
    balance is not enough | not enough balance | account balance | negative balance | balance too low | \
    balance is too low | balance is empty | no remaining balance | insufficient credit | \
    insufficient_credit | insufficient funds | insufficient_funds | not enough credit | out of credit | \
    no credits | credits exhausted | credits depleted | credits are depleted | credit exhausted | \
    more credits | credit balance | add credits | purchase credits | buy credits | prepaid credits | \
    prepayment credits | insufficient quota | insufficient_quota | insufficient_user_quota | \
    quota is not enough | quota not enough | user quota | token quota | exceeded your current quota | \
    exceeded_current_quota | quota has been exhausted | quota exhausted | free quota | \
    check your plan and billing | resource package | please recharge | recharge your | top up | top-up | \
    billing_hard_limit | billing hard limit | billing_not_active | billing is not active | \
    billing not active | billing_error | billing is disabled | billing_disabled | enable billing | \
    billing to be enabled | billing account | billing details | payment required | payment_required | \
    payment method | invalid_payment_instrument | arrearage | in arrears | overdue payment | \
    outstanding balance | unpaid | 余额 | 欠费 | 额度不足 | 额度已用尽 | 预扣费 | 充值 | can only afford | \
    spending cap | monthly credits | included credits";
/// Budgets that were set at a gateway.
const BUDGET: &str = "\
    budget has been exceeded | budget_exceeded | exceededbudget | exceeded budget | exceeded your budget | \
    over budget | budget exceeded | budget limit | max budget | max_budget | budget exhausted | \
    exhausted its budget | budget has been exhausted | crossed budget | exceededtokenbudget | spend limit | \
    spending limit | key limit exceeded | usage limit policy | usage limits exceeded | \
    monthly limit exceeded | credit limit exceeded | cost limit | quota limit exceeded for key";
/// Limits of a subscription.
const USAGE: &str = "\
    you've hit your limit | you've hit your usage limit | you've reached your limit | \
    reached your usage limit | usage limit reached | usage limit has been reached | usage_limit_reached | \
    usage limit exceeded | hit your opus limit | 5-hour limit | 5 hour limit | 5-hour usage | weekly limit | \
    session limit | opus limit reached | sonnet limit | monthly usage limit | daily limit reached | \
    out of extra usage | extra usage limit | usage credits exhausted | plan limit reached | coding plan | \
    your limit will reset | limit resets at | limit · resets | limit will reset at | \
    your account's rate limit | disabled extra usage | 5小时 | 使用上限 | plan has expired | \
    package has expired | subscription has expired";
/// Rates: requests or tokens per time.
const RATE: &str = "\
    rate limit | rate_limit | rate-limit | ratelimit | too many requests | too_many_requests | \
    toomanyrequests | throttl | per minute | tokens per day | requests per day | resource_exhausted | \
    resource exhausted | resource has been exhausted | quota exceeded | exceeded quota | quota_exceeded | \
    call rate | too many tokens | concurrency limit | high concurrency | concurrent requests | \
    concurrent connections | max_concurrency | requests limit | request rate | request_limit | \
    token limit exceeded | 速率限制 | 并发 | 频率 | retry your request after | slow down";
/// The service is at capacity; no limit was reached.
const CAPACITY: &str = "\
    overloaded | at capacity | over capacity | capacity exceeded | model capacity | insufficient capacity | \
    high demand | high traffic | heavy load | high load | server is busy | server busy | system is busy | \
    is too busy | temporarily limiting requests | model is warming | modelnotready | model_not_ready | \
    currently loading | unable to process your request due to | 负载 | 繁忙 | 访问量过大 | \
    temporarily rate-limited upstream | not enough capacity | no capacity";

rows! {
    OWN;
    ProviderBilling {
        meaning: "The account that this key belongs to has no credit left, or a billing problem, at the provider or at a reseller; Cloudflare's balance is not the problem.",
        fix: "add credit where the key comes from, or let Cloudflare pay: `cf-aig setup` with unified billing; waiting and retrying do not help, whatever the status",
        alike: &[NoCredits],
        loosely: ordinary("credit | balance | billing | payment | fund | quota | prepaid | invoice | 额度",
                          "insufficient | too low | exhaust | deplet | required | expired | not enough | \
                           negative | out of | ran out | run out | used up | overdue | empty | declined | \
                           failed | zero | remaining | 不足"),
        [Provider("billing_error")] => Certain,
        [FromProvider, Says("credit balance is too low")] => Certain,
        [Printed, Says("Credit balance is too low")] => Certain,
        [Failed, Any(BALANCE)] => Likely,
        [Kind("1113 | insufficient_quota | insufficient_user_quota | insufficient_balance | billing_error | \
               payment_required | arrearage | exceeded_current_quota_error | invalid_payment_instrument")] => Likely,
        [ForeignError, Status(402)] => Likely,
        [Printed, Says("your organization's billing or payment information")] => Likely,
        [Line, Status(402)] => Possible,
    }
    ForeignBudget {
        meaning: "A budget or spend limit at another gateway or proxy (LiteLLM, Portkey, OpenRouter and the like) is used up; it is not a limit of Cloudflare or of the model's provider.",
        fix: "ask whoever runs that gateway to raise the budget of this key, user or team; waiting helps only if the budget has a period",
        alike: &[SpendLimit],
        level: Reported,
        doc: None,
        loosely: telling("budget | spend", "exceed | limit | exhaust | reached | over | used up"),
        [Failed, Any(BUDGET)] => Likely,
        [
            Kind("budget_exceeded | exceededbudget | budget_limit_exceeded | spend_limit_exceeded"),
            Failed,
        ] => Likely,
    }
    UsageLimit {
        meaning: "The usage limit of the subscription or plan is reached; neither the gateway's limits nor the request are the problem.",
        fix: "wait until the time in the message, choose a smaller model with /model, or pay per use: an API key, or `cf-aig setup` with unified billing",
        alike: &[ProviderRateLimit],
        loosely: ordinary("usage | subscription | plan | weekly | daily | monthly | session limit",
                          "limit | reached | exceed | expired | used up | resets"),
        [Failed, Any(USAGE)] => Likely,
        [Kind("usage_limit_reached | 1308 | 1309 | 1310 | 2056"), Failed] => Likely,
    }
    ProviderOverloaded {
        meaning: "The provider is at capacity; no limit of yours is involved.",
        fix: "wait a minute, or choose another model",
        alike: &[ProviderRateLimit],
        loosely: ordinary("server | service | system | model | engine | provider | capacity | 服务",
                          "overload | busy | capacity | high demand | unavailable | saturated | try again | \
                           繁忙"),
        [Printed, Says("Repeated 529 Overloaded errors")] => Certain,
        [Status(529)] => Likely,
        [Says("Mid-stream 529 before content")] => Certain,
        [Failed, Any(CAPACITY)] => Likely,
        [
            Kind("overloaded_error | engine_overloaded_error | 1305 | 1312 | unavailable | \
                  serviceunavailableexception | modelnotreadyexception"),
            Failed,
        ] => Likely,
    }
    ProviderRateLimit {
        meaning: "The provider's rate limit for this key is used up.",
        fix: "wait for the time in `retry-after`; raising the gateway's limit does not help; `cf-aig logs list` shows whether the gateway forwarded the request",
        alike: &[GatewayRateLimit, SpendLimit],
        loosely: ordinary("request | rate | limit | quota | concurren | throughput | 频",
                          "too many | throttl | exceed | slow down | per minute | per second | reached | 限"),
        [Provider("rate_limit_error")] => Likely,
        [
            Weak(&Kind("rate_limit_error | rate_limit_exceeded | throttlingexception | resource_exhausted | \
                        toomanyrequests | 1302 | 1303")),
            Failed,
        ] => Likely,
        [ForeignError, Status(429)] => Likely,
        [Printed, Says("Request rejected (429)"), Says("would exceed your")] => Likely,
        [Failed, Any(RATE)] => Likely,
        [Printed, Status(429)] => Possible,
        [Line, Status(429)] => Possible,
    }
    ProviderTimeout {
        meaning: "The provider timed out.",
        fix: "send the request again, shorter or with streaming",
        alike: &[EdgeBadGateway],
        [
            Kind("timeout_error | modeltimeoutexception | deadline_exceeded | gateway_timeout"),
            Failed,
        ] => Likely,
        [Printed, Status(504), Message("Request timed out")] => Likely,
        [ForeignError, Status(504)] => Likely,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::ProviderAuth, speaker: TheProvider, doc: Some(docs::CC_ERRORS), ..ROW };
