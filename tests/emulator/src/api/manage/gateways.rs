//! Creates, replaces and deletes gateways.

use std::time::Duration;

use serde_json::Value;

use super::super::{Refusal, gateways, success};
use super::validate::{Body, invalid};
use crate::config::Gateway;
use crate::http::Reply;
use crate::state::State;

/// Guardrail categories (Cloudflare's SDK).
const CATEGORIES: &[&str] =
    &["P1", "S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9", "S10", "S11", "S12", "S13"];
/// The maximum number of spend rules of a gateway.
const RULES: usize = 20;

pub(super) fn create(state: &State, account: &str, body: &Body) -> Result<Reply, Refusal> {
    let id = body.text("id")?;
    // the alphabet is not published; clients report that capitals and underscores are refused
    let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(fits) {
        return Err(invalid("Invalid id"));
    }
    check(body)?;
    let now = state.clock.timestamp();
    let mut config = state.config();
    if config.gateway(account, &id).is_some() {
        return Err(Refusal::new(400, 5403, "already exists"));
    }
    // tokens and custom providers belong to the account: every gateway has them
    let sibling = config.gateways.iter().find(|known| known.account_id == account).cloned();
    let mut gateway = Gateway { account_id: account.to_owned(), gateway_id: id, ..Gateway::default() };
    if let Some(sibling) = sibling {
        gateway.tokens = sibling.tokens;
        gateway.custom_providers = sibling.custom_providers;
        gateway.unified_billing = sibling.unified_billing;
    }
    gateway.settings.insert("created_at".to_owned(), now.into());
    apply(&mut gateway, body, state)?;
    let shown = gateways::shown(&gateway);
    config.gateways.push(gateway);
    Ok(success(shown))
}

/// Everything that the body leaves out returns to its initial value. It is not documented whether the API
/// does this; clients that send everything are not affected.
pub(super) fn replace(state: &State, account: &str, id: &str, body: &Body) -> Result<Reply, Refusal> {
    check(body)?;
    let mut config = state.config();
    let gateway = config.gateway_mut(account, id).ok_or_else(gateways::missing)?;
    let created = gateway.settings.remove("created_at");
    gateway.settings.clear();
    gateway.settings.extend(created.map(|at| ("created_at".to_owned(), at)));
    apply(gateway, body, state)?;
    Ok(success(gateways::shown(gateway)))
}

pub(super) fn delete(state: &State, account: &str, id: &str) -> Result<Reply, Refusal> {
    let mut config = state.config();
    let at = config.gateways.iter().position(|g| g.account_id == account && g.gateway_id == id);
    let gateway = config.gateways.remove(at.ok_or_else(gateways::missing)?);
    Ok(success(gateways::shown(&gateway)))
}

fn check(body: &Body) -> Result<(), Refusal> {
    for field in ["cache_ttl", "rate_limiting_interval", "rate_limiting_limit"] {
        body.number_or_null(field)?;
    }
    body.flag("cache_invalidate_on_update")?;
    body.flag("collect_logs")?;
    for field in ["authentication", "byok_only", "log_classification", "logpush", "zdr"] {
        body.optional_flag(field)?;
    }
    body.one_of("rate_limiting_technique", &["fixed", "sliding"])?;
    body.one_of("retry_backoff", &["constant", "linear", "exponential"])?;
    body.one_of("log_management_strategy", &["STOP_INSERTING", "DELETE_OLDEST"])?;
    body.one_of("workers_ai_billing_mode", &["postpaid", "unified"])?;
    body.between("retry_delay", 0, 60_000)?;
    body.between("retry_max_attempts", 1, 5)?;
    body.between("log_management", 10_000, 10_000_000)?;
    if let Some(key) = body.optional_text("logpush_public_key")?
        && !(16..=1024).contains(&key.len())
    {
        return Err(invalid("String must contain 16 to 1024 characters: logpush_public_key"));
    }
    body.optional_text("store_id")?;
    guardrails(body.0.get("guardrails").unwrap_or(&Value::Null))?;
    spend_limits(body.0.get("spend_limits").unwrap_or(&Value::Null))?;
    otel(body.0.get("otel").unwrap_or(&Value::Null))?;
    dlp(body.0.get("dlp").unwrap_or(&Value::Null))
}

