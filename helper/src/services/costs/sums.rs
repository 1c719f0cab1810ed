//! Sums of model responses, by day, model, project and session.

use crate::facts::gateway::prices::Tokens;

/// Sums of some responses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Local {
    /// The number of model responses.
    pub answers: u64,
    /// Their tokens.
    pub tokens: Tokens,
    /// Claude Code's own estimate in US dollars, of sessions that have one.
    pub estimate: Option<f64>,
    /// By the price list, for models that are on it.
    pub list: Option<f64>,
    /// Responses whose model is not on the list.
    pub unpriced: u64,
}

/// A group of responses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Key {
    /// `2026-11-22`, UTC.
    pub day: String,
    /// Without vendor and date.
    pub model: String,
    /// The last component of the session's folder.
    pub project: String,
    /// The session's id.
    pub session: String,
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input += other.input;
        self.output += other.output;
        self.cache_read += other.cache_read;
        self.cache_write_5m += other.cache_write_5m;
        self.cache_write_1h += other.cache_write_1h;
        self.web_searches += other.web_searches;
    }
}

impl std::ops::AddAssign<&Local> for Local {
    fn add_assign(&mut self, other: &Local) {
        self.answers += other.answers;
        self.tokens += other.tokens;
        self.unpriced += other.unpriced;
        self.estimate = sum(self.estimate, other.estimate);
        self.list = sum(self.list, other.list);
    }
}

/// The sum of the known values.
pub fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (one, other) => one.or(other),
    }
}
