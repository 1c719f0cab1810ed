//! The arguments of the Cloudflare provider's AI Gateway resources, each with three names.
//!
//! Source: the provider's own schema, `internal/services/ai_gateway/schema.go` and
//! `ai_gateway_dynamic_routing/schema.go` in its repository, and the types of `@pulumi/cloudflare`
//! 6.22.1, which are generated from the same schema; tests compare this table with them.

/// A resource of the provider.
#[derive(Debug)]
pub struct Resource {
    /// `cloudflare_…`
    pub terraform: &'static str,
    /// The class in `@pulumi/cloudflare`.
    pub pulumi: &'static str,
    /// The type token in Pulumi's state and on its command line.
    pub token: &'static str,
    /// The corresponding settings of the API, without accounts, ids and references.
    pub arguments: &'static [Argument],
}

/// An argument.
#[derive(Debug)]
pub struct Argument {
    /// Its name in the API's JSON.
    pub api: &'static str,
    /// Its name in Terraform.
    pub terraform: &'static str,
    /// Its name in Pulumi, if it is not Terraform's in camel case; else empty.
    plural: &'static str,
    /// Its type.
    pub kind: ArgumentKind,
    /// How the provider treats its absence.
    pub presence: Presence,
}

/// The type of an argument.
#[derive(Debug, Clone, Copy)]
pub enum ArgumentKind {
    /// `true` or `false`.
    Flag,
    /// A whole number in this range.
    Whole(u64, u64),
    /// A number that is not negative.
    Amount,
    /// Any text.
    Text,
    /// A URL; one with credentials before its host is a secret.
    Url,
    /// One of these, ignoring case.
    Word(&'static [&'static str]),
    /// A list of texts from this set; an empty set allows any.
    Texts(&'static [&'static str]),
    /// An object.
    Object(&'static [Argument]),
    /// A list of objects.
    Objects(&'static [Argument]),
    /// A map of objects.
    Named(&'static [Argument]),
    /// JSON as text.
    Json,
    /// A sensitive text.
    Secret,
    /// A map of sensitive texts.
    Secrets,
}

/// How the provider treats a missing argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is required.
    Required,
    /// Missing means absent: the value at Cloudflare is removed.
    Optional,
    /// Missing means unchanged at Cloudflare, or the provider's default.
    Computed,
}

impl Argument {
    /// Its name in Pulumi.
    pub fn pulumi(&self) -> String {
        if self.plural.is_empty() { camel(self.terraform) } else { self.plural.to_owned() }
    }

    const fn called(mut self, terraform: &'static str) -> Self {
        self.terraform = terraform;
        self
    }

    const fn plural(mut self, pulumi: &'static str) -> Self {
        self.plural = pulumi;
        self
    }
}

/// `cache_ttl` as `cacheTtl`.
pub(super) fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for (at, part) in name.split(['_', '-']).filter(|part| !part.is_empty()).enumerate() {
        let mut chars = part.chars();
        match (at, chars.next()) {
            (0, _) | (_, None) => out.push_str(part),
            (_, Some(first)) => out.extend(first.to_uppercase().chain(chars)),
        }
    }
    out
}

use ArgumentKind::{Amount, Flag, Json, Named, Object, Objects, Secret, Secrets, Text, Texts, Whole, Word};

const fn argument(name: &'static str, kind: ArgumentKind, presence: Presence) -> Argument {
    Argument { api: name, terraform: name, plural: "", kind, presence }
}

const fn required(name: &'static str, kind: ArgumentKind) -> Argument {
    argument(name, kind, Presence::Required)
}

const fn optional(name: &'static str, kind: ArgumentKind) -> Argument {
    argument(name, kind, Presence::Optional)
}

const fn computed(name: &'static str, kind: ArgumentKind) -> Argument {
    argument(name, kind, Presence::Computed)
}

const ANY: u64 = u64::MAX;
const ACTION: ArgumentKind = Word(&["FLAG", "BLOCK"]);
const TECHNIQUE: ArgumentKind = Word(&["fixed", "sliding"]);

/// The gateway.
pub const GATEWAY: Resource = Resource {
    terraform: "cloudflare_ai_gateway",
    pulumi: "AiGateway",
    token: "cloudflare:index/aiGateway:AiGateway",
    arguments: &[
        computed("authentication", Flag),
        required("collect_logs", Flag),
        computed("log_management", Whole(10_000, 10_000_000)),
        computed("log_management_strategy", Word(&["STOP_INSERTING", "DELETE_OLDEST"])),
        computed("log_classification", Flag),
        required("cache_ttl", Whole(0, ANY)),
        required("cache_invalidate_on_update", Flag),
        required("rate_limiting_limit", Whole(0, ANY)),
        required("rate_limiting_interval", Whole(0, ANY)),
        optional("rate_limiting_technique", TECHNIQUE),
        optional("retry_max_attempts", Whole(1, 5)),
        // the maximum in 5.22.0, which also lacks log_classification and byok_only, was 5000
        optional("retry_delay", Whole(0, 60_000)),
        optional("retry_backoff", Word(&["constant", "linear", "exponential"])),
        computed("spend_limits", Object(SPEND_LIMITS)),
        computed("byok_only", Flag),
        // 5.22.0 had only the first
        computed("workers_ai_billing_mode", Word(&["postpaid", "unified"])),
        computed("zdr", Flag),
        optional("guardrails", Object(GUARDRAILS)),
        optional("dlp", Object(DLP)),
        computed("logpush", Flag),
        optional("logpush_public_key", Text),
        computed("otel", Objects(OTEL)).plural("otels"),
        optional("stripe", Object(STRIPE)),
        computed("store_id", Text),
    ],
};

