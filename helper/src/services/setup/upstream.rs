//! Providers other than Anthropic behind the gateway: which key is sent, and notes about them.

use super::request::{SetupRequest, has_own_token_header, value};
use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::gateway::auth::AuthMode;
use crate::facts::gateway::providers::Evidence;
use crate::facts::gateway::upstream::{Speech, Upstream};
use crate::services::session::Route;
use crate::services::settings_files::Document;

/// Turns the route into one for the requested provider, or the one already in the file. Returns whether the
/// provider's own key is written.
pub(super) fn serve(
    wanted: &SetupRequest,
    now: &Document,
    route: &mut Route,
    notes: &mut Vec<String>,
) -> Result<bool> {
    let named = || {
        let mut upstream = Upstream::at(&route.url)?;
        upstream.model = value(now, "ANTHROPIC_MODEL");
        Some(upstream)
    };
    let Some(upstream) = wanted.route.upstream().cloned().or_else(named) else {
        return Ok(false);
    };
    let key = provider_key(wanted, &upstream, now, route)?;
    route.anthropic = upstream.rework(std::mem::take(&mut route.anthropic), &route.url, key.as_ref());
    if upstream.speech() != Speech::Messages {
        route.mode = AuthMode::StoredKey;
    }
    notes.extend(serving(&upstream, route));
    Ok(key.is_some())
}

/// The key for a provider other than Anthropic: a new one, else the one that this file already
/// sends there.
fn provider_key(
    wanted: &SetupRequest,
    upstream: &Upstream,
    now: &Document,
    route: &Route,
) -> Result<Option<Secret>> {
    if route.mode != AuthMode::OwnKey || upstream.speech() != Speech::Messages {
        return Ok(None);
    }
    let same = value(now, "ANTHROPIC_BASE_URL").is_some_and(|base| base == route.url.to_string());
    let known = value(now, "ANTHROPIC_AUTH_TOKEN").filter(|_| same && has_own_token_header(now));
    let key = wanted.route.key.clone().or_else(|| known.and_then(Secret::new));
    match &key {
        Some(key) if !key.fits_a_header() => {
            let message = format!(
                "the key for {} has a character that is not allowed in an HTTP header",
                upstream.title
            );
            Err(Error::new(Kind::Auth, message))
        }
        // each user supplies a key
        None if !wanted.route.without_token => {
            let variable = upstream.key_variable().map_or(String::new(), |name| format!("set {name}, or "));
            Err(Error::new(Kind::Auth, format!("no key for {}", upstream.title))
                .hinted(format!("{variable}pipe it in with --key-stdin, or pass --auth stored-key")))
        }
        _ => Ok(key),
    }
}

/// Notes about a provider other than Anthropic.
fn serving(upstream: &Upstream, route: &Route) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(slug) = upstream.custom_slug() {
        notes.push(format!(
            "the account needs a custom provider `{slug}` that is enabled: `cf-aig provider add {slug}`; the gateway has no prices for it"
        ));
    }
    if route.mode == AuthMode::StoredKey {
        notes.push(format!(
            "the gateway needs {}'s credentials: `cf-aig key add {}`",
            upstream.title,
            route.url.provider()
        ));
    }
    let evidence = upstream.preset.map_or(Evidence::Unverified, |preset| preset.evidence);
    if evidence == Evidence::Unverified {
        notes.push(format!(
            "it is not verified that {} works for Claude Code through the gateway; check with `cf-aig verify`",
            upstream.title
        ));
    }
    let models = upstream.preset.map(|preset| preset.models).filter(|models| !models.is_empty());
    if let Some(models) = models.filter(|_| upstream.model.is_none()) {
        notes.push(format!(
            "{} has its own model names, such as `{models}`; set one with --model",
            upstream.title
        ));
    }
    notes
}
