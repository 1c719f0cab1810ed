//! The conditions of a query.

use super::fields::{Op, QueryField};
use crate::facts::gateway::resources::LogEntry;
use serde_json::{Value, json};

/// Whether a value of a term and one of an entry are the same, as numbers or as texts.
fn equals(want: &Value, have: &Value) -> bool {
    match (want.as_f64(), have.as_f64()) {
        (Some(want), Some(have)) => want == have,
        _ => plain(want) == plain(have),
    }
}

/// A text without JSON's quotes.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryTerm {
    /// A comparison of an entry's field; always has a value: a text, a finite number or a flag.
    Field(&'static QueryField, Op, Vec<Value>),
    /// Metadata has this key with this value.
    Metadata(String, String),
    /// The words occur somewhere in the entry.
    Text(String),
}

/// All conditions; an empty query matches everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query(pub Vec<QueryTerm>);

impl Query {
    /// The conditions as the parameters `filters` and `search` of the Logs API.
    pub fn parameters(&self, range: &crate::services::logs::Range) -> Vec<(&'static str, String)> {
        let mut filters: Vec<Value> = self.0.iter().flat_map(QueryTerm::filters).collect();
        filters.extend(range.filters());
        let word = |term: &'_ QueryTerm| match term {
            QueryTerm::Text(words) => Some(words.clone()),
            _ => None,
        };
        let words: Vec<String> = self.0.iter().filter_map(word).collect();
        let mut parameters = Vec::new();
        if !filters.is_empty() {
            parameters.push(("filters", Value::Array(filters).to_string()));
        }
        if !words.is_empty() {
            parameters.push(("search", words.join(" ")));
        }
        parameters
    }

    /// True if the API's filters do not cover the whole query.
    pub fn needs_a_look(&self) -> bool {
        self.0.iter().any(QueryTerm::needs_a_look)
    }

    /// Whether an entry that passed the API's filters matches.
    pub fn admits_listed(&self, entry: &LogEntry) -> bool {
        self.0.iter().filter(|term| term.needs_a_look()).all(|term| term.admits(entry))
    }

    /// Whether an unfiltered entry matches.
    pub fn admits(&self, entry: &LogEntry) -> bool {
        self.0.iter().all(|term| term.admits(entry))
    }
}

fn filter(key: &str, operator: &str, values: &[Value]) -> Value {
    json!({"key": key, "operator": operator, "value": values})
}

impl QueryTerm {
    fn needs_a_look(&self) -> bool {
        match self {
            QueryTerm::Field(field, ..) => !field.listed,
            QueryTerm::Metadata(..) => true,
            QueryTerm::Text(_) => false,
        }
    }

    /// The API has no "at least": use the next smaller number.
    fn filters(&self) -> Vec<Value> {
        match self {
            QueryTerm::Field(field, _, _) if !field.listed => Vec::new(),
            QueryTerm::Field(field, op, values) => {
                let shifted = |by: i64, next: fn(f64) -> f64| -> Vec<Value> {
                    let shift = |value: &Value| match (value.as_i64(), value.as_f64()) {
                        (Some(number), _) => json!(number.saturating_add(by)),
                        (None, Some(number)) => json!(next(number)),
                        _ => value.clone(),
                    };
                    values.iter().map(shift).collect()
                };
                vec![match op {
                    Op::Eq => filter(field.name, "eq", values),
                    Op::Ne => filter(field.name, "neq", values),
                    Op::Contains => filter(field.name, "contains", values),
                    Op::Lt => filter(field.name, "lt", values),
                    Op::Gt => filter(field.name, "gt", values),
                    Op::Le => filter(field.name, "lt", &shifted(1, f64::next_up)),
                    Op::Ge => filter(field.name, "gt", &shifted(-1, f64::next_down)),
                }]
            }
            QueryTerm::Metadata(key, value) => {
                // numbers and flags may be stored as such
                let typed: Option<Value> = serde_json::from_str(value).ok();
                let typed = typed.filter(|typed| typed.is_number() || typed.is_boolean());
                let values: Vec<Value> = std::iter::once(json!(value)).chain(typed).collect();
                vec![filter("metadata.key", "eq", &[json!(key)]), filter("metadata.value", "eq", &values)]
            }
            QueryTerm::Text(_) => Vec::new(),
        }
    }

    fn admits(&self, entry: &LogEntry) -> bool {
        match self {
            QueryTerm::Field(field, op, values) => {
                let found = entry.values(field.name);
                let any = |test: &dyn Fn(&Value, &Value) -> bool| {
                    found.iter().any(|have| values.iter().any(|want| test(want, have)))
                };
                let order = |test: fn(f64, f64) -> bool| {
                    any(&|want, have| {
                        want.as_f64().zip(have.as_f64()).is_some_and(|(want, have)| test(have, want))
                    })
                };
                match op {
                    Op::Eq => any(&equals),
                    Op::Ne => !any(&equals),
                    Op::Contains => any(&|want, have| plain(have).contains(&plain(want))),
                    Op::Lt => order(|have, want| have < want),
                    Op::Gt => order(|have, want| have > want),
                    Op::Le => order(|have, want| have <= want),
                    Op::Ge => order(|have, want| have >= want),
                }
            }
            QueryTerm::Metadata(key, value) => {
                entry.metadata().get(key).is_some_and(|found| plain(found) == *value)
            }
            QueryTerm::Text(words) => json!(entry).to_string().contains(words.as_str()),
        }
    }
}
