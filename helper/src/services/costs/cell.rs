//! Sums of requests as the gateway and as Claude Code count them, and what they are grouped by.

use crate::base::named::named;
use crate::base::text::up_to;
use crate::facts::gateway::prices::{Tokens, listed, plain_name};

named! {
    /// What to group by.
    #[derive(clap::ValueEnum)]
    pub enum By {
        /// UTC days
        Day = "day",
        /// Models, without vendor and date
        Model = "model",
        /// Providers
        Provider = "provider",
        /// Gateways of the account
        Gateway = "gateway",
        /// The metadata entry `project`
        Project = "project",
        /// The metadata entry `user`
        User = "user",
        /// The metadata entry `session`
        Session = "session",
    }
}

impl By {
    /// True for groupings that need the requests' metadata.
    pub fn is_metadata(self) -> bool {
        matches!(self, By::Project | By::User | By::Session)
    }

    /// The group of transcript responses of that kind; `None` if transcripts do not have it.
    pub fn of_local(self, key: &GroupKey) -> Option<&str> {
        match self {
            By::Day => Some(&key.day),
            By::Model => Some(&key.model),
            By::Project => Some(&key.project),
            By::Session => Some(&key.session),
            By::Provider | By::Gateway | By::User => None,
        }
    }
}

/// Limits a name to a plausible length: a gateway's log keeps whatever was sent as a model.
pub(super) fn clip(name: &str) -> String {
    up_to(name, 200).to_owned()
}

/// Sums over requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Figures {
    /// All requests.
    pub requests: u64,
    /// Served from the gateway's cache.
    pub cached: u64,
    /// Failed.
    pub errors: u64,
    /// Input tokens of responses that were not cached.
    pub tokens_in: u64,
    /// Output tokens.
    pub tokens_out: u64,
    /// Tokens of cached responses, which cost nothing.
    pub cached_tokens: u64,
    /// Cloudflare's estimate in US dollars. Models without a price count as zero.
    pub cost: f64,
    /// By the price list, from the gateway's tokens; `None` if no model has a price.
    pub list: Option<f64>,
    /// Requests with tokens whose model is not on the list.
    pub unpriced: u64,
}

impl Figures {
    /// Adds the list price, for sums of a single model.
    pub fn price(mut self, model: &str) -> Self {
        let tokens = Tokens { input: self.tokens_in, output: self.tokens_out, ..Tokens::default() };
        if tokens == Tokens::default() {
            return self;
        }
        // sums do not have a prompt length: use the price for short prompts
        self.list = listed(model).map(|row| {
            let price = row.price;
            (tokens.input as f64 * price.input + tokens.output as f64 * price.output) / 1e6
        });
        if self.list.is_none() {
            self.unpriced = self.requests - self.cached.min(self.requests);
        }
        self
    }

    /// Cloudflare's estimate; `None` if it has no price for any of the tokens.
    pub fn known_cost(&self) -> Option<f64> {
        (self.cost > 0.0 || self.tokens_in == 0 && self.tokens_out == 0).then_some(self.cost)
    }

    /// The part of the requests that the gateway's cache served.
    pub fn cache_ratio(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.cached as f64 / self.requests as f64)
    }
}

impl std::ops::AddAssign<&Figures> for Figures {
    fn add_assign(&mut self, other: &Figures) {
        self.requests = self.requests.saturating_add(other.requests);
        self.cached = self.cached.saturating_add(other.cached);
        self.errors = self.errors.saturating_add(other.errors);
        self.tokens_in = self.tokens_in.saturating_add(other.tokens_in);
        self.tokens_out = self.tokens_out.saturating_add(other.tokens_out);
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.cost = (self.cost + other.cost).min(f64::MAX);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
        self.list = sum(self.list, other.list);
    }
}

/// Requests that share all of these.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    /// `2026-11-22`, UTC.
    pub day: String,
    /// The gateway's id.
    pub gateway: String,
    /// The provider's slug.
    pub provider: String,
    /// The model's name at Cloudflare.
    pub model: String,
    /// The requested metadata entry; empty if there is none.
    pub label: String,
    /// Their sums.
    pub figures: Figures,
}

impl Cell {
    /// The group of this row.
    pub fn key(&self, by: By) -> String {
        match by {
            By::Day => self.day.clone(),
            By::Model => plain_name(&self.model),
            By::Provider => self.provider.clone(),
            By::Gateway => self.gateway.clone(),
            By::Project | By::User | By::Session => self.label.clone(),
        }
    }
}

/// Sums of some responses.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LocalSums {
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
pub struct GroupKey {
    /// `2026-11-22`, UTC.
    pub day: String,
    /// Without vendor and date.
    pub model: String,
    /// The last component of the session's folder.
    pub project: String,
    /// The session's id.
    pub session: String,
}

impl std::ops::AddAssign<&LocalSums> for LocalSums {
    fn add_assign(&mut self, other: &LocalSums) {
        self.answers = self.answers.saturating_add(other.answers);
        self.tokens += other.tokens;
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
        self.estimate = sum(self.estimate, other.estimate);
        self.list = sum(self.list, other.list);
    }
}

/// The sum of the known values.
pub(super) fn sum(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some((a + b).min(f64::MAX)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absurd_figures_do_not_overflow() {
        let mut figures = Figures {
            requests: u64::MAX,
            tokens_in: u64::MAX,
            cost: f64::MAX,
            list: Some(f64::MAX),
            ..Figures::default()
        };
        let same = figures.clone();
        figures += &same;
        assert_eq!(figures, same);
        assert_eq!(figures.known_cost(), Some(f64::MAX));
        let mut local = LocalSums { answers: u64::MAX, estimate: Some(f64::MAX), ..LocalSums::default() };
        let same = local.clone();
        local += &same;
        assert_eq!(local, same);
    }
}
