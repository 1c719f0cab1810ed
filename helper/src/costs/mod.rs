//! What the requests cost, as far as anyone can tell.
pub mod period;
pub mod transcripts;
