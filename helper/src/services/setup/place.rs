//! The settings file of each scope, and the user's ledger.

use crate::base::error::{Error, Kind, Result};
use crate::facts::claude_code::precedence::SourceKind;
use crate::services::client_files::{self, SettingsFile, config_dir};
use crate::services::ledger::Ledger;
use crate::services::session::has_login;
use crate::services::settings_files::write::{self, WriteError};
use crate::services::settings_files::{Document, EditableFile};
use crate::services::trust::Trust;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use crate::system::home;
use clap::ValueEnum;
use std::fmt;
use std::path::{Path, PathBuf};

/// A settings file that users may write, weakest first: the later overrides the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Scope {
    /// Every session of this user: settings.json in ~/.claude
    User,
    /// Everyone in this project: .claude/settings.json, usually in git
    Project,
    /// This user in this project: .claude/settings.local.json
    Local,
}

/// All scopes.
pub const SCOPES: [Scope; 3] = [Scope::User, Scope::Project, Scope::Local];

impl Scope {
    fn kind(self) -> SourceKind {
        match self {
            Self::User => SourceKind::User,
            Self::Project => SourceKind::Project,
            Self::Local => SourceKind::Local,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_possible_value().map_or(Ok(()), |value| f.write_str(value.get_name()))
    }
}

/// The folders of one user in one project.
#[derive(Debug, Clone)]
pub struct Places {
    config: PathBuf,
    home: Option<PathBuf>,
    /// The project folder.
    pub project: PathBuf,
    /// The local settings of the repository's root, which override the folder's own.
    root: Option<PathBuf>,
    /// `CLAUDE_CONFIG_DIR` is empty: the client then reads another file as the user's.
    no_user: bool,
    ledger: PathBuf,
    /// The environment that they were found in.
    pub(super) env: ProcessEnv,
}

impl Places {
    /// Finds them. The ledger is not in the plugin's folder, because `off` must find it from any
    /// shell, even after the plugin is removed: `$XDG_STATE_HOME/cf-aig`, else
    /// `~/.local/state/cf-aig`.
    ///
    /// # Errors
    /// If there is no home folder.
    pub fn find(env: &ProcessEnv) -> Result<Self> {
        let home = home::folder(env);
        let none = || Error::new(Kind::NotFound, "there is no home folder").hinted("set HOME");
        let config = config_dir(env).ok_or_else(none)?;
        // the XDG specification says to ignore a relative path
        let state = env.path("XDG_STATE_HOME").filter(|d| d.is_absolute());
        let state =
            state.or_else(|| home.as_ref().map(|h| h.join(".local").join("state"))).ok_or_else(none)?;
        let project =
            client_files::project(env).or_else(|| env.current_dir().map(Path::to_owned)).ok_or_else(none)?;
        let root = client_files::local_files(&project, env).into_iter().nth(1);
        let no_user = env.var("CLAUDE_CONFIG_DIR").is_some_and(|dir| dir.is_empty());
        let ledger = state.join("cf-aig").join("ledger.json");
        Ok(Self { config, home, project, root, no_user, ledger, env: env.clone() })
    }

    /// The settings file of a scope.
    pub fn settings(&self, scope: Scope) -> PathBuf {
        match scope {
            Scope::User => self.config.join("settings.json"),
            Scope::Project => self.project.join(".claude").join("settings.json"),
            Scope::Local => self.project.join(".claude").join("settings.local.json"),
        }
    }

    /// The file behind that path.
    ///
    /// # Errors
    /// Those of [`EditableFile::resolve`]; also if a project's file is the user's own file in the home
    /// folder, or if it is a link in a project that the client does not trust: a repository must not
    /// choose where the user's token is written.
    pub fn target(&self, scope: Scope) -> Result<EditableFile> {
        if scope == Scope::User && self.no_user {
            let message = "CLAUDE_CONFIG_DIR is empty, so Claude Code does not read the user settings";
            return Err(
                Error::new(Kind::Conflict, message).hinted("unset CLAUDE_CONFIG_DIR, or set it to a folder")
            );
        }
        let target = EditableFile::resolve(&self.settings(scope))?;
        let user = EditableFile::resolve(&self.settings(Scope::User)).ok();
        if scope != Scope::User && user.is_some_and(|user| user.path() == target.path()) {
            return Err(Error::new(
                Kind::Usage,
                format!(
                    "in this folder the {scope} settings are the user settings: {}",
                    self.shown(target.path())
                ),
            )
            .hinted("use --scope user, or change to a project folder"));
        }
        if scope != Scope::User {
            self.refuse_link(&target)?;
        }
        Ok(target)
    }

