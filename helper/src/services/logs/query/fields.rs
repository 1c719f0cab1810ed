//! The fields of a query.

use super::Op;

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
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
pub struct Field {
    /// The name in the API.
    pub name: &'static str,
    /// Shorter names.
    pub aliases: &'static [&'static str],
    /// Its type.
    pub kind: Kind,
    /// The meaning of `:`.
    pub colon: Op,
    /// True if the API can filter by it.
    pub listed: bool,
}

impl Field {
    const fn new(name: &'static str, aliases: &'static [&'static str], kind: Kind, colon: Op) -> Self {
        Self { name, aliases, kind, colon, listed: true }
    }

    /// Finds a field by name or alias.
    pub fn find(name: &str) -> Option<&'static Field> {
        FIELDS.iter().find(|field| field.name == name || field.aliases.contains(&name))
    }

    /// Whether the field supports the operator.
    pub fn takes(&self, op: Op) -> bool {
        match op {
            Op::Eq | Op::Ne => true,
            Op::Contains => self.kind == Kind::Text,
            _ => matches!(self.kind, Kind::Int | Kind::Duration | Kind::Number),
        }
    }
}

/// All fields: those of the Logs API (SDK 7.3.0, `LogListParams.Filter`) except `created_at`, which
/// the time range covers, plus the status code.
pub const FIELDS: &[Field] = &[
    Field::new("provider", &[], Kind::Text, Op::Eq),
    Field::new("model", &[], Kind::Text, Op::Contains),
    Field::new("model_type", &[], Kind::Text, Op::Eq),
    Field::new("success", &[], Kind::Bool, Op::Eq),
    Field { listed: false, ..Field::new("status_code", &["status"], Kind::Int, Op::Eq) },
    Field::new("cached", &[], Kind::Bool, Op::Eq),
    Field::new("cost", &[], Kind::Number, Op::Eq),
    Field::new("tokens", &[], Kind::Int, Op::Eq),
    Field::new("tokens_in", &["in"], Kind::Int, Op::Eq),
    Field::new("tokens_out", &["out"], Kind::Int, Op::Eq),
    Field::new("duration", &["ms"], Kind::Duration, Op::Eq),
    Field::new("id", &[], Kind::Text, Op::Eq),
    Field::new("event_id", &["event"], Kind::Text, Op::Eq),
    Field::new("user_agent", &["agent"], Kind::Text, Op::Contains),
    Field::new("metadata.key", &[], Kind::Text, Op::Eq),
    Field::new("metadata.value", &[], Kind::Text, Op::Eq),
    Field::new("request_type", &[], Kind::Text, Op::Eq),
    Field::new("request_content_type", &[], Kind::Text, Op::Contains),
    Field::new("response_content_type", &[], Kind::Text, Op::Contains),
    Field::new("feedback", &[], Kind::Int, Op::Eq),
    Field::new("authentication", &[], Kind::Bool, Op::Eq),
    Field::new("wholesale", &[], Kind::Bool, Op::Eq),
    Field::new("compatibilityMode", &["compat"], Kind::Bool, Op::Eq),
    Field::new("dlp_action", &["dlp"], Kind::Text, Op::Eq),
];
