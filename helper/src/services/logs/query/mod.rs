//! Log queries: the terms that select entries.
//!
//! `model:claude provider:anthropic cost>0.01 failed` is four terms; all of them must hold. The
//! API's filters (keys and operators of Cloudflare's SDK 7.3.0) are used where possible. The status
//! code, which the API has no filter for, and a metadata key with its value, which the API does not
//! pair (observed by a third party), are checked here for each entry.

mod fields;
mod parse;
mod term;

pub use fields::{FIELDS, Op, QueryField, QueryKind};
pub use parse::parse;
pub use term::{Query, QueryTerm};

#[cfg(test)]
mod tests;
