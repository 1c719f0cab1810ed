//! The columns of a table of costs.

use super::cell::Figures;
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
        let count = |at: usize| row.counts().map(|(counts, _)| counts[at]);
        let part = |count: fn(&Figures) -> u64| {
            let figures = gateway.filter(|figures| figures.requests > 0)?;
            Some(percent(count(figures) as f64 / figures.requests as f64))
        };
        match self {
            Self::Requests => count(0).map(whole),
            Self::Errors => part(|figures| figures.errors),
            Self::Cached => part(|figures| figures.cached),
            Self::TokensIn => count(1).map(tokens),
            Self::TokensOut => count(2).map(tokens),
            Self::Gateway => gateway.and_then(Figures::known_cost).map(usd),
            Self::ClaudeCode => row.estimate().map(usd),
            Self::ListPrice => row.list().map(|(amount, _)| usd(amount)),
        }
    }
}
