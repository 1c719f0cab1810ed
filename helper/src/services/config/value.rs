//! One value of the configuration: what it can be, and where it came from.

use crate::base::error::{Error, Kind};
use std::fmt;
use std::path::PathBuf;

/// Where a value was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConfigSource {
    /// A command-line flag.
    Flag(&'static str),
    /// An environment variable of that name.
    Environment(&'static str),
    /// A plugin option.
    PluginOption(&'static str),
    /// That variable in the settings file.
    File(&'static str, PathBuf),
    /// The base URL or the headers that this process was started with.
    BaseUrl(&'static str),
    /// Stdin or a prompt.
    Entered,
    /// The documented default.
    Default,
}

impl fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ConfigSource::Flag(name) => write!(f, "--{name}"),
            ConfigSource::Environment(name) | ConfigSource::BaseUrl(name) => write!(f, "${name}"),
            ConfigSource::File(name, path) => write!(f, "{name} in {}", path.display()),
            ConfigSource::PluginOption(name) => write!(f, "plugin option {name}"),
            ConfigSource::Entered => f.write_str("as entered"),
            ConfigSource::Default => f.write_str("default"),
        }
    }
}

/// A value and its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Its source.
    pub source: ConfigSource,
}

impl<T> Sourced<T> {
    /// What `read` makes of the value, with the same source.
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Option<U>) -> Option<Sourced<U>> {
        read(self.value).map(|value| Sourced { value, source: self.source })
    }
}

/// How the session is routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Routing {
    /// The mod sets the session's own environment.
    Session,
    /// A settings file sets it.
    Settings,
    /// Only Bash programs are routed.
    Tools,
    /// Nothing is routed.
    Off,
}

/// What happens if the gateway does not respond, at session start or after a failed turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OnUnreachable {
    /// Stay routed and warn.
    Warn,
    /// Do not route this session until the gateway responds, and warn.
    Direct,
    /// Stay routed and warn that requests will fail.
    Block,
}

/// The word that an option accepts for this value.
pub(super) fn word(value: impl clap::ValueEnum) -> String {
    value.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
}

impl fmt::Display for Routing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&word(*self))
    }
}

impl fmt::Display for OnUnreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&word(*self))
    }
}

/// A configured value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Its source.
    pub source: ConfigSource,
    /// What is wrong with it. Never holds a secret.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.message, self.source)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

/// Values from the command line; all optional.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// Cloudflare account id.
    pub account_id: Option<String>,
    /// AI Gateway id.
    pub gateway_id: Option<String>,
    /// Who pays, by the mode's name.
    pub auth: Option<String>,
}

impl From<&Problem> for Error {
    fn from(problem: &Problem) -> Self {
        let error = Error::new(Kind::Usage, format!("{} ({})", problem.message, problem.source));
        match &problem.hint {
            Some(hint) => error.hinted(hint),
            None => error,
        }
    }
}
