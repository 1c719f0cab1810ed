//! Converts dynamic routes between the route file format and the API's format.
//!
//! The API's elements, outputs and properties: Cloudflare's page
//! "features/dynamic-routing/json-configuration" and its SDK 7.3.0. A route file is the same graph in a
//! simpler notation.

use super::providers::ProviderRef;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The route file format, printed by the help.
pub const FORMAT: &str = r#"A route file is one JSON object:
  {"name": "agents",
   "steps": {
     "plan":  {"if": {"metadata.plan": {"$eq": "free"}}, "then": "small", "else": "share"},
     "share": {"split": {"quota": 90, "big": 10}},
     "quota": {"limit": 100, "unit": "requests", "per": "metadata.user", "in": "1h",
               "then": "big", "else": "small"},
     "big":   {"model": "anthropic/claude-opus-5", "timeout": 60000, "retries": 1, "else": "small"},
     "small": {"model": "openai/gpt-5"}}}
Steps:
  model   PROVIDER/MODEL; timeout in ms [60000], retries [0]; then: on success, else: on failure
  if      conditions on metadata.KEY or on the request's body: $eq, $ne, $in, $and, $or; then, else
  split   up to 5 shares in percent, 100 in total, all different: the API identifies them by share
  limit   requests, or dollars with unit "dollars", allowed for each value of per, in a window of
          seconds, "10m", "1h", "7d"; then: below the limit, else: above it
A route starts with its first step, or with "start": "STEP"; then and else default to "end".
Short form of a chain: {"name": "agents", "models": ["anthropic/claude-opus-5", "openai/gpt-5"]}

Examples:
  cf-aig route create agents.json
  cf-aig route deploy agents.json --dry-run
  cf-aig route rollback agents
  cf-aig send --route agents "Say hi""#;

/// A route that is ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteFile {
    /// Programs call it as `dynamic/{name}`.
    pub name: String,
    /// The API's elements.
    pub elements: Vec<Value>,
}

const START: &str = "start";
const END: &str = "end";
const TIMEOUT: u64 = 60_000;
const SHARES: usize = 5;

type Fault<T> = Result<T, String>;

/// Parses a route file.
///
/// # Errors
/// What is wrong, with the name of the step.
pub fn read(text: &str) -> Fault<RouteFile> {
    let file: Value =
        serde_json::from_str(text).map_err(|cause| format!("the route file is not JSON: {cause}"))?;
    let map = file.as_object().ok_or("a route file must be a JSON object")?;
    known(map, &["name", "start", "steps", "models"], "a route file")?;
    let name = map.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or("the route has no name")?.to_owned();
    if let Some(bad) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.".contains(*c))) {
        return Err(format!("`{}` is not allowed in a route's name", bad.escape_debug()));
    }
    let steps = match (map.get("steps"), map.get("models")) {
        (Some(Value::Object(steps)), None) if !steps.is_empty() => steps.clone(),
        (None, Some(Value::Array(models))) if !models.is_empty() => chain(models),
        _ => return Err("a route must have either steps or models, and at least one".to_owned()),
    };
    let first = steps.keys().next().cloned().unwrap_or_default();
    let start = match map.get("start") {
        None => first,
        Some(step) => step.as_str().ok_or("start must be the name of a step")?.to_owned(),
    };
    let mut elements =
        vec![json!({"id": START, "type": "start", "outputs": {"next": leads(&steps, START, &start)?}})];
    for (id, step) in &steps {
        if [START, END].contains(&id.as_str()) {
            return Err(format!("a step cannot be called `{id}`"));
        }
        elements.push(element(&steps, id, step)?);
    }
    elements.push(json!({"id": END, "type": "end", "outputs": {}}));
    ends(&elements)?;
    Ok(RouteFile { name, elements })
}

fn chain(models: &[Value]) -> Map<String, Value> {
    let id = |at: usize| format!("model-{}", at + 1);
    let step = |at: usize, model: &Value| {
        let next = if at + 1 < models.len() { id(at + 1) } else { END.to_owned() };
        (id(at), json!({"model": model, "else": next}))
    };
    models.iter().enumerate().map(|(at, model)| step(at, model)).collect()
}

