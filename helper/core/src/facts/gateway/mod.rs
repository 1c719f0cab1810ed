//! Facts about Cloudflare AI Gateway: URLs, providers, who pays, errors, prices. Pure, no I/O.

pub mod arguments;
pub mod auth;
pub mod errors;
pub mod ids;
pub mod models;
pub mod prices;
pub mod providers;
pub mod resources;
pub mod route_file;
pub mod settings;
pub mod upstream;
pub mod url;

pub use ids::{AccountId, GatewayId};
pub use url::{GatewayUrl, HostPolicy};
