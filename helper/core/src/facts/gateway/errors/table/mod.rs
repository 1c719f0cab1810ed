//! The catalogue's rows, by speaker.

/// Declares a table: the row whose values the others have unless they say otherwise, then the rows. What points
/// to a cause comes last: tests that must all pass, and how sure it then is.
macro_rules! rows {
    ($own:ident; $($cause:ident {
        $($field:ident: $value:expr,)*
        $([$($test:expr),+ $(,)?] => $confidence:ident,)*
    })*) => {
        pub(super) static ROWS: &[Row] = &[$(Row {
            cause: Cause::$cause,
            $($field: $value,)*
            signs: &[$(Sign { all: &[$($test),+], confidence: Confidence::$confidence },)*],
            ..$own
        },)*];
    };
}

mod api;
mod client;
mod conversation;
mod credential;
mod docs;
mod edge;
mod engine;
mod foreign;
mod gateway;
mod machine;
mod model;
mod money;
mod network;
mod policy;
mod prelude;
mod tls;

use super::{Cause, Row};

/// Every row, in the order of the reference page.
pub(super) static ROWS: [&[Row]; 14] = [
    client::ROWS,
    machine::ROWS,
    tls::ROWS,
    network::ROWS,
    edge::ROWS,
    gateway::ROWS,
    policy::ROWS,
    api::ROWS,
    money::ROWS,
    conversation::ROWS,
    model::ROWS,
    credential::ROWS,
    foreign::ROWS,
    engine::ROWS,
];

impl Cause {
    /// The catalogue's row for it.
    ///
    /// # Panics
    /// Never: a test checks that every cause has a row.
    pub fn row(self) -> &'static Row {
        rows().find(|row| row.cause == self).expect("every cause has a row")
    }
}

/// Every row of the catalogue, in the order of the reference page.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    ROWS.iter().flat_map(|rows| rows.iter())
}
