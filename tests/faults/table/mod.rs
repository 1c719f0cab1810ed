//! The matrix, with a file for each part of the path.

mod account;
mod answer;
pub(crate) mod healthy;
mod machine;
mod network;

use crate::row::Row;

/// Every row, in the order of the layers.
pub(crate) fn all() -> impl Iterator<Item = &'static Row> {
    [machine::ROWS, network::ROWS, answer::ROWS, account::ROWS, healthy::ROWS].into_iter().flatten()
}
