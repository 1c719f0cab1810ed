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

/// Sums over requests, as the gateway counts them or as Claude Code does.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sums {
    /// All requests; of a transcript, the model's responses.
    pub requests: u64,
    /// Served from the gateway's cache.
    pub cached: u64,
    /// Failed.
    pub errors: u64,
    /// Tokens of responses that were not cached. The gateway does not distinguish the provider's cache.
    pub tokens: Tokens,
    /// Tokens of cached responses, which cost nothing.
    pub cached_tokens: u64,
    /// The source's own estimate in US dollars. Cloudflare counts models without a price as zero; Claude Code
    /// has an estimate of sessions that ended.
    pub cost: Option<f64>,
    /// By the price list; `None` if no model has a price.
    pub list: Option<f64>,
    /// Requests with tokens whose model is not on the list.
    pub unpriced: u64,
}

impl Sums {
    /// No requests, as Cloudflare counts them.
    pub fn none_of_gateway() -> Self {
        Self { cost: Some(0.0), ..Self::default() }
    }

    /// Adds the list price, for the gateway's sums of a single model.
    pub fn price(mut self, model: &str) -> Self {
        if self.tokens == Tokens::default() {
            return self;
        }
        // sums do not have a prompt length: use the price for short prompts
        self.list = listed(model).map(|row| {
            let price = row.price;
            (self.tokens.input as f64 * price.input + self.tokens.output as f64 * price.output) / 1e6
        });
        if self.list.is_none() {
            self.unpriced = self.requests - self.cached.min(self.requests);
        }
        self
    }

    /// The estimate; `None` if the source has no price for any of the tokens.
    pub fn known_cost(&self) -> Option<f64> {
        self.cost.filter(|cost| *cost > 0.0 || self.tokens == Tokens::default())
    }

    /// The part of the requests that this many are.
    pub fn part(&self, count: u64) -> Option<f64> {
        (self.requests > 0).then(|| count as f64 / self.requests as f64)
    }
}

impl std::ops::AddAssign<&Sums> for Sums {
    fn add_assign(&mut self, other: &Sums) {
        self.requests = self.requests.saturating_add(other.requests);
        self.cached = self.cached.saturating_add(other.cached);
        self.errors = self.errors.saturating_add(other.errors);
        self.tokens += other.tokens;
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.cost = sum(self.cost, other.cost);
        self.list = sum(self.list, other.list);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
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
    pub sums: Sums,
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
        let tokens = Tokens { input: u64::MAX, ..Tokens::default() };
        let most = Some(f64::MAX);
        let mut sums = Sums { requests: u64::MAX, tokens, cost: most, list: most, ..Sums::default() };
        let same = sums.clone();
        sums += &same;
        assert_eq!(sums, same);
        assert_eq!(sums.known_cost(), most);
    }
}
