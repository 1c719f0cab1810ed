//! The objects of Cloudflare's API, with the type of each field that this program reads.
//!
//! A resource keeps its object as the API returned it: `--json` prints it whole, and an update sends
//! back the fields that this version does not know. A field that is missing, `null` or of another type
//! than the documented one reads as absent, because Cloudflare adds fields and changes types without
//! notice. Names and types are those of Cloudflare's SDK 7.3.0, except where a field says otherwise.

mod gateway;
mod log_entry;
mod route;
mod spend;

pub use gateway::{CustomDomain, CustomProvider, Gateway, Policy, StoredKey};
pub use log_entry::LogEntry;
pub use route::{Route, RouteVersion};
pub use spend::{SpendLimits, SpendRule};

use serde_json::{Map, Value};

/// A JSON object.
pub type Object = Map<String, Value>;

/// The type of a field.
trait Field<'a> {
    /// The value, or what stands for an absent one.
    fn read(value: &'a Value) -> Self;
}

/// A text; empty if it is absent.
impl<'a> Field<'a> for &'a str {
    fn read(value: &'a Value) -> Self {
        value.as_str().unwrap_or_default()
    }
}

/// A flag. Some live responses have 0 and 1 instead.
impl Field<'_> for Option<bool> {
    fn read(value: &Value) -> Self {
        value.as_bool().or_else(|| value.as_u64().map(|number| number != 0))
    }
}

/// A whole number that is not negative.
impl Field<'_> for Option<u64> {
    fn read(value: &Value) -> Self {
        value.as_u64()
    }
}

/// A number.
impl Field<'_> for Option<f64> {
    fn read(value: &Value) -> Self {
        value.as_f64().filter(|number| number.is_finite())
    }
}

/// An object whose format is not typed further.
impl<'a> Field<'a> for Option<&'a Object> {
    fn read(value: &'a Value) -> Self {
        value.as_object()
    }
}

/// A list; empty if it is absent.
impl<'a> Field<'a> for &'a [Value] {
    fn read(value: &'a Value) -> Self {
        value.as_array().map(Vec::as_slice).unwrap_or_default()
    }
}

/// Declares a resource: a type with one method per field.
macro_rules! resource {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $crate::facts::gateway::resources::Object);

        impl $name {
            $(
                $(#[$field_doc])*
                pub fn $field(&self) -> $kind {
                    $crate::facts::gateway::resources::Field::read(self.field(stringify!($field)))
                }
            )*

            /// Any field by the API's name; `null` if it is absent.
            pub fn field(&self, name: &str) -> &serde_json::Value {
                self.0.get(name).unwrap_or(&serde_json::Value::Null)
            }
        }

        #[cfg(test)]
        impl $crate::facts::gateway::resources::tests::Resource for $name {
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),*];

            fn of(object: $crate::facts::gateway::resources::Object) -> Self {
                Self(object)
            }

            fn read(&self) -> Vec<String> {
                vec![$(format!("{:?}", self.$field())),*]
            }
        }
    };
}
use resource;

#[cfg(test)]
mod tests;
