//! What is true of Cloudflare AI Gateway.

pub mod errors;
