//! Parses the written form of a query.

use super::fields::{FIELDS, Op, QueryField, QueryKind};
use super::term::{Query, QueryTerm};
use crate::base::error::{Error, Kind as Failure, Result};
use crate::services::logs::time;
use serde_json::{Value, json};

/// Terms that are one word.
const WORDS: &[(&str, &str, bool)] = &[
    ("failed", "success", false),
    ("ok", "success", true),
    ("cached", "cached", true),
    ("uncached", "cached", false),
];

/// Parses terms separated by spaces.
///
/// # Errors
/// Usage: which term is invalid, and why.
pub fn parse(text: &str) -> Result<Query> {
    let mut terms = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (term, after) = term(rest)?;
        terms.push(term);
        rest = after.trim_start();
    }
    Ok(Query(terms))
}

/// A term for one field, with values as typed.
fn field(name: &str, op: Option<Op>, values: &[&str]) -> Result<QueryTerm> {
    let known = QueryField::find(name).ok_or_else(|| unknown(name))?;
    let op = op.unwrap_or(known.colon);
    if !known.takes(op) {
        return Err(usage(format!("`{name}` cannot be compared with `{op}`")));
    }
    if op.compares() && values.len() != 1 {
        return Err(usage(format!("`{name}{op}` takes one value")));
    }
    let values = values.iter().map(|value| scalar(known, value)).collect::<Result<_, _>>()?;
    Ok(QueryTerm::Field(known, op, values))
}

fn usage(message: impl Into<String>) -> Error {
    Error::new(Failure::Usage, message)
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = FIELDS.iter().map(|field| field.name).collect();
    usage(format!(
        "`{}` is not a field: {}, meta.KEY; put it in quotes to search for it",
        name.escape_debug(),
        names.join(", ")
    ))
}

fn scalar(field: &QueryField, text: &str) -> Result<Value> {
    let wrong = |what: &str| usage(format!("{}: `{}` is not a {what}", field.name, text.escape_debug()));
    match field.kind {
        QueryKind::Text => Ok(json!(text)),
        QueryKind::Int => text.parse::<i64>().map(Value::from).map_err(|_| wrong("whole number")),
        QueryKind::Duration => text
            .parse()
            .ok()
            .or_else(|| i64::try_from(time::duration(text)?.as_millis()).ok())
            .map(|number: i64| json!(number))
            .ok_or_else(|| wrong("duration, such as 500, 500ms, 5s, 2m")),
        QueryKind::Number => {
            let number: Option<f64> = text.trim_start_matches('$').parse().ok();
            number.filter(|n| n.is_finite()).map(Value::from).ok_or_else(|| wrong("number"))
        }
        QueryKind::Bool => match text {
            "true" | "yes" => Ok(json!(true)),
            "false" | "no" => Ok(json!(false)),
            _ => Err(usage(format!("{}: `{}` is neither true nor false", field.name, text.escape_debug()))),
        },
    }
}

fn term(text: &str) -> Result<(QueryTerm, &str)> {
    let name_end =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c))).unwrap_or(text.len());
    let (name, after) = text.split_at(name_end);
    let op = operator(after).filter(|_| !name.is_empty());
    let Some((op, after)) = op else {
        let (words, rest) = value(text)?;
        let word = WORDS.iter().find(|(word, ..)| *word == words && !text.starts_with('"'));
        return Ok(match word {
            Some((_, name, flag)) => (field(name, None, &[if *flag { "true" } else { "false" }])?, rest),
            None => (QueryTerm::Text(words), rest),
        });
    };
    if let Some(key) = name.strip_prefix("meta.").or_else(|| metadata_key(name)).filter(|key| !key.is_empty())
    {
        if !matches!(op, None | Some(Op::Eq)) {
            return Err(usage(format!("`{name}` can be compared with `=` only")));
        }
        let (value, rest) = value(after)?;
        return Ok((QueryTerm::Metadata(key.to_owned(), value), rest));
    }
    let (first, mut rest) = value(after)?;
    let mut values = vec![first];
    while let Some(more) = rest.strip_prefix(',') {
        let (next, after) = value(more)?;
        values.push(next);
        rest = after;
    }
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    Ok((field(name, op, &values)?, rest))
}

/// `metadata.session` means the entry `session`, but `metadata.key` is a field of the API.
fn metadata_key(name: &str) -> Option<&str> {
    name.strip_prefix("metadata.").filter(|_| QueryField::find(name).is_none())
}

/// `None` for the operator means `:`.
fn operator(text: &str) -> Option<(Option<Op>, &str)> {
    if let Some(rest) = text.strip_prefix(':') {
        return Some((None, rest));
    }
    Op::ALL.into_iter().find_map(|op| Some((Some(op), text.strip_prefix(op.id())?)))
}

/// Parses a value up to a space or a comma, or in quotes; returns the rest.
fn value(text: &str) -> Result<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(|c: char| c.is_whitespace() || c == ',').unwrap_or(text.len());
        let (found, rest) = text.split_at(end);
        return match found {
            "" => Err(usage("a value is missing")),
            found => Ok((found.to_owned(), rest)),
        };
    };
    let mut chars = quoted.chars();
    let mut found = String::new();
    loop {
        match chars.next().ok_or_else(|| usage("a quote is not closed"))? {
            '"' => break,
            '\\' => found.extend(chars.next()),
            other => found.push(other),
        }
    }
    let rest = chars.as_str();
    if rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || c == ',') {
        Ok((found, rest))
    } else {
        Err(usage(format!("missing space before `{}`", rest.escape_debug())))
    }
}
