//! Finds the parts of a large JSON text, or of many.
//!
//! A crate of its own because Cargo optimizes by crate: the helper is compiled for size, and reads
//! a settings file of 2 MB four times as slowly, and hundreds of megabytes of transcripts twice.

mod layout;
mod sketch;
mod transcript;
mod well_formed;

pub use layout::{BLANK, Member, Object, check, kind, object};
pub use sketch::sketch;
pub use transcript::{Text, TranscriptLine};
pub use well_formed::well_formed;
