//! Converts the API's JSON to what the provider can express; lists the rest with reasons.

use crate::facts::gateway::arguments::{Argument, ArgumentKind, Presence};
use serde::Serialize;
use serde_json::{Map, Value};

/// A value that both languages can express.
#[derive(Debug, Clone)]
pub enum ArgumentValue {
    /// A flag, a number, a text, or a list of texts, as the API wrote it.
    Plain(Value),
    /// A list of objects.
    List(Vec<ArgumentValue>),
    /// Arguments in the schema's order.
    Object(Arguments),
    /// A map with free names.
    Named(Vec<(String, ArgumentValue)>),
    /// JSON as text.
    Json(Value),
    /// A reference to a variable; the value stays out of the code.
    Secret(SecretName),
}

/// The arguments that have a value.
pub type Arguments = Vec<(&'static Argument, ArgumentValue)>;

/// A variable that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretName {
    /// Its name in snake case.
    pub name: String,
    /// True for a map of texts.
    pub is_map: bool,
    /// What it is for.
    pub at: String,
}

/// Something that the provider cannot express.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Its path in the API's JSON.
    pub at: String,
    /// Why.
    pub why: String,
}

/// Why a value cannot be an argument, as the rest of a sentence about it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Inexpressible(String);

/// Converts values and collects problems.
#[derive(Debug, Default)]
pub(super) struct Shaper {
    /// What was left out.
    pub(super) left_out: Vec<LeftOut>,
}

impl Shaper {
    /// The arguments of an object. Errors: a required one is missing or cannot be expressed.
    pub(super) fn fields(
        &mut self,
        arguments: &'static [Argument],
        map: &Map<String, Value>,
        at: &str,
    ) -> Result<Arguments, Inexpressible> {
        let mut fields = Arguments::new();
        for argument in arguments {
            let here = join(at, argument.api);
            let value = map.get(argument.api).filter(|value| !value.is_null());
            match (value.map(|value| self.term(argument.kind, value, &here)), argument.presence) {
                (Some(Ok(term)), _) => fields.push((argument, term)),
                (Some(Err(why)), Presence::Required) => return Err(Inexpressible(format!("{here} {why}"))),
                (Some(Err(why)), _) => self.leave_out(here, why.0),
                (None, Presence::Required) => return Err(Inexpressible(format!("{here} is missing"))),
                (None, _) => {}
            }
        }
        for (key, _) in map.iter().filter(|(_, value)| !value.is_null()) {
            if !arguments.iter().any(|argument| argument.api == key) {
                self.leave_out(join(at, key), "is not supported by the provider");
            }
        }
        Ok(fields)
    }

    fn leave_out(&mut self, at: String, why: impl Into<String>) {
        self.left_out.push(LeftOut { at, why: why.into() });
    }

    /// A value as this kind of argument, or why it cannot be one.
    fn term(&mut self, kind: ArgumentKind, value: &Value, at: &str) -> Result<ArgumentValue, Inexpressible> {
        let plain = |fits: bool| fits.then(|| ArgumentValue::Plain(value.clone()));
        let text = value.as_str();
        let term = match kind {
            ArgumentKind::Flag => plain(value.is_boolean()),
            ArgumentKind::Whole(from, to) => {
                let number = whole(value).filter(|number| (from..=to).contains(number));
                number.map(|number| ArgumentValue::Plain(number.into()))
            }
            ArgumentKind::Amount => plain(value.as_f64() >= Some(0.0)),
            ArgumentKind::Url if text.is_some_and(has_credentials) => Some(secret(at, false)),
            ArgumentKind::Text | ArgumentKind::Url => plain(text.is_some()),
            ArgumentKind::Word(words) => plain(is_one_of(value, words)),
            ArgumentKind::Texts(words) => {
                let is_known =
                    |item: &Value| if words.is_empty() { item.is_string() } else { is_one_of(item, words) };
                plain(value.as_array().is_some_and(|list| list.iter().all(is_known)))
            }
            ArgumentKind::Object(arguments) => {
                let fields = value.as_object().map(|map| self.fields(arguments, map, at));
                fields.transpose().map_err(inner)?.map(ArgumentValue::Object)
            }
            ArgumentKind::Objects(arguments) => {
                let mut term = |(index, item)| {
                    self.term(ArgumentKind::Object(arguments), item, &format!("{at}[{index}]"))
                };
                let terms = value.as_array().map(|list| list.iter().enumerate().map(&mut term).collect());
                terms.transpose()?.map(ArgumentValue::List)
            }
            ArgumentKind::Named(arguments) => {
                let mut term = |(key, item): (&String, &Value)| {
                    let term = self.term(ArgumentKind::Object(arguments), item, &join(at, key));
                    term.map(|term| (key.clone(), term))
                };
                let terms = value.as_object().map(|map| map.iter().map(&mut term).collect());
                terms.transpose()?.map(ArgumentValue::Named)
            }
            ArgumentKind::Json => Some(ArgumentValue::Json(value.clone())),
            // never show a secret, not even one with an unexpected type
            ArgumentKind::Secret | ArgumentKind::Secrets => return hidden(kind, value, at),
        };
        term.ok_or_else(|| Inexpressible(format!("is {}; the provider takes {kind}", short(value))))
    }
}