fn known(map: &Map<String, Value>, names: &[&str], what: &str) -> Fault<()> {
    match map.keys().find(|key| !names.contains(&key.as_str())) {
        Some(key) => Err(format!("{what} has no `{}`: {}", key.escape_debug(), names.join(", "))),
        None => Ok(()),
    }
}

/// A reference to an existing step.
fn leads(steps: &Map<String, Value>, from: &str, to: &str) -> Fault<Value> {
    if to == END || steps.contains_key(to) {
        Ok(json!({"elementId": to}))
    } else {
        Err(format!("{from} leads to `{}`, which is not a step", to.escape_debug()))
    }
}

fn element(steps: &Map<String, Value>, id: &str, step: &Value) -> Fault<Value> {
    let map = step.as_object().ok_or_else(|| format!("{id} is not an object"))?;
    let wrong = |what: &str| format!("{id}: {what}");
    let to = |key: &str| match map.get(key) {
        None => leads(steps, id, END),
        Some(Value::String(step)) => leads(steps, id, step),
        Some(_) => Err(wrong(&format!("{key} must be the name of a step"))),
    };
    let whole = |key: &str, default: Option<u64>| match map.get(key) {
        None => default.ok_or_else(|| wrong(&format!("{key} is missing"))),
        Some(value) => value.as_u64().ok_or_else(|| wrong(&format!("{key} must be a whole number"))),
    };
    if let Some(model) = map.get("model") {
        known(map, &["model", "timeout", "retries", "then", "else"], id)?;
        let (provider, model) = provider_model(model).ok_or_else(|| wrong("model must be PROVIDER/MODEL"))?;
        let slug = ProviderRef::parse(provider).map_err(|_| {
            wrong(&format!("`{}` is not a provider; `cf-aig providers` lists them", provider.escape_debug()))
        })?;
        let properties = json!({
            "provider": slug.slug(), "model": model,
            "timeout": whole("timeout", Some(TIMEOUT))?, "retries": whole("retries", Some(0))?,
        });
        let outputs = json!({"success": to("then")?, "fallback": to("else")?});
        return Ok(json!({"id": id, "type": "model", "properties": properties, "outputs": outputs}));
    }
    if let Some(conditions) = map.get("if") {
        known(map, &["if", "then", "else"], id)?;
        if conditions.as_object().is_none_or(Map::is_empty) {
            return Err(wrong("if must be an object of conditions"));
        }
        let outputs = json!({"true": to("then")?, "false": to("else")?});
        return Ok(
            json!({"id": id, "type": "conditional", "properties": {"conditions": conditions}, "outputs": outputs}),
        );
    }
    if let Some(split) = map.get("split") {
        known(map, &["split"], id)?;
        return Ok(json!({"id": id, "type": "percentage", "outputs": shares(steps, id, split)?}));
    }
    if map.contains_key("limit") {
        known(map, &["limit", "unit", "per", "in", "then", "else"], id)?;
        let kind = match map.get("unit").and_then(Value::as_str).unwrap_or("requests") {
            "requests" => "count",
            "dollars" => "cost",
            _ => return Err(wrong("unit must be requests or dollars")),
        };
        let limit = map.get("limit").filter(|limit| limit.as_f64().is_some_and(|n| n > 0.0));
        let key = map.get("per").and_then(Value::as_str).filter(|key| !key.is_empty());
        let properties = json!({
            "limitType": kind, "limit": limit.ok_or_else(|| wrong("limit must be a number"))?,
            "key": key.ok_or_else(|| wrong("per must be what to count by, such as metadata.user"))?,
            "window": map.get("in").and_then(seconds).ok_or_else(|| wrong("in must be a window: 3600, \"10m\", \"1h\", \"7d\""))?,
        });
        let outputs = json!({"success": to("then")?, "fallback": to("else")?});
        return Ok(json!({"id": id, "type": "rate", "properties": properties, "outputs": outputs}));
    }
    Err(wrong("it needs one of model, if, split, limit"))
}

fn provider_model(value: &Value) -> Option<(&str, &str)> {
    value.as_str()?.split_once('/').filter(|(provider, model)| !provider.is_empty() && !model.is_empty())
}

