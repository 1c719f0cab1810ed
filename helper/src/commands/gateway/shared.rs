//! What several gateway commands need: the gateway that is meant, and a setting on one line.

use crate::base::error::{Error, Kind, Result};
use crate::base::{redact, text};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::ids::gateway_fault;
use crate::services::context::Context;
use crate::services::session::NotRouted;
use serde_json::Value;

/// The gateway named on the command line, else the configured one.
pub(in crate::commands) fn named(context: &Context, given: Option<&str>) -> Result<GatewayId> {
    match given {
        Some(name) => GatewayId::parse(name).map_err(|error| {
            let (message, hint) = gateway_fault(name, error);
            Error::new(Kind::Usage, message).hinted(hint)
        }),
        None => {
            let config = &context.config;
            let configured = config.url.as_ref().and_then(|url| url.value.gateway_id());
            configured.cloned().ok_or_else(|| match config.problems.first() {
                Some(problem) if config.url.is_none() => problem.into(),
                _ => NotRouted::NotConfigured.into(),
            })
        }
    }
}

/// The column of a setting's value in a list of settings.
pub(super) const SETTING: usize = 30;

/// A value on one line, with secrets hidden.
pub(super) fn one_line(key: &str, value: &Value) -> String {
    text::visible(&redact::json(key, value).to_string())
}
