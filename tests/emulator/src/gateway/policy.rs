//! Policies: who may use which model. The first one turns on default-deny.

use serde_json::{Value, json};

use super::error::Refusal;

/// `no-limit`, `block` or `limit`, from an action that is a word or an object.
pub(crate) fn kind(action: &Value) -> Option<&str> {
    let word = action.as_str().or_else(|| action["type"].as_str())?;
    ["no-limit", "block", "limit"].contains(&word).then_some(word)
}

/// Whether a request for `provider/model` is allowed. `resource` is treated as a model, a provider, or `*`;
/// actors and conditions always match.
pub(crate) fn judge(policies: &[Value], model: &str) -> Result<(), Refusal> {
    if policies.is_empty() {
        return Ok(());
    }
    let matches = |policy: &&Value| {
        let resource = policy["resource"].as_str().unwrap_or("*");
        resource == "*" || resource == model || model.split('/').next() == Some(resource)
    };
    let actions: Vec<&Value> = policies.iter().filter(matches).map(|policy| &policy["action"]).collect();
    let spent = actions.iter().find(|action| kind(action) == Some("limit") && action["amount"] == 0);
    match spent {
        _ if actions.is_empty() || actions.iter().any(|action| kind(action) == Some("block")) => {
            Err(Refusal::by_policy(403, json!({"message": "Access denied by policy"})))
        }
        Some(_) => Err(Refusal::by_policy(
            429,
            json!({"message": "Spending limit exceeded", "bucket": "emulator", "spent": 1, "limit": 0}),
        )),
        None => Ok(()),
    }
}
