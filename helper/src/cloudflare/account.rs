//! The accounts that a token reaches.

use super::request::{Call, Method};
use super::{Access, Api};
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::facts::gateway::ids::AccountId;
use crate::facts::gateway::url::Origin;
use serde::Deserialize;
use std::time::Duration;

/// How many accounts are asked for: one page, the largest that the API allows.
const PER_PAGE: u64 = 50;
/// A person waits for the answer.
const LIMIT: Duration = Duration::from_secs(10);
/// Stands where [`Access`] wants an account, in a call that is below no account.
const NO_ACCOUNT: &str = "00000000000000000000000000000001";

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// 32 hex digits.
    pub id: String,
    /// As its owner named it.
    #[serde(default)]
    pub name: String,
}

/// The first accounts that the token reaches (Cloudflare's API, "List Accounts": `GET /accounts`).
///
/// # Errors
/// The API refuses the token, or cannot be reached.
pub fn accounts(origin: Origin, token: Secret, extra_roots: Option<String>) -> Result<Vec<Account>> {
    let account = AccountId::parse(NO_ACCOUNT).expect("32 hex digits");
    let api = Api::new(Access { origin, account, token, extra_roots })?;
    let query = [("per_page", PER_PAGE.to_string())];
    let call = Call::new(Method::Get, "accounts").rootless().with_query(&query);
    let found: Vec<Account> = api.with_time_limit(LIMIT).with_patience(LIMIT).attempt(&call)?;
    Ok(found.into_iter().filter(|account| AccountId::parse(&account.id).is_ok()).collect())
}
