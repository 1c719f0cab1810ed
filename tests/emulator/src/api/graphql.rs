//! `POST /graphql`: one dataset, `aiGatewayRequestsAdaptiveGroups`, and its settings.
//!
//! Cloudflare documents the dataset, `count` and four dimensions; the other names are those of third-party
//! code that works. The format of errors, beyond `{data, errors}` with HTTP 200, and of `availableFields`
//! is not known: these are choices.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use graphql_parser::query::{
    Definition, Document, Field, OperationDefinition, Selection, SelectionSet, Value as Literal, parse_query,
};
use serde_json::{Map, Value, json};

use super::graphql_filter::{Filter, dimension};
use crate::analytics::{Analytics, Row};
use crate::http::{Inbound, Reply};
use crate::state::State;

/// Queries are counted over five minutes.
const WINDOW: Duration = Duration::from_secs(300);
const DATASET: &str = "aiGatewayRequestsAdaptiveGroups";
const SUMS: [&str; 7] = [
    "cachedRequests",
    "erroredRequests",
    "uncachedTokensIn",
    "uncachedTokensOut",
    "cachedTokensIn",
    "cachedTokensOut",
    "cost",
];
const DIMENSIONS: [&str; 7] =
    ["date", "datetime", "datetimeHour", "gateway", "metadataRaw", "model", "provider"];

type Query<'a> = Field<'a, String>;
type Fields<'a> = SelectionSet<'a, String>;
type Answered = Result<Value, String>;

/// Answers one query.
pub(super) fn answer(state: &State, request: &Inbound, token: &str) -> Reply {
    let limit = state.config().analytics.queries.map(|queries| (queries, WINDOW));
    let standing = state.api_rate().count(limit, &format!("graphql {token}"), state.clock.now());
    if let Some(standing) = standing.filter(|standing| !standing.admitted) {
        return standing.refusal();
    }
    let body = match run(state, request, token) {
        Ok(data) => json!({"data": data, "errors": null}),
        Err((message, code)) => {
            let extensions = json!({"code": code, "timestamp": state.clock.timestamp()});
            json!({"data": null, "errors": [{"message": message, "path": null, "extensions": extensions}]})
        }
    };
    Reply::json(200, &body)
}

fn run(state: &State, request: &Inbound, token: &str) -> Result<Value, (String, &'static str)> {
    let wrong = |message: String| (message, "parse");
    let body: Value =
        serde_json::from_slice(&request.body).map_err(|_| wrong("the body is not JSON".to_owned()))?;
    let text = body["query"].as_str().ok_or_else(|| wrong("no query".to_owned()))?;
    let document = parse_query::<String>(text).map_err(|error| wrong(error.to_string()))?;
    let variables = body["variables"].as_object().cloned().unwrap_or_default();
    let run = Run { state, variables, analytics: state.config().analytics.clone() };
    if run.analytics.denied_tokens.iter().any(|denied| denied == token) {
        // reported by third parties
        return Err(("not authorized for that account".to_owned(), "authz"));
    }
    run.document(&document).map_err(wrong)
}

struct Run<'s> {
    state: &'s State,
    variables: Map<String, Value>,
    analytics: Analytics,
}

