//! Drift between Cloudflare and the state that Terraform or Pulumi has.
//!
//! Compares the tool's JSON output, not the code: code has variables, modules and loops that only
//! the tool can evaluate. Attributes that hold secrets are not compared.

use super::language::Language;
use super::program::{Program, RouteProgram};
use super::schema::{GATEWAY, ROUTE, Resource};
use super::shape::{ArgumentValue, Arguments};
use crate::base::error::{Error, Kind as Failure, Result};
use crate::base::text::visible;
use crate::facts::gateway::arguments::{Argument, ArgumentKind, Presence};
use crate::facts::gateway::resources::Object;
use serde::Serialize;
use serde_json::Value;

/// A difference.
#[derive(Debug, Serialize, PartialEq)]
pub struct Difference {
    /// The resource's name at Cloudflare.
    pub resource: String,
    /// The attribute, as the file's language names it; empty for the whole resource.
    pub attribute: String,
    /// The value in the file; `null` if there is none.
    pub file: Value,
    /// The value at Cloudflare; `null` if there is none.
    pub live: Value,
}

/// The result of a comparison.
#[derive(Debug, Default)]
pub struct Drift {
    /// Drift.
    pub drift: Vec<Difference>,
    /// Values that the file leaves to Cloudflare and that Cloudflare has; not drift.
    pub left_open: Vec<Difference>,
    /// Attributes that could not be compared, with the reason.
    pub not_compared: Vec<String>,
}

/// Compares. `file` is JSON from `terraform show -json` (state or plan), a `terraform.tfstate`, or
/// `pulumi stack export`; `file_name` is for messages.
///
/// # Errors
/// Usage, if it is none of these, or lacks this gateway.
pub fn compare(file_name: &str, file: &Value, program: &Program) -> Result<Drift> {
    let usage =
        |why: &str| Error::new(Failure::Usage, format!("{file_name} {why}")).hinted("`cf-aig iac --help`");
    let (language, held) = resources(file)
        .ok_or_else(|| usage("must be the output of `terraform show -json`, a terraform.tfstate or the output of `pulumi stack export`"))?;
    let name = program.gateway.as_str();
    let of_gateway = |resource: &Resource, terraform: &str, pulumi: &str| {
        let kind = language.kind(resource);
        let key = if language == Language::Terraform { terraform } else { pulumi };
        let ours = held.iter().filter(|(held, values)| *held == kind && values[key] == name);
        ours.filter_map(|(_, values)| values.as_object()).collect::<Vec<_>>()
    };
    // it may be absent, or a secret of the stack
    let account = |values: &Object| {
        let key = if language == Language::Terraform { "account_id" } else { "accountId" };
        values.get(key).and_then(Value::as_str).map(str::to_owned)
    };
    let is_of_account = |values: &&Object| {
        let own = program.account.as_ref();
        account(values).zip(own).is_none_or(|(held, own)| held.eq_ignore_ascii_case(own.as_str()))
    };
    let gateways = of_gateway(&GATEWAY, "id", "aiGatewayId");
    let gateway = gateways.iter().copied().find(is_of_account).ok_or_else(|| {
        match (gateways.first().and_then(|other| account(other)), &program.account) {
            (Some(other), Some(own)) => {
                usage(&format!("has gateway {name} of account {}, not of {own}", visible(&other)))
            }
            _ => usage(&format!("has no {} with the id {name}", GATEWAY.terraform)),
        }
    })?;
    let mut walk = DriftWalk { drift: Drift::default(), resource: name.to_owned(), language };
    walk.fields(GATEWAY.arguments, gateway, &program.arguments, "");
    let mut missing: Vec<&RouteProgram> = program.routes.iter().collect();
    for route in of_gateway(&ROUTE, "gateway_id", "gatewayId").into_iter().filter(is_of_account) {
        let name = route.get("name").and_then(Value::as_str).unwrap_or_default();
        walk.resource = format!("route {name}");
        match program.routes.iter().find(|live| live.name == name) {
            Some(live) => walk.fields(ROUTE.arguments, route, &live.arguments, ""),
            None => walk.differs("", "there".into(), Value::Null),
        }
        missing.retain(|live| live.name != name);
    }
    for live in missing {
        walk.resource = format!("route {}", live.name);
        walk.differs("", Value::Null, "there".into());
    }
    let mut drift = walk.drift;
    let left_out = program.left_out.iter().map(|left| format!("{} {}", left.at, left.why));
    let by_hand = program.calls.iter().map(|call| format!("{}: no resource covers it", call.makes));
    drift.not_compared.extend(left_out.chain(by_hand));
    Ok(drift)
}

