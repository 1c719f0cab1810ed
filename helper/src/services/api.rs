//! A client for Cloudflare's API from the configuration.

use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::{Access, Api, advice};
use crate::services::context::Context;
use crate::ui::progress;

impl Api {
    /// Creates the client. Opens no connection yet.
    ///
    /// Errors: an origin that cannot be used (usage), no token or a broken one (auth), no account (usage),
    /// no certificates (network).
    pub fn connect(context: &Context) -> Result<Self> {
        let config = &context.config;
        if let Some(problem) = config.wrong_origin() {
            return Err(problem.into());
        }
        let token = config.api_token.as_ref().ok_or_else(|| {
            Error::new(Kind::Auth, "no Cloudflare API token")
                .hinted("set CLOUDFLARE_API_TOKEN, or /plugin configure cloudflare, api_token")
                .hinted(advice(None, None))
        })?;
        if !token.value.fits_a_header() {
            let message = format!(
                "the API token ({}) has a character that is not allowed in an HTTP header",
                token.source
            );
            return Err(
                Error::new(Kind::Auth, message).hinted("copy it again, without spaces and line breaks")
            );
        }
        let account = config.url.as_ref().and_then(|url| url.value.account_id()).ok_or_else(|| {
            config.problems.first().map_or_else(
                || {
                    Error::new(Kind::Usage, "no account configured")
                        .hinted("set CLOUDFLARE_ACCOUNT_ID, or pass --account-id")
                },
                Error::from,
            )
        })?;
        let api = Self::new(Access {
            origin: config.api_origin.clone(),
            account: account.clone(),
            token: token.value.clone(),
            extra_roots: context.extra_roots.clone(),
        })?;
        Ok(api.with_notice(progress::note))
    }
}
