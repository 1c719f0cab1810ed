//! The filters of the Logs API: `filters` as JSON, and the deprecated parameters that still work.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::Refusal;
use super::query::Query;

/// The keys of the API's schema.
const KEYS: &[&str] = &[
    "id",
    "created_at",
    "request_content_type",
    "response_content_type",
    "request_type",
    "success",
    "cached",
    "provider",
    "model",
    "model_type",
    "cost",
    "tokens",
    "tokens_in",
    "tokens_out",
    "duration",
    "feedback",
    "event_id",
    "metadata.key",
    "metadata.value",
    "authentication",
    "wholesale",
    "compatibilityMode",
    "dlp_action",
    "user_agent",
];

/// Deprecated in the schema, with their replacements.
const DEPRECATED: &[(&str, &str, Operator)] = &[
    ("cached", "cached", Operator::Equal),
    ("success", "success", Operator::Equal),
    ("feedback", "feedback", Operator::Equal),
    ("model", "model", Operator::Equal),
    ("model_type", "model_type", Operator::Equal),
    ("provider", "provider", Operator::Equal),
    ("request_content_type", "request_content_type", Operator::Equal),
    ("response_content_type", "response_content_type", Operator::Equal),
    ("start_date", "created_at", Operator::AtLeast),
    ("end_date", "created_at", Operator::AtMost),
    ("min_cost", "cost", Operator::AtLeast),
    ("max_cost", "cost", Operator::AtMost),
    ("min_duration", "duration", Operator::AtLeast),
    ("max_duration", "duration", Operator::AtMost),
    ("min_tokens_in", "tokens_in", Operator::AtLeast),
    ("max_tokens_in", "tokens_in", Operator::AtMost),
    ("min_tokens_out", "tokens_out", Operator::AtLeast),
    ("max_tokens_out", "tokens_out", Operator::AtMost),
    ("min_total_tokens", "tokens", Operator::AtLeast),
    ("max_total_tokens", "tokens", Operator::AtMost),
];

/// A condition.
pub(super) struct Filter {
    key: String,
    operator: Operator,
    values: Vec<Value>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Unequal,
    Contains,
    Less,
    Greater,
    AtLeast,
    AtMost,
}

/// All conditions in a list's query.
pub(super) fn read(query: &Query) -> Result<Vec<Filter>, Refusal> {
    let mut filters: Vec<Filter> = DEPRECATED
        .iter()
        .filter_map(|(name, key, operator)| {
            let text = query.get(name)?;
            Some(Filter { key: (*key).to_owned(), operator: *operator, values: vec![json!(text)] })
        })
        .collect();
    let Some(text) = query.get("filters") else {
        return Ok(filters);
    };
    let invalid = |why: &str| Refusal::new(400, 7001, why);
    let list: Vec<Value> = serde_json::from_str(text).map_err(|_| invalid("Invalid filters"))?;
    for filter in &list {
        filters.push(Filter::read(filter).ok_or_else(|| invalid("Invalid enum value in filters"))?);
    }
    Ok(filters)
}

impl Filter {
    fn read(filter: &Value) -> Option<Filter> {
        let operator = match filter["operator"].as_str()? {
            "eq" => Operator::Equal,
            "neq" => Operator::Unequal,
            "contains" => Operator::Contains,
            "lt" => Operator::Less,
            "gt" => Operator::Greater,
            _ => return None,
        };
        let key = KEYS.iter().find(|known| Some(**known) == filter["key"].as_str())?;
        Some(Filter { key: (*key).to_owned(), operator, values: filter["value"].as_array()?.clone() })
    }

    /// The milliseconds `[from, until)` that match a single condition on the time.
    pub(super) fn moments(&self) -> Option<(i64, i64)> {
        let [value] = self.values.as_slice() else { return None };
        let ns = nanoseconds(value).filter(|_| self.key == "created_at")?;
        let floor = i64::try_from(ns.div_euclid(1_000_000)).ok()?;
        let ceil = i64::try_from((ns + 999_999).div_euclid(1_000_000)).ok()?;
        match self.operator {
            Operator::Greater => Some((floor + 1, i64::MAX)),
            Operator::AtLeast => Some((ceil, i64::MAX)),
            Operator::Less => Some((i64::MIN, ceil)),
            Operator::AtMost => Some((i64::MIN, floor + 1)),
            _ => None,
        }
    }

    pub(super) fn admits(&self, item: &Value) -> bool {
        let mut found = self.found(item);
        // a field without a value matches no comparison
        found.retain(|value| !value.is_null());
        let any = |test: &dyn Fn(&Value, &Value) -> bool| {
            found.iter().any(|have| self.values.iter().any(|want| test(have, want)))
        };
        match self.operator {
            Operator::Equal => any(&|have, want| text(have) == text(want)),
            Operator::Unequal => !any(&|have, want| text(have) == text(want)),
            Operator::Contains => any(&|have, want| text(have).contains(&text(want))),
            Operator::Less => any(&|have, want| compare(have, want) == Ordering::Less),
            Operator::Greater => any(&|have, want| compare(have, want) == Ordering::Greater),
            Operator::AtLeast => any(&|have, want| compare(have, want) != Ordering::Less),
            Operator::AtMost => any(&|have, want| compare(have, want) != Ordering::Greater),
        }
    }

    /// The values of the key. Those of metadata are not paired: a key of one entry and a value of another
    /// match together.
    fn found(&self, item: &Value) -> Vec<Value> {
        let known = match &item["metadata"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            other => other.clone(),
        };
        let metadata = known.as_object().into_iter().flatten();
        match self.key.as_str() {
            "metadata.key" => metadata.map(|(key, _)| json!(key)).collect(),
            "metadata.value" => metadata.map(|(_, value)| value.clone()).collect(),
            "tokens" => {
                let sum =
                    ["tokens_in", "tokens_out"].iter().filter_map(|key| item[key].as_u64()).sum::<u64>();
                vec![json!(sum)]
            }
            key => vec![item[key].clone()],
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Since 1970.
fn nanoseconds(value: &Value) -> Option<i128> {
    value.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_nanosecond)
}

pub(super) fn compare(a: &Value, b: &Value) -> Ordering {
    let number = |value: &Value| value.as_f64().or_else(|| value.as_str()?.parse().ok());
    if let (Some(a), Some(b)) = (number(a), number(b)) {
        return a.total_cmp(&b);
    }
    match (nanoseconds(a), nanoseconds(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        _ => text(a).cmp(&text(b)),
    }
}