fn hidden(kind: ArgumentKind, value: &Value, at: &str) -> Result<ArgumentValue, Inexpressible> {
    match (kind, value) {
        (ArgumentKind::Secret, Value::String(_)) => Ok(secret(at, false)),
        (ArgumentKind::Secrets, Value::Object(map)) if map.is_empty() => Ok(ArgumentValue::Named(Vec::new())),
        (ArgumentKind::Secrets, Value::Object(_)) => Ok(secret(at, true)),
        _ => Err(Inexpressible("has an unexpected shape".to_owned())),
    }
}

impl ArgumentValue {
    /// The variables in it, in order.
    pub fn secrets<'a>(&'a self, found: &mut Vec<&'a SecretName>) {
        match self {
            ArgumentValue::Secret(secret) => found.push(secret),
            ArgumentValue::List(terms) => terms.iter().for_each(|term| term.secrets(found)),
            ArgumentValue::Object(fields) => fields.iter().for_each(|(_, term)| term.secrets(found)),
            ArgumentValue::Named(terms) => terms.iter().for_each(|(_, term)| term.secrets(found)),
            _ => {}
        }
    }
}

fn secret(at: &str, is_map: bool) -> ArgumentValue {
    let name: String = at.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    ArgumentValue::Secret(SecretName { name: name.replace("__", "_"), is_map, at: at.to_owned() })
}

/// True for a URL with a user or a password before its host.
fn has_credentials(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

fn inner(why: Inexpressible) -> Inexpressible {
    Inexpressible(format!("cannot be expressed: {why}"))
}

fn short(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string().chars().take(60).collect(),
    }
}

fn whole(value: &Value) -> Option<u64> {
    let integral = |number: &f64| number.fract() == 0.0 && (0.0..9e15).contains(number);
    value.as_u64().or_else(|| value.as_f64().filter(integral).map(|number| number as u64))
}

fn is_one_of(value: &Value, words: &[&str]) -> bool {
    value.as_str().is_some_and(|text| words.iter().any(|word| word.eq_ignore_ascii_case(text)))
}

#[cfg(test)]
mod tests {
    use super::super::schema::GATEWAY;
    use super::*;
    use serde_json::json;

    fn shaped(extra: Value) -> (Result<Arguments, Inexpressible>, Shaper) {
        let mut shaper = Shaper::default();
        let mut map = crate::facts::gateway::settings::defaults(1).0;
        map.extend(extra.as_object().cloned().unwrap_or_default());
        (shaper.fields(GATEWAY.arguments, &map, ""), shaper)
    }

    fn left_out(extra: Value) -> Vec<String> {
        shaped(extra).1.left_out.into_iter().map(|left| format!("{} {}", left.at, left.why)).collect()
    }

    #[test]
    fn fields_that_the_terraform_provider_lacks_are_left_out_and_named() {
        assert_eq!(
            left_out(json!({"brand_new": {"token": "s3cret"}})),
            ["brand_new is not supported by the provider"]
        );
        assert_eq!(
            left_out(json!({"retry_delay": 90000})),
            ["retry_delay is 90000; the provider takes a whole number from 0 to 60000"]
        );
        assert_eq!(
            left_out(json!({"guardrails": {"prompt": {"S1": "LOG", "S99": "FLAG"}, "response": {}}})),
            [
                "guardrails.prompt.S1 is \"LOG\"; the provider takes FLAG or BLOCK",
                "guardrails.prompt.S99 is not supported by the provider"
            ]
        );
        assert_eq!(
            left_out(json!({"dlp": {"action": "FLAG"}})),
            ["dlp cannot be expressed: dlp.enabled is missing"]
        );
        assert!(left_out(json!({"otel": null, "stripe": null})).is_empty());
    }

    #[test]
    fn a_required_argument_that_is_missing_is_an_error() {
        assert_eq!(shaped(json!({"cache_ttl": null})).0.unwrap_err().to_string(), "cache_ttl is missing");
    }

    #[test]
    fn a_secret_becomes_a_variable() {
        let stripe = json!({"authorization": "s3cret", "usage_events": [{"payload": "p"}]});
        let otel = json!([{"url": "https://o.example", "headers": {"k": "s3cret"}},
                   {"url": "https://me:s3cret@o.example", "headers": {}}]);
        let term = ArgumentValue::Object(shaped(json!({"stripe": stripe, "otel": otel})).0.unwrap());
        let mut secrets = Vec::new();
        term.secrets(&mut secrets);
        let names: Vec<_> = secrets.iter().map(|s| (s.name.as_str(), s.is_map)).collect();
        assert_eq!(names, [("otel_0_headers", true), ("otel_1_url", false), ("stripe_authorization", false)]);
        assert!(!format!("{term:?}").contains("s3cret"));
    }
}
