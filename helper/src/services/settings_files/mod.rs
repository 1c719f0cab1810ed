//! Claude Code settings files: reads them as the client does, and edits them without changing any other byte.
//!
//! - [`document`], [`change`], `plan`: how the client reads a file, and changes to it (pure)
//! - [`rejected`], `syntax`, `repair`, `read`: why a file cannot be edited, and a repaired text
//! - [`diff`]: a change as a unified diff with secrets redacted
//! - [`mod@write`]: makes the change, all or nothing
//! - [`git`]: whether a file, and a secret in it, would end up in a repository
//!
//! Helpers: `layout` (the crate `cf_aig_json`) finds positions in a text, `splice` cuts and inserts.

pub mod change;
pub mod diff;
pub mod document;
mod error;
pub mod git;
pub mod key;
pub(crate) mod lock;
mod plan;
mod read;
pub mod rejected;
mod repair;
pub(crate) mod splice;
mod syntax;
pub mod target;
mod tokens;
pub mod write;

pub(crate) use cf_aig_json as layout;

pub use change::{Action, Edit, KeyChange, PlanError, SettingsChange};
pub use document::{Document, EnvVariable};
pub use key::Key;
pub use rejected::{Effect, Reason, Rejected};
pub use target::EditableFile;