fn shares(steps: &Map<String, Value>, id: &str, split: &Value) -> Fault<Map<String, Value>> {
    let map =
        split.as_object().ok_or_else(|| format!("{id}: split must be an object of steps and percentages"))?;
    let mut outputs = Map::new();
    let mut sum = 0;
    for (step, share) in map {
        let share = share.as_u64().filter(|n| (1..=100).contains(n));
        let share = share.ok_or_else(|| format!("{id}: a share must be a whole number from 1 to 100"))?;
        sum += share;
        if outputs.insert(format!("{share}%"), leads(steps, id, step)?).is_some() {
            return Err(format!(
                "{id}: two shares of {share}; the API identifies branches by their share: use {} and {}",
                share - 1,
                share + 1
            ));
        }
    }
    match sum {
        100 if outputs.len() <= SHARES => Ok(outputs),
        100 => Err(format!("{id}: at most {SHARES} shares")),
        _ => Err(format!("{id}: the shares add up to {sum}, not 100")),
    }
}

fn seconds(value: &Value) -> Option<u64> {
    let Some(text) = value.as_str() else { return value.as_u64().filter(|n| *n > 0) };
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)];
    let (number, unit) = units.iter().find_map(|(unit, by)| Some((text.strip_suffix(*unit)?, *by)))?;
    number.parse::<u64>().ok()?.checked_mul(unit).filter(|n| *n > 0)
}

/// A route with a cycle would never end.
fn ends(elements: &[Value]) -> Fault<()> {
    let next: BTreeMap<&str, Vec<&str>> = elements
        .iter()
        .map(|element| (id_of(element), targets(element).map(|(_, to)| to).collect()))
        .collect();
    fn walk<'a>(
        at: &'a str,
        next: &BTreeMap<&'a str, Vec<&'a str>>,
        way: &mut Vec<&'a str>,
        done: &mut Vec<&'a str>,
    ) -> Option<&'a str> {
        if way.contains(&at) {
            return Some(at);
        }
        if done.contains(&at) {
            return None;
        }
        way.push(at);
        let circle = next.get(at).into_iter().flatten().find_map(|to| walk(to, next, way, done));
        way.pop();
        done.push(at);
        circle
    }
    match walk(START, &next, &mut Vec::new(), &mut Vec::new()) {
        Some(step) => Err(format!("the route returns to {step} and would never end")),
        None => Ok(()),
    }
}

fn id_of(element: &Value) -> &str {
    element["id"].as_str().unwrap_or_default()
}

fn targets(element: &Value) -> impl Iterator<Item = (&str, &str)> {
    let outputs = element["outputs"].as_object().into_iter().flatten();
    outputs.filter_map(|(name, to)| Some((name.as_str(), to["elementId"].as_str()?)))
}

/// The API's elements as a route file; elements of unknown types stay unchanged.
pub fn write(name: &str, elements: &[Value]) -> Value {
    let start = elements.iter().find(|element| element["type"] == "start");
    let start =
        start.and_then(|element| element["outputs"]["next"]["elementId"].as_str()).unwrap_or_default();
    let end = elements.iter().find(|element| element["type"] == "end").map_or(END, id_of);
    let steps: Map<String, Value> = elements
        .iter()
        .filter(|element| element["type"] != "start" && element["type"] != "end")
        .map(|element| (id_of(element).to_owned(), step(element, end)))
        .collect();
    let mut file = json!({"name": name});
    if steps.keys().next().is_some_and(|first| first != start) {
        file["start"] = json!(start);
    }
    file["steps"] = Value::Object(steps);
    file
}

