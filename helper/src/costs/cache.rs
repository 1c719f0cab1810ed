//! What the status line shows: the last figures, in a small file, with the moment they were asked for.

use crate::state::State;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::PathBuf;

const FILE: &str = "costs.json";

/// The last figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cached {
    /// When Cloudflare was asked, in seconds since 1970.
    pub at: i64,
    /// Of which gateway.
    pub gateway: String,
    /// Which day `today` is, UTC.
    pub day: String,
    /// US dollars of that day.
    pub today: f64,
    /// US dollars of its month.
    pub month: f64,
    /// The part of the tightest spend limit that is spent.
    pub limit: Option<f64>,
}

impl Cached {
    /// Remembers it. Where that is not possible the status line says nothing, and nothing fails.
    pub fn remember(&self, state: &State) {
        let Some(file) = file(state) else { return };
        let Some(dir) = file.parent() else { return };
        let written = fs::create_dir_all(dir).and_then(|()| {
            let new = tempfile::NamedTempFile::new_in(dir)?;
            fs::write(new.path(), serde_json::to_vec(self)?)?;
            new.persist(&file).map_err(|failed| failed.error)
        });
        drop(written);
    }

    /// What was remembered last.
    pub fn last(state: &State) -> Option<Self> {
        serde_json::from_slice(&fs::read(file(state)?).ok()?).ok()
    }
}

fn file(state: &State) -> Option<PathBuf> {
    Some(state.dir()?.join(FILE))
}
