//! Credit and spend. `balance` is in US cents here; Cloudflare does not document the unit.

use serde_json::json;

use super::super::query::Query;
use super::super::{Refusal, success};
use crate::http::Reply;
use crate::state::State;

pub(super) fn answer(
    state: &State,
    method: &str,
    what: &str,
    query: &Query,
) -> Option<Result<Reply, Refusal>> {
    if method != "GET" {
        return None;
    }
    let result = match what {
        "credit-balance" => {
            let credit = state.config().gateways.iter().find_map(|gateway| gateway.unified_billing);
            json!({
                "balance": credit.unwrap_or_default(), "has_default_payment_method": credit.is_some(),
                "payment_method": null, "topup_config": {"amount": null, "threshold": null},
            })
        }
        "usage-history" => {
            if !matches!(query.get("value_grouping_window"), Some("day" | "hour")) {
                return Some(Err(Refusal::new(400, 7001, "Invalid enum value. Expected 'day' | 'hour'")));
            }
            let spent: f64 =
                state.logs.all().iter().filter(|entry| entry.wholesale).filter_map(|entry| entry.cost).sum();
            let (start, end) =
                (query.number("start_time").unwrap_or(0), query.number("end_time").unwrap_or(0));
            json!({"history": [{
                "id": super::new_id(), "aggregated_value": spent, "start_time": start, "end_time": end,
            }]})
        }
        "invoice-history" => json!({
            "invoices": [], "pagination": {"has_more": false, "page": 1, "per_page": 20, "total_count": 0},
        }),
        _ => return None,
    };
    Some(Ok(success(result)))
}