    /// Refuses a file of the project that is elsewhere, behind a link, unless the client trusts the folder. A
    /// link within the project is no better: a token in the file that it leads to may be published.
    ///
    /// # Errors
    /// If so, or if the project's folder cannot be read.
    pub(super) fn refuse_link(&self, target: &EditableFile) -> Result<()> {
        let failed = |error| WriteError::of("resolve", &self.project, error);
        let project = home::real(&self.project).map_err(failed)?;
        let given = target.given();
        let seems = std::path::absolute(&self.project).map_err(failed)?;
        let below = given.strip_prefix(seems).or_else(|_| given.strip_prefix(&project));
        if below.is_ok_and(|below| project.join(below) == target.path())
            || Trust::read(&self.env).covers(&self.project)
        {
            return Ok(());
        }
        let (link, file) = (self.shown(given), self.shown(target.path()));
        let outside = if target.path().starts_with(&project) { "" } else { ", outside this project" };
        let message =
            format!("{link} is a link to {file}{outside}, and Claude Code does not trust this folder");
        Err(Error::new(Kind::Conflict, message)
            .hinted("start Claude Code here and accept its trust dialog, or replace the link with a file"))
    }

    /// The user's ledger.
    pub fn ledger(&self) -> Ledger {
        Ledger::at(&self.ledger)
    }

    /// Removes temporary files of a killed setup or off next to the files that it writes. They may
    /// hold a token.
    pub fn sweep(&self) {
        self.ledger().sweep();
        let known = self.ledger().files().unwrap_or_default().into_iter().map(|record| record.path);
        for path in self.all().chain(known) {
            if let Ok(target) = EditableFile::resolve(&path) {
                write::sweep(&target);
            }
        }
    }

    /// The scope of this user and project that a file belongs to.
    pub fn scope_of(&self, path: &Path) -> Option<Scope> {
        let is = |settings: &Path| {
            // a path that cannot be resolved now may still be this one; opening it reports why
            EditableFile::resolve(settings).map_or_else(|_| settings == path, |target| target.path() == path)
        };
        let of_root = || self.root.as_deref().is_some_and(is).then_some(Scope::Local);
        SCOPES.into_iter().find(|scope| is(&self.settings(*scope))).or_else(of_root)
    }

    /// The files of [`SCOPES`], and the local settings of the repository's root.
    pub fn all(&self) -> impl Iterator<Item = PathBuf> {
        SCOPES.into_iter().map(|scope| self.settings(scope)).chain(self.root.clone())
    }

    /// A scope's settings, as far as the client uses them.
    pub fn document(&self, scope: Scope) -> Option<Document> {
        SettingsFile::read(scope.kind(), self.settings(scope))?.document().cloned()
    }

    /// The settings that a scope overrides, weakest first.
    pub fn weaker<'a>(
        &self,
        settings: &'a UserSettings,
        than: Scope,
    ) -> impl DoubleEndedIterator<Item = (&'a SettingsFile, &'a Document)> {
        settings.documents().filter(move |(file, _)| file.kind > than.kind())
    }

    /// The settings that override a scope's, weakest first; the last are the managed ones.
    pub fn stronger<'a>(
        &self,
        settings: &'a UserSettings,
        than: Scope,
    ) -> impl DoubleEndedIterator<Item = (&'a SettingsFile, &'a Document)> {
        let own = self.settings(than);
        settings.documents().filter(move |(file, _)| file.kind <= than.kind() && file.path != own)
    }

    /// True if the client is signed in to claude.ai.
    pub fn has_login(&self) -> bool {
        has_login(Some(&self.config), self.home.as_deref())
    }

    /// A path for display: `~` for the home folder.
    pub fn shown(&self, path: &Path) -> String {
        let real = self.home.as_ref().and_then(|home| home::real(home).ok());
        for home in [self.home.as_ref(), real.as_ref()].into_iter().flatten() {
            if let Ok(rest) = path.strip_prefix(home) {
                return format!("~/{}", rest.display());
            }
        }
        path.display().to_string()
    }
}
