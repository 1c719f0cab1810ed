//! The environment of this process: the only module that reads it.
//!
//! The variables are declared once, in `tests/docs/environment.rs`, from which `docs/environment.md` is
//! generated. A test fails if the source reads one that is not declared.

#![allow(clippy::disallowed_methods, reason = "the one module that reads the process environment")]

use std::ffi::OsString;
use std::path::PathBuf;

/// A variable of this process. Values that are not Unicode count as absent, because none of ours are.
pub fn var(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable of this process, in whatever encoding.
pub fn var_os(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

/// Every variable of this process whose name and value are Unicode.
pub fn vars() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// The folder that this process runs in; `None` if it was removed or cannot be read.
pub fn current_dir() -> Option<PathBuf> {
    std::env::current_dir().ok()
}
