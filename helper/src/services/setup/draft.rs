//! A setup in the making: where it is written, and what it is so far.

use super::place::{Places, Scope};
use super::request::SetupRequest;
use crate::base::error::Result;
use crate::services::settings_files::{Edit, EditableFile};
use crate::services::user_settings::UserSettings;

/// What the steps of the plan share.
pub(super) struct SetupDraft<'a> {
    pub(super) wanted: &'a SetupRequest,
    pub(super) places: &'a Places,
    pub(super) settings: &'a UserSettings,
    pub(super) scope: Scope,
    /// The settings file.
    pub(super) target: EditableFile,
    /// Its path for display.
    pub(super) label: String,
    pub(super) edits: Vec<Edit>,
    /// Sentences to read first.
    pub(super) notes: Vec<String>,
}

impl<'a> SetupDraft<'a> {
    pub(super) fn new(
        wanted: &'a SetupRequest,
        places: &'a Places,
        settings: &'a UserSettings,
        scope: Scope,
    ) -> Result<Self> {
        let target = places.target(scope)?;
        let label = places.shown(target.path());
        Ok(Self { wanted, places, settings, scope, target, label, edits: Vec::new(), notes: Vec::new() })
    }

    pub(super) fn note(&mut self, note: impl Into<String>) {
        self.notes.push(note.into());
    }
}
