//! The provider's schema, and the types that are generated from it.
//!
//! `provider-schema.json` has the format of `terraform providers schema -json`. It holds the names, types
//! and requirements of `internal/services/ai_gateway*/schema.go` in
//! cloudflare/terraform-provider-cloudflare (commits 004efb0e and 222abeaa), because no package registry
//! has the provider itself. The types of `@pulumi/cloudflare`, which is generated from the provider, must
//! agree with it completely.

use crate::pulumi::modules;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) struct Schema(Value);

impl Schema {
    pub(crate) fn load() -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/iac/provider-schema.json");
        let json: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        Self(
            json["provider_schemas"]["registry.terraform.io/cloudflare/cloudflare"]["resource_schemas"]
                .clone(),
        )
    }

    fn attributes(&self, kind: &str) -> &Map<String, Value> {
        self.0[kind]["block"]["attributes"].as_object().unwrap_or_else(|| panic!("no resource {kind}"))
    }

    /// What a program may set.
    pub(crate) fn settable(&self, kind: &str) -> impl Iterator<Item = String> {
        let given =
            |(_, attribute): &(&String, &Value)| is(attribute, "required") || is(attribute, "optional");
        self.attributes(kind).iter().filter(given).map(|(name, _)| name.clone())
    }

    pub(crate) fn check(&self, kind: &str, values: &Map<String, Value>) {
        assert_eq!(self.faults(kind, values), Vec::<String>::new());
    }

    pub(crate) fn faults(&self, kind: &str, values: &Map<String, Value>) -> Vec<String> {
        let mut faults = Vec::new();
        object(self.attributes(kind), values, kind, &mut faults);
        faults
    }
}

fn is(attribute: &Value, what: &str) -> bool {
    attribute[what] == true
}

fn object(attributes: &Map<String, Value>, values: &Map<String, Value>, at: &str, faults: &mut Vec<String>) {
    for (name, attribute) in attributes {
        if is(attribute, "required") && !values.contains_key(name) {
            faults.push(format!("{at}.{name} is required"));
        }
    }
    for (name, value) in values {
        let at = format!("{at}.{name}");
        match attributes.get(name) {
            None => faults.push(format!("{at} is unknown")),
            Some(attribute) if !is(attribute, "required") && !is(attribute, "optional") => {
                faults.push(format!("{at} is read-only"));
            }
            Some(attribute) => one(attribute, value, &at, faults),
        }
    }
}

fn one(attribute: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let nested = &attribute["nested_type"];
    let inner = nested["attributes"].as_object();
    let mut each = |value: &Value, at: &str| match (inner, value.as_object()) {
        (Some(inner), Some(map)) => object(inner, map, at, faults),
        _ => faults.push(format!("{at} is not an object")),
    };
    match (nested["nesting_mode"].as_str(), value) {
        (Some("single"), value) => each(value, at),
        (Some("list"), Value::Array(items)) => {
            items.iter().enumerate().for_each(|(index, item)| each(item, &format!("{at}[{index}]")));
        }
        (Some("map"), Value::Object(map)) => {
            map.iter().for_each(|(key, item)| each(item, &format!("{at}.{key}")))
        }
        (None, value) if fits(&attribute["type"], value) => {}
        _ => faults.push(format!("{at} is no {attribute}")),
    }
}

fn fits(kind: &Value, value: &Value) -> bool {
    match kind {
        Value::String(kind) => match kind.as_str() {
            "string" => value.is_string(),
            "number" => value.is_number(),
            "bool" => value.is_boolean(),
            other => panic!("unknown type {other}"),
        },
        Value::Array(kind) if kind[0] == "list" => {
            value.as_array().is_some_and(|items| items.iter().all(|item| fits(&kind[1], item)))
        }
        Value::Array(kind) if kind[0] == "map" => {
            value.as_object().is_some_and(|map| map.values().all(|item| fits(&kind[1], item)))
        }
        other => panic!("unknown type {other}"),
    }
}