impl Run<'_> {
    fn document(&self, document: &Document<'_, String>) -> Answered {
        let fields = match document.definitions.as_slice() {
            [Definition::Operation(OperationDefinition::Query(query))] => &query.selection_set,
            [Definition::Operation(OperationDefinition::SelectionSet(fields))] => fields,
            _ => return Err("one query is supported, and no fragments".to_owned()),
        };
        self.object(fields, |field| match field.name.as_str() {
            "viewer" => self.object(&field.selection_set, |field| match field.name.as_str() {
                "accounts" => self.accounts(field),
                name => Err(unknown(name)),
            }),
            name => Err(unknown(name)),
        })
    }

    fn accounts(&self, field: &Query<'_>) -> Answered {
        let filter = self.argument(field, "filter").unwrap_or_default();
        let account = filter["accountTag"].as_str().unwrap_or_default().to_owned();
        if !super::has_account(self.state, &account) {
            return Err("not authorized for that account".to_owned());
        }
        let one = self.object(&field.selection_set, |field| match field.name.as_str() {
            DATASET => self.groups(field, &account),
            "settings" => self.object(&field.selection_set, |field| match field.name.as_str() {
                DATASET => self.settings(field),
                name => Err(unknown(name)),
            }),
            name => Err(unknown(name)),
        })?;
        Ok(json!([one]))
    }

    fn settings(&self, field: &Query<'_>) -> Answered {
        let named = |kind: &str, names: &[&str]| -> Vec<String> {
            names.iter().map(|name| format!("{kind}_{name}")).collect()
        };
        let fields = [vec!["count".to_owned()], named("dimensions", &DIMENSIONS), named("sum", &SUMS)];
        self.object(&field.selection_set, |field| match field.name.as_str() {
            "availableFields" => Ok(json!(fields.concat())),
            "maxDuration" => Ok(json!(self.analytics.max_duration.as_secs())),
            "notOlderThan" => Ok(json!(self.analytics.not_older_than.as_secs())),
            "maxPageSize" => Ok(json!(self.analytics.max_page_size)),
            "enabled" => Ok(json!(true)),
            name => Err(unknown(name)),
        })
    }

    fn groups(&self, field: &Query<'_>, account: &str) -> Answered {
        let limit = self.argument(field, "limit").and_then(|limit| limit.as_u64());
        let limit = usize::try_from(limit.ok_or("limit is required")?).unwrap_or(usize::MAX);
        if limit > self.analytics.max_page_size {
            return Err(format!(
                "limit must be positive number and not greater than {}",
                self.analytics.max_page_size
            ));
        }
        let filter = Filter::read(&self.argument(field, "filter").unwrap_or_default())?;
        let rows = self.rows(account, &filter)?;
        let asked = dimensions(&field.selection_set)?;
        let mut groups: BTreeMap<Vec<String>, Row> = BTreeMap::new();
        for row in rows {
            let key: Vec<String> =
                asked.iter().map(|name| dimension(&row, name).unwrap_or_default()).collect();
            let sum = groups.entry(key).or_insert_with(|| Row {
                at_ms: row.at_ms,
                gateway: row.gateway.clone(),
                provider: row.provider.clone(),
                model: row.model.clone(),
                metadata: row.metadata.clone(),
                ..Row::default()
            });
            sum.add(&row);
        }
        let mut groups: Vec<Row> = groups.into_values().collect();
        self.order(field, &mut groups)?;
        groups.truncate(limit);
        let shown = groups.iter().map(|row| self.shown(&field.selection_set, row));
        Ok(Value::Array(shown.collect::<Result<_, _>>()?))
    }

    /// The conditions of the filter, if its period is allowed.
    fn rows(&self, account: &str, filter: &Filter) -> Result<Vec<Row>, String> {
        let now =
            self.state.clock.timestamp().parse::<jiff::Timestamp>().unwrap_or_default().as_millisecond();
        let ms = |duration: Duration| i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        let (from, to) = filter.period();
        let from = from.ok_or("the filter has no beginning in time")?;
        let to = to.unwrap_or(now);
        let (wide, most) = ((to - from) / 1000, self.analytics.max_duration.as_secs());
        if u64::try_from(wide).unwrap_or_default() > most {
            return Err(format!(
                "query time range is too large: time range can not be wider than {most}s, but it's {wide}s"
            ));
        }
        if from < now - ms(self.analytics.not_older_than) {
            let oldest = self.analytics.not_older_than.as_secs();
            return Err(format!("cannot request data older than {oldest}s"));
        }
        let gateway = self.state.config().gateways.iter().find(|known| known.account_id == account).cloned();
        let name = gateway.map(|gateway| gateway.gateway_id).unwrap_or_default();
        let mut rows =
            self.analytics.synthetic.as_ref().map_or_else(Vec::new, |made| made.rows(&name, from, to));
        let logs = self.state.logs.all();
        let counted = now - ms(self.analytics.lag);
        rows.extend(logs.iter().filter(|entry| entry.account_id == account).filter_map(Row::logged).filter(
            // more recent data is not counted yet
            |row| row.at_ms <= counted,
        ));
        rows.retain(|row| filter.admits(row));
        Ok(rows)
    }

    fn order(&self, field: &Query<'_>, groups: &mut [Row]) -> Result<(), String> {
        let order = self.argument(field, "orderBy").unwrap_or_default();
        for by in order.as_array().into_iter().flatten().rev() {
            let by = by.as_str().ok_or("orderBy takes names")?;
            let (name, down) = match (by.strip_suffix("_DESC"), by.strip_suffix("_ASC")) {
                (Some(name), _) => (name, true),
                (None, Some(name)) => (name, false),
                (None, None) => return Err(format!("unknown order {by}")),
            };
            if name != "count" && !DIMENSIONS.contains(&name) {
                return Err(format!("unknown order {by}"));
            }
            groups.sort_by(|a, b| {
                let order = if name == "count" {
                    a.count.cmp(&b.count)
                } else {
                    dimension(a, name).cmp(&dimension(b, name))
                };
                if down { order.reverse() } else { order }
            });
        }
        Ok(())
    }

    fn shown(&self, fields: &Fields<'_>, row: &Row) -> Answered {
        self.object(fields, |field| match field.name.as_str() {
            "count" => Ok(json!(row.count)),
            "sum" => self.object(&field.selection_set, |field| match field.name.as_str() {
                "cachedRequests" => Ok(json!(row.cached)),
                "erroredRequests" => Ok(json!(row.errored)),
                "uncachedTokensIn" => Ok(json!(row.tokens_in)),
                "uncachedTokensOut" => Ok(json!(row.tokens_out)),
                "cachedTokensIn" => Ok(json!(row.cached_tokens_in)),
                "cachedTokensOut" => Ok(json!(row.cached_tokens_out)),
                "cost" => Ok(json!(row.cost)),
                name => Err(unknown(name)),
            }),
            "dimensions" => self.object(&field.selection_set, |field| {
                dimension(row, &field.name).map(|text| json!(text)).ok_or_else(|| unknown(&field.name))
            }),
            name => Err(unknown(name)),
        })
    }

    /// The fields of one object, each under its alias.
    fn object(&self, fields: &Fields<'_>, answer: impl Fn(&Query<'_>) -> Answered) -> Answered {
        let mut object = Map::new();
        for selection in &fields.items {
            let Selection::Field(field) = selection else {
                return Err("fragments are not supported".to_owned());
            };
            let name = field.alias.as_ref().unwrap_or(&field.name);
            object.insert(name.clone(), answer(field)?);
        }
        if object.is_empty() { Err("an object needs fields".to_owned()) } else { Ok(object.into()) }
    }

    fn argument(&self, field: &Query<'_>, name: &str) -> Option<Value> {
        let (_, literal) = field.arguments.iter().find(|(known, _)| known == name)?;
        Some(self.value(literal))
    }

    fn value(&self, literal: &Literal<'_, String>) -> Value {
        match literal {
            Literal::Variable(name) => self.variables.get(name).cloned().unwrap_or_default(),
            Literal::Int(number) => json!(number.as_i64()),
            Literal::Float(number) => json!(number),
            Literal::String(text) | Literal::Enum(text) => json!(text),
            Literal::Boolean(flag) => json!(flag),
            Literal::Null => Value::Null,
            Literal::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Literal::Object(fields) => {
                let fields: HashMap<_, _> =
                    fields.iter().map(|(name, value)| (name.clone(), self.value(value))).collect();
                json!(fields)
            }
        }
    }
}

impl Row {
    fn add(&mut self, other: &Row) {
        self.count += other.count;
        self.cached += other.cached;
        self.errored += other.errored;
        self.tokens_in += other.tokens_in;
        self.tokens_out += other.tokens_out;
        self.cached_tokens_in += other.cached_tokens_in;
        self.cached_tokens_out += other.cached_tokens_out;
        self.cost += other.cost;
    }
}

/// The names under `dimensions`, by which rows are grouped.
fn dimensions(fields: &Fields<'_>) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    for selection in &fields.items {
        let Selection::Field(field) = selection else { continue };
        for inner in field.selection_set.items.iter().filter(|_| field.name == "dimensions") {
            let Selection::Field(inner) = inner else { continue };
            if !DIMENSIONS.contains(&inner.name.as_str()) {
                return Err(unknown(&inner.name));
            }
            names.push(inner.name.clone());
        }
    }
    Ok(names)
}

fn unknown(name: &str) -> String {
    format!("unknown field \"{name}\"")
}
