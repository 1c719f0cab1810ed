//! Client for Cloudflare's REST and GraphQL API: one connection, one envelope, one form of refusal.
//!
//! Paths are relative to `/accounts/{account_id}/`. Facts about the API (envelope, codes, limits,
//! token kinds) come from Cloudflare's documentation, "fundamentals/api".

mod account;
mod analytics;
mod api;
mod call;
mod envelope;
mod failed;
mod log;
mod pace;
mod pages;
mod permission;
mod policy;
mod request;
mod resources;
mod token;

pub use account::{Account, accounts};
pub use analytics::AnalyticsRow;
pub use api::{Access, Api};
pub use failed::{ApiRefusal, Failed};
pub use log::{Events, GatewayLog, LogWait, RETENTION};
pub use pace::Standing;
pub use pages::Pages;
pub use permission::advice;
pub use policy::Policies;
pub use request::{ApiCall, segment};
