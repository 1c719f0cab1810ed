//! A setting's value without what its type does not depend on.
//!
//! A settings file may have tens of thousands of permission rules. [`super::settings_schema`] asks of a list
//! only if it contains a string, and where the first one is, so the others need no memory.

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The value of a JSON text; of the strings in a list only the first, and that one empty. `None` if it cannot
/// be parsed (a lone surrogate).
pub fn sketch(raw: &str) -> Option<Value> {
    let mut text = serde_json::Deserializer::from_str(raw);
    let value = Sketch { in_list: false }.deserialize(&mut text).ok()?;
    text.end().ok().map(|()| value)
}

#[derive(Clone, Copy)]
struct Sketch {
    in_list: bool,
}

impl<'de> DeserializeSeed<'de> for Sketch {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sketch {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(if self.in_list { "" } else { value }.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut kept: Vec<Value> = Vec::new();
        let mut has_text = false;
        while let Some(value) = list.next_element_seed(Self { in_list: true })? {
            if !(value.is_string() && std::mem::replace(&mut has_text, true)) {
                kept.push(value);
            }
        }
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            kept.insert(name, object.next_value_seed(Self { in_list: false })?);
        }
        Ok(kept.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::claude_code::settings_schema::wrong_type;
    use proptest::prelude::*;

    /// Settings whose values have parts, and words that mean something in them.
    const KEYS: &[&str] = &[
        "hooks", "permissions", "fallbackModel", "forceLoginOrgUUID", "enabledPlugins", "sshConfigs", "sandbox",
        "strictKnownMarketplaces", "attribution", "statusLine", "skillOverrides", "cleanupPeriodDays", "model",
    ];
    const WORDS: &[&str] = &[
        "PreToolUse", "Stop", "hooks", "matcher", "type", "command", "timeout", "allow", "deny", "defaultMode",
        "plan", "additionalDirectories", "network", "allowedDomains", "id", "name", "sshHost", "source", "url",
        "commit", "30", "true", "on", "",
    ];

    fn word() -> impl Strategy<Value = String> {
        prop::sample::select(WORDS).prop_map(str::to_owned)
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-2..40i64).prop_map(Value::from),
            (-1.0..2.0f64).prop_map(Value::from),
            word().prop_map(Value::from),
            word().prop_map(Value::from),
        ];
        scalar.prop_recursive(5, 60, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((word(), inner), 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

        #[test]
        fn a_sketch_has_the_wrong_types_of_its_value(key in prop::sample::select(KEYS), value in value()) {
            let sketched = sketch(&value.to_string()).unwrap();
            prop_assert_eq!(wrong_type(key, &sketched), wrong_type(key, &value));
        }
    }

    #[test]
    fn a_list_keeps_its_first_string_where_it_was() {
        let sketched = |text: &str| sketch(text).unwrap().to_string();
        assert_eq!(sketched(r#"[1,"a","b",{"c":"d"},"e"]"#), r#"[1,"",{"c":"d"}]"#);
        assert_eq!(sketch(r#""\ud800""#), None);
        assert_eq!(sketch("1 2"), None);
    }
}
