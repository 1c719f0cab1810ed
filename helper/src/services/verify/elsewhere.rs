//! Where sessions send their requests, if that is not the gateway that is verified.

use crate::base::url_parts::UrlParts;
use crate::services::config::ConfigSource;
use crate::services::context::Context;
use crate::services::explain::{around, elsewhere};

/// The base URL of sessions, if it is not the configured one.
#[derive(Debug)]
pub(super) struct Elsewhere {
    /// The URL, safe to show.
    pub(super) url: String,
    /// A flag names the gateway to verify, so the difference is intended.
    pub(super) intended: bool,
}

impl Elsewhere {
    pub(super) fn look(context: &Context) -> Option<Self> {
        let picture = around(context, None);
        let url = elsewhere(&picture, &context.config)?.text()?;
        let source = context.config.url.as_ref().map(|url| &url.source);
        Some(Self {
            url: UrlParts::of(url).without_credentials(),
            intended: matches!(source, Some(ConfigSource::Flag(_))),
        })
    }
}
