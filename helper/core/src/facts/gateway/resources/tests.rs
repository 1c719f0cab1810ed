//! Every resource, read from objects whose fields have any type.

use super::*;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

/// What the macro tells about a resource.
pub(super) trait Resource: Serialize + DeserializeOwned {
    /// The names of its fields.
    const FIELDS: &'static [&'static str];

    /// The resource with this object.
    fn of(object: Object) -> Self;

    /// Every field as it reads, in the order of the names.
    fn read(&self) -> Vec<String>;
}

/// JSON of any type, nested.
pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just(String::new()),
            Just("true".to_owned()),
            Just("7".to_owned()),
            Just("2026-11-22T19:07:01.5Z".to_owned()),
            Just("{\"a\":1}".to_owned()),
            any::<String>(),
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::vec((any::<String>(), inner), 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// An object with some of these fields, and others, each of any type.
pub(super) fn any_object(names: &'static [&'static str]) -> impl Strategy<Value = Object> {
    let known = prop::collection::vec(prop::option::of(any_json()), names.len());
    let unknown = prop::collection::vec(("[a-z]{1,6}_x", any_json()), 0..3);
    (known, unknown).prop_map(move |(known, unknown)| {
        let known = names.iter().zip(known).filter_map(|(name, value)| Some(((*name).to_owned(), value?)));
        known.chain(unknown).collect()
    })
}

/// A resource reads the right type and nothing else, and is written as it was read.
fn holds<R: Resource>(object: &Object) {
    let value = Value::Object(object.clone());
    let resource: R = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(serde_json::to_value(&resource).unwrap(), value);
    let absent = R::of(Object::new()).read();
    for ((name, seen), absent) in R::FIELDS.iter().zip(resource.read()).zip(absent) {
        let right = match (absent.as_str(), object.get(*name)) {
            ("\"\"", Some(Value::String(text))) => format!("{text:?}"),
            ("None", Some(Value::Bool(flag))) if seen != "None" => format!("Some({flag})"),
            ("None", Some(Value::Object(fields))) if seen != "None" => format!("Some({fields:?})"),
            ("[]", Some(Value::Array(list))) => format!("{list:?}"),
            // a number may be a flag, a whole number or any number
            ("None", Some(Value::Number(_))) => seen.clone(),
            _ => absent,
        };
        assert_eq!(seen, right, "{name} of {value}");
    }
}

fn reads_any_object<R: Resource>() {
    proptest!(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) }, |(object in any_object(R::FIELDS))| {
        holds::<R>(&object);
    });
}

#[test]
fn a_field_of_another_type_is_absent_and_everything_is_kept() {
    reads_any_object::<Gateway>();
    reads_any_object::<StoredKey>();
    reads_any_object::<CustomProvider>();
    reads_any_object::<CustomDomain>();
    reads_any_object::<SpendLimits>();
    reads_any_object::<SpendRule>();
    reads_any_object::<Policy>();
    reads_any_object::<Route>();
    reads_any_object::<RouteVersion>();
    reads_any_object::<LogEntry>();
}

#[test]
fn a_number_is_read_as_the_type_that_its_field_has() {
    assert_eq!(<Option<u64> as Field>::read(&json!(-1)), None);
    assert_eq!(<Option<u64> as Field>::read(&json!(1.5)), None);
    assert_eq!(<Option<f64> as Field>::read(&json!(2)), Some(2.0));
    assert_eq!([0, 1].map(|number| <Option<bool> as Field>::read(&json!(number))), [Some(false), Some(true)]);
}
