//! What a command can fail with: a kind (which decides the exit code), a message and the next step.

use std::fmt;

/// Why a command failed, as far as its exit code cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It ran, and what it looked for is not as it should be.
    Finding,
    /// It was called wrongly.
    Usage,
    /// A credential is missing or was refused.
    Auth,
    /// What was named does not exist.
    NotFound,
    /// Something else is in the way (changed meanwhile, taken, locked).
    Conflict,
    /// No answer from the network.
    Network,
    /// The platform (Claude Code, the operating system) does not allow it.
    Refused,
}

impl Kind {
    /// The process exit code of this kind, as documented in `cf-aig --help`.
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Finding => 1,
            Kind::Usage => 2,
            Kind::Auth => 3,
            Kind::NotFound => 4,
            Kind::Conflict => 5,
            Kind::Network => 6,
            Kind::Refused => 7,
        }
    }
}

/// A failure as a person reads it: what is, then what to do.
#[derive(Debug)]
pub struct Error {
    /// Decides the exit code.
    pub kind: Kind,
    /// Lower case, one line, says what and where. Never holds a secret.
    pub message: String,
    /// Each one a next step.
    pub hints: Vec<String>,
    /// What caused it, for code that has to tell one cause from another.
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything that a command calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// A failure without a hint yet.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hints: Vec::new(), source: None }
    }

    /// The same failure with its cause kept.
    #[must_use]
    pub fn caused_by(mut self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// The same failure with one more next step.
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
