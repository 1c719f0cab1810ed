//! What can be set of a gateway and of a route: each field with its type and its name in the API, in the
//! Cloudflare provider of Terraform, and in Pulumi.
//!
//! Source of types and of the API's names: Cloudflare's SDK 7.3.0. Of the provider's: its own schema,
//! `internal/services/ai_gateway/schema.go` and `ai_gateway_dynamic_routing/schema.go` in its repository, and
//! the types of `@pulumi/cloudflare` 6.22.1, which are generated from the same schema; tests compare these
//! tables with them.

use std::fmt;

/// A field that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Argument {
    /// Its name in the API's JSON.
    pub api: &'static str,
    /// Its name in Terraform.
    pub terraform: &'static str,
    /// Its name in Pulumi, if it is not Terraform's in camel case; else empty.
    pub plural: &'static str,
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

/// What it takes, in words.
impl fmt::Display for ArgumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flag => f.write_str("true or false"),
            Whole(from, ANY) => write!(f, "a whole number from {from}"),
            Whole(from, to) => write!(f, "a whole number from {from} to {to}"),
            Amount => f.write_str("a number that is not negative"),
            Text | Url | Secret => f.write_str("a text"),
            Word(words) => f.write_str(&words.join(" or ")),
            Texts(_) => f.write_str("a list of texts"),
            Object(_) | Named(_) | Secrets => f.write_str("an object"),
            Objects(_) => f.write_str("a list"),
            Json => f.write_str("JSON"),
        }
    }
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
    pub(super) const fn called(mut self, terraform: &'static str) -> Self {
        self.terraform = terraform;
        self
    }

    pub(super) const fn plural(mut self, pulumi: &'static str) -> Self {
        self.plural = pulumi;
        self
    }
}

use ArgumentKind::{
    Amount, Flag, Json, Named, Object, Objects, Secret, Secrets, Text, Texts, Url, Whole, Word,
};

const fn argument(name: &'static str, kind: ArgumentKind, presence: Presence) -> Argument {
    Argument { api: name, terraform: name, plural: "", kind, presence }
}

pub(super) const fn required(name: &'static str, kind: ArgumentKind) -> Argument {
    argument(name, kind, Presence::Required)
}

pub(super) const fn optional(name: &'static str, kind: ArgumentKind) -> Argument {
    argument(name, kind, Presence::Optional)
}

pub(super) const fn computed(name: &'static str, kind: ArgumentKind) -> Argument {
    argument(name, kind, Presence::Computed)
}

pub(super) const ANY: u64 = u64::MAX;
const ACTION: ArgumentKind = Word(&["FLAG", "BLOCK"]);
pub(super) const TECHNIQUE: ArgumentKind = Word(&["fixed", "sliding"]);

pub(super) const SPEND_LIMITS: &[Argument] = &[computed("enabled", Flag), computed("rules", Objects(RULES))];

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

pub(super) const GUARDRAILS: &[Argument] =
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

pub(super) const DLP: &[Argument] = &[
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

pub(super) const OTEL: &[Argument] = &[
    required("url", Url),
    required("headers", Secrets),
    optional("authorization", Secret),
    computed("content_type", Word(&["json", "protobuf"])),
];

pub(super) const STRIPE: &[Argument] =
    &[required("authorization", Secret), required("usage_events", Objects(&[required("payload", Text)]))];

/// A dynamic route. Percentages are missing: their outputs are named after the share, but the
/// provider's outputs have fixed names.
pub const ROUTE: &[Argument] = &[required("name", Text), required("elements", Objects(ELEMENTS))];

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
