//! What a person sees and types: progress lines and standard input.

pub mod progress;
pub mod stdin;
