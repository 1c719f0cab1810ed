//! The universal endpoint (deprecated by Cloudflare): a chain of calls, of which the first success counts.

use serde_json::Value;

use super::call::Call;
use super::error::Refusal;
use super::exchange::{self, Site};
use super::known_provider;
use crate::http::{Headers, Inbound, Reply};

/// Body: `[{provider, endpoint, headers, query, config}]`.
pub(crate) async fn answer(site: &Site, request: &Inbound) -> Result<Reply, Refusal> {
    let steps: Vec<Value> = serde_json::from_slice(&request.body).map_err(|_| Refusal::unknown_gateway())?;
    let mut last = Err(Refusal::invalid_provider());
    for (index, step) in steps.iter().enumerate() {
        let call = call(site, request, step, index)?;
        let outcome = exchange::run(site, call).await;
        let failed = outcome.failed();
        last = Ok(outcome.reply(site));
        if !failed {
            break;
        }
    }
    last
}

fn call(site: &Site, request: &Inbound, step: &Value, index: usize) -> Result<Call, Refusal> {
    let provider = step["provider"].as_str().unwrap_or_default().to_owned();
    known_provider(&site.gateway, &provider)?;
    let mut headers = step_headers(step);
    // the gateway's options are on the outer request
    headers.0.extend(request.headers.0.iter().filter(|(name, _)| name.starts_with("cf-aig-")).cloned());
    let (path, query) = match step["endpoint"].as_str().unwrap_or_default().split_once('?') {
        Some((path, query)) => (path, query),
        None => (step["endpoint"].as_str().unwrap_or_default(), ""),
    };
    Ok(Call {
        provider,
        method: "POST".to_owned(),
        path: path.trim_start_matches('/').to_owned(),
        query: query.to_owned(),
        headers,
        body: step["query"].to_string().into(),
        step: index,
    })
}

fn step_headers(step: &Value) -> Headers {
    let mut headers = Headers::default();
    for (name, value) in step["headers"].as_object().into_iter().flatten() {
        if let Some(value) = value.as_str() {
            headers.0.push((name.to_ascii_lowercase(), value.to_owned()));
        }
    }
    if let Some(value) = step["authorization"].as_str() {
        headers.0.push(("authorization".to_owned(), value.to_owned()));
    }
    headers
}
