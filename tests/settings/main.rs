//! The settings editor and the ledger, from outside.

mod accepts;
mod edits;
