//! Command errors: a kind (which decides the exit code), a message and hints.

use std::fmt;

/// Why a command failed. The number is the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command ran and found a problem.
    Finding = 1,
    /// Usage error.
    Usage = 2,
    /// A credential is missing or was refused.
    Auth = 3,
    /// Something named on the command line does not exist.
    NotFound = 4,
    /// Conflict: something changed in the meantime, exists already, or is locked.
    Conflict = 5,
    /// Network failure.
    Network = 6,
    /// Refused by the platform (Claude Code, the operating system).
    Refused = 7,
}

impl Kind {
    /// The process exit code of this kind, as documented in `cf-aig --help`.
    pub fn exit_code(self) -> u8 {
        self as u8
    }
}

/// A failure as a message for people: what is wrong, then what to do.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// One lower-case line that says what failed and where. Never holds a secret.
    pub message: String,
    /// Next steps.
    pub hints: Vec<String>,
    /// The underlying error, for code that has to distinguish causes.
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result type of commands.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure without hints.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), source: None }
    }

    /// A usage error without hints.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// A failure that the command's output already shows: only the exit code is left to report.
    pub fn shown(kind: Kind) -> Self {
        Self::new(kind, "")
    }

    /// The same failure with its source kept.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The same failure with one more hint.
    #[must_use]
    pub fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for hint in &self.hints {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
