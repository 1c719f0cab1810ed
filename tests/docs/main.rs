//! The documents say what the program does: generated pages are fresh, links lead somewhere, and
//! every example runs.

mod examples;
mod iac;
mod pages;
