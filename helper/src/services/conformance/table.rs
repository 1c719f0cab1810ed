//! All checks, and the selection that `--only` names.

use super::check::ContractCheck;
use super::{body, endpoints, errors, headers, stream};
use crate::base::error::{Error, Kind, Result};
use strsim::osa_distance;

/// All checks, in the order in which they run.
pub fn checks() -> impl Iterator<Item = &'static ContractCheck> {
    [headers::CHECKS, body::CHECKS, stream::CHECKS, errors::CHECKS, endpoints::CHECKS].into_iter().flatten()
}

/// The selected checks, by id or group.
pub(super) fn wanted(only: &[String]) -> Result<Vec<&'static ContractCheck>> {
    for name in only {
        if !checks().any(|check| check.id == name || check.group == name) {
            let names = checks().flat_map(|check| [check.id, check.group]);
            let near = |known: &&str| osa_distance(known, name) <= name.chars().count() / 3;
            let nearest = names.filter(near).min_by_key(|known| osa_distance(known, name));
            let meant = nearest.map(|known| format!("did you mean {known}? ")).unwrap_or_default();
            let message = format!("`{}` is neither a check nor a group", name.escape_debug());
            return Err(Error::new(Kind::Usage, message)
                .hinted(format!("{meant}`cf-aig conformance --list` shows all")));
        }
    }
    let named =
        |check: &&ContractCheck| only.is_empty() || only.iter().any(|n| n == check.id || n == check.group);
    Ok(checks().filter(named).collect())
}
