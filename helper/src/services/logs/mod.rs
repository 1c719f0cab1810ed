//! Reads the gateway's log: queries, where it is stored, complete reading within the API's rate
//! limit, and output formats.

pub mod export;
mod pacer;
pub mod query;
mod reader;
pub mod rows;
mod search;
pub mod table;
mod tail;
mod walk;

pub use crate::base::time::{self, Range};
pub use query::Query;
pub use reader::{LogReader, MOST_ENTRIES, Order, Store};
pub use search::FoundEntries;
pub use tail::Tail;
