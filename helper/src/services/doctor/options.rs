//! What the doctor is asked to check.

use std::time::Duration;

/// The default time limit.
pub const LIMIT: Duration = Duration::from_secs(10);

/// Options of a run.
#[derive(Debug, Clone)]
pub struct DoctorOptions {
    /// Make no network requests.
    pub offline: bool,
    /// Send one real message with one token, for what cannot be checked at no cost.
    pub spend: bool,
    /// Ids of checks or layers; empty means all.
    pub only: Vec<String>,
    /// Time limit for everything together.
    pub limit: Duration,
}
