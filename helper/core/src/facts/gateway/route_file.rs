//! Reads route files: Cloudflare's own elements, or a chain of models in short.
//!
//! The API's elements, outputs and properties: Cloudflare's page
//! "features/dynamic-routing/json-configuration" and its SDK 7.3.0.

use super::providers::ProviderRef;
use crate::base::error::{Error, Result};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The route file format, printed by the help.
pub const FORMAT: &str = r#"A route file is one JSON object. In a chain, each model is the fallback of the one before:
  {"name": "agents", "models": ["anthropic/claude-opus-5", "openai/gpt-5"]}
Any other route has Cloudflare's elements, as `cf-aig route show NAME` prints them:
  {"name": "agents", "elements": [
    {"id": "start", "type": "start", "outputs": {"next": {"elementId": "plan"}}},
    {"id": "plan", "type": "conditional",
     "properties": {"conditions": {"metadata.plan": {"$eq": "free"}}},
     "outputs": {"true": {"elementId": "small"}, "false": {"elementId": "share"}}},
    {"id": "share", "type": "percentage",
     "outputs": {"90%": {"elementId": "quota"}, "10%": {"elementId": "big"}}},
    {"id": "quota", "type": "rate",
     "properties": {"limitType": "count", "limit": 100, "key": "metadata.user", "window": 3600},
     "outputs": {"success": {"elementId": "big"}, "fallback": {"elementId": "small"}}},
    {"id": "big", "type": "model", "properties": {"provider": "anthropic",
     "model": "claude-opus-5", "timeout": 60000, "retries": 1},
     "outputs": {"success": {"elementId": "end"}, "fallback": {"elementId": "small"}}},
    {"id": "small", "type": "model",
     "properties": {"provider": "openai", "model": "gpt-5", "timeout": 60000, "retries": 0},
     "outputs": {"success": {"elementId": "end"}, "fallback": {"elementId": "end"}}},
    {"id": "end", "type": "end", "outputs": {}}]}
A `rate` element limits requests ("count") or US dollars ("cost") for each value of its key, in a
window of seconds. A timeout is in milliseconds. In a `percentage` element, the name of a branch is
its share. See https://developers.cloudflare.com/ai-gateway/features/dynamic-routing/

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

/// Parses a route file.
///
/// # Errors
/// Usage: what is wrong, with the id of the element.
pub fn read(text: &str) -> Result<RouteFile> {
    let file: Map<String, Value> = serde_json::from_str(text).map_err(|cause| {
        Error::usage(format!("a route file must be a JSON object: {cause}")).caused_by(cause)
    })?;
    let names = ["name", "elements", "models"];
    if let Some(key) = file.keys().find(|key| !names.contains(&key.as_str())) {
        return Err(Error::usage(format!(
            "a route file has no `{}`: {}",
            key.escape_debug(),
            names.join(", ")
        )));
    }
    let name = file.get("name").and_then(Value::as_str).filter(|name| !name.trim().is_empty());
    let name = name.ok_or_else(|| Error::usage("the route has no name"))?.to_owned();
    if let Some(bad) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || "-_.".contains(*c))) {
        return Err(Error::usage(format!("`{}` is not allowed in a route's name", bad.escape_debug())));
    }
    let elements = match (file.get("elements"), file.get("models")) {
        (Some(Value::Array(elements)), None) if !elements.is_empty() => elements.clone(),
        (None, Some(Value::Array(models))) if !models.is_empty() => chain(models)?,
        _ => return Err(Error::usage("a route must have either elements or models, and at least one")),
    };
    check(&elements)?;
    Ok(RouteFile { name, elements })
}

/// The elements of a chain of models.
fn chain(models: &[Value]) -> Result<Vec<Value>> {
    let id = |at: usize| if at < models.len() { format!("model-{}", at + 1) } else { "end".to_owned() };
    let mut elements =
        vec![json!({"id": "start", "type": "start", "outputs": {"next": {"elementId": id(0)}}})];
    for (at, model) in models.iter().enumerate() {
        let named =
            model.as_str().and_then(|model| model.split_once('/')).filter(|(_, model)| !model.is_empty());
        let (provider, model) =
            named.ok_or_else(|| Error::usage(format!("{}: a model must be PROVIDER/MODEL", id(at))))?;
        let slug = ProviderRef::parse(provider).map_err(|cause| {
            let (id, provider) = (id(at), provider.escape_debug());
            Error::usage(format!("{id}: `{provider}` is not a provider; `cf-aig providers` lists them"))
                .caused_by(cause)
        })?;
        elements.push(json!({
            "id": id(at), "type": "model",
            "properties": {"provider": slug.slug(), "model": model, "timeout": 60_000, "retries": 0},
            "outputs": {"success": {"elementId": "end"}, "fallback": {"elementId": id(at + 1)}},
        }));
    }
    elements.push(json!({"id": "end", "type": "end", "outputs": {}}));
    Ok(elements)
}

