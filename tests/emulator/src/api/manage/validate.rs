//! Validates a request's body, and builds the API's error: 400, 7001.
//!
//! Two of the messages were captured ("Expected number, received nan", "Invalid enum value. Expected …");
//! the others are modelled on them.

use serde_json::{Map, Value};

use super::super::Refusal;

/// A JSON object.
pub(super) struct Body(pub(super) Map<String, Value>);

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, 7001, message)
}

impl Body {
    pub(super) fn read(bytes: &[u8]) -> Result<Body, Refusal> {
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(map)) => Ok(Body(map)),
            _ => Err(invalid("Invalid JSON body")),
        }
    }

    fn given(&self, field: &str) -> Option<&Value> {
        self.0.get(field).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, field: &str) -> Result<String, Refusal> {
        self.optional_text(field)?.ok_or_else(|| invalid(format!("Required: {field}")))
    }

    pub(super) fn optional_text(&self, field: &str) -> Result<Option<String>, Refusal> {
        match self.given(field) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(invalid(format!("Expected string, received another type: {field}"))),
        }
    }

    pub(super) fn flag(&self, field: &str) -> Result<bool, Refusal> {
        self.optional_flag(field)?.ok_or_else(|| invalid(format!("Required: {field}")))
    }

    pub(super) fn optional_flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        match self.given(field) {
            None => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(_) => Err(invalid(format!("Expected boolean, received another type: {field}"))),
        }
    }

    /// A required number or `null`.
    pub(super) fn number_or_null(&self, field: &str) -> Result<u64, Refusal> {
        match self.0.get(field) {
            Some(Value::Null) => Ok(0),
            Some(value) => value.as_u64().ok_or_else(|| invalid("Expected number, received nan")),
            None => Err(invalid("Expected number, received nan")),
        }
    }

    /// A whole number in this range, if present.
    pub(super) fn between(&self, field: &str, from: u64, to: u64) -> Result<(), Refusal> {
        match self.given(field) {
            None => Ok(()),
            Some(value) => match value.as_u64() {
                Some(number) if (from..=to).contains(&number) => Ok(()),
                Some(_) => Err(invalid(format!("Number must be between {from} and {to}: {field}"))),
                None => Err(invalid("Expected number, received nan")),
            },
        }
    }

    /// One of these words, if present.
    pub(super) fn one_of(&self, field: &str, words: &[&str]) -> Result<(), Refusal> {
        match self.given(field).map(Value::as_str) {
            None => Ok(()),
            Some(Some(word)) if words.contains(&word) => Ok(()),
            Some(_) => {
                let known: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
                Err(invalid(format!("Invalid enum value. Expected {}", known.join(" | "))))
            }
        }
    }
}
