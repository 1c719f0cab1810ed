//! Gathers what a command starts from: the one place that reads settings files, sign-ins and the state folder
//! for a [`Context`].

use crate::facts::claude_code::precedence::SourceKind;
use crate::facts::gateway::auth::AuthMode;
use crate::services::client_files::{SettingsFile, config_dir, local_files, project};
use crate::services::config::{Config, Flags};
use crate::services::context::Context;
use crate::services::env_file::SWITCHED_OFF;
use crate::services::profile::Profile;
use crate::services::session::{Plugin, SessionInputs, has_login, mode};
use crate::services::settings_files::{Document, EnvVariable};
use crate::services::state::StateFolder;
use crate::services::trust::Trust;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use memchr::memmem;
use std::path::{Path, PathBuf};

/// The context of a command.
pub fn context(env: &ProcessEnv, flags: &Flags) -> Context {
    session_context(env, flags, None, None)
}

/// The context in a session whose id and folder Claude Code passed, if it did.
pub fn session_context(
    env: &ProcessEnv,
    flags: &Flags,
    session_id: Option<String>,
    cwd: Option<String>,
) -> Context {
    let mut machine = Machine::read(env, session_id, cwd);
    let config = Config::resolve(flags, None, env, &machine.settings);
    let around = &mut machine.around;
    // only there would a base URL by itself send a login elsewhere
    if !around.has_key && mode(&config, around) == Some(AuthMode::OwnKey) {
        let home = home::folder(env);
        let config_dir = config_dir(env);
        around.login |= has_login(config_dir.as_deref(), home.as_deref()) || Profile::find(env).is_some();
    }
    machine.context(env, config)
}

/// The environment without a home or a configuration folder that the settings files of the folder name: they would
/// choose the user's own settings and the record of trusted folders. Claude Code 2.1.240 hands such values to
/// hooks and Bash commands; 2.1.287 and 2.1.332 do not (measured).
pub fn without_homes_of_the_folder(env: ProcessEnv) -> ProcessEnv {
    let project = project(&env);
    let here = env.current_dir().filter(|here| project.as_deref() != Some(here)).map(Path::to_owned);
    let mut of_folder: Vec<EnvVariable> = Vec::new();
    for folder in project.into_iter().chain(here) {
        let paths = [folder.join(".claude/settings.json")].into_iter().chain(local_files(&folder, &env));
        for path in paths.filter(|path| may_name_a_home(path)) {
            let file = SettingsFile::read(SourceKind::Project, path);
            of_folder.extend(file.iter().filter_map(SettingsFile::document).flat_map(Document::env));
        }
    }
    let chosen = |name: &str| {
        let value = env.var(name);
        value.is_some_and(|value| of_folder.iter().any(|found| found.name == name && found.value == value))
    };
    let chosen: Vec<_> = HOMES.into_iter().filter(|name| chosen(name)).collect();
    chosen.into_iter().fold(env, |env, name| env.with(name, None))
}

/// Variables that say where the user's own files are.
const HOMES: [&str; 5] = ["CLAUDE_CONFIG_DIR", "HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_STATE_HOME"];

/// True if the file has to be parsed: it names one of [`HOMES`], or has an escape, by which JSON can spell any name.
fn may_name_a_home(path: &Path) -> bool {
    let marks = HOMES.into_iter().chain(["\\u"]);
    file::read(path)
        .is_ok_and(|bytes| marks.into_iter().any(|mark| memmem::find(&bytes, mark.as_bytes()).is_some()))
}

/// What is on this machine, before anything is configured.
pub(crate) struct Machine {
    pub(crate) settings: UserSettings,
    pub(crate) plugin: Plugin,
    pub(crate) around: SessionInputs,
}

impl Machine {
    pub(crate) fn read(env: &ProcessEnv, session_id: Option<String>, cwd: Option<String>) -> Self {
        let cwd = cwd.or_else(|| env.current_dir().map(|d| d.to_string_lossy().into_owned()));
        let project = project(env).or_else(|| cwd.clone().map(PathBuf::from));
        let config_dir = config_dir(env);
        let mut settings = UserSettings::read(env, project.as_deref(), || Trust::read(env));
        let mut plugin = Plugin::gather(env, &settings, config_dir.as_deref());
        // a client that is started here reads the files of this folder
        let here = env.current_dir().filter(|here| project.as_deref() != Some(here));
        if here.is_some() {
            let there = UserSettings::read(env, here, || Trust::read(env));
            plugin.will_read(&there);
            settings = settings.beside(&there);
        }
        // a repository does not switch a session off, as it does not choose its routing
        plugin.switched_off &=
            env.var(SWITCHED_OFF).is_none_or(|value| !settings.is_untrusted(SWITCHED_OFF, &value));
        let around = SessionInputs::gather(env, &settings, session_id, cwd);
        Self { settings, plugin, around }
    }

    /// The context of this configuration.
    pub(crate) fn context(self, env: &ProcessEnv, config: Config) -> Context {
        let Self { settings, plugin, around } = self;
        let (env, state) = (env.clone(), StateFolder::find(env));
        let extra_roots = env.filled("NODE_EXTRA_CA_CERTS");
        Context { env, config, around, plugin, state, settings, extra_roots }
    }
}