struct DriftWalk {
    drift: Drift,
    resource: String,
    language: Language,
}

impl DriftWalk {
    fn fields(&mut self, arguments: &'static [Argument], file: &Object, live: &Arguments, at: &str) {
        for argument in arguments {
            let name = self.language.name(argument);
            let here = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            let held = file.get(&name).filter(|value| !value.is_null());
            let live = live.iter().find(|(own, _)| own.api == argument.api).map(|(_, term)| term);
            self.value(argument, held, live, &here);
        }
    }

    fn value(
        &mut self,
        argument: &'static Argument,
        file: Option<&Value>,
        live: Option<&ArgumentValue>,
        at: &str,
    ) {
        let is_secret = matches!(argument.kind, ArgumentKind::Secret | ArgumentKind::Secrets)
            || matches!(live, Some(ArgumentValue::Secret(_)))
            || file.is_some_and(is_sealed);
        if is_secret {
            if file.is_some() || live.is_some() {
                self.drift.not_compared.push(format!("{}: {at} is a secret", self.resource));
            }
            return;
        }
        match (file, live) {
            (None, None) => {}
            // an empty list or object may be returned as nothing
            (Some(value), None) if is_empty(value) => {}
            (Some(value), Some(term)) => self.both(argument.kind, value, term, at),
            (None, Some(term)) => {
                let found = self.difference(at, Value::Null, term.plain(self.language));
                match argument.presence {
                    Presence::Computed => self.drift.left_open.push(found),
                    _ => self.drift.drift.push(found),
                }
            }
            (Some(value), None) => self.differs(at, shown(argument.kind, value), Value::Null),
        }
    }

    fn both(&mut self, kind: ArgumentKind, file: &Value, live: &ArgumentValue, at: &str) {
        match (kind, file, live) {
            (ArgumentKind::Object(arguments), Value::Object(map), ArgumentValue::Object(fields)) => {
                self.fields(arguments, map, fields, at);
            }
            (ArgumentKind::Objects(arguments), Value::Array(items), ArgumentValue::List(terms))
                if items.len() == terms.len() =>
            {
                for (index, (item, term)) in items.iter().zip(terms).enumerate() {
                    self.both(ArgumentKind::Object(arguments), item, term, &format!("{at}[{index}]"));
                }
            }
            (ArgumentKind::Named(arguments), Value::Object(map), ArgumentValue::Named(terms))
                if map.len() == terms.len() && terms.iter().all(|(name, _)| map.contains_key(name)) =>
            {
                for (name, term) in terms {
                    self.both(ArgumentKind::Object(arguments), &map[name], term, &format!("{at}.{name}"));
                }
            }
            _ => {
                let live = live.plain(self.language);
                if !same(kind, file, &live) {
                    self.differs(at, shown(kind, file), live);
                }
            }
        }
    }

    fn differs(&mut self, at: &str, file: Value, live: Value) {
        let found = self.difference(at, file, live);
        self.drift.drift.push(found);
    }

    fn difference(&self, at: &str, file: Value, live: Value) -> Difference {
        Difference { resource: self.resource.clone(), attribute: at.to_owned(), file, live }
    }
}

fn is_empty(value: &Value) -> bool {
    value.as_array().is_some_and(Vec::is_empty) || value.as_object().is_some_and(Object::is_empty)
}

/// Pulumi stores a secret as an object with this key, which is the same in every stack
/// (`@pulumi/pulumi`, `runtime/rpc`: `specialSigKey`).
fn is_sealed(value: &Value) -> bool {
    value.get("4dabf18193072939515e22adb298388d").is_some()
}

fn same(kind: ArgumentKind, file: &Value, live: &Value) -> bool {
    match (kind, file, live) {
        (ArgumentKind::Word(_), Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b),
        (ArgumentKind::Json, Value::String(text), live) => {
            serde_json::from_str::<Value>(text).is_ok_and(|value| equal(&value, live))
        }
        _ => equal(file, live),
    }
}

