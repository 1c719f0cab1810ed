//! Why a settings file is not edited: the reason, its position, and how the client reads the file.

use std::fmt;
use std::ops::Range;

use super::{Key, diff};
use crate::base::secret::opaque;
use crate::base::text::up_to;
use crate::facts::claude_code::settings_schema::WrongType;

/// The largest settings file that the client reads, in bytes. Measured: 2 MiB is read; one byte
/// more gives "File exceeds maxBytes limit".
pub const MAX_BYTES: usize = 2 * 1024 * 1024;

/// A text that is not edited.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}. {}", .reason.effect())]
pub struct Rejected {
    /// What is wrong.
    pub reason: Reason,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters; a byte order mark does not count.
    pub column: usize,
    /// The repaired text, if possible.
    pub repaired: Option<String>,
}

/// What is wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Larger than [`MAX_BYTES`].
    #[error("the file has {bytes} bytes, the limit is {MAX_BYTES}")]
    TooLarge {
        /// The size of the file.
        bytes: usize,
    },
    /// UTF-16 with a byte order mark. The client reads the little-endian form.
    #[error("the file is UTF-16, not UTF-8")]
    Utf16 {
        /// Little-endian.
        little: bool,
    },
    /// Bytes that are not UTF-8.
    #[error("not UTF-8 here")]
    NotUtf8,
    /// `//` or `/* */`.
    #[error("a comment, but settings files are strict JSON")]
    Comment,
    /// A comma before `}` or `]`.
    #[error("a trailing comma, but settings files are strict JSON")]
    TrailingComma,
    /// A string in single quotes.
    #[error("single quotes, but settings files are strict JSON")]
    SingleQuotes,
    /// A name without quotes.
    #[error("a name without quotes, but settings files are strict JSON")]
    UnquotedName,
    /// Two members or items with nothing between them.
    #[error("a missing comma")]
    MissingComma,
    /// A control character or a line break inside a string.
    #[error("a control character inside a string")]
    ControlCharacter,
    /// Anything else that is not JSON, with the parser's message.
    #[error("{0}")]
    Syntax(String),
    /// The file contains a value other than an object.
    #[error("the file contains {}, not an object", article(.0))]
    NotAnObject(&'static str),
    /// `env` is not an object.
    #[error("`env` is {}, not an object", article(.0))]
    EnvNotAnObject(&'static str),
    /// A value under `env` that is not a string.
    #[error("`{key}` is {}, not a string", article(.kind))]
    NotText {
        /// The variable.
        key: Key,
        /// Its actual type.
        kind: &'static str,
    },
    /// A known setting of the wrong type.
    #[error("`{}` must be {}, but is {}", .0.path.join("."), .0.expected, .0.found)]
    WrongType(Box<WrongType>),
    /// A name that occurs twice in one object.
    #[error("duplicate `{key}`")]
    Duplicate {
        /// The name; `env` itself is [`Key::Top`].
        key: Key,
    },
}

/// How the client reads a file with the flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Nothing in the file is in effect.
    Ignored,
    /// The last of several values is in effect.
    LastWins,
    /// The value is converted to text.
    TurnedIntoText,
    /// The client accepts the file, but this editor does not.
    Read,
    /// The client accepts the file, with replacement characters for bytes that are not UTF-8.
    ReadWithGaps,
}

impl Reason {
    /// The client's observed behaviour; see the table in [`super::document`].
    pub fn effect(&self) -> Effect {
        match self {
            Self::Utf16 { little: true } => Effect::Read,
            Self::NotUtf8 => Effect::ReadWithGaps,
            Self::NotText { .. } => Effect::TurnedIntoText,
            Self::Duplicate { .. } => Effect::LastWins,
            _ => Effect::Ignored,
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ignored => "Claude Code ignores this whole file",
            Self::LastWins => "Claude Code uses the last one",
            Self::TurnedIntoText => "Claude Code converts it to text",
            Self::Read => "Claude Code reads the file, but cf-aig does not edit it",
            Self::ReadWithGaps => "Claude Code reads a replacement character instead",
        })
    }
}

impl Rejected {
    /// At a byte of `text`; [`Rejected::or`] adds a repaired text.
    pub(crate) fn at(text: &str, offset: usize, reason: Reason) -> Self {
        let (line, column) = position(text, offset);
        Self { reason, line, column, repaired: None }
    }

    pub(crate) fn or(self, repaired: Option<String>) -> Self {
        Self { repaired, ..self }
    }

    /// The repair as a unified diff against the rejected bytes, or `None` if there is no repair.
    pub fn diff(&self, label: &str, original: &[u8]) -> Option<String> {
        let repaired = self.repaired.as_deref()?;
        let original = String::from_utf8_lossy(original);
        Some(diff::unified(label, Some(&original), Some(repaired), &[]))
    }
}

opaque!(Rejected);

/// Line and column of a byte, from 1; `\n`, `\r\n` and `\r` end a line, a byte order mark has no
/// width.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    Cursor::new(text).to(offset)
}

/// Returns the positions of ascending offsets in one pass over the text.
pub(crate) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    line: usize,
    column: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0, line: 1, column: 1 }
    }

    /// The position of the character at `offset`, or of the one that contains it.
    pub(crate) fn to(&mut self, offset: usize) -> (usize, usize) {
        let end = up_to(self.text, offset).len().max(self.at);
        let bytes = self.text.as_bytes();
        // settings may have megabytes: only the relevant line is read character by character
        let start = self.at;
        for at in memchr::memchr2_iter(b'\n', b'\r', &bytes[start..end]).map(|i| start + i) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                (self.line, self.column, self.at) = (self.line + 1, 1, at + 1);
            }
        }
        self.column += self.text[self.at..end].chars().filter(|c| *c != '\u{feff}').count();
        self.at = end;
        (self.line, self.column)
    }
}

/// The range of a `serde_json` error, which counts bytes of a line that `\n` ends.
pub(crate) fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let start = match error.line().checked_sub(2) {
        None => 0,
        Some(before) => text.match_indices('\n').nth(before).map_or(text.len(), |(i, _)| i + 1),
    };
    let Range { start, end } = start..text.len();
    (start + error.column()).saturating_sub(1).min(end)
}

fn article(kind: &str) -> String {
    match kind {
        "null" => kind.to_owned(),
        "object" | "array" => format!("an {kind}"),
        _ => format!("a {kind}"),
    }
}
