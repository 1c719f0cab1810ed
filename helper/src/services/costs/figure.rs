//! The columns of a table of costs.

use super::cell::Sums;
use super::number::{percent, tokens, usd, whole};
use super::report::{CostsReport, CostsRow};
use crate::base::named::named;

named! {
    /// A column: what it is called, and its figure in a row.
    pub enum Figure {
        /// All requests.
        Requests = "requests",
        /// The part of them that failed.
        Errors = "errors",
        /// The part of them that the gateway's cache served.
        Cached = "cached",
        /// Prompt tokens.
        TokensIn = "tokens in",
        /// Answer tokens.
        TokensOut = "tokens out",
        /// Cloudflare's estimate.
        Gateway = "gateway",
        /// The client's estimate.
        ClaudeCode = "Claude Code",
        /// Tokens times list prices.
        ListPrice = "list price",
    }
}

impl Figure {
    /// The columns for which the report has data.
    pub(super) fn of(report: &CostsReport) -> Vec<Self> {
        let is_known = |figure: &Self| match figure {
            Self::Errors | Self::Cached | Self::Gateway => report.online,
            Self::ClaudeCode => report.transcripts.is_some(),
            _ => true,
        };
        Self::ALL.into_iter().filter(is_known).collect()
    }

    /// The figure of a row, as text.
    pub(super) fn in_row(self, row: &CostsRow) -> Option<String> {
        let gateway = row.gateway.as_ref();
        let counts = row.counts().map(|(sums, _)| sums);
        let part = |count: fn(&Sums) -> u64| gateway.and_then(|sums| sums.part(count(sums))).map(percent);
        match self {
            Self::Requests => counts.map(|sums| whole(sums.requests)),
            Self::Errors => part(|sums| sums.errors),
            Self::Cached => part(|sums| sums.cached),
            Self::TokensIn => counts.map(|sums| tokens(sums.tokens.prompt())),
            Self::TokensOut => counts.map(|sums| tokens(sums.tokens.output)),
            Self::Gateway => gateway.and_then(Sums::known_cost).map(usd),
            Self::ClaudeCode => row.estimate().map(usd),
            Self::ListPrice => row.list().map(|(amount, _)| usd(amount)),
        }
    }
}
