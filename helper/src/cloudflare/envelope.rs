//! `{success, errors, messages, result, result_info}`, around every answer but GraphQL's and bodies of logs.

use serde::Deserialize;
use serde_json::{Map, Value};

/// An answer, taken out of its JSON.
#[derive(Debug)]
pub(super) struct Envelope {
    /// What decides: codes do not (10000 is also the code of a message that says that all is well).
    pub(super) success: bool,
    pub(super) result: Value,
    pub(super) info: Option<ResultInfo>,
}

/// Which part of a list this is.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResultInfo {
    pub(super) page: u64,
    pub(super) per_page: u64,
    pub(super) count: Option<u64>,
    pub(super) total_count: Option<u64>,
}

/// Reads an answer; `None` when it is neither an envelope nor GraphQL's.
pub(super) fn parse(body: &str) -> Option<Envelope> {
    let mut value: Value = serde_json::from_str(body).ok()?;
    let map = value.as_object_mut()?;
    if let Some(success) = map.get("success").and_then(Value::as_bool) {
        let info = map.remove("result_info").and_then(|info| serde_json::from_value(info).ok());
        return Some(Envelope { success, result: result(map), info });
    }
    // GraphQL: `{data, errors}`; data may be there in part, and what is missing is in the errors
    let errors = map.get("errors").is_none_or(|errors| errors.as_array().is_none_or(Vec::is_empty));
    let data = map.remove("data")?;
    Some(Envelope { success: errors && !data.is_null(), result: data, info: None })
}

/// What an answer is about. Dynamic routes are no `result`: lists of them are in `data`, one that was
/// renamed in `route` (Cloudflare's SDK 7.3.0).
fn result(map: &mut Map<String, Value>) -> Value {
    ["result", "data", "route"].iter().find_map(|key| map.remove(*key)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_decides_and_no_code() {
        let verified = r#"{"success":true,"errors":[],"messages":[{"code":10000,"message":"This API Token is valid and active"}],"result":{"status":"active"}}"#;
        assert!(parse(verified).unwrap().success);
        assert!(!parse(r#"{"success":false,"errors":[{"code":9109}],"result":[]}"#).unwrap().success);
        assert!(parse("<html>").is_none() && parse("[]").is_none() && parse("{}").is_none());
    }

    #[test]
    fn routes_are_found_where_the_sdk_finds_them() {
        let of = |text| parse(text).unwrap().result;
        assert_eq!(of(r#"{"success":true,"data":{"routes":[]}}"#)["routes"], serde_json::json!([]));
        assert_eq!(of(r#"{"success":true,"route":{"name":"r"}}"#)["name"], "r");
    }

    #[test]
    fn graphql_succeeds_without_errors_only() {
        assert!(parse(r#"{"data":{"viewer":{}},"errors":null}"#).unwrap().success);
        assert!(!parse(r#"{"data":null,"errors":[{"message":"no"}]}"#).unwrap().success);
        assert!(!parse(r#"{"data":{"a":null},"errors":[{"message":"no"}]}"#).unwrap().success);
    }
}
