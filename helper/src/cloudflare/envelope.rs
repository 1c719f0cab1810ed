//! `{success, errors, messages, result, result_info}`, the envelope of every response except
//! GraphQL and log bodies.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

/// A response, parsed from its JSON.
#[derive(Debug)]
pub(super) struct Envelope {
    /// Decides success. Codes do not (10000 is also the code of a success message).
    pub(super) success: bool,
    /// The JSON text of the result, so that only what the caller wants is deserialized.
    pub(super) result: Box<RawValue>,
    pub(super) info: Option<ResultInfo>,
}

/// The position of this page in a list. A field of another type is absent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ResultInfo {
    pub(super) page: Option<u64>,
    pub(super) per_page: Option<u64>,
    pub(super) total_count: Option<u64>,
}

impl ResultInfo {
    fn read(raw: &RawValue) -> Self {
        let fields: Value = serde_json::from_str(raw.get()).unwrap_or_default();
        let number = |key: &str| {
            let text = match &fields[key] {
                Value::String(text) => text.trim().to_owned(),
                other => other.to_string(),
            };
            text.strip_suffix(".0").unwrap_or(&text).parse().ok()
        };
        Self { page: number("page"), per_page: number("per_page"), total_count: number("total_count") }
    }
}

/// The fields of all response shapes. Dynamic routes have no `result`: lists of them are in `data`,
/// a renamed one is in `route` (Cloudflare's SDK 7.3.0).
#[derive(Deserialize)]
struct Fields<'a> {
    success: Option<bool>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow)]
    route: Option<&'a RawValue>,
    #[serde(borrow)]
    result_info: Option<&'a RawValue>,
    #[serde(borrow)]
    errors: Option<&'a RawValue>,
}

/// Parses a response; `None` if it is neither an envelope nor a GraphQL response.
pub(super) fn parse(body: &str) -> Option<Envelope> {
    if !body.trim_start().starts_with('{') {
        return None;
    }
    let fields: Fields<'_> = serde_json::from_str(body).ok()?;
    let success = match (fields.success, fields.data) {
        (Some(success), _) => success,
        // GraphQL returns `{data, errors}`; data may be partial, and the errors list what is missing
        (None, Some(_)) => {
            fields.errors.is_none_or(|errors| errors.get().trim_start_matches('[').trim() == "]")
        }
        (None, None) if fields.errors.is_some() => false,
        (None, None) => return None,
    };
    let result = fields.result.or(fields.data).or(fields.route);
    let result = result.map_or_else(|| to_raw_value(&()), |raw| Ok(raw.to_owned())).ok()?;
    Some(Envelope { success, result, info: fields.result_info.map(ResultInfo::read) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn success_decides_whatever_the_code() {
        let verified = r#"{"success":true,"errors":[],"messages":[{"code":10000,"message":"This API Token is valid and active"}],"result":{"status":"active"}}"#;
        assert!(parse(verified).unwrap().success);
        assert!(!parse(r#"{"success":false,"errors":[{"code":9109}],"result":[]}"#).unwrap().success);
        assert!(parse("<html>").is_none() && parse("[]").is_none() && parse("{}").is_none());
    }

    #[test]
    fn routes_are_found_where_the_sdk_finds_them() {
        let of = |text| serde_json::from_str::<serde_json::Value>(parse(text).unwrap().result.get()).unwrap();
        assert_eq!(of(r#"{"success":true,"data":{"routes":[]}}"#)["routes"], serde_json::json!([]));
        assert_eq!(of(r#"{"success":true,"route":{"name":"r"}}"#)["name"], "r");
    }

    #[test]
    fn graphql_succeeds_only_without_errors() {
        assert!(parse(r#"{"data":{"viewer":{}},"errors":null}"#).unwrap().success);
        assert!(!parse(r#"{"data":null,"errors":[{"message":"no"}]}"#).unwrap().success);
        assert!(!parse(r#"{"data":{"a":null},"errors":[{"message":"no"}]}"#).unwrap().success);
    }
}
