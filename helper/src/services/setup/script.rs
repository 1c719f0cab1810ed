//! The script of the repository's own hook, which `setup --web` writes and `off` removes.

use crate::base::error::Result;
use crate::services::settings_files::EditableFile;
use crate::services::settings_files::write::{self, FileMode};
use std::path::Path;

/// The script, which does not depend on this plugin.
pub const SCRIPT: &str = include_str!("cf-aig-session-start.sh");

/// The script of the repository's hook.
pub struct HookScript {
    /// Its file.
    pub target: EditableFile,
    /// Its current content.
    pub old: Option<Vec<u8>>,
}

impl HookScript {
    /// Whether the file has this version.
    pub fn is_current(&self) -> bool {
        self.old.as_deref() == Some(SCRIPT.as_bytes())
    }

    pub(super) fn write(&self) -> Result<()> {
        Ok(write::put(&self.target, self.old.as_deref(), Some(SCRIPT.as_bytes()), FileMode::Keep)?)
    }
}

/// Removes the script, and its folder if that is then empty.
///
/// # Errors
/// See [`write::put`].
pub fn remove(script: &EditableFile) -> Result<()> {
    write::put(script, Some(SCRIPT.as_bytes()), None, FileMode::Keep)?;
    write::remove_empty_dirs(&script.path().parent().map(Path::to_owned).into_iter().collect::<Vec<_>>());
    Ok(())
}
