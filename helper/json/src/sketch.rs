//! A setting's value, reduced to what determines its type.
//!
//! A settings file may have tens of thousands of permission rules. The types of settings depend on
//! whether a list contains a string, and where the first one is, so the others need no memory.

use super::well_formed;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

/// The value of a JSON text; of the strings in a list only the first, and that one empty. `None` if
/// it cannot be parsed.
pub fn sketch(raw: &str) -> Option<Value> {
    let raw = well_formed(raw);
    let mut text = serde_json::Deserializer::from_str(&raw);
    let value = Sketch { in_list: false }.deserialize(&mut text).ok()?;
    text.end().ok().and(value)
}

/// Gives `None` for a string in a list.
#[derive(Clone, Copy)]
struct Sketch {
    in_list: bool,
}

impl<'de> DeserializeSeed<'de> for Sketch {
    type Value = Option<Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<Value>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sketch {
    type Value = Option<Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Option<Value>, E> {
        Ok(Some(Value::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Option<Value>, E> {
        Ok(Some(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Option<Value>, E> {
        Ok((!self.in_list).then(|| value.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Option<Value>, A::Error> {
        let mut kept = Vec::new();
        let mut has_string = false;
        while let Some(value) = list.next_element_seed(Self { in_list: true })? {
            match value {
                None if has_string => {}
                value => {
                    has_string |= value.is_none();
                    kept.push(value.unwrap_or_else(|| "".into()));
                }
            }
        }
        Ok(Some(kept.into()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Option<Value>, A::Error> {
        let mut kept = Map::new();
        while let Some(name) = object.next_key::<String>()? {
            let value = object.next_value_seed(Self { in_list: false })?;
            kept.insert(name, value.unwrap_or_default());
        }
        Ok(Some(kept.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::sketch;

    #[test]
    fn a_list_keeps_its_first_string_where_it_was() {
        let sketched = |text: &str| sketch(text).unwrap().to_string();
        assert_eq!(sketched(r#"[1,"a","b",{"c":"d"},"e"]"#), r#"[1,"",{"c":"d"}]"#);
        assert_eq!(sketched(r#"{"\ud800":"\udfff"}"#), "{\"\u{fffd}\":\"\u{fffd}\"}");
        assert_eq!(sketch("1 2"), None);
    }
}
