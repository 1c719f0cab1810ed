//! A settings change other than routing: one key of the file, and the script that it refers to.

use super::place::{Places, Scope};
use super::script::HookScript;
use crate::base::error::{Error, Kind, Result};
use crate::services::settings_files::{Document, Edit, EditableFile, Key, SettingsChange};
use serde_json::Value;
use std::fmt;

/// A planned change.
pub struct Addition {
    /// The scope.
    pub scope: Scope,
    /// The settings file.
    pub target: EditableFile,
    /// Its path for display.
    pub label: String,
    /// The change of the settings file.
    pub change: SettingsChange,
    /// The script that goes with it.
    pub script: Option<HookScript>,
    /// Sentences to read first.
    pub notes: Vec<String>,
    /// What is left to do by hand, whether or not the change is made; may be empty.
    pub by_hand: String,
    /// What to print once the change is made.
    pub done: String,
}

impl Addition {
    /// Plans to set a key of a scope's settings to what `value` makes of the document. Writes nothing.
    ///
    /// # Errors
    /// If the file cannot be edited, or those of `value`.
    pub(super) fn plan(
        places: &Places,
        scope: Scope,
        key: &str,
        value: impl FnOnce(&Document, &str) -> Result<Value>,
    ) -> Result<Self> {
        let target = places.target(scope)?;
        let label = places.shown(target.path());
        let conflict = |what: &dyn fmt::Display| Error::new(Kind::Conflict, format!("{label}: {what}"));
        let bytes = target.read()?;
        let document = bytes.map_or_else(|| Ok(Document::absent()), |bytes| Document::in_effect(&bytes));
        let document = document.map_err(|rejected| {
            conflict(&rejected)
                .hinted(format!("`cf-aig setup --scope {scope} --repair` repairs it"))
                .caused_by(rejected)
        })?;
        let value = value(&document, &label)?;
        let change = document
            .plan(&[Edit { key: Key::top(key), value, secret: false }])
            .map_err(|error| conflict(&error).caused_by(error))?;
        let (by_hand, done) = (String::new(), String::new());
        Ok(Self { scope, target, label, change, script: None, notes: Vec::new(), by_hand, done })
    }

    /// Whether everything is up to date.
    pub fn is_noop(&self) -> bool {
        self.change.is_noop() && self.script.as_ref().is_none_or(HookScript::is_current)
    }

    /// Makes the change: the ledger, the settings file, the script.
    ///
    /// # Errors
    /// If a file changed in the meantime, or cannot be written.
    pub fn apply(&self, places: &Places) -> Result<()> {
        places.ledger().apply(&self.target, &self.change, None)?;
        self.script.as_ref().map_or(Ok(()), HookScript::write).map_err(|error| {
            error.hinted(format!("but {} already refers to the script: run the command again", self.label))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::env::ProcessEnv;

    #[test]
    fn a_script_that_cannot_be_written_keeps_the_advice_of_its_cause() {
        let dir = tempfile::tempdir().unwrap();
        let env = ProcessEnv::from_iter(
            ["HOME", "CLAUDE_PROJECT_DIR"].map(|name| (name, dir.path().to_str().unwrap())),
        );
        let places = Places::find(&env).unwrap();
        let mut plan = Addition::plan(&places, Scope::User, "hooks", |_, _| Ok(Value::from("x"))).unwrap();
        let target = EditableFile::resolve(&dir.path().join("script")).unwrap();
        // it was there when this was planned
        plan.script = Some(HookScript { target, old: Some(b"gone".to_vec()) });
        let error = plan.apply(&places).unwrap_err();
        assert_eq!(error.hints.len(), 2, "{error}");
        assert!(error.hints[0].contains("the file was not changed"), "{error}");
        assert!(error.hints[1].contains("already refers to the script"), "{error}");
    }
}
