//! The documents match the program: generated pages are fresh, links work, every example runs, and the
//! skills contain what answers need.

mod commands;
mod environment;
mod error_notes;
mod errors;
mod evals;
mod examples;
mod floors;
mod generated;
mod iac;
mod mutants;
mod pages;
mod schemas;