fn step(element: &Value, end: &str) -> Value {
    let properties = &element["properties"];
    let to = |name: &str| {
        targets(element).find(|(output, _)| *output == name).map_or(end, |(_, to)| to).to_owned()
    };
    let (mut step, then, other) = match element["type"].as_str().unwrap_or_default() {
        "model" => {
            let model = format!(
                "{}/{}",
                properties["provider"].as_str().unwrap_or_default(),
                properties["model"].as_str().unwrap_or_default()
            );
            (
                json!({"model": model, "timeout": properties["timeout"], "retries": properties["retries"]}),
                "success",
                "fallback",
            )
        }
        "conditional" => (json!({"if": properties["conditions"]}), "true", "false"),
        "rate" => {
            let unit = if properties["limitType"] == "cost" { "dollars" } else { "requests" };
            let step = json!({"limit": properties["limit"], "unit": unit, "per": properties["key"], "in": properties["window"]});
            (step, "success", "fallback")
        }
        "percentage" => {
            let share = |text: &str| text.trim_end_matches('%').parse::<u64>().unwrap_or_default();
            let split: Map<String, Value> =
                targets(element).map(|(name, to)| (to.to_owned(), json!(share(name)))).collect();
            return json!({"split": split});
        }
        _ => return element.clone(),
    };
    for (key, output) in [("then", then), ("else", other)] {
        if to(output) != end {
            step[key] = json!(to(output));
        }
    }
    step
}

/// The providers whose keys the route's models need.
pub fn providers(elements: &[Value]) -> Vec<&str> {
    let mut found: Vec<&str> =
        elements.iter().filter_map(|element| element["properties"]["provider"].as_str()).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example in the help.
    fn example() -> String {
        let from = FORMAT.find('{').unwrap();
        FORMAT[from..FORMAT.find("Steps:").unwrap()].to_owned()
    }

    #[test]
    fn the_example_of_the_help_is_a_route_that_reads_back_the_same() {
        let route = read(&example()).unwrap();
        let kinds: Vec<_> = route.elements.iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["start", "conditional", "percentage", "rate", "model", "model", "end"]);
        assert_eq!(route.elements[3]["properties"]["window"], 3600);
        let again = read(&write(&route.name, &route.elements).to_string()).unwrap();
        assert_eq!(again, route);
        assert_eq!(providers(&route.elements), ["anthropic", "openai"]);
    }

    #[test]
    fn a_chain_falls_back_from_one_to_the_next() {
        let route = read(r#"{"name": "r", "models": ["anthropic/a", "openai/b"]}"#).unwrap();
        assert_eq!(route.elements[1]["outputs"]["fallback"]["elementId"], "model-2");
        assert_eq!(route.elements[2]["outputs"]["fallback"]["elementId"], "end");
    }

    #[test]
    fn what_is_wrong_is_said_with_the_step() {
        let cases = [
            ("[]", "a JSON object"),
            (r#"{"steps": {}}"#, "no name"),
            (r#"{"name": "r"}"#, "either steps or models"),
            (r#"{"name": "a b", "models": ["a/b"]}"#, "is not allowed in a route's name"),
            (r#"{"name": "r", "models": ["gpt-5"]}"#, "model-1: model must be PROVIDER/MODEL"),
            (r#"{"name": "r", "models": ["nobody-at-all/x"]}"#, "is not a provider"),
            (r#"{"name": "r", "steps": {"a": {"model": "openai/x", "else": "b"}}}"#, "a leads to `b`"),
            (
                r#"{"name": "r", "steps": {"a": {"model": "openai/x", "fallback": "b"}}}"#,
                "a has no `fallback`",
            ),
            (r#"{"name": "r", "steps": {"a": {"split": {"end": 50}}}}"#, "a: the shares add up to 50"),
            (
                r#"{"name": "r", "steps": {"s": {"split": {"a": 50, "b": 50}}, "a": {"model": "openai/x"}, "b": {"model": "openai/y"}}}"#,
                "use 49 and 51",
            ),
            (r#"{"name": "r", "steps": {"a": {"limit": 5, "in": "1h"}}}"#, "a: per must be"),
            (
                r#"{"name": "r", "steps": {"a": {"limit": 5, "per": "metadata.user"}}}"#,
                "a: in must be a window",
            ),
            (r#"{"name": "r", "steps": {"a": {"if": {}}}}"#, "a: if must be an object"),
            (r#"{"name": "r", "steps": {"a": {}}}"#, "one of model"),
            (
                r#"{"name": "r", "steps": {"a": {"model": "openai/x", "else": "b"}, "b": {"model": "openai/y", "else": "a"}}}"#,
                "returns to a",
            ),
        ];
        for (text, expected) in cases {
            let said = read(text).unwrap_err();
            assert!(said.contains(expected), "{text}: {said}");
        }
    }
}