/// Checks what the API would only show at the first request: every output leads to an element, and the
/// route ends. The API checks the rest.
fn check(elements: &[Value]) -> Result<()> {
    let mut next: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for element in elements {
        let id = element["id"]
            .as_str()
            .ok_or_else(|| Error::usage(format!("this element has no id: {element}")))?;
        if next.insert(id, targets(element).map(|(_, to)| to).collect()).is_some() {
            return Err(Error::usage(format!("two elements have the id `{}`", id.escape_debug())));
        }
    }
    for (from, to) in next.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to))) {
        if !next.contains_key(to) {
            let (from, to) = (from.escape_debug(), to.escape_debug());
            return Err(Error::usage(format!("{from} leads to `{to}`, which is not an element")));
        }
    }
    // whatever leads only to elements that end, ends
    while let Some(ends) = next.iter().find(|(_, to)| to.iter().all(|to| !next.contains_key(to))) {
        let ends = *ends.0;
        next.remove(ends);
    }
    match next.keys().next() {
        Some(element) => {
            Err(Error::usage(format!("the route returns to {} and would never end", element.escape_debug())))
        }
        None => Ok(()),
    }
}

/// The outputs of an element, with the ids that they lead to.
pub fn targets(element: &Value) -> impl Iterator<Item = (&str, &str)> {
    let outputs = element["outputs"].as_object().into_iter().flatten();
    outputs.map(|(name, to)| (name.as_str(), to["elementId"].as_str().unwrap_or_default()))
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
    use proptest::prelude::*;

    /// The long example in the help.
    fn example() -> String {
        let from = FORMAT.rfind("{\"name\"").unwrap();
        FORMAT[from..FORMAT.find("A `rate` element").unwrap()].to_owned()
    }

    #[test]
    fn the_examples_of_the_help_are_routes() {
        let route = read(&example()).unwrap();
        let kinds: Vec<_> = route.elements.iter().map(|e| e["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["start", "conditional", "percentage", "rate", "model", "model", "end"]);
        assert_eq!(providers(&route.elements), ["anthropic", "openai"]);
        let short = FORMAT.lines().nth(1).unwrap();
        assert_eq!(read(short).unwrap().elements.len(), 4);
    }

    #[test]
    fn a_chain_falls_back_from_one_to_the_next() {
        let route = read(r#"{"name": "r", "models": ["anthropic/a", "openai/b"]}"#).unwrap();
        assert_eq!(route.elements[1]["outputs"]["fallback"]["elementId"], "model-2");
        assert_eq!(route.elements[2]["outputs"]["fallback"]["elementId"], "end");
    }

    #[test]
    fn an_error_names_the_element() {
        let element = |id: &str, to: &str| json!({"id": id, "outputs": {"next": {"elementId": to}}});
        let of = |elements: Value| json!({"name": "r", "elements": elements}).to_string();
        let cases = [
            ("[]".to_owned(), "a JSON object"),
            (r#"{"models": ["a/b"]}"#.to_owned(), "no name"),
            (r#"{"name": "r"}"#.to_owned(), "either elements or models"),
            (r#"{"name": "r", "steps": {}}"#.to_owned(), "has no `steps`"),
            (r#"{"name": "a b", "models": ["a/b"]}"#.to_owned(), "is not allowed in a route's name"),
            (r#"{"name": "r", "models": ["gpt-5"]}"#.to_owned(), "model-1: a model must be PROVIDER/MODEL"),
            (r#"{"name": "r", "models": ["nobody-at-all/x"]}"#.to_owned(), "is not a provider"),
            (of(json!([element("a", "b")])), "a leads to `b`"),
            (of(json!([{"id": "a", "outputs": {"next": 1}}])), "a leads to ``"),
            (of(json!([{"type": "end"}])), "has no id"),
            (of(json!([element("a", "b"), element("b", "a")])), "returns to a"),
            (of(json!([{"id": "a"}, {"id": "a"}])), "two elements have the id `a`"),
        ];
        for (text, expected) in cases {
            let said = read(&text).unwrap_err().message;
            assert!(said.contains(expected), "{text}: {said}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

        /// Forward edges end, and one edge back does not.
        #[test]
        fn a_route_that_returns_is_refused(edges in prop::collection::vec((0usize..8, 1usize..8), 0..20), back in 1usize..8) {
            let mut elements: Vec<Value> = (0..=8).map(|at| json!({"id": format!("e{at}"), "outputs": {}})).collect();
            let mut add = |from: usize, to: usize| {
                let name = format!("{from}-{to}");
                elements[from]["outputs"][name] = json!({"elementId": format!("e{to}")});
            };
            edges.iter().for_each(|(from, to)| add(*from, (from + to).min(8)));
            prop_assert!(check(&elements).is_ok());
            let mut add = |from: usize, to: usize| elements[from]["outputs"]["way"] = json!({"elementId": format!("e{to}")});
            add(0, back);
            add(back, 0);
            prop_assert!(check(&elements).is_err());
        }
    }
}
