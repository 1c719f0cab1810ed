//! The gateway's log: what is asked for, where it lives, how it is read to the end without losing
//! an entry or breaking the API's rate limit, and how it is written down.

mod entry;
pub mod export;
mod observability;
mod pacer;
pub mod query;
mod reader;
pub mod rows;
pub mod table;
mod tail;
mod walk;

pub use crate::base::time::{self, Range};
pub use query::Query;
pub use reader::{Found, MOST_ENTRIES, Order, Reader, Store};
pub use tail::Tail;