/// Equal except for the order of keys.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len()
                && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => a == b,
    }
}

/// A value from the file that is safe to show: for objects that may hold secrets, only their
/// presence.
fn shown(kind: ArgumentKind, value: &Value) -> Value {
    fn has_secrets(arguments: &[Argument]) -> bool {
        arguments.iter().any(|argument| match argument.kind {
            ArgumentKind::Secret | ArgumentKind::Secrets => true,
            ArgumentKind::Object(inner) | ArgumentKind::Objects(inner) | ArgumentKind::Named(inner) => {
                has_secrets(inner)
            }
            _ => false,
        })
    }
    match kind {
        ArgumentKind::Object(inner) | ArgumentKind::Objects(inner) | ArgumentKind::Named(inner)
            if has_secrets(inner) =>
        {
            "there".into()
        }
        _ => value.clone(),
    }
}

impl ArgumentValue {
    /// In the form of the tool's state.
    fn plain(&self, language: Language) -> Value {
        match self {
            ArgumentValue::Plain(value) | ArgumentValue::Json(value) => value.clone(),
            ArgumentValue::List(terms) => terms.iter().map(|term| term.plain(language)).collect(),
            ArgumentValue::Object(fields) => {
                let entry =
                    |(own, term): &(&Argument, ArgumentValue)| (language.name(own), term.plain(language));
                Value::Object(fields.iter().map(entry).collect())
            }
            ArgumentValue::Named(terms) => {
                Value::Object(terms.iter().map(|(name, term)| (name.clone(), term.plain(language))).collect())
            }
            ArgumentValue::Secret(_) => "(secret)".into(),
        }
    }
}

/// The resources in a file, with their types and values; `None` if the format is not known.
fn resources(file: &Value) -> Option<(Language, Vec<(&Value, &Value)>)> {
    let mut found = Vec::new();
    // a plan also contains the previous state; the planned values are what the code wants
    let shown = file.get("planned_values").or_else(|| file.get("values"));
    if let Some(module) = shown.and_then(|values| values.get("root_module")) {
        of_module(module, &mut found);
    } else if let (Some(4), Some(Value::Array(_))) = (file["version"].as_u64(), file.get("resources")) {
        for resource in managed(file) {
            let instances = items(resource, "instances").iter();
            found.extend(instances.map(|instance| (&resource["type"], &instance["attributes"])));
        }
    } else if file.get("format_version").is_none() {
        let deployment = file.get("deployment").filter(|deployment| deployment.is_object())?;
        if !matches!(deployment.get("resources"), None | Some(Value::Array(_))) {
            return None;
        }
        let inputs = items(deployment, "resources").iter().map(|held| (&held["type"], &held["inputs"]));
        return Some((Language::Pulumi, inputs.collect()));
    }
    // with only a version of the format, it is the output of `show -json` for a state without resources
    Some((Language::Terraform, found))
}

fn items<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The resources that Terraform does not only read.
fn managed(value: &Value) -> impl Iterator<Item = &Value> {
    items(value, "resources").iter().filter(|resource| resource["mode"] != "data")
}

fn of_module<'a>(module: &'a Value, found: &mut Vec<(&'a Value, &'a Value)>) {
    found.extend(managed(module).map(|resource| (&resource["type"], &resource["values"])));
    items(module, "child_modules").iter().for_each(|child| of_module(child, found));
}

#[cfg(test)]
mod tests {
    use super::super::shape::SecretName;
    use super::*;
    use crate::facts::gateway::ids::{AccountId, GatewayId};
    use serde_json::json;

