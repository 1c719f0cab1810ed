//! Converts the API's JSON to what the provider can express; lists the rest with reasons.

use super::schema::{Argument, Kind, Presence};
use serde::Serialize;
use serde_json::{Map, Number, Value};

/// A value that both languages can express.
#[derive(Debug, Clone)]
pub enum Term {
    /// `true` or `false`.
    Flag(bool),
    /// A number as the API wrote it.
    Number(Number),
    /// Any text.
    Text(String),
    /// A list.
    List(Vec<Term>),
    /// Arguments in the schema's order.
    Object(Fields),
    /// A map with free names.
    Named(Vec<(String, Term)>),
    /// JSON as text.
    Json(Value),
    /// A reference to a variable; the value stays out of the code.
    Secret(SecretName),
}

/// The arguments that have a value.
pub type Fields = Vec<(&'static Argument, Term)>;

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

/// Converts values and collects problems.
#[derive(Debug, Default)]
pub(super) struct Shaper {
    /// What was left out.
    pub(super) left_out: Vec<LeftOut>,
    /// Whether something needs a provider newer than 5.22.0.
    pub(super) late: bool,
}

impl Shaper {
    /// The arguments of an object. Errors: a required one is missing or cannot be expressed.
    pub(super) fn fields(
        &mut self,
        arguments: &'static [Argument],
        map: &Map<String, Value>,
        at: &str,
    ) -> Result<Fields, String> {
        let mut fields = Fields::new();
        for argument in arguments {
            let here = join(at, argument.api);
            let value = map.get(argument.api).filter(|value| !value.is_null());
            match (value.map(|value| self.term(argument.kind, value, &here)), argument.presence) {
                (Some(Ok(term)), _) => {
                    self.late |= argument.late || is_late(argument.api, &term);
                    fields.push((argument, term));
                }
                (Some(Err(why)), Presence::Required) => return Err(format!("{here} {why}")),
                (Some(Err(why)), _) => self.leave_out(here, why),
                (None, Presence::Required) => return Err(format!("{here} is missing")),
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

    fn term(&mut self, kind: Kind, value: &Value, at: &str) -> Result<Term, String> {
        let no = |takes: &str| Err(format!("is {}; the provider takes {takes}", short(value)));
        match kind {
            Kind::Flag => value.as_bool().map_or_else(|| no("true or false"), |flag| Ok(Term::Flag(flag))),
            Kind::Whole(from, to) => match whole(value).filter(|n| (from..=to).contains(n)) {
                Some(number) => Ok(Term::Number(number.into())),
                None if to == u64::MAX => no(&format!("a whole number from {from}")),
                None => no(&format!("{from} to {to}")),
            },
            Kind::Amount => match value {
                Value::Number(number) if number.as_f64() >= Some(0.0) => Ok(Term::Number(number.clone())),
                _ => no("a number that is not negative"),
            },
            Kind::Url if value.as_str().is_some_and(has_credentials) => Ok(secret(at, false)),
            Kind::Text | Kind::Url => {
                value.as_str().map_or_else(|| no("a text"), |text| Ok(Term::Text(text.to_owned())))
            }
            Kind::Word(words) => match value.as_str().filter(|text| one_of(words, text)) {
                Some(text) => Ok(Term::Text(text.to_owned())),
                None => no(&words.join(" or ")),
            },
            Kind::Texts(words) => match texts(value, words) {
                Some(texts) => Ok(Term::List(texts)),
                None => no("a list of texts"),
            },
            Kind::Object(arguments) => match value.as_object() {
                Some(map) => self.fields(arguments, map, at).map(Term::Object).map_err(inner),
                None => no("an object"),
            },
            Kind::Objects(arguments) => match value.as_array() {
                Some(list) => {
                    let mut terms = Vec::new();
                    for (index, item) in list.iter().enumerate() {
                        terms.push(self.term(Kind::Object(arguments), item, &format!("{at}[{index}]"))?);
                    }
                    Ok(Term::List(terms))
                }
                None => no("a list"),
            },
            Kind::Named(arguments) => match value.as_object() {
                Some(map) => {
                    let mut terms = Vec::new();
                    for (key, item) in map {
                        let term = self.term(Kind::Object(arguments), item, &join(at, key))?;
                        terms.push((key.clone(), term));
                    }
                    Ok(Term::Named(terms))
                }
                None => no("an object"),
            },
            Kind::Json => Ok(Term::Json(value.clone())),
            // never show a secret, not even one with an unexpected type
            Kind::Secret if value.is_string() => Ok(secret(at, false)),
            Kind::Secrets if value.as_object().is_some_and(Map::is_empty) => Ok(Term::Named(Vec::new())),
            Kind::Secrets if value.is_object() => Ok(secret(at, true)),
            Kind::Secret | Kind::Secrets => Err("has an unexpected shape".to_owned()),
        }
    }
}

impl Term {
    /// The variables in it, in order.
    pub fn secrets<'a>(&'a self, found: &mut Vec<&'a SecretName>) {
        match self {
            Term::Secret(secret) => found.push(secret),
            Term::List(terms) => terms.iter().for_each(|term| term.secrets(found)),
            Term::Object(fields) => fields.iter().for_each(|(_, term)| term.secrets(found)),
            Term::Named(terms) => terms.iter().for_each(|(_, term)| term.secrets(found)),
            Term::Flag(_) | Term::Number(_) | Term::Text(_) | Term::Json(_) => {}
        }
    }
}

fn secret(at: &str, is_map: bool) -> Term {
    let name: String = at.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    Term::Secret(SecretName { name: name.replace("__", "_"), is_map, at: at.to_owned() })
}

/// True for a URL with a user or a password before its host.
fn has_credentials(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| !url.username().is_empty() || url.password().is_some())
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}

fn inner(why: String) -> String {
    format!("cannot be expressed: {why}")
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

fn one_of(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn texts(value: &Value, words: &[&str]) -> Option<Vec<Term>> {
    let text = |item: &Value| {
        let text = item.as_str().filter(|text| words.is_empty() || one_of(words, text))?;
        Some(Term::Text(text.to_owned()))
    };
    value.as_array()?.iter().map(text).collect()
}

/// Values that 5.22.0 refused.
fn is_late(api: &str, term: &Term) -> bool {
    match (api, term) {
        ("retry_delay", Term::Number(number)) => number.as_u64() > Some(5000),
        ("workers_ai_billing_mode", Term::Text(text)) => !text.eq_ignore_ascii_case("postpaid"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::schema::GATEWAY;
    use super::*;
    use serde_json::json;

    fn shaped(extra: Value) -> (Result<Fields, String>, Shaper) {
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
            ["retry_delay is 90000; the provider takes 0 to 60000"]
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
        assert_eq!(shaped(json!({"cache_ttl": null})).0.unwrap_err(), "cache_ttl is missing");
    }

    #[test]
    fn a_secret_becomes_a_variable() {
        let stripe = json!({"authorization": "s3cret", "usage_events": [{"payload": "p"}]});
        let otel = json!([{"url": "https://o.example", "headers": {"k": "s3cret"}},
                   {"url": "https://me:s3cret@o.example", "headers": {}}]);
        let term = Term::Object(shaped(json!({"stripe": stripe, "otel": otel})).0.unwrap());
        let mut secrets = Vec::new();
        term.secrets(&mut secrets);
        let names: Vec<_> = secrets.iter().map(|s| (s.name.as_str(), s.is_map)).collect();
        assert_eq!(names, [("otel_0_headers", true), ("otel_1_url", false), ("stripe_authorization", false)]);
        assert!(!format!("{term:?}").contains("s3cret"));
    }

    #[test]
    fn a_newer_provider_is_asked_for_only_where_it_is_needed() {
        assert!(!shaped(json!({"retry_delay": 5000, "workers_ai_billing_mode": "postpaid"})).1.late);
        assert!(shaped(json!({"byok_only": true})).1.late);
        assert!(shaped(json!({"retry_delay": 5001})).1.late);
        assert!(shaped(json!({"workers_ai_billing_mode": "unified"})).1.late);
    }
}
