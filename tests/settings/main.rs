//! The settings editor and the ledger, from outside.

mod accepts;
mod child;
mod edits;
mod generated;
mod generator;
mod integrity;
mod ledger;
mod repositories;
mod versions;
mod writes;
