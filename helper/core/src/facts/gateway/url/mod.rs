//! The gateway URL as a type: a value is always valid.
//!
//! Two shapes exist (Cloudflare documentation, "usage/providers" and "configuration/custom-domains"):
//! `https://gateway.ai.cloudflare.com/v1/{account_id}/{gateway_id}/{provider}` and, on a custom
//! domain, `https://{domain}/{provider}`.

mod error;
mod gateway_url;
mod inspect;
mod origin;
mod repair;
#[cfg(test)]
mod tests;

pub use error::{UrlError, UrlErrorCode};
pub use gateway_url::{GatewayUrl, is_plain_segment};
pub use inspect::{Inspection, MAX_LENGTH, inspect};
pub use origin::{API_HOST, GATEWAY_HOST, HostPolicy, Origin, is_loopback, split_port};
