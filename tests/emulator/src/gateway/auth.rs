//! Credentials: whether a request may use the gateway, and which key pays.

use super::call::Call;
use super::error::Refusal;
use crate::config::{Config, Gateway};
use crate::http::Headers;
use crate::upstream::{Key, providers};

/// Whether the request may use the gateway.
///
/// The token may be in `cf-aig-authorization` or in plain `Authorization` (Cloudflare shows the latter for
/// the Anthropic SDK). A wrong `cf-aig-authorization` is refused even if `Authorization` would be valid: it
/// is not documented whether both are tried.
pub(crate) fn admit(gateway: &Gateway, headers: &Headers) -> Result<(), Refusal> {
    if !gateway.authentication {
        return Ok(());
    }
    let token = match headers.get("cf-aig-authorization") {
        Some(_) => headers.bearer("cf-aig-authorization"),
        None => headers.bearer("authorization"),
    };
    match token {
        Some(token) if is_own(gateway, token) => Ok(()),
        _ => Err(Refusal::unauthorized()),
    }
}

fn is_own(gateway: &Gateway, token: &str) -> bool {
    gateway.tokens.iter().any(|own| own == token)
}

/// Who pays for a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Payer {
    /// A credential on the request, forwarded unchanged.
    Request(Key),
    /// BYOK.
    Stored(Key),
    /// Cloudflare's credits.
    Unified(Key),
    /// Nothing: the provider will ask for its key.
    Nobody,
}

impl Payer {
    pub(crate) fn key(&self) -> Option<Key> {
        match self {
            Payer::Request(key) | Payer::Stored(key) | Payer::Unified(key) => Some(key.clone()),
            Payer::Nobody => None,
        }
    }
}

/// Cloudflare's documented precedence: a provider key on the request, then a stored key, then
/// Unified Billing.
pub(crate) fn payer(config: &Config, gateway: &Gateway, call: &Call) -> Result<Payer, Refusal> {
    if let Some(key) = key_on_request(config, gateway, call) {
        return Ok(Payer::Request(key));
    }
    let provider = call.provider.as_str();
    if let Some(key) = stored_key(gateway, call)? {
        return Ok(Payer::Stored(Key::Header(key)));
    }
    // Workers AI runs in the account itself: the gateway's token is its key.
    if provider == "workers-ai" {
        return Ok(Payer::Unified(Key::Bearer(config.provider_key(provider))));
    }
    let forbidden = gateway.byok_only || call.headers.flag("cf-aig-no-wholesale") == Some(true);
    match gateway.unified_billing {
        Some(credit) if !forbidden && credit > 0.0 => {
            Ok(Payer::Unified(Key::Header(config.provider_key(provider))))
        }
        Some(_) if !forbidden => Err(Refusal::no_credits()),
        _ => Ok(Payer::Nobody),
    }
}

fn key_on_request(config: &Config, gateway: &Gateway, call: &Call) -> Option<Key> {
    let own_token_came_apart = call.headers.get("cf-aig-authorization").is_some();
    for &name in providers::key_headers(&call.provider) {
        let Some(value) = call.headers.get(name).map(str::trim).filter(|value| !value.is_empty()) else {
            continue;
        };
        if name != "authorization" {
            if config.ignores_own_token_as_key && is_own(gateway, value) {
                continue;
            }
            return Some(Key::Header(value.to_owned()));
        }
        let token = value.split_once(' ').map_or(value, |(_, token)| token.trim());
        let is_the_admission =
            is_own(gateway, token) && (config.ignores_own_token_as_key || !own_token_came_apart);
        let is_the_admission = is_the_admission && !config.forwards_own_bearer;
        if !is_the_admission {
            return Some(Key::Bearer(token.to_owned()));
        }
    }
    None
}

fn stored_key(gateway: &Gateway, call: &Call) -> Result<Option<String>, Refusal> {
    let provider = call.provider.as_str();
    let default = gateway.stored_keys.get(provider);
    let Some(alias) = call.headers.get("cf-aig-byok-alias").filter(|alias| *alias != "default") else {
        return Ok(default.cloned());
    };
    let aliases = gateway.stored_key_aliases.get(provider);
    if let Some(key) = aliases.and_then(|aliases| aliases.get(alias)) {
        return Ok(Some(key.clone()));
    }
    let mut known: Vec<&str> = default.map(|_| "default").into_iter().collect();
    known.extend(aliases.into_iter().flatten().map(|(name, _)| name.as_str()));
    Err(Refusal::no_such_alias(provider, alias, &known))
}
