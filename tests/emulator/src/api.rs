//! `api.cloudflare.com`: the REST envelope; the rooms behind it are still to be built.

use serde_json::{Value, json};

use crate::http::{Inbound, Reply};
use crate::state::State;

/// Answers one request to the API's host.
pub(crate) fn handle(state: &State, request: &Inbound) -> Reply {
    let known = match request.headers.bearer("authorization") {
        Some(token) => state.config().api_tokens.iter().any(|own| own == token),
        None => false,
    };
    if !known {
        return error(403, 10000, "Authentication error");
    }
    let path = request.path().trim_start_matches('/');
    error(
        404,
        7003,
        &format!("Could not route to /{path}, perhaps your object identifier is invalid?"),
    )
}

fn error(status: u16, code: u32, message: &str) -> Reply {
    let body = json!({
        "success": false,
        "errors": [{"code": code, "message": message}],
        "messages": [],
        "result": Value::Null,
    });
    Reply::json(status, &body)
}
