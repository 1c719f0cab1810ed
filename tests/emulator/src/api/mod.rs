//! `api.cloudflare.com`: tokens, and AI Gateway's REST API.

mod filters;
mod gateways;
mod graphql;
mod graphql_filter;
mod logs;
mod manage;
mod observability;
mod query;
mod rate;

use serde_json::{Value, json};

use crate::http::{Inbound, Reply};
use crate::state::State;
pub(crate) use query::Query;

pub(crate) use manage::Store;
pub(crate) use rate::ApiRate;

/// Responds to one request to the API's host.
pub(crate) fn handle(state: &State, request: &Inbound) -> Reply {
    let limit = state.config().api_rate_limit;
    let token = request.headers.bearer("authorization").unwrap_or_default();
    let standing = state.api_rate().count(limit, token, state.clock.now());
    match &standing {
        Some(standing) if !standing.admitted => standing.head(standing.refusal()),
        Some(standing) => standing.head(answered(state, request)),
        None => answered(state, request),
    }
}

fn answered(state: &State, request: &Inbound) -> Reply {
    answer(state, request).unwrap_or_else(|refusal| refusal.reply())
}

fn answer(state: &State, request: &Inbound) -> Result<Reply, Refusal> {
    let token = request.headers.bearer("authorization").unwrap_or_default();
    // reading policies requires Edit
    let reads = request.method == "GET" && !request.path().contains("/policies");
    admit(state, token, reads)?;
    let no_route = || Refusal::not_routed(request.path());
    let path = request.path().strip_prefix("/client/v4/").ok_or_else(no_route)?;
    let segments: Vec<&str> = path.split('/').collect();
    let query = Query::parse(request.query());
    match (request.method.as_str(), segments.as_slice()) {
        // an account token is unknown at the user's endpoint
        ("GET", ["user", "tokens", "verify"]) if token.starts_with("cfat_") => {
            Err(Refusal::new(401, 1000, "Invalid API Token"))
        }
        ("GET", ["user", "tokens", "verify"]) => Ok(verified()),
        ("GET", ["accounts"]) => Ok(accounts(state, &query)),
        ("GET", ["accounts", account, "tokens", "verify"]) if has_account(state, account) => Ok(verified()),
        ("GET", ["accounts", account, "ai-gateway", "gateways", rest @ ..])
            if has_account(state, account) =>
        {
            match rest {
                [] => Ok(gateways::list(state, account, &query)),
                [gateway] => gateways::show(state, account, gateway),
                [gateway, "url", provider] => gateways::url(state, account, gateway, provider),
                [gateway, "logs"] => logs::list(state, account, gateway, &query),
                [gateway, "logs", id] => logs::show(state, account, gateway, id),
                [gateway, "logs", id, part @ ("request" | "response")] => {
                    logs::body(state, account, gateway, id, part)
                }
                _ => manage(state, request, &segments, &query),
            }
        }
        ("POST", ["graphql"]) => Ok(graphql::answer(state, request, token)),
        ("POST", ["accounts", account, "workers", "observability", "telemetry", "query"])
            if has_account(state, account) =>
        {
            observability::query(state, account, &request.body)
        }
        _ => manage(state, request, &segments, &query),
    }
}

fn manage(state: &State, request: &Inbound, segments: &[&str], query: &Query) -> Result<Reply, Refusal> {
    let no_route = || Err(Refusal::not_routed(request.path()));
    match segments {
        ["accounts", account, rest @ ..] if has_account(state, account) => {
            manage::answer(state, account, rest, query, request).unwrap_or_else(no_route)
        }
        _ => no_route(),
    }
}

/// An unknown token is refused with 401, one that lacks a permission with 403; the code is the same.
fn admit(state: &State, token: &str, reads: bool) -> Result<(), Refusal> {
    let config = state.config();
    let is_in = |tokens: &[String]| tokens.iter().any(|own| own == token);
    if is_in(&config.api_tokens) || (reads && is_in(&config.api_read_tokens)) {
        Ok(())
    } else {
        let status = if is_in(&config.api_read_tokens) { 403 } else { 401 };
        Err(Refusal::new(status, 10000, "Authentication error"))
    }
}

fn has_account(state: &State, account: &str) -> bool {
    // an account remains when its last gateway is deleted
    account == crate::config::ACCOUNT_ID
        || state.config().gateways.iter().any(|gateway| gateway.account_id == account)
}

/// Every account that has a gateway, and the one that stays without.
fn accounts(state: &State, query: &Query) -> Reply {
    let config = state.config();
    let mut ids: Vec<&str> = vec![crate::config::ACCOUNT_ID];
    for gateway in &config.gateways {
        if !ids.contains(&gateway.account_id.as_str()) {
            ids.push(&gateway.account_id);
        }
    }
    let items: Vec<Value> =
        ids.iter().map(|id| json!({"id": id, "name": format!("Account {}", &id[..4])})).collect();
    page(&items, query, 50)
}

/// The success message with code 10000.
fn verified() -> Reply {
    let result = json!({"id": "ed17574386854bf78a67040be0a770b0", "status": "active"});
    let message = json!({
        "code": 10000, "message": "This API Token is valid and active", "type": null,
    });
    Reply::json(200, &json!({"success": true, "errors": [], "messages": [message], "result": result}))
}

fn success(result: Value) -> Reply {
    Reply::json(200, &json!({"success": true, "errors": [], "messages": [], "result": result}))
}

/// One page of a list.
fn page(items: &[Value], query: &Query, max_per_page: usize) -> Reply {
    let number = query.number("page").unwrap_or(1).max(1);
    let per_page = query.number("per_page").unwrap_or(20).clamp(1, max_per_page);
    let result: Vec<&Value> = items.iter().skip((number - 1) * per_page).take(per_page).collect();
    let info = json!({
        "page": number, "per_page": per_page, "count": result.len(), "total_count": items.len(),
    });
    Reply::json(
        200,
        &json!({
            "success": true, "errors": [], "messages": [], "result": result, "result_info": info,
        }),
    )
}

/// A refusal by the API.
#[derive(Debug)]
struct Refusal {
    status: u16,
    code: u32,
    message: String,
}

impl Refusal {
    fn new(status: u16, code: u32, message: impl Into<String>) -> Refusal {
        Refusal { status, code, message: message.into() }
    }

    fn not_routed(path: &str) -> Refusal {
        let path = path.trim_start_matches("/client/v4");
        let hint = "perhaps your object identifier is invalid?";
        Refusal::new(404, 7003, format!("Could not route to {path}, {hint}"))
    }

    /// Note `errors`; the gateway uses `error`.
    fn reply(&self) -> Reply {
        Reply::json(
            self.status,
            &json!({
                "success": false,
                "errors": [{"code": self.code, "message": self.message}],
                "messages": [],
                "result": Value::Null,
            }),
        )
    }
}
