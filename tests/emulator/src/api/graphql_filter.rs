//! The `filter` argument of analytics: `field`, `field_geq`, `AND`, `OR` and their like.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use crate::analytics::Row;

/// A condition on requests.
pub(super) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Is { field: String, operator: Operator, value: Value },
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    Unequal,
    AtLeast,
    MoreThan,
    AtMost,
    LessThan,
    In,
    NotIn,
    Like,
    Has,
}

const SUFFIXES: [(&str, Operator); 9] = [
    ("_neq", Operator::Unequal),
    ("_geq", Operator::AtLeast),
    ("_gt", Operator::MoreThan),
    ("_leq", Operator::AtMost),
    ("_lt", Operator::LessThan),
    ("_notin", Operator::NotIn),
    ("_in", Operator::In),
    ("_like", Operator::Like),
    ("_has", Operator::Has),
];

impl Filter {
    pub(super) fn read(value: &Value) -> Result<Filter, String> {
        let Some(object) = value.as_object() else {
            return if value.is_null() {
                Ok(Filter::All(Vec::new()))
            } else {
                Err("a filter is an object".to_owned())
            };
        };
        let list = |value: &Value| -> Result<Vec<Filter>, String> {
            value.as_array().ok_or("AND and OR take a list")?.iter().map(Filter::read).collect()
        };
        let conditions = object.iter().map(|(name, value)| match name.as_str() {
            "AND" => Ok(Filter::All(list(value)?)),
            "OR" => Ok(Filter::Any(list(value)?)),
            name => {
                let known =
                    SUFFIXES.iter().find_map(|(end, operator)| Some((name.strip_suffix(end)?, *operator)));
                let (field, operator) = known.unwrap_or((name, Operator::Equal));
                let lists = matches!(field, "metadataKeys" | "metadataValues") && operator == Operator::Has;
                if dimension(&Row::default(), field).is_none() && !lists {
                    return Err(format!("unknown filter \"{name}\""));
                }
                if is_time(field) && moment(value).is_none() {
                    return Err(format!("invalid value for {name}"));
                }
                Ok(Filter::Is { field: field.to_owned(), operator, value: value.clone() })
            }
        });
        Ok(Filter::All(conditions.collect::<Result<_, String>>()?))
    }

    pub(super) fn admits(&self, row: &Row) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|filter| filter.admits(row)),
            Filter::Any(filters) => filters.iter().any(|filter| filter.admits(row)),
            Filter::Is { field, operator: Operator::Has, value } => has(row, field, value),
            Filter::Is { field, operator, value } if is_time(field) => {
                let (have, want) = (truncated(row.at_ms, field), moment(value).unwrap_or_default());
                operator.holds(&have, &want)
            }
            Filter::Is { field, operator, value } => {
                let have = dimension(row, field).unwrap_or_default();
                let is_in =
                    || value.as_array().is_some_and(|list| list.iter().any(|v| v.as_str() == Some(&have)));
                let want = value.as_str().unwrap_or_default();
                match operator {
                    Operator::In => is_in(),
                    Operator::NotIn => !is_in(),
                    Operator::Like => have.contains(want.trim_matches('%')),
                    operator => operator.holds(have.as_str(), want),
                }
            }
        }
    }

    /// The period that the conditions span, in milliseconds.
    pub(super) fn period(&self) -> (Option<i64>, Option<i64>) {
        match self {
            Filter::All(filters) => filters.iter().fold((None, None), |(from, to), filter| {
                let (next_from, next_to) = filter.period();
                (from.max(next_from), [to, next_to].into_iter().flatten().min())
            }),
            Filter::Any(_) => (None, None),
            Filter::Is { field, operator, value } if is_time(field) => match operator {
                Operator::AtLeast | Operator::MoreThan => (moment(value), None),
                Operator::AtMost | Operator::LessThan => (None, moment(value)),
                _ => (moment(value), moment(value)),
            },
            Filter::Is { .. } => (None, None),
        }
    }
}

impl Operator {
    fn holds<T: PartialOrd + ?Sized>(self, have: &T, want: &T) -> bool {
        match self {
            Operator::Equal => have == want,
            Operator::Unequal => have != want,
            Operator::AtLeast => have >= want,
            Operator::MoreThan => have > want,
            Operator::AtMost => have <= want,
            Operator::LessThan => have < want,
            Operator::In | Operator::NotIn | Operator::Like | Operator::Has => false,
        }
    }
}

/// A dimension's value; `None` if the dimension does not exist.
pub(super) fn dimension(row: &Row, name: &str) -> Option<String> {
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default().to_string();
    Some(match name {
        "date" => time(truncated(row.at_ms, name)).chars().take(10).collect(),
        "datetime" | "datetimeHour" => time(truncated(row.at_ms, name)),
        "gateway" => row.gateway.clone(),
        "metadataRaw" => row.metadata.clone(),
        "model" => row.model.clone(),
        "provider" => row.provider.clone(),
        _ => return None,
    })
}

fn is_time(field: &str) -> bool {
    matches!(field, "date" | "datetime" | "datetimeHour")
}

fn truncated(ms: i64, field: &str) -> i64 {
    match field {
        "date" => ms - ms.rem_euclid(86_400_000),
        "datetimeHour" => ms - ms.rem_euclid(3_600_000),
        _ => ms - ms.rem_euclid(1000),
    }
}

/// A time, or the start of a day, in UTC.
fn moment(value: &Value) -> Option<i64> {
    let text = value.as_str()?;
    let day = || Some(text.parse::<jiff::civil::Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp());
    Some(text.parse::<Timestamp>().ok().or_else(day)?.as_millisecond())
}

/// Keys and values of metadata, which are not paired.
fn has(row: &Row, field: &str, value: &Value) -> bool {
    let metadata: serde_json::Map<String, Value> = serde_json::from_str(&row.metadata).unwrap_or_default();
    let want = value.as_str().unwrap_or_default();
    match field {
        "metadataKeys" => metadata.contains_key(want),
        _ => metadata.values().any(|value| value.as_str() == Some(want)),
    }
}
