//! Client for Cloudflare's REST and GraphQL API: one connection, one envelope, one form of refusal.
//!
//! Paths are relative to `/accounts/{account_id}/`. Facts about the API (envelope, codes, limits,
//! token kinds) come from Cloudflare's documentation, "fundamentals/api".

mod account;
mod analytics;
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
mod standing;
mod token;

pub use account::{Account, accounts};
pub use analytics::AnalyticsRow;
pub use failed::{ApiRefusal, Failed};
pub use log::{Events, GatewayLog, RETENTION};
pub use pages::Pages;
pub use permission::advice;
pub use policy::Policies;
pub use request::{ApiCall, Method};
pub use standing::Standing;
pub use token::TokenState;

use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::base::text::percent_encoded;
use crate::facts::gateway::ids::AccountId;
use crate::facts::gateway::url::Origin;
use crate::http::Http;
use pace::Pace;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::io::Read;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Time limit for connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// Time limit for a call, including all attempts and the whole body.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// Time limit for the body of a logged request or response, which the user sees arriving.
const BODY_TIME_LIMIT: Duration = Duration::from_secs(10 * 60);
/// How long a call waits for the rate limit, whose window is five minutes.
const PATIENCE: Duration = Duration::from_secs(5 * 60 + 10);

/// The API with one account's token. Can be shared between threads.
#[derive(Debug)]
pub struct Api {
    http: Http,
    origin: Origin,
    account: AccountId,
    token: Secret,
    pace: Pace,
    patience: Duration,
    time_limit: Duration,
    standing: Mutex<Option<Standing>>,
    /// Called with the reason when a call waits.
    notice: fn(&str),
}

/// The parameters of [`Api::new`].
#[derive(Debug, Clone)]
pub struct Access {
    /// `https://api.cloudflare.com`, or a replacement.
    pub origin: Origin,
    /// The account.
    pub account: AccountId,
    /// A user's or an account's token.
    pub token: Secret,
    /// `NODE_EXTRA_CA_CERTS`.
    pub extra_roots: Option<String>,
}

impl Api {
    /// Creates a client.
    pub fn new(access: Access) -> Result<Self> {
        let Access { origin, account, token, extra_roots } = access;
        let http =
            Http::new(origin.as_str(), extra_roots.as_deref(), |builder| builder.connect_timeout(CONNECT))
                .map_err(|failure| Failed::unsent(failure, &origin))?;
        Ok(Self {
            http,
            origin,
            account,
            token,
            pace: Pace::default(),
            patience: PATIENCE,
            time_limit: TIME_LIMIT,
            standing: Mutex::default(),
            notice: |_| {},
        })
    }

    /// Reports why a call waits, to a terminal.
    #[must_use]
    pub fn with_notice(mut self, notice: fn(&str)) -> Self {
        self.notice = notice;
        self
    }

    /// Limits how long a call waits for the rate limit, for checks with a deadline.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Limits how long each call may take, including all attempts and the whole body.
    #[must_use]
    pub fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The rate limit as of the last response.
    pub fn standing(&self) -> Option<Standing> {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The API's origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The result of a GET.
    pub fn get<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Result<T> {
        Ok(self.attempt(&ApiCall::new(Method::Get, path).with_query(query))?)
    }

    /// The result of a request with a body. A PUT may be retried, a POST or PATCH never is.
    pub fn write<T: DeserializeOwned>(&self, method: Method, path: &str, body: &impl Serialize) -> Result<T> {
        Ok(self.attempt(&ApiCall::new(method, path).with_body(body))?)
    }

    /// The result of a DELETE, often `null`.
    pub fn delete(&self, path: &str, query: &[(&str, String)]) -> Result<Value> {
        match self.attempt(&ApiCall::new(Method::Delete, path).with_query(query)) {
            Err(Failed::AlreadyGone) => Ok(Value::Null),
            answer => Ok(answer?),
        }
    }

    /// The items of a list, fetched page by page on demand. `per_page` defaults to the largest that
    /// the API allows.
    pub fn pages<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Pages<'_, T> {
        Pages::new(self, path, query, None)
    }

    /// The same for a list in a field of the result, such as the list of dynamic routes.
    pub fn pages_in<T: DeserializeOwned>(&self, path: &str, field: &'static str) -> Pages<'_, T> {
        Pages::new(self, path, &[], Some(field))
    }

    /// A body without an envelope, such as a logged request, as a stream.
    pub fn raw(&self, path: &str) -> Result<impl Read + use<>> {
        Ok(self.stream(&ApiCall::new(Method::Get, path))?)
    }

    /// The `data` of a GraphQL query. Queries only read, so they are retried like a GET.
    pub fn graphql<T: DeserializeOwned>(&self, query: &str, variables: Value) -> Result<T> {
        let body = json!({"query": query, "variables": variables});
        Ok(self.attempt(&ApiCall::new(Method::Post, "graphql").rootless().reading().with_body(&body))?)
    }
}

/// A name from outside as one path segment, so that it cannot reach another resource. `None` for an
/// empty text, `.` and `..`.
pub fn segment(name: &str) -> Option<String> {
    if matches!(name, "" | "." | "..") {
        return None;
    }
    Some(percent_encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("01K-a_b.c").as_deref(), Some("01K-a_b.c"));
        assert_eq!(segment("../a?b#c%").as_deref(), Some("..%2Fa%3Fb%23c%25"));
        assert_eq!([segment(""), segment("."), segment("..")], [None, None, None]);
    }
}
