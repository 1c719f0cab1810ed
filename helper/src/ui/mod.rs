//! Everything that prints, asks and reads: output, input files, questions, progress.
//!
//! A lint denies `print!`, `eprint!`, `std::io::stdout()` and `process::exit` elsewhere.

#![allow(clippy::disallowed_methods)]

pub mod ask;
pub mod block;
pub mod confirm;
pub mod file;
mod hidden;
pub mod hook_input;
pub mod input;
pub mod interrupt;
pub mod out;
pub mod progress;
pub mod screen;
pub mod table;

pub use block::TextBlock;
pub use confirm::{Confirm, Consent};
pub use out::{answer, note, print, print_json, print_report, print_secrets};
pub use screen::{Screen, Tone};
pub use table::{Column, table};
