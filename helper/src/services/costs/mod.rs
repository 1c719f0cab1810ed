//! Cost estimates: three figures from three sources, none of which is a bill.
//!
//! Gather ([`analytics`], [`logs`], [`transcripts`]), combine ([`report`]), then show ([`text`],
//! [`page`], [`machine`]). The status line reads [`cache`].

pub mod analytics;
mod answer;
pub mod cache;
pub mod cell;
mod figure;
pub mod gather;
pub mod limits;
pub mod logs;
pub mod machine;
pub mod number;
pub mod page;
pub mod period;
pub mod report;
pub mod text;
pub mod transcripts;