fn guardrails(value: &Value) -> Result<(), Refusal> {
    if value.is_null() {
        return Ok(());
    }
    for side in ["prompt", "response"] {
        let rules = value[side].as_object().ok_or_else(|| invalid(format!("Required: guardrails.{side}")))?;
        for (category, action) in rules {
            if !CATEGORIES.contains(&category.as_str()) {
                return Err(invalid(format!("Unrecognized key(s) in object: '{category}'")));
            }
            if !matches!(action.as_str(), Some("FLAG" | "BLOCK")) {
                return Err(invalid("Invalid enum value. Expected 'FLAG' | 'BLOCK'"));
            }
        }
    }
    Ok(())
}

fn spend_limits(value: &Value) -> Result<(), Refusal> {
    let rules = value["rules"].as_array().map(Vec::as_slice).unwrap_or_default();
    if rules.len() > RULES {
        return Err(invalid("Array must contain at most 20 element(s): spend_limits.rules"));
    }
    for rule in rules {
        if rule["limitType"] != "cost" {
            return Err(invalid("Invalid enum value. Expected 'cost'"));
        }
        if rule["limit"].as_f64().is_none() || rule["window"].as_u64().is_none() {
            return Err(invalid("Expected number, received nan"));
        }
    }
    Ok(())
}

fn otel(value: &Value) -> Result<(), Refusal> {
    for target in value.as_array().into_iter().flatten() {
        if !target["url"].is_string() || !target["headers"].is_object() {
            return Err(invalid("Required: otel.url, otel.headers"));
        }
    }
    Ok(())
}

fn dlp(value: &Value) -> Result<(), Refusal> {
    let is_old = value["action"].is_string() && value["profiles"].is_array();
    if value.is_null() || (value["enabled"].is_boolean() && (is_old || value["policies"].is_array())) {
        Ok(())
    } else {
        Err(invalid("Invalid input: dlp"))
    }
}

/// Settings that affect the gateway are parsed; the rest is kept to be returned.
fn apply(gateway: &mut Gateway, body: &Body, state: &State) -> Result<(), Refusal> {
    let seconds = |field| body.number_or_null(field).map(Duration::from_secs);
    // `null` is stored as 0, which means off
    gateway.cache_ttl = Some(seconds("cache_ttl")?).filter(|ttl| !ttl.is_zero());
    gateway.collect_logs = body.flag("collect_logs")?;
    gateway.authentication = body.optional_flag("authentication")?.unwrap_or(false);
    gateway.byok_only = body.optional_flag("byok_only")?.unwrap_or(false);
    let limit = u32::try_from(body.number_or_null("rate_limiting_limit")?).unwrap_or(u32::MAX);
    let interval = seconds("rate_limiting_interval")?;
    gateway.rate_limit = (limit > 0 && !interval.is_zero()).then_some((limit, interval));
    gateway.rate_limit_sliding = body.optional_text("rate_limiting_technique")?.as_deref() == Some("sliding");
    for (field, value) in &body.0 {
        if !READ_ONLY.contains(&field.as_str()) {
            gateway.settings.insert(field.clone(), value.clone());
        }
    }
    // a rule without an id is new, and its counter starts at zero (observed by third parties)
    let rules =
        gateway.settings.get_mut("spend_limits").and_then(|limits| limits.get_mut("rules")?.as_array_mut());
    for rule in rules.into_iter().flatten().filter(|rule| rule["id"].is_null()) {
        gateway.spend_rules_made += 1;
        rule["id"] = format!("rule-{}", gateway.spend_rules_made).into();
    }
    gateway.settings.insert("modified_at".to_owned(), state.clock.timestamp().into());
    Ok(())
}

/// Fields that a body cannot set.
const READ_ONLY: &[&str] = &[
    "id",
    "is_default",
    "created_at",
    "modified_at",
    "account_id",
    "account_tag",
    "internal_id",
    "wholesale",
];