    fn argument(api: &str) -> &'static Argument {
        GATEWAY.arguments.iter().find(|argument| argument.api == api).expect("a setting")
    }

    /// The arguments of one exporter: a URL and secrets.
    fn exporter() -> &'static [Argument] {
        let ArgumentKind::Objects(arguments) = argument("otel").kind else { panic!("a list of objects") };
        arguments
    }

    fn exporter_to(url: &str) -> ArgumentValue {
        let argument = exporter().iter().find(|argument| argument.api == "url").expect("a URL");
        ArgumentValue::Object(vec![(argument, ArgumentValue::Plain(url.into()))])
    }

    fn walked(walk: impl FnOnce(&mut DriftWalk)) -> Drift {
        let (drift, language) = (Drift::default(), Language::Terraform);
        let mut whole = DriftWalk { drift, resource: "team".to_owned(), language };
        walk(&mut whole);
        whole.drift
    }

    /// The attributes that differ.
    fn drifted(walk: impl FnOnce(&mut DriftWalk)) -> Vec<String> {
        walked(walk).drift.into_iter().map(|difference| difference.attribute).collect()
    }

    #[test]
    fn a_value_that_is_a_secret_at_cloudflare_is_neither_compared_nor_shown() {
        let live =
            ArgumentValue::Secret(SecretName { name: "s".to_owned(), is_map: false, at: "id".to_owned() });
        let technique = argument("rate_limiting_technique");
        let drift = walked(|walk| walk.value(technique, Some(&"s3cret".into()), Some(&live), "id"));
        assert_eq!(drift.not_compared, ["team: id is a secret"]);
        assert!(drift.drift.is_empty() && drift.left_open.is_empty(), "{drift:?}");
    }

    #[test]
    fn a_secret_on_one_side_only_is_named_and_a_missing_one_is_not() {
        let secret = exporter().iter().find(|argument| matches!(argument.kind, ArgumentKind::Secret));
        let named = |file: Option<&Value>| walked(|walk| walk.value(secret.unwrap(), file, None, "at"));
        assert_eq!(named(Some(&"s3cret".into())).not_compared, ["team: at is a secret"]);
        assert_eq!(named(None).not_compared, [""; 0]);
    }

    #[test]
    fn an_object_that_may_hold_a_secret_is_not_shown() {
        let value = json!({"authorization": "s3cret"});
        let inside = ArgumentKind::Object(GATEWAY.arguments);
        for kind in [
            ArgumentKind::Object(exporter()),
            ArgumentKind::Objects(exporter()),
            ArgumentKind::Named(exporter()),
            inside,
        ] {
            assert_eq!(shown(kind, &value), "there", "{kind:?}");
        }
        assert_eq!(shown(argument("guardrails").kind, &value), value);
    }

    #[test]
    fn an_empty_list_or_object_is_the_same_as_none() {
        let with = |value: Value| drifted(|walk| walk.value(argument("otel"), Some(&value), None, "at"));
        for empty in [json!([]), json!({})] {
            assert_eq!(with(empty), [""; 0]);
        }
        for full in [json!([{}]), json!({"a": 1}), json!("")] {
            assert_eq!(with(full), ["at"]);
        }
    }

    #[test]
    fn a_difference_in_a_list_or_a_map_is_named_as_closely_as_possible() {
        let list = |file: Value| {
            let live = ArgumentValue::List(vec![exporter_to("a"), exporter_to("b")]);
            drifted(|walk| walk.both(ArgumentKind::Objects(exporter()), &file, &live, "at"))
        };
        assert_eq!(list(json!([{"url": "a"}, {"url": "b"}])), [""; 0]);
        assert_eq!(list(json!([{"url": "a"}, {"url": "c"}])), ["at[1].url"]);
        assert_eq!(list(json!([{"url": "a"}])), ["at"]);
        assert_eq!(list(json!([{"url": "a"}, {"url": "b"}, {"url": "c"}])), ["at"]);
        let map = |file: Value| {
            let live = ArgumentValue::Named(vec![("one".to_owned(), exporter_to("a"))]);
            drifted(|walk| walk.both(ArgumentKind::Named(exporter()), &file, &live, "at"))
        };
        assert_eq!(map(json!({"one": {"url": "a"}})), [""; 0]);
        assert_eq!(map(json!({"one": {"url": "b"}})), ["at.one.url"]);
        assert_eq!(map(json!({"two": {"url": "a"}})), ["at"]);
        assert_eq!(map(json!({"one": {"url": "a"}, "two": {"url": "a"}})), ["at"]);
    }

    #[test]
    fn a_value_is_the_same_however_it_is_written() {
        let word = argument("rate_limiting_technique").kind;
        for (kind, file, live) in [
            (word, json!("FIXED"), json!("fixed")),
            (ArgumentKind::Amount, json!(1), json!(1.0)),
            (
                ArgumentKind::Json,
                json!(r#"{"b": [1.0, {"c": 2}], "a": null}"#),
                json!({"a": null, "b": [1, {"c": 2.0}]}),
            ),
        ] {
            assert!(same(kind, &file, &live), "{file} and {live}");
        }
        for (kind, file, live) in [
            (ArgumentKind::Text, json!("FIXED"), json!("fixed")),
            (word, json!("fixed"), json!("sliding")),
            (ArgumentKind::Amount, json!(1), json!(2)),
            (ArgumentKind::Json, json!("[1, 2]"), json!([1])),
            (ArgumentKind::Json, json!("[1]"), json!([1, 2])),
            (ArgumentKind::Json, json!("[1, 2]"), json!([1, 3])),
            (ArgumentKind::Json, json!(r#"{"a": 1}"#), json!({"a": 1, "b": 2})),
            (ArgumentKind::Json, json!(r#"{"a": 1}"#), json!({"b": 1})),
            (ArgumentKind::Json, json!(r#"{"a": 1}"#), json!({"a": 2})),
            (ArgumentKind::Json, json!("no JSON"), json!("no JSON")),
        ] {
            assert!(!same(kind, &file, &live), "{file} and {live}");
        }
    }

    /// No settings and no routes.
    fn program(account: Option<&str>) -> Program {
        Program {
            account: account.map(|id| AccountId::parse(id).expect("an account id")),
            gateway: GatewayId::parse("team").expect("an id"),
            is_live: true,
            import: false,
            arguments: Vec::new(),
            routes: Vec::new(),
            calls: Vec::new(),
            left_out: Vec::new(),
            bases: Vec::new(),
        }
    }

    #[test]
    fn a_gateway_of_another_account_is_another_gateway() {
        let (own, other) = ("0a".repeat(16), "0b".repeat(16));
        let files = |account: &Value| {
            let terraform = json!({"id": "team", "account_id": account});
            let pulumi = json!({"aiGatewayId": "team", "accountId": account});
            [
                json!({"version": 4, "resources": [
                    {"type": GATEWAY.terraform, "instances": [{"attributes": terraform}]}]}),
                json!({"values": {"root_module": {"resources": [{"type": GATEWAY.terraform, "values": terraform}]}}}),
                json!({"deployment": {"resources": [{"type": GATEWAY.token, "inputs": pulumi}]}}),
            ]
        };
        let sealed = json!({"4dabf18193072939515e22adb298388d": "1b"});
        for account in [json!(own), json!(own.to_uppercase()), Value::Null, sealed] {
            for file in files(&account) {
                assert!(compare("s.json", &file, &program(Some(&own))).is_ok(), "{file}");
            }
        }
        for file in files(&json!(other)) {
            let why = compare("s.json", &file, &program(Some(&own))).expect_err("another account").message;
            assert_eq!(why, format!("s.json has gateway team of account {other}, not of {own}"));
            assert!(compare("s.json", &file, &program(None)).is_ok(), "{file}");
        }
    }

    #[test]
    fn resources_of_another_gateway_are_not_compared() {
        let resource =
            |kind: &str, attributes: Value| json!({"type": kind, "instances": [{"attributes": attributes}]});
        let file = json!({"version": 4, "resources": [
            resource(GATEWAY.terraform, json!({"id": "other", "cache_ttl": 5})),
            resource(ROUTE.terraform, json!({"gateway_id": "other", "name": "theirs"})),
            resource(GATEWAY.terraform, json!({"id": "team", "cache_ttl": 7})),
            resource(ROUTE.terraform, json!({"gateway_id": "team", "name": "ours"})),
        ]});
        let drift = compare("state.json", &file, &program(None)).expect("a state").drift;
        let found: Vec<_> = drift.iter().map(|one| (one.resource.as_str(), &one.file)).collect();
        assert!(found.contains(&("team", &json!(7))) && !found.contains(&("team", &json!(5))), "{found:?}");
        assert!(found.contains(&("route ours", &json!("there"))), "{found:?}");
        assert!(!found.iter().any(|(resource, _)| *resource == "route theirs"), "{found:?}");
    }
}
