//! Reading settings files as the client does; a rejected file comes with its repair.

use super::layout;
use super::rejected::MAX_BYTES;
use super::{Document, Effect, Reason, Rejected, repair, syntax};

impl Document {
    /// Parses a file as the client does; see the table at the top of [`super::document`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejected> {
        if bytes.len() > MAX_BYTES {
            return Err(Rejected::at("", 0, Reason::TooLarge { bytes: bytes.len() }));
        }
        if let Some((little, text)) = syntax::utf16(bytes) {
            let repaired = repair::to_acceptable(text);
            return Err(Rejected::at("", 0, Reason::Utf16 { little }).or(repaired));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Rejected::at(&String::from_utf8_lossy(bytes), error.valid_up_to(), Reason::NotUtf8)
        })?;
        Self::of_text(text)
    }

    /// Parses a file only to read it: also one that the client accepts but that is not edited here.
    ///
    /// # Errors
    /// If the client ignores the file.
    pub fn taken(bytes: &[u8]) -> Result<Self, Rejected> {
        let document = Self::lenient(bytes)?;
        match document.void() {
            Some(void) => Err(void),
            None => Ok(document),
        }
    }

    /// The same for managed settings, of which one part that is wrong does not void the rest.
    ///
    /// # Errors
    /// If the client ignores the file.
    pub fn taken_as_managed(bytes: &[u8]) -> Result<Self, Rejected> {
        match Self::lenient(bytes) {
            Err(Rejected { reason: Reason::EnvNotAnObject(_), .. }) => {
                let text = std::str::from_utf8(bytes).unwrap_or_default();
                let start = text.len() - text.trim_start_matches('\u{feff}').len();
                let root =
                    layout::object(text, start..text.len()).map_err(|_| syntax::diagnose(text, start))?;
                Ok(Self { text: Some(text.to_owned()), root: Some(root), env: None })
            }
            parsed => parsed,
        }
    }

    fn lenient(bytes: &[u8]) -> Result<Self, Rejected> {
        match Self::parse(bytes) {
            Err(rejected) if rejected.reason.effect() == Effect::Read => match syntax::utf16(bytes) {
                Some((_, text)) => Self::of_text(&text),
                None => Err(rejected),
            },
            Err(rejected) if rejected.reason == Reason::NotUtf8 => {
                Self::of_text(&String::from_utf8_lossy(bytes))
            }
            parsed => parsed,
        }
    }

    /// Parses a file that the client accepts, to edit it.
    ///
    /// # Errors
    /// Those of [`Document::parse`] and [`Document::void`].
    pub fn in_effect(bytes: &[u8]) -> Result<Self, Rejected> {
        let document = Self::parse(bytes)?;
        match document.void() {
            None => Ok(document),
            Some(void) => Err(void.or(repair::to_right_types(document.text().unwrap_or_default()))),
        }
    }

    fn of_text(text: &str) -> Result<Self, Rejected> {
        Self::from_text(text).map_err(|rejected| rejected.or(repair::to_object(text)))
    }

    /// Checks that every edit is unambiguous; [`Document::plan`] calls it first.
    ///
    /// # Errors
    /// `env` occurs twice, or a value in it is not a string.
    pub fn editable(&self) -> Result<(), Rejected> {
        match (self.text(), self.flaw()) {
            (Some(text), Some((offset, reason))) => {
                Err(Rejected::at(text, offset, reason).or(repair::to_editable(text)))
            }
            _ => Ok(()),
        }
    }
}
