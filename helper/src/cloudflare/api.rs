//! The API client: one account's token, and what its calls share.

use super::failed::Failed;
use super::pace::{Pace, Standing};
use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::facts::gateway::ids::AccountId;
use crate::facts::gateway::url::Origin;
use crate::http::Http;
use std::thread;
use std::time::Duration;

/// Time limit for connecting.
const CONNECT: Duration = Duration::from_secs(10);
/// Time limit for a call, including all attempts and the whole body.
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// How long a call waits for the rate limit, whose window is five minutes.
const PATIENCE: Duration = Duration::from_secs(5 * 60 + 10);
/// The shortest pause that is reported.
const WORTH_SAYING: Duration = Duration::from_secs(1);

/// The API with one account's token. Can be shared between threads.
#[derive(Debug)]
pub struct Api {
    pub(super) http: Http,
    pub(super) origin: Origin,
    pub(super) account: AccountId,
    pub(super) token: Secret,
    pub(super) pace: Pace,
    pub(super) patience: Duration,
    pub(super) time_limit: Duration,
    /// Called with the reason when a call waits.
    pub(super) notice: fn(&str),
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

    /// How long a call waits for the rate limit.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Waits, and reports what of Cloudflare's is the reason.
    pub fn pause(&self, why: &str, wait: Duration) {
        if wait >= WORTH_SAYING {
            (self.notice)(&format!("Cloudflare's {why}: waiting {:.0} s", wait.as_secs_f64().ceil()));
        }
        thread::sleep(wait);
    }

    /// The account.
    pub fn account(&self) -> &AccountId {
        &self.account
    }

    /// The rate limit as of the last response.
    pub fn standing(&self) -> Option<Standing> {
        self.pace.standing()
    }

    /// The API's origin.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }
}
