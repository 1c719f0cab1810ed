//! A warning: a stable code, a sentence and a place.

use crate::base::text::replaced;
use crate::facts::claude_code::precedence::Source;
use serde::Serialize;
use std::fmt;
use std::path::{Path, PathBuf};

/// The note about a command that runs in Claude Code's own sandbox.
pub const IN_SANDBOX: &str = "this command runs in Claude Code's Bash sandbox, which hides settings files and hosts from it; the session itself is not sandboxed";

/// The severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, or a credential goes where it should not.
    Problem,
    /// Good to know.
    Note,
}

/// Stable names of warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// A settings file that the client ignores.
    IgnoredFile,
    /// A value in `env` that is not a string.
    NotText,
    /// The base URL's host is neither Cloudflare nor Anthropic.
    OtherHost,
    /// The base URL is Cloudflare's, but wrong.
    BadUrl,
    /// The base URL is a gateway's, but not the configured one's.
    OtherGateway,
    /// Two credentials are sent together: a key and a token, or a helper's output twice.
    TwoCredentials,
    /// A placeholder value from an example.
    Placeholder,
    /// A proxy on this machine that nothing listens on.
    DeadProxy,
    /// The host process decides where requests go.
    ManagedByHost,
    /// The client uses a provider that ignores `ANTHROPIC_BASE_URL`.
    OtherProvider,
    /// A shell file sets a variable that a stronger source overrides.
    Overridden,
    /// An empty value hides one that is set.
    EmptyValue,
    /// A line of `ANTHROPIC_CUSTOM_HEADERS`, or a credential, that is not sent as intended.
    HeaderLine,
    /// A header with a credential for a service other than the gateway and its provider.
    ForeignCredential,
    /// A model that the gateway's provider does not have.
    ForeignModel,
    /// This command runs in Claude Code's Bash sandbox.
    Sandboxed,
    /// The client also sends the gateway token to Anthropic.
    TokenToAnthropic,
    /// The plugin's mod would route, but is not allowed to.
    ModRefused,
    /// This process has a value that no visible source has.
    Unseen,
    /// The mod routes, but the client contacts Anthropic before the mod runs.
    BeforeTheMod,
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Its code.
    pub code: Code,
    /// Its severity.
    pub severity: Severity,
    /// One sentence. Holds no secret.
    pub message: String,
    /// The variable, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub variable: Option<&'static str>,
    /// The file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The column, from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<usize>,
}

impl Warning {
    fn new(code: Code, severity: Severity, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { code, severity, message, variable: None, file: None, line: None, column: None }
    }

    pub(super) fn problem(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Problem, message)
    }

    pub(super) fn note(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Note, message)
    }

    /// True for a problem with which a session's requests fail or go elsewhere.
    pub fn stops_requests(&self) -> bool {
        let works = [Code::NotText, Code::EmptyValue, Code::TwoCredentials, Code::ForeignCredential]
            .contains(&self.code);
        self.severity == Severity::Problem && !works
    }

    pub(super) fn empty_config_dir() -> Self {
        let message = "CLAUDE_CONFIG_DIR is empty: Claude Code reads settings.json of the folder that it is \
                       started in as the user settings instead of ~/.claude/settings.json; unset it";
        Self::problem(Code::IgnoredFile, message)
    }

    pub(super) fn at(self, file: &Path, line: Option<usize>, column: Option<usize>) -> Self {
        Self { file: Some(file.to_owned()), line, column, ..self }
    }

    pub(super) fn about(self, variable: &'static str) -> Self {
        Self { variable: Some(variable), ..self }
    }

    pub(super) fn of(self, source: &Source) -> Self {
        let this = self.about(source.name);
        Self { file: source.file.clone(), line: source.line, ..this }
    }
}

impl fmt::Display for Warning {
    /// The variable, the message and the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.variable {
            write!(f, "{name}: ")?;
        }
        f.write_str(&self.message)?;
        let Some(file) = &self.file else { return Ok(()) };
        write!(f, " ({}", printable(file))?;
        for at in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{at}")?;
        }
        f.write_str(")")
    }
}

pub(super) fn printable(path: &Path) -> String {
    replaced(&path.to_string_lossy())
}
