//! What the doctor is asked to check.

use super::checks::{CHECKS, Spec};
use crate::base::error::{Error, Kind, Result};
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

impl Default for DoctorOptions {
    fn default() -> Self {
        Self { offline: false, spend: false, only: Vec::new(), limit: LIMIT }
    }
}

impl DoctorOptions {
    pub(super) fn wants(&self, spec: &Spec) -> bool {
        self.only.is_empty() || self.only.iter().any(|id| id == spec.id || id == spec.layer().id())
    }

    /// Errors: `only` contains something that is neither a check nor a layer (usage).
    pub(super) fn validate(&self) -> Result<()> {
        let known = |id: &String| CHECKS.iter().any(|spec| spec.id == id || spec.layer().id() == id);
        match self.only.iter().find(|id| !known(id)) {
            None => Ok(()),
            Some(id) => Err(Error::new(
                Kind::Usage,
                format!("`{}` is neither a check nor a layer", id.escape_debug()),
            )
            .hinted("`cf-aig doctor --list` lists them")),
        }
    }
}
