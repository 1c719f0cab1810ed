//! The fields of a query, and how they are compared.

use crate::base::named::named;

named! {
    /// How to compare a field, as it is written; longer ones first.
    pub enum Op {
        /// None of the values.
        Ne = "!=",
        /// At most.
        Le = "<=",
        /// At least.
        Ge = ">=",
        /// One of the values.
        Eq = "=",
        /// Contains one of the values.
        Contains = "~",
        /// Less than.
        Lt = "<",
        /// Greater than.
        Gt = ">",
    }
}

impl Op {
    pub(super) fn compares(self) -> bool {
        matches!(self, Op::Lt | Op::Gt | Op::Le | Op::Ge)
    }
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryKind {
    /// Words.
    Text,
    /// A whole number.
    Int,
    /// Milliseconds; may be written `5s` or `2m`.
    Duration,
    /// US dollars.
    Number,
    /// `true` or `false`.
    Bool,
}

/// A field of a log entry.
#[derive(Debug, PartialEq, Eq)]
pub struct QueryField {
    /// The name in the API.
    pub name: &'static str,
    /// Shorter names.
    pub aliases: &'static [&'static str],
    /// Its type.
    pub kind: QueryKind,
    /// The meaning of `:`.
    pub colon: Op,
    /// True if the API can filter by it.
    pub listed: bool,
}

impl QueryField {
    const fn new(name: &'static str, aliases: &'static [&'static str], kind: QueryKind, colon: Op) -> Self {
        Self { name, aliases, kind, colon, listed: true }
    }

    /// Finds a field by name or alias.
    pub fn find(name: &str) -> Option<&'static QueryField> {
        FIELDS.iter().find(|field| field.name == name || field.aliases.contains(&name))
    }

    /// Whether the field supports the operator.
    pub fn takes(&self, op: Op) -> bool {
        match op {
            Op::Eq | Op::Ne => true,
            Op::Contains => self.kind == QueryKind::Text,
            _ => matches!(self.kind, QueryKind::Int | QueryKind::Duration | QueryKind::Number),
        }
    }
}

/// All fields: those of the Logs API (SDK 7.3.0, `LogListParams.Filter`) except `created_at`, which
/// the time range covers, plus the status code.
pub const FIELDS: &[QueryField] = &[
    QueryField::new("provider", &[], QueryKind::Text, Op::Eq),
    QueryField::new("model", &[], QueryKind::Text, Op::Contains),
    QueryField::new("model_type", &[], QueryKind::Text, Op::Eq),
    QueryField::new("success", &[], QueryKind::Bool, Op::Eq),
    QueryField { listed: false, ..QueryField::new("status_code", &["status"], QueryKind::Int, Op::Eq) },
    QueryField::new("cached", &[], QueryKind::Bool, Op::Eq),
    QueryField::new("cost", &[], QueryKind::Number, Op::Eq),
    QueryField::new("tokens", &[], QueryKind::Int, Op::Eq),
    QueryField::new("tokens_in", &["in"], QueryKind::Int, Op::Eq),
    QueryField::new("tokens_out", &["out"], QueryKind::Int, Op::Eq),
    QueryField::new("duration", &["ms"], QueryKind::Duration, Op::Eq),
    QueryField::new("id", &[], QueryKind::Text, Op::Eq),
    QueryField::new("event_id", &["event"], QueryKind::Text, Op::Eq),
    QueryField::new("user_agent", &["agent"], QueryKind::Text, Op::Contains),
    QueryField::new("metadata.key", &[], QueryKind::Text, Op::Eq),
    QueryField::new("metadata.value", &[], QueryKind::Text, Op::Eq),
    QueryField::new("request_type", &[], QueryKind::Text, Op::Eq),
    QueryField::new("request_content_type", &[], QueryKind::Text, Op::Contains),
    QueryField::new("response_content_type", &[], QueryKind::Text, Op::Contains),
    QueryField::new("feedback", &[], QueryKind::Int, Op::Eq),
    QueryField::new("authentication", &[], QueryKind::Bool, Op::Eq),
    QueryField::new("wholesale", &[], QueryKind::Bool, Op::Eq),
    QueryField::new("compatibilityMode", &["compat"], QueryKind::Bool, Op::Eq),
    QueryField::new("dlp_action", &["dlp"], QueryKind::Text, Op::Eq),
];
