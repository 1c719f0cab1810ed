//! Settings files of Claude Code: read as the client reads them, edited without touching another byte.
//!
//! - [`document`], [`change`], `plan`: what the client makes of a file, and a change to it (pure)
//! - [`rejected`], `repair`: why a file cannot be edited, and the text that could be
//! - [`diff`]: a change as a unified diff, secrets redacted
//! - [`mod@write`]: the plan carried out, all or nothing
//! - [`git`]: would a file, and a secret in it, end up in a repository?
//!
//! Below them, `layout` says where things stand in a text and `splice` cuts and inserts there.

pub mod change;
pub mod diff;
pub mod document;
mod error;
pub mod git;
pub mod key;
pub(crate) mod layout;
pub(crate) mod lock;
mod plan;
pub mod rejected;
mod repair;
pub(crate) mod splice;
pub mod target;
pub mod write;

pub use change::{Action, Change, Edit, KeyChange, PlanError};
pub use document::{Document, Variable};
pub use key::Key;
pub use rejected::{Effect, Reason, Rejected};
pub use target::Target;
