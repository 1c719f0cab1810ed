//! Rates and deletes log entries.

use serde_json::{Value, json};

use super::super::filters;
use super::super::query::Query;
use super::super::{Refusal, gateways, success};
use super::validate::{Body, invalid};
use crate::http::Reply;
use crate::state::State;

pub(super) fn edit(
    state: &State,
    account: &str,
    gateway: &str,
    id: &str,
    body: &Body,
) -> Result<Reply, Refusal> {
    let feedback = match body.0.get("feedback") {
        None | Some(Value::Null) => None,
        Some(value) => match value.as_i64() {
            Some(value @ (-1 | 1)) => Some(value),
            _ => return Err(invalid("Invalid feedback")),
        },
    };
    let found = state.logs.edit(
        |entry| entry.id == id && entry.account_id == account && entry.gateway_id == gateway,
        |entry| {
            entry.feedback = feedback.or(entry.feedback);
            entry.score = body.0.get("score").and_then(Value::as_f64).or(entry.score);
            if let Some(Value::Object(metadata)) = body.0.get("metadata") {
                entry.metadata = Some(metadata.clone());
            }
        },
    );
    if found { Ok(success(Value::Null)) } else { Err(gateways::missing()) }
}

/// Immediately, although Cloudflare takes some time.
pub(super) fn delete(state: &State, account: &str, gateway: &str, query: &Query) -> Result<Reply, Refusal> {
    let filters = filters::read(query)?;
    let limit = query.number("limit").unwrap_or(usize::MAX);
    state.logs.remove(limit, |entry| {
        entry.account_id == account
            && entry.gateway_id == gateway
            && filters.iter().all(|filter| filter.admits(&json!(entry)))
    });
    Ok(Reply::json(200, &json!({"success": true})))
}
