//! Nothing is left behind, nothing is unbounded, no secret is shown: with generated and hostile input.
//!
//! Every check has a time limit and ends with a line of its counts.
#![cfg(unix)]

mod corpus;
mod environments;
mod faults;
mod hostile;
mod identity;
mod shim;
mod writers;
