//! The documents say what the program does: generated pages are fresh, links lead somewhere, and
//! every example runs, and the skills contain what answers need.

mod evals;
mod examples;
mod iac;
mod pages;
mod schemas;
