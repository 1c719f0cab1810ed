//! The environment of this process, as a value: `main` reads it once and passes it on.
//!
//! The variables are declared once, in `tests/docs/environment.rs`, from which `docs/environment.md` is
//! generated. Tests fail if the source reads one that is not declared, and if anything but `main` reads
//! the environment (`clippy.toml`, `tests/docs/pages.rs`).

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};

/// The variables of a process and the folder that it runs in.
#[derive(Clone, Default)]
pub struct ProcessEnv {
    vars: BTreeMap<OsString, OsString>,
    current_dir: Option<PathBuf>,
}

impl ProcessEnv {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the process environment")]
    pub fn of_this_process() -> Self {
        let current_dir = std::env::current_dir().ok();
        Self { current_dir, ..std::env::vars_os().collect() }
    }

    /// A variable. A value that is not Unicode counts as absent, because none of ours are.
    pub fn var(&self, name: &str) -> Option<String> {
        self.var_os(name)?.into_string().ok()
    }

    /// A variable that holds more than blanks.
    pub fn filled(&self, name: &str) -> Option<String> {
        self.var(name).filter(|value| !value.trim().is_empty())
    }

    /// A variable that names a file or a folder; empty counts as absent.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.var(name).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// A variable, in whatever encoding.
    pub fn var_os(&self, name: &str) -> Option<OsString> {
        self.vars.get(key(name.as_ref()).as_os_str()).cloned()
    }

    /// The same environment, with another value of one variable, or without it.
    #[must_use]
    pub fn with(mut self, name: &str, value: Option<String>) -> Self {
        let name = key(name.as_ref());
        match value {
            Some(value) => self.vars.insert(name, value.into()),
            None => self.vars.remove(&name),
        };
        self
    }

    /// Every variable whose name and value are Unicode.
    pub fn vars(&self) -> impl Iterator<Item = (String, String)> {
        self.vars
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?.to_owned(), value.to_str()?.to_owned())))
    }

    /// The folder that the process runs in; `None` if it was removed or cannot be read.
    pub fn current_dir(&self) -> Option<&Path> {
        self.current_dir.as_deref()
    }
}

/// On Windows, the case of a variable's name has no meaning.
fn key(name: &OsStr) -> OsString {
    if cfg!(windows) { name.to_ascii_uppercase() } else { name.to_owned() }
}

impl<N: Into<OsString>, V: Into<OsString>> FromIterator<(N, V)> for ProcessEnv {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(vars: I) -> Self {
        let vars = vars.into_iter().map(|(name, value)| (key(&name.into()), value.into()));
        Self { vars: vars.collect(), current_dir: None }
    }
}

/// Shows the names only: values can be secret.
impl fmt::Debug for ProcessEnv {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.vars.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blank_value_is_not_filled_and_an_empty_one_is_not_a_path() {
        let env = ProcessEnv::from_iter([("A", " "), ("B", ""), ("C", "x")]);
        assert_eq!(["A", "B", "C"].map(|name| env.filled(name)), [None, None, Some("x".to_owned())]);
        assert_eq!(["A", "B", "D"].map(|name| env.path(name)), [Some(PathBuf::from(" ")), None, None]);
    }

    #[test]
    fn the_values_are_not_shown() {
        let env = ProcessEnv::from_iter([("CF_AIG_TOKEN", "secret")]);
        assert_eq!(format!("{env:?}"), r#"{"CF_AIG_TOKEN"}"#);
    }
}
