//! Estimates of what requests cost: three figures from three sources, none of which is a bill.
//!
//! gather ([`analytics`], [`logs`], [`transcripts`]) → put together ([`report`]) → show ([`text`],
//! [`page`], [`machine`]); [`cache`] is what the status line reads.

pub mod analytics;
pub mod cache;
pub mod cell;
pub mod gather;
pub mod limits;
pub mod logs;
pub mod machine;
pub mod number;
pub mod page;
pub mod period;
pub mod projection;
pub mod report;
pub mod text;
pub mod transcripts;