/// The members of every interface in a declaration file: name, whether required, type.
fn interfaces(text: &str) -> BTreeMap<String, BTreeMap<String, (bool, String)>> {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/**") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    plain.push_str(rest);
    let mut found = BTreeMap::new();
    for part in plain.split("export interface ").skip(1) {
        let (name, rest) = part.split_once('{').expect("a body");
        let body = rest.split("\n}").next().unwrap_or_default();
        let (mut members, mut depth, mut member) = (BTreeMap::new(), 0, String::new());
        for c in body.chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if c == ';' && depth == 0 {
                let (name, kind) = member.split_once(':').expect("a member");
                let name = name.trim();
                let kind = kind
                    .replace("pulumi.Input<", "")
                    .replace(['>', ' ', '\n', ';'], "")
                    .replace("|undefined", "");
                members.insert(name.trim_end_matches('?').to_owned(), (!name.ends_with('?'), kind));
                member.clear();
            } else {
                member.push(c);
            }
        }
        found.insert(name.trim().to_owned(), members);
    }
    found
}

/// Every name, type and requirement of the schema matches Pulumi's types, and the reverse.
pub(crate) fn hold_against_pulumi() {
    let modules = modules();
    let package = modules.join("@pulumi/cloudflare");
    let read = |file: &str| interfaces(&std::fs::read_to_string(package.join(file)).expect(file));
    let inputs = read("types/input.d.ts");
    let schema = Schema::load();
    for (kind, class, file) in [
        ("cloudflare_ai_gateway", "AiGatewayArgs", "aiGateway.d.ts"),
        (
            "cloudflare_ai_gateway_dynamic_routing",
            "AiGatewayDynamicRoutingArgs",
            "aiGatewayDynamicRouting.d.ts",
        ),
    ] {
        let arguments = &read(file)[class];
        same(schema.attributes(kind), arguments, &inputs, kind);
    }
}

type Members = BTreeMap<String, (bool, String)>;

fn same(attributes: &Map<String, Value>, members: &Members, inputs: &BTreeMap<String, Members>, at: &str) {
    let mut left: Vec<&String> = members.keys().collect();
    for (name, attribute) in attributes.iter().filter(|(_, a)| is(a, "required") || is(a, "optional")) {
        let at = format!("{at}.{name}");
        // a resource's own `id` has another name, because `id` is Pulumi's; lists are in the plural
        let camel = if at == "cloudflare_ai_gateway.id" { "aiGatewayId".to_owned() } else { camel(name) };
        let names = [camel.clone(), format!("{camel}s")];
        let (own, (required, kind)) = names
            .iter()
            .find_map(|name| members.get_key_value(name))
            .unwrap_or_else(|| panic!("{at} is not in {members:?}"));
        left.retain(|name| *name != own);
        assert_eq!(is(attribute, "required"), *required, "{at}");
        let inner = |kind: &str| {
            let name = kind.strip_prefix("inputs.").unwrap_or_else(|| panic!("{at}: {kind}"));
            let inner = attribute["nested_type"]["attributes"].as_object().unwrap();
            same(inner, &inputs[name], inputs, &at);
        };
        match (attribute["nested_type"]["nesting_mode"].as_str(), kind.as_str()) {
            (Some("single"), kind) => inner(kind),
            (Some("list"), kind) => inner(kind.strip_suffix("[]").unwrap_or_else(|| panic!("{at}: {kind}"))),
            (Some("map"), kind) => {
                inner(kind.strip_prefix("{[key:string]:").and_then(|kind| kind.strip_suffix('}')).unwrap());
            }
            (_, kind) => assert_eq!(kind, typescript(&attribute["type"]), "{at}"),
        }
    }
    assert_eq!(left, Vec::<&String>::new(), "{at}: the package has more");
}

fn typescript(kind: &Value) -> String {
    match kind {
        Value::String(kind) if kind == "bool" => "boolean".to_owned(),
        Value::String(kind) => kind.clone(),
        kind if kind[0] == "list" => format!("{}[]", typescript(&kind[1])),
        kind => format!("{{[key:string]:{}}}", typescript(&kind[1])),
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        out.push_str(&part[..1].to_uppercase());
        out.push_str(&part[1..]);
    }
    out
}
