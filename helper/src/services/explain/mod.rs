//! Gathers every source of a routing variable, and what else decides between them.
//!
//! Reads files and the environment; makes no network requests. Two things are not visible from
//! outside a client: the `--settings` of its command line (pass the same file to `cf-aig explain
//! --settings`), and variables that a shell computes.

mod destination;
mod files;
mod places;
mod report;
mod shell;
mod sources;
mod warning;
mod warnings;

pub use destination::Destination;
pub use report::ExplainReport;
pub use sources::{SANDBOX, Sources, around, folder, gather, without_plugin};
pub use warning::{Code, IN_SANDBOX, Severity, Warning};
pub(crate) use warnings::elsewhere;
pub use warnings::look;
