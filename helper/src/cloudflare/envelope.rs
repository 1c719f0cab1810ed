//! `{success, errors, messages, result, result_info}`, around every answer but GraphQL's and bodies of logs.

use serde::Deserialize;
use serde_json::Value;

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
        // lists of dynamic routes, their versions and deployments come as `data` (Cloudflare's SDK 7.3.0)
        let result = map.remove("result").or_else(|| map.remove("data")).unwrap_or_default();
        return Some(Envelope { success, result, info });
    }
    // GraphQL: `{data, errors}`; data may be there in part, and what is missing is in the errors
    let errors = map.get("errors").is_none_or(|errors| errors.as_array().is_none_or(Vec::is_empty));
    let data = map.remove("data")?;
    Some(Envelope { success: errors && !data.is_null(), result: data, info: None })
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
    fn graphql_succeeds_without_errors_only() {
        assert!(parse(r#"{"data":{"viewer":{}},"errors":null}"#).unwrap().success);
        assert!(!parse(r#"{"data":null,"errors":[{"message":"no"}]}"#).unwrap().success);
        assert!(!parse(r#"{"data":{"a":null},"errors":[{"message":"no"}]}"#).unwrap().success);
    }
}
