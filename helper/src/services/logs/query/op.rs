//! How a field is compared.

/// How to compare a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// One of the values.
    Eq,
    /// None of the values.
    Ne,
    /// Contains one of the values.
    Contains,
    /// Less than.
    Lt,
    /// Greater than.
    Gt,
    /// At most.
    Le,
    /// At least.
    Ge,
}

impl Op {
    /// The written forms, longest first.
    pub const ALL: &'static [(&'static str, Op)] = &[
        ("!=", Op::Ne),
        ("<=", Op::Le),
        (">=", Op::Ge),
        ("=", Op::Eq),
        ("~", Op::Contains),
        ("<", Op::Lt),
        (">", Op::Gt),
    ];

    pub(super) fn written(self) -> &'static str {
        Self::ALL.iter().find(|(_, op)| *op == self).map_or("=", |(text, _)| text)
    }

    pub(super) fn compares(self) -> bool {
        matches!(self, Op::Lt | Op::Gt | Op::Le | Op::Ge)
    }
}
