//! Sends one request that costs nothing, and interprets the response.

mod cache;
mod outcome;
mod remembered;
mod request;

pub use outcome::ProbeOutcome;
pub use remembered::{GatewayProbe, LIMIT, Probed};
pub(crate) use request::ProbeConnection;
pub use request::ProbeTarget;
