//! The accounts that a token has access to.

use super::api::{Access, Api};
use super::request::ApiCall;
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::facts::gateway::ids::AccountId;
use crate::facts::gateway::url::Origin;
use reqwest::Method;
use serde::Deserialize;
use std::time::Duration;

/// The page size: the largest that the API allows. Only one page is read.
const PER_PAGE: u64 = 50;
/// The user waits for the response.
const LIMIT: Duration = Duration::from_secs(10);
/// A placeholder for the account that [`Access`] requires; the call does not use it.
const NO_ACCOUNT: &str = "00000000000000000000000000000001";

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// 32 hex digits.
    pub id: String,
    /// The name that its owner chose.
    #[serde(default)]
    pub name: String,
}

/// The first accounts that the token has access to (Cloudflare's API, "List Accounts": `GET /accounts`).
///
/// # Errors
/// The API refuses the token, or cannot be reached.
pub fn accounts(origin: Origin, token: Secret, extra_roots: Option<String>) -> Result<Vec<Account>> {
    let account = AccountId::parse(NO_ACCOUNT).expect("32 hex digits");
    let api = Api::new(Access { origin, account, token, extra_roots })?;
    let query = [("per_page", PER_PAGE.to_string())];
    let call = ApiCall::new(Method::GET, "accounts").rootless().with_query(&query);
    let found: Vec<Account> = api.with_time_limit(LIMIT).with_patience(LIMIT).attempt(&call)?;
    Ok(found.into_iter().filter(|account| AccountId::parse(&account.id).is_ok()).collect())
}