const SPEND_LIMITS: &[Argument] = &[computed("enabled", Flag), computed("rules", Objects(RULES))];

const RULES: &[Argument] = &[
    computed("id", Text),
    computed("enabled", Flag),
    required("limit", Amount),
    required("limitType", Word(&["cost"])).called("limit_type"),
    required("window", Whole(0, ANY)),
    computed("technique", TECHNIQUE),
    optional("model", Object(FILTER)),
    optional("provider", Object(FILTER)).called("ai_gateway_provider"),
    optional("metadata", Named(PARTITION)),
];

const FILTER: &[Argument] = &[required("mode", Word(&["filter"])), required("values", Texts(&[]))];

const PARTITION: &[Argument] =
    &[required("mode", Word(&["partition", "filter"])), optional("values", Texts(&[]))];

const GUARDRAILS: &[Argument] =
    &[required("prompt", Object(CATEGORIES)), required("response", Object(CATEGORIES))];

const CATEGORIES: &[Argument] = &[
    optional("P1", ACTION).called("p1"),
    optional("S1", ACTION).called("s1"),
    optional("S2", ACTION).called("s2"),
    optional("S3", ACTION).called("s3"),
    optional("S4", ACTION).called("s4"),
    optional("S5", ACTION).called("s5"),
    optional("S6", ACTION).called("s6"),
    optional("S7", ACTION).called("s7"),
    optional("S8", ACTION).called("s8"),
    optional("S9", ACTION).called("s9"),
    optional("S10", ACTION).called("s10"),
    optional("S11", ACTION).called("s11"),
    optional("S12", ACTION).called("s12"),
    optional("S13", ACTION).called("s13"),
];

const DLP: &[Argument] = &[
    required("enabled", Flag),
    optional("action", ACTION),
    optional("profiles", Texts(&[])),
    optional("policies", Objects(POLICIES)),
];

const POLICIES: &[Argument] = &[
    required("id", Text),
    required("enabled", Flag),
    required("action", ACTION),
    required("check", Texts(&["REQUEST", "RESPONSE"])).plural("checks"),
    required("profiles", Texts(&[])),
];

const OTEL: &[Argument] = &[
    required("url", ArgumentKind::Url),
    required("headers", Secrets),
    optional("authorization", Secret),
    computed("content_type", Word(&["json", "protobuf"])),
];

const STRIPE: &[Argument] =
    &[required("authorization", Secret), required("usage_events", Objects(&[required("payload", Text)]))];

/// A dynamic route. Percentages are missing: their outputs are named after the share, but the
/// provider's outputs have fixed names.
pub const ROUTE: Resource = Resource {
    terraform: "cloudflare_ai_gateway_dynamic_routing",
    pulumi: "AiGatewayDynamicRouting",
    token: "cloudflare:index/aiGatewayDynamicRouting:AiGatewayDynamicRouting",
    arguments: &[required("name", Text), required("elements", Objects(ELEMENTS))],
};

const ELEMENTS: &[Argument] = &[
    required("id", Text),
    required("type", Word(&["start", "conditional", "percentage", "rate", "model", "end"])),
    optional("properties", Object(PROPERTIES)),
    required("outputs", Object(OUTPUTS)),
];

const PROPERTIES: &[Argument] = &[
    optional("conditions", Json),
    optional("key", Text),
    optional("limit", Amount),
    optional("limitType", Word(&["count", "cost"])).called("limit_type"),
    optional("window", Amount),
    optional("provider", Text).called("ai_gateway_dynamic_routing_provider"),
    optional("model", Text),
    optional("retries", Amount),
    optional("timeout", Amount),
];

const OUTPUTS: &[Argument] = &[
    optional("next", Object(OUTPUT)),
    optional("true", Object(OUTPUT)),
    optional("false", Object(OUTPUT)),
    optional("success", Object(OUTPUT)),
    optional("fallback", Object(OUTPUT)),
    optional("elementId", Text).called("element_id"),
];

const OUTPUT: &[Argument] = &[required("elementId", Text).called("element_id")];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::gateway::settings::{REQUIRED, SETTINGS};

    #[test]
    fn every_setting_of_the_api_has_its_argument() {
        for setting in SETTINGS {
            let argument = GATEWAY.arguments.iter().find(|argument| argument.api == setting.key);
            let required = argument.map(|argument| argument.presence == Presence::Required);
            assert_eq!(required, Some(REQUIRED.contains(&setting.key)), "{}", setting.key);
        }
        assert_eq!(GATEWAY.arguments.len(), SETTINGS.len());
    }

    #[test]
    fn pulumi_names_are_camel_case_but_for_plurals() {
        let name = |api: &str| GATEWAY.arguments.iter().find(|a| a.api == api).map(Argument::pulumi);
        assert_eq!(name("cache_invalidate_on_update").as_deref(), Some("cacheInvalidateOnUpdate"));
        assert_eq!(name("workers_ai_billing_mode").as_deref(), Some("workersAiBillingMode"));
        assert_eq!(name("otel").as_deref(), Some("otels"));
        assert_eq!(camel("claude-code"), "claudeCode");
    }
}
